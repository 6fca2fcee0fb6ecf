"""Retrieval by prefixes: look for the nearest of many with the first few numbers of an embedding, then with more.

plain               one stage, all numbers
shortlist, rerank   two: the few numbers for all, all numbers for the few
funnel              many: half of the list and twice the numbers, again and again
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words
from nlviz.door.tensors import fits, floating, same_kind, tensor

__all__ = ["Found", "Stage", "funnel", "retrieve"]


class Stage(NamedTuple):
    """Compare what is still listed by the first `size` numbers, and keep the `keep` nearest."""

    size: int
    keep: int


class Found(NamedTuple):
    """nearest: [queries, kept], rows of the documents, the nearest first. cost: multiply-adds for one query."""

    nearest: Tensor
    cost: int


def retrieve(queries: Tensor, documents: Tensor, stages: Sequence[Stage | tuple[int, int]]) -> Found:
    """For every query the nearest documents by cosine, found in stages: Σ listed · size multiply-adds a query.

    queries: [queries, width]; documents: [documents, width]; stages: (size, keep), sizes growing, lists shrinking.
    Every prefix is scaled to length 1 before it is compared: a part of a unit vector is not one. The scaling of the
    documents is done once for all queries and not counted. Ties go to the first document.
    Raises ValueError for stages that do not grow and shrink, or ask for more than there is.
    Source: Kusupati et al. 2022 (arXiv 2205.13147) §4.3, adaptive retrieval.

        >>> documents = torch.eye(4)
        >>> found = measure.retrieve(documents[2:3] + 0.1, documents, [(3, 2), (4, 1)])
        >>> found.nearest.tolist(), found.cost
        ([[2]], 20)
    """
    queries, documents = _vectors("queries", queries), _vectors("documents", documents)
    fits("documents", same_kind("documents", documents, queries, "the queries"), "width", queries.shape[1])
    steps = _looked_at(stages, len(documents), queries.shape[1])
    listed, cost = None, 0
    for size, keep in steps:
        near, far = (F.normalize(each[:, :size], dim=-1) for each in (queries, documents))
        scores = near @ far.mT if listed is None else torch.einsum("qd,qld->ql", near, far[listed])
        cost += scores.shape[1] * size
        # a stable sort: of equals the one listed first
        best = scores.sort(dim=1, descending=True, stable=True).indices[:, :keep]
        listed = best if listed is None else listed.gather(1, best)
    return Found(listed, cost)  # pyright: ignore[reportArgumentType]


def funnel(size: int, keep: int, width: int) -> tuple[Stage, ...]:
    """Stages that keep `keep` by `size` numbers, then half of them by twice the numbers, until `width` keeps one.

    Source: Kusupati et al. 2022 (arXiv 2205.13147) §4.3.1.

        >>> [tuple(stage) for stage in measure.funnel(8, 16, 64)]
        [(8, 16), (16, 8), (32, 4), (64, 1)]
    """
    width = words.count("width", width, of="numbers")
    size = words.count("size", size, most=width, of="numbers")
    keep, stages = words.count("keep", keep, of="documents"), []
    while size < width:
        stages.append(Stage(size, keep))
        size, keep = 2 * size, max(1, keep // 2)
    return (*stages, Stage(width, 1))


def _vectors(name: str, value: Any) -> Tensor:
    found = floating(name, tensor(name, value, f"{name} width"))
    if not bool(found.isfinite().all()):
        words.refuse(name, found, "finite numbers", "leave out what is lost first")
    return found


def _looked_at(stages: Any, documents: int, width: int) -> list[Stage]:
    """The stages, each within what the one before leaves."""
    found, size, left = [], 0, documents
    for place, one in enumerate(words.several("stages", stages, least=1, what="(size, keep)")):
        name = f"stages[{place}]"
        pair = words.several(name, one, what="two numbers")
        if len(pair) != 2:
            words.refuse(name, one, "two numbers, (size, keep)")
        stage = Stage(
            words.count(f"size of {name}", pair[0], most=width, of="numbers"),
            words.count(f"keep of {name}", pair[1], of="documents"),
        )
        if stage.size <= size:
            words.refuse(f"size of {name}", stage.size, f"more numbers than the stage before, {size}")
        if stage.keep > left:
            words.refuse(f"keep of {name}", stage.keep, f"at most the {left} documents that are left")
        found.append(stage)
        size, left = stage.size, stage.keep
    return found
