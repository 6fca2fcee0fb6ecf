"""What a token may attend to, as a matrix: the one that attention uses, and the one to draw and count."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words as door

__all__ = ["Mask", "band", "segments"]


class Mask(NamedTuple):
    """seen [time, columns], True where a token (row) may attend to a vector (column); columns: their names.

    p1, p2, …: persistent vectors. h1, …: what the memory said at a token, before it is written. x1, …: the tokens.
    y1, …: the memory's outputs, where attention sees nothing else.
    Only attention is in it. What reaches a token through a memory has no row here, for it has no place to point to.

        mask = MAG(64, memory.Titans(64, 64), window=16).mask(128)
        mask.seen.sum(1)                              # how many vectors each token may attend to
    """

    seen: Tensor
    columns: tuple[str, ...]

    def after(self, count: int, name: str = "p") -> Mask:
        """The same with `count` vectors in front that every token sees."""
        count = door.count("count", count, least=0, of="vectors")
        return Mask(F.pad(self.seen, (count, 0), value=True), (*numbered(name, count), *self.columns))


def numbered(name: str, count: int) -> tuple[str, ...]:
    """x1, x2, …, as many as asked for."""
    return tuple(f"{name}{i + 1}" for i in range(count))


def band(asking: Tensor, at: Tensor, window: int | None) -> Tensor:
    """Whether the token at `asking` sees the one at `at`, [asking, at]: itself and the window − 1 before it."""
    back = asking[:, None] - at
    return (back >= 0) if window is None else (back >= 0) & (back < window)


def segments(time: int, segment: int) -> Tensor:
    """[time, time]: a token sees itself and those before it in its own segment."""
    at = torch.arange(time)
    return (at[:, None] // segment == at // segment) & band(at, at, None)
