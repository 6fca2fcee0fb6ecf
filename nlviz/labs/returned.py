"""What a student's own function gives back inside a lab, and what it raises: looked at, and said in words.

Every complaint says where (at which token), what came, and what was expected. Where the function raised, the traceback
of the complaint ends in the function's own line. What is taken as it is meant stands in `nlviz.door.results`, which
`check` asks too: what passes there passes here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nlviz.door.results import fitted, is_complex, numbers, parts, single
from nlviz.door.words import shown

__all__ = ["both", "called", "one_number", "rows", "shaped"]


def called(name: str, where: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a student's function gives; what it raises becomes a ValueError that says where, and ends in its line."""
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:
        said = ValueError(f"at {where} your {name} raised {type(error).__name__}: {error}")
        # What comes after this frame is the function's own: the traceback ends in the line that raised.
        ours = error.__traceback__
        raise said.with_traceback(ours and ours.tb_next) from error


def both(where: str, result: Any, name: str, meaning: str) -> tuple[Any, Any]:
    """Two results, as a pair, a list or stacked. Raises ValueError; meaning: what they are, and how a function ends."""
    found = parts(result, 2)
    if found is None:
        got = "None" if result is None else type(result).__name__
        raise ValueError(f"at {where} your {name} returned {got}, expected {meaning}")
    return found[0], found[1]


def shaped(where: str, result: Any, like: Tensor, meaning: str, name: str = "step") -> Tensor:
    """The result as a tensor of that shape, type and device; a ValueError that says what came instead.

    meaning: what it is and its axes, as in "M, [d_value, d_key]". name: of the function that gave it.
    """
    expected = f"expected a tensor of shape {list(like.shape)} ({meaning})"
    if result is None:
        raise ValueError(f"at {where} your {name} returned None, {expected}; does it end with `return`?")
    found = numbers(result)
    if found is None:
        got = type(result).__name__ if not isinstance(result, str | type) else shown(result)
        if is_complex(result):
            raise ValueError(f"at {where} your {name} returned complex numbers, {expected}, of real ones")
        raise ValueError(f"at {where} your {name} returned {got}, {expected}; return numbers made with torch")
    fits = fitted(found, like.shape)
    if fits is None:
        raise ValueError(
            f"at {where} your {name} returned shape {list(found.shape)}, expected {list(like.shape)} ({meaning})"
        )
    return fits.to(like)


def one_number(where: str, result: Any, name: str, meaning: str, *, endless: bool = False) -> float:
    """The result as one number above or at zero; `endless`: whether infinity is one of them. Raises ValueError."""
    value = single(result)
    if value is None or not value >= 0 or (math.isinf(value) and not endless):
        raise ValueError(f"at {where} your {name} returned {_came(result)}, expected one number, at least 0: {meaning}")
    return value


def rows(where: str, result: Any, count: int, room: int, name: str) -> Tensor:
    """The result as row numbers, 0 to count − 1, none twice, at most `room` of them. Raises ValueError."""
    expected = f"expected at most {room} row numbers from 0 to {count - 1}"
    found = numbers(result)
    if found is None:
        raise ValueError(f"at {where} your {name} returned {_came(result)}, {expected}")
    if found.dtype == torch.bool:
        raise ValueError(
            f"at {where} your {name} returned True and False, {expected}; of a mask these are mask.nonzero()[:, 0]"
        )
    flat = fitted(found, (found.numel(),))
    if flat is None or len(flat) > room:
        raise ValueError(f"at {where} your {name} returned shape {list(found.shape)}, {expected}")
    wrong = flat[(flat != flat.round()) | (flat < -count) | (flat >= count)]
    if len(wrong):
        raise ValueError(f"at {where} your {name} returned row {wrong[0].item():g}, {expected}")
    return flat.long() % max(count, 1)


def _came(result: Any) -> str:
    return "None (does it end with `return`?)" if result is None else shown(result)
