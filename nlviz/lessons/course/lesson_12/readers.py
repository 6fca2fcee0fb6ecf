"""Exercise 12.5: a reader that counts, and the leaks that such a reader has."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise

__all__ = ["READER"]


def _bits(row: Tensor, counts: Tensor, *, first: bool = False, all_first: bool = False) -> Tensor:
    """One text: −log₂ of (how often it was seen + 1) / (all seen + 256), byte by byte."""
    if all_first:
        counts.index_add_(0, row, torch.ones(len(row)))
    found = torch.zeros(len(row))
    for t, byte in enumerate(row.tolist()):
        if first:
            counts[byte] += 1
        found[t] = -math.log2((counts[byte] + 1) / (float(counts.sum()) + 256))
        if not first and not all_first:
            counts[byte] += 1
    return found


def _rows(**how: Any) -> Callable[[Tensor], Tensor]:
    """Every text with counts of its own."""
    return lambda text: torch.stack([_bits(row, torch.zeros(256), **how) for row in text.long()])


def _carried(text: Tensor, *, first: bool = False) -> Tensor:
    counts = torch.zeros(256)
    return torch.stack([_bits(row, counts, first=first) for row in text.long()])


def _side_by_side(text: Tensor) -> Tensor:
    counts, found = torch.zeros(256), torch.zeros(text.shape)
    for t, column in enumerate(text.long().mT):
        found[:, t] = -((counts[column] + 1) / (counts.sum() + 256)).log2()
        counts.index_add_(0, column, torch.ones(len(column)))
    return found


def _later(text: Tensor) -> Tensor:
    """Byte t by the counts of all bytes after it."""
    return _rows()(text.flip(1)).flip(1)


def _exactly(text: Tensor) -> Tensor:
    """How often each byte occurs before each place, at once."""
    rows = text.long()
    same = (rows[:, :, None] == rows[:, None]).double()
    seen = same.tril(-1).sum(2)
    return -((seen + 1) / (torch.arange(rows.shape[1]) + 256)).log2()


def _unsmoothed(text: Tensor) -> Tensor:
    rows = text.long()
    seen = (rows[:, :, None] == rows[:, None]).double().tril(-1).sum(2)
    return -((seen + 1) / (torch.arange(rows.shape[1]) + 1)).log2()


def _texts(*rows: bytes) -> Tensor:
    return torch.tensor([list(row) for row in rows], dtype=torch.uint8)


def _drawn(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    # few values, so that bytes come again in a row and in its neighbour
    return {"text": torch.randint(97, 101, (2, 9), generator=generator).to(torch.uint8)}


READER = Exercise(
    "12.5",
    "reader",
    truth=_exactly,
    cases=cases([{"text": _texts(b"aab", b"baa")}], _drawn),
    slips={
        "both": lambda text: _carried(text, first=True),
        "first": _rows(first=True),
        "all_first": _rows(all_first=True),
        "carried": _carried,
        "mixed": _side_by_side,
        "later": _later,
        "unsmoothed": _unsmoothed,
        "nats": lambda text: _exactly(text) * math.log(2),
        "sign": lambda text: -_exactly(text),
        "uniform": lambda text: torch.full(text.shape, 8.0),
        "shares": lambda text: torch.exp2(-_exactly(text)),
    },
)
