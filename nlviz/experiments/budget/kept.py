"""Exact tokens beside a memory, or several memories: which tokens to keep, and how long a segment should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Generator

from nlviz.door import tensors, words
from nlviz.inner import fastest, read_segments, unroll, unroll_segments
from nlviz.measure import accuracy, recalled
from nlviz.memory import Cached, Delta, Gates, Pairs
from nlviz.streams import Stream, overwrites, recall_pairs

__all__ = ["MEETINGS", "kept_recall", "segment_recall"]

ITEMS, WIDTH = 128, 32
SHARPNESS, LEVEL = 100.0, 0.7
"""Of the read: a key that is kept gives its own value; an unrelated one, of cosine up to .6 here, the memory's."""


def _rare(generator: Generator, streams: int) -> Stream:
    """16 items that come eight times each, and 16 that come once somewhere between them."""
    drawn = recall_pairs(32, WIDTH, generator=generator, batch=streams)
    shown = torch.cat([torch.arange(16).repeat(8), torch.arange(16, 32)])
    item = shown[torch.randperm(len(shown), generator=generator)]
    return Stream(Pairs(drawn.keys[:, item], drawn.values[:, item]), item, drawn.keys, drawn.values)


MEETINGS: dict[str, Callable[[Generator, int], Stream]] = {
    "each once": lambda chance, many: recall_pairs(ITEMS, WIDTH, generator=chance, batch=many),
    "alike": lambda chance, many: recall_pairs(ITEMS, WIDTH, generator=chance, batch=many, overlap=0.5),
    "rare among common": _rare,
    "overwritten": lambda chance, many: overwrites(32, ITEMS, WIDTH, generator=chance, batch=many),
    "half noise": lambda chance, many: recall_pairs(32, WIDTH, generator=chance, batch=many, passes=2, noise=0.5),
}
"""What is met, by name, as (generator, streams) -> a stream of 128 to 144 tokens."""


def kept_recall(
    meeting: str, keep: str, room: int, *, generator: Generator, inner_lr: float = 0.3, streams: int = 8, lots: int = 0
) -> float:
    """The share of all items that a delta memory with so many tokens kept beside it answers best with their own value.

    keep: as of `memory.Cached`; room 0 is the memory alone. lots: seed of the lot, for "random".
    Raises ValueError for a meeting or a way to keep that is none.

        >>> chance = torch.Generator().manual_seed(0)
        >>> experiments.budget.kept_recall("each once", "newest", 128, generator=chance)
        1.0
    """
    made = words.known("meeting", meeting, MEETINGS)
    memory = Cached(Delta(WIDTH, WIDTH), room, keep, SHARPNESS, LEVEL, lots)  # pyright: ignore[reportArgumentType]
    stream = made(tensors.generator("generator", generator), words.count("streams", streams))
    gates = Gates.constant(stream.pairs, inner_lr)
    run = unroll(memory, stream.pairs, gates) if room else fastest(memory, stream.pairs, gates)
    return float(accuracy(recalled(memory, run.state, stream), stream.values).mean())


def segment_recall(
    meeting: str,
    segment: int,
    *,
    generator: Generator,
    sharpness: float = 0.0,
    joined: Literal["gated", "sum"] = "gated",
    inner_lr: float = 0.3,
    streams: int = 8,
) -> float:
    """The same of delta memories kept at the ends of segments and read together, as `inner.unroll_segments` has it.

    Raises ValueError for a meeting that is none, and as `unroll_segments` does.

        >>> chance = torch.Generator().manual_seed(0)
        >>> experiments.budget.segment_recall("each once", 1, generator=chance, sharpness=50.0)
        1.0
    """
    made = words.known("meeting", meeting, MEETINGS)
    stream = made(tensors.generator("generator", generator), words.count("streams", streams))
    memory, gates = Delta(WIDTH, WIDTH), Gates.constant(stream.pairs, inner_lr)
    run = unroll_segments(memory, stream.pairs, gates, segment=segment, sharpness=sharpness, joined=joined)
    how: dict[str, Any] = {"segment": segment, "sharpness": sharpness, "joined": joined}
    return float(accuracy(read_segments(memory, run.state, stream.keys, **how), stream.values).mean())
