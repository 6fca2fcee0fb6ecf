"""Calls a student's function once and says in words what came of it, whatever it does."""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.lessons.words import say

__all__ = ["Case", "Outcome", "call", "called_as", "name_of", "same", "shape_of", "written"]

# Beyond this an array is told by its shape: nobody reads forty numbers in an error.
_MOST_NUMBERS = 12


class Case(NamedTuple):
    """One call: arguments by name; tolerance, as a share of the largest number expected."""

    arguments: Mapping[str, Any]
    tolerance: float = 1e-6

    def __str__(self) -> str:
        return ", ".join(f"{name} = {written(value)}" for name, value in self.arguments.items())


class Outcome(NamedTuple):
    """What a call gave: numbers, or the words for why there are none."""

    value: np.ndarray | None
    problem: str = ""


def call(function: Callable[..., Any], case: Case) -> Outcome:
    """Call with copies of the case's arguments: a function that changes them in place changes nothing of ours."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            result = function(*(_copy(value) for value in case.arguments.values()))
    except Exception as problem:
        return Outcome(None, _raised(function, problem, case))
    if result is None:
        return Outcome(None, say("check.printed" if printed.getvalue() else "check.none"))
    value = _numbers(result)
    if value is None:
        return Outcome(None, say("check.no_numbers", got=name_of(result)))
    return Outcome(value)


def called_as(function: Any, arguments: Mapping[str, Any], name: str) -> str:
    """ "" if the function takes these arguments, else why not."""
    try:
        inspect.signature(function).bind(*arguments.values())
    except TypeError as problem:
        return say("check.arguments", call=f"{name}({', '.join(arguments)})", problem=problem)
    except ValueError:  # a built-in without a signature: calling it will tell
        pass
    return ""


def same(one: Outcome, other: Outcome, tolerance: float) -> bool:
    """Equal up to rounding, however algebra or number type put it; two calls that fail are equal too."""
    if one.value is None or other.value is None:
        return one.value is other.value
    single = one.value.size == other.value.size == 1
    if one.value.shape != other.value.shape and not single:
        return False
    mine, theirs = (outcome.reshape(-1) for outcome in (one.value, other.value))
    finite = np.abs(theirs[np.isfinite(theirs)])
    scale = max(float(finite.max(initial=0.0)), 1e-3)
    return np.allclose(mine, theirs, rtol=0.0, atol=tolerance * scale, equal_nan=True)


def written(value: Any) -> str:
    """A value as small numbers, an array of many as its shape."""
    if isinstance(value, torch.nn.Module):
        return type(value).__name__
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        if value.size > _MOST_NUMBERS:
            return say("check.array", shape=list(value.shape))
        return _listed(value.tolist())
    return _listed(value) if isinstance(value, float) else repr(value)


def name_of(value: Any) -> str:
    """What kind of thing a value is, in a word or two."""
    return "None" if value is None else f"a {type(value).__name__}"


def shape_of(value: np.ndarray | None) -> str:
    """The shape of an answer, in words."""
    shape = () if value is None else value.shape
    return say("check.of_shape", shape=list(shape)) if shape else say("check.one_number")


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_listed, value))}]"
    return f"{value:.4g}"


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


def _numbers(result: Any) -> np.ndarray | None:
    try:
        if isinstance(result, list | tuple) and any(isinstance(part, Tensor) for part in result):
            result = torch.stack([torch.as_tensor(part) for part in result])
        if isinstance(result, Tensor):
            result = result.detach().cpu().numpy()
        value = np.asarray(result)
        return None if value.dtype.kind not in "fiub" else value.astype(float)
    except (TypeError, ValueError, RuntimeError):
        return None


def _raised(function: Callable[..., Any], problem: Exception, case: Case) -> str:
    """The student's own line, not ours and not torch's."""
    said = f"{type(problem).__name__}: {problem}".splitlines()[0]
    hint = f"; {say('check.single')}" if "dtype" in said or "scalar type" in said else ""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = [
        frame for frame in traceback.extract_tb(problem.__traceback__) if code and frame.filename == code.co_filename
    ]
    if not frames or frames[-1].lineno is None:
        return say("check.raised_nowhere", problem=said, case=case) + hint
    line = frames[-1].lineno
    source = linecache.getline(frames[-1].filename, line).strip()
    return say("check.raised", line=line, source=source, problem=said, case=case) + hint
