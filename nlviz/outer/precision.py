"""Precision: what a memory adds up over a whole text is kept as precisely as the slow weights are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

__all__ = ["in_full", "mixed", "wide"]


def mixed(x: Tensor) -> bool:
    """Whether autocast is on where x lives: then products are rounded, and results have another dtype than weights."""
    return torch.is_autocast_enabled(x.device.type)


def wide(dtype: torch.dtype) -> torch.dtype:
    """The precision of fast weights, float32 at least: a write is often less than a hundredth of what it adds to."""
    return torch.promote_types(dtype, torch.float32)


@contextmanager
def in_full(x: Tensor) -> Iterator[None]:
    """Without autocast: a sum of thousands of writes, each rounded to eight bits, would be the rounding."""
    if not mixed(x):
        yield
        return
    with torch.autocast(x.device.type, enabled=False):
        yield
