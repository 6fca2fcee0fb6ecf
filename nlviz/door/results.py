"""What a function somebody else wrote gives back: one set of words for `check`, for the labs and for a plain cell.

Taken as they are meant: tensors, NumPy arrays, lists, tuples and numbers of any precision, on or off the graph; two
results as a tuple, a list or stacked; complex numbers whose imaginary part is nothing; axes of length 1 too many or too
few. Nothing is refused here: a word gives None, and who asked says where and what was expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door.arrays import unmasked

__all__ = ["copied", "fitted", "is_complex", "numbers", "parts", "single"]

# Rounding leaves an imaginary part of this share in eigenvalues that are real.
_IMAGINARY = 1e-5


def numbers(value: Any) -> Tensor | None:
    """Real numbers as a tensor off the graph, their precision kept (bool too); None for anything else.

    >>> from nlviz.door.results import numbers
    >>> numbers([1, torch.tensor(2.0)]), numbers("M")
    (tensor([1., 2.]), None)
    """
    found = _gathered(value)
    if found is None or not found.is_complex():
        return found
    real = found.abs().max().item() if found.numel() else 0.0
    return None if found.numel() and found.imag.abs().max().item() > _IMAGINARY * real else found.real


def is_complex(value: Any) -> bool:
    """Whether these are numbers, but not all of them real."""
    found = _gathered(value)
    return found is not None and found.is_complex()


def fitted(found: Tensor, shape: Sequence[int]) -> Tensor | None:
    """The numbers in this shape, if they differ from it by axes of length 1 alone; else None."""
    if [n for n in found.shape if n != 1] != [n for n in shape if n != 1]:
        return None
    return found.reshape(tuple(shape))


def parts(value: Any, count: int) -> list[Any] | None:
    """So many results: a tuple or list of them, or one tensor or array stacked along its first axis; else None."""
    if isinstance(value, tuple | list):
        return list(value) if len(value) == count else None
    stacked = isinstance(value, Tensor | np.ndarray) and value.ndim > 0 and len(value) == count
    return [value[part] for part in range(count)] if stacked else None


def single(value: Any) -> float | None:
    """One number, whatever it is wrapped in; None for True and False, for several and for what is none."""
    found = numbers(value)
    return None if found is None or found.numel() != 1 or found.dtype == torch.bool else float(found.item())


def copied(value: Any) -> Any:
    """The same off the graph and on memory of its own, for a function that may change what it is given.

    Tensors, arrays, and tuples and lists of them; anything else is handed on as it is.
    """
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple | list):
        every = [copied(part) for part in value]
        return type(value)(*every) if hasattr(value, "_fields") else type(value)(every)
    return value


def _gathered(value: Any) -> Tensor | None:
    """Numbers of any kind, complex ones too, as a tensor; None for what holds none."""
    try:
        return _made(value)
    except (ValueError, TypeError, RuntimeError):  # RecursionError is one: a list may hold itself
        return None


def _made(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        dense = value.layout is torch.strided and not value.is_nested and not value.is_quantized
        return value.detach().cpu() if dense else value.detach().to_dense().cpu()
    if isinstance(value, list | tuple) and any(isinstance(one, Tensor | np.ndarray | list | tuple) for one in value):
        every = [_made(one) for one in value]
        dtype = reduce(torch.promote_types, (one.dtype for one in every))
        return torch.stack([one.to(dtype) for one in every])
    unmasked("it", value)
    held = np.asarray(value)
    kind = np.dtype(np.float64) if held.dtype == np.longdouble else held.dtype.newbyteorder("=")
    return torch.as_tensor(np.array(held, kind, order="C"))
