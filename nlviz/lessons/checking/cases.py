"""Cases to call a student's function on: small numbers to show, then random ones in both precisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator

from nlviz.lessons.checking.calling import Case

__all__ = ["cases"]

_SEEDS = 3

# Single precision has seven digits, and a right form may lose a few of them on the way. It holds for every case: a
# student may well go through `torch.tensor(x)` where the arguments are in double precision, or have none.
_TOLERANCE = 1e-4
_KINDS = (torch.float64, torch.float32)


def cases(
    small: Sequence[Mapping[str, Any]], draw: Callable[[Generator, torch.dtype], Mapping[str, Any]]
) -> list[Case]:
    """The small cases as they are, then what `draw(generator, dtype)` gives for a few seeds in float64 and float32."""
    drawn = [Case(draw(Generator().manual_seed(seed), dtype), _TOLERANCE) for dtype in _KINDS for seed in range(_SEEDS)]
    return [*(Case(arguments, _TOLERANCE) for arguments in small), *drawn]
