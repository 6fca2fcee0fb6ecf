"""What a student's own function gives back inside a lab, and what it raises: looked at, and said in words.

Every complaint says where (at which token), what came, and what was expected. Where the function raised, the traceback
of the complaint ends in the function's own line. NumPy arrays, lists and other precisions are taken as they are meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door.tensors import tensor
from nlviz.door.words import number, shown

__all__ = ["called", "copied", "one_number", "rows", "shaped"]


def called(name: str, where: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a student's function gives; what it raises becomes a ValueError that says where, and ends in its line."""
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:
        said = ValueError(f"at {where} your {name} raised {type(error).__name__}: {error}")
        # What comes after this frame is the function's own: the traceback ends in the line that raised.
        ours = error.__traceback__
        raise said.with_traceback(ours and ours.tb_next) from error


def copied(value: Any) -> Any:
    """The same, on memory of its own, so that a function may change what it is given: tensors, and tuples of them."""
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, tuple):
        parts = [copied(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def shaped(where: str, result: Any, like: Tensor, meaning: str, name: str = "step") -> Tensor:
    """The result as a tensor of that shape, type and device; a ValueError that says what came instead.

    meaning: what it is and its axes, as in "M, [d_value, d_key]". name: of the function that gave it.
    """
    expected = f"expected a tensor of shape {list(like.shape)} ({meaning})"
    if result is None:
        raise ValueError(f"at {where} your {name} returned None, {expected}; does it end with `return`?")
    try:
        found = tensor(f"what your {name} returned", result, like=None if isinstance(result, Tensor) else like)
    except ValueError:
        got = type(result).__name__ if not isinstance(result, str | type) else shown(result)
        raise ValueError(f"at {where} your {name} returned {got}, {expected}; return numbers made with torch") from None
    if found.shape != like.shape:
        raise ValueError(
            f"at {where} your {name} returned shape {list(found.shape)}, expected {list(like.shape)} ({meaning})"
        )
    if found.is_complex():
        raise ValueError(f"at {where} your {name} returned complex numbers, {expected}, of real ones")
    return found.detach().to(like)


def one_number(where: str, result: Any, name: str, meaning: str, *, endless: bool = False) -> float:
    """The result as one number above or at zero; `endless`: whether infinity is one of them. Raises ValueError."""
    said = f"at {where} your {name} returned {_came(result)}, expected one number, at least 0: {meaning}"
    try:
        value = result.detach().cpu().item() if isinstance(result, Tensor) else result
        if endless and isinstance(value, float | np.floating) and value == np.inf:
            return float(value)
        return number("it", value.item() if isinstance(value, np.ndarray) else value, least=0.0)
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(said) from None


def rows(where: str, result: Any, count: int, room: int, name: str) -> Tensor:
    """The result as row numbers, 0 to count − 1, none twice, at most `room` of them. Raises ValueError."""
    expected = f"expected at most {room} row numbers from 0 to {count - 1}"
    try:
        # as NumPy sees a list, which keeps True and False apart from 1 and 0
        found = tensor("rows", np.asarray(result) if isinstance(result, list | tuple) else result).detach().cpu()
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(f"at {where} your {name} returned {_came(result)}, {expected}") from None
    if found.dtype == torch.bool:
        raise ValueError(
            f"at {where} your {name} returned True and False, {expected}; of a mask these are mask.nonzero()[:, 0]"
        )
    if found.ndim != 1 or len(found) > room:
        raise ValueError(f"at {where} your {name} returned shape {list(found.shape)}, {expected}")
    wrong = found[(found != found.round()) | (found < -count) | (found >= count)] if len(found) else found
    if len(wrong):
        raise ValueError(f"at {where} your {name} returned row {wrong[0].item():g}, {expected}")
    return found.long() % max(count, 1)


def _came(result: Any) -> str:
    return "None (does it end with `return`?)" if result is None else shown(result)
