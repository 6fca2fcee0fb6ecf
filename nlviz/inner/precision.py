"""In which precision a run computes: fast weights add up thousands of small writes, so never in less than float32.

Eight bits of bfloat16 hold neither 1 − .001 nor a write that is a hundredth of what stands there. So whatever comes in
less than float32 is widened at the door, autocast stays outside, and reads go out as the queries came in. State and
signals stay wide: a stream may be split anywhere without losing what was kept between.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor

__all__ = ["cast", "double", "outside_autocast", "wide"]

T = TypeVar("T")


def wide(*inputs: Any) -> torch.dtype:
    """The precision a run on these computes in: the widest of theirs, and at least float32."""
    dtype = torch.float32
    for one in inputs:
        if isinstance(one, Tensor):
            dtype = torch.promote_types(dtype, one.dtype)
        elif isinstance(one, tuple):
            dtype = torch.promote_types(dtype, wide(*one))
    return dtype


def double(like: Tensor) -> torch.dtype:
    """What a float32 is widened to where it would lose digits: float64, on every device that has it."""
    return like.dtype if like.is_mps else torch.float64


def cast(tree: T, dtype: torch.dtype) -> T:
    """Every tensor of a nest of tuples and lists in this precision; one that has it stays the very same tensor."""
    if isinstance(tree, Tensor):
        return tree.to(dtype) if tree.is_floating_point() else tree  # pyright: ignore[reportReturnType]
    if not isinstance(tree, tuple | list):
        return tree
    parts = [cast(one, dtype) for one in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)  # pyright: ignore


def outside_autocast(like: Tensor) -> torch.autocast:
    """A context in which autocast lets products alone, whatever holds around it."""
    return torch.autocast(like.device.type, enabled=False)
