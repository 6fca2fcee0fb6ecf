"""Places in source code as embeddings: which earlier place goes on the same way, or has just read the same name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.budget.prefix_search import Search
from nlviz.experiments.budget.prefixes import Embedded
from nlviz.outer import ByteModel, Matryoshka
from nlviz.outer.layers.initial import linear
from nlviz.streams import Source
from nlviz.trace import Token

__all__ = ["QUESTIONS", "Places", "asked_about", "code_search", "excerpts", "places"]

QUESTIONS = ("what comes next", "which name was read")
"""Of the state before a name: where earlier did the same name come? Of the state after it: where was the same read?"""
BATCH, LR, STEPS = 128, 2e-2, 400
PIECE, BEFORE = 512, 128
"""Bytes read at once, and those read before them so that a piece does not begin from nothing."""
_LEFT, _RIGHT = 30, 16
"""Characters of a line that are shown before a name, and after it."""


class Places(NamedTuple):
    """Where names stand in a text, in order. before, after: the reader's states there, [places, d_key]."""

    before: Tensor
    after: Tensor
    names: tuple[Token, ...]

    def labels(self) -> Tensor:
        """Which name each is: the same number for the same name, counted as they come, [places]."""
        numbers = {text: number for number, text in enumerate(dict.fromkeys(name.text for name in self.names))}
        return torch.tensor([numbers[name.text] for name in self.names])


@torch.no_grad()
def places(model: ByteModel, source: Source) -> Places:
    """The states of a reader before and after every name (or keyword) of source code, scaled to size √d_key.

    Read in pieces of 512 bytes side by side, each after the 128 bytes before it: what is older is not known there.
    Raises ValueError for what is no model or source, or a source without names.

        >>> source = streams.code("email", limit=2_000)
        >>> found = experiments.budget.places(outer.ByteModel.load(), source)
        >>> found.before.shape[1], found.names[0].text
        (224, '__all__')
    """
    words.instance("model", model, ByteModel, "give ByteModel.load()")
    words.instance("source", source, Source, "give streams.code(…)")
    names = tuple(token for token in source.tokens if token.text.isidentifier() and token.stop < len(source))
    if not names:
        words.refuse("source", source, "names in it", "give a longer text")
    states = _states(model, torch.tensor(source.bytes)) * model.d_key**0.5
    starts, stops = (torch.tensor([name[end] for name in names]) for end in (1, 2))
    return Places(states[starts], states[stops], names)


def _states(model: ByteModel, text: Tensor) -> Tensor:
    """The state before every byte, [time, d_key]."""
    pieces = -(-len(text) // PIECE)
    padded = F.pad(text, (BEFORE, pieces * PIECE - len(text)), value=ord("\n"))
    # a few at once: the states before a piece are thrown away
    read = [model.keys(some)[:, BEFORE:] for some in padded.unfold(0, BEFORE + PIECE, PIECE).split(32)]
    return torch.cat(read).reshape(-1, model.d_key)[: len(text)]


def code_search(
    found: Places,
    question: str,
    *,
    documents: int = 2048,
    queries: int = 512,
    sizes: Sequence[int] = (2, 4, 8, 16, 32, 64),
    steps: int = STEPS,
) -> Search:
    """Of later places in code, which of the first `documents` has the same name: see QUESTIONS.

    Of the next `queries` places those are asked about whose name stands among the documents. Embeddings are one matrix
    on the states, trained on the documents alone with heads that tell the names; every prefix is scaled to length 1.
    Raises ValueError for another question, or more places than were found.

        >>> found = experiments.budget.places(outer.ByteModel.load(), streams.code("email", limit=2_000))
        >>> search = experiments.budget.code_search(found, "what comes next", documents=32, queries=16)
        >>> search.raw.train.shape, len(search.asked) <= 16
        (torch.Size([32, 224]), True)
    """
    words.instance("found", found, Places, "give places(model, source)")
    states = found.before if words.choice("question", question, QUESTIONS) == QUESTIONS[0] else found.after
    sizes = tuple(words.count(f"sizes[{at}]", one) for at, one in enumerate(words.several("sizes", sizes, least=1)))
    labels, asked = found.labels(), asked_about(found, documents, queries)
    documents = int(documents)
    raw, truth = Embedded(states[:documents], states[asked]), labels[:documents]
    learn = partial(_projected, raw, truth, words.count("steps", steps, of="steps"))
    return Search(truth, labels[asked], raw, sizes, learn)


def asked_about(found: Places, documents: int, queries: int) -> Tensor:
    """Rows of the `queries` places after the first `documents` whose name stands among these.

    Raises ValueError for more places than were found.
    """
    words.instance("found", found, Places, "give places(model, source)")
    documents = words.count("documents", documents, most=len(found.names) - 1, of="places")
    queries = words.count("queries", queries, most=len(found.names) - documents, of="places after the documents")
    labels = found.labels()
    return documents + torch.isin(labels[documents : documents + queries], labels[:documents]).nonzero()[:, 0]


def excerpts(source: Source, found: Places, rows: Sequence[int]) -> tuple[str, ...]:
    """The lines that places stand in, the name marked and what is far from it cut off.

    Raises ValueError for rows of no place, and places of another source.

        >>> source = streams.code("email", limit=2_000)
        >>> found = experiments.budget.places(outer.ByteModel.load(), source)
        >>> len(experiments.budget.excerpts(source, found, range(2)))
        2
    """
    words.instance("source", source, Source, "give streams.code(…)")
    names = words.instance("found", found, Places, "give places(model, source)").names
    most, rows = len(names) - 1, words.several("rows", rows)
    at = [words.count(f"rows[{place}]", row, least=0, most=most) for place, row in enumerate(rows)]
    raw = source.bytes.tobytes()
    return tuple(_excerpt(raw, names[row]) for row in at)


def _excerpt(raw: bytes, name: Token) -> str:
    """ "for ⟨part⟩ in self:"."""
    start, stop = raw.rfind(b"\n", 0, name.start) + 1, raw.find(b"\n", name.stop)
    before, after = (part.decode(errors="replace") for part in (raw[start : name.start], raw[name.stop : stop]))
    left = before.lstrip() if len(before.lstrip()) <= _LEFT else "…" + before[-_LEFT:]
    return f"{left}⟨{name.text}⟩{after if len(after) <= _RIGHT else after[:_RIGHT] + '…'}"


def _projected(raw: Embedded, truth: Tensor, steps: int, prefixes: Sequence[int], chance: Generator) -> Embedded:
    heads = Matryoshka(prefixes, int(truth.max()) + 1, unit=True, generator=chance)
    matrix = linear(raw.train.shape[1], heads.width, chance)
    optimizer = torch.optim.AdamW([*matrix.parameters(), *heads.parameters()], lr=LR)
    for _ in range(steps):
        rows = torch.randint(len(truth), (BATCH,), generator=chance)
        loss = heads.loss(matrix(raw.train[rows]), truth[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return Embedded(*(matrix(part) for part in raw))
