"""Calls a student's function once and says in words what came of it, whatever it does."""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.door.results import copied, is_complex, numbers
from nlviz.lessons.words import say

__all__ = [
    "Attempt",
    "Case",
    "Outcome",
    "alike",
    "attempt",
    "call",
    "called_as",
    "heard",
    "name_of",
    "same",
    "shape_of",
    "written",
]

# Beyond this an array is told by its shape: nobody reads forty numbers in an error.
_MOST_NUMBERS = 12
# Of what a function prints this much is shown: it may print in a loop.
_MOST_PRINTED = 2000
# What is compared with zero: below it is rounding, whatever the precision.
_NOTHING = 1e-9


class Case(NamedTuple):
    """One call: arguments by name; tolerance, as a share of the largest number expected."""

    arguments: Mapping[str, Any]
    tolerance: float = 1e-6

    def __str__(self) -> str:
        return ", ".join(f"{name} = {written(value)}" for name, value in self.arguments.items())


class Attempt(NamedTuple):
    """What a call gave as it is, and what went wrong, in words; "" if it came through."""

    result: Any
    problem: str = ""


class Outcome(NamedTuple):
    """What a call gave: numbers, or the words for why there are none. logical: whether they were True and False."""

    value: np.ndarray | None
    problem: str = ""
    logical: bool = False


_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """While it lasts nothing is printed; the list gets what a student's function printed in the first call it did."""
    said: list[str] = []
    token = _HEARD.set(said)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield said
    finally:
        _HEARD.reset(token)


def attempt(function: Callable[..., Any], case: Case) -> Attempt:
    """Call with copies of the case's arguments: a function that changes them in place changes nothing of ours."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            result = function(*map(copied, case.arguments.values()))
    except (Exception, SystemExit) as problem:
        return Attempt(None, _raised(function, problem, case))
    finally:
        _keep(printed.getvalue())
    if result is None:
        return Attempt(None, say("check.printed" if printed.getvalue() else "check.none"))
    return Attempt(result)


def call(function: Callable[..., Any], case: Case) -> Outcome:
    """What a call gave, as real numbers. What counts as numbers is what the labs take too: `nlviz.door.results`."""
    result, problem = attempt(function, case)
    if problem:
        return Outcome(None, problem)
    value = numbers(result)
    if value is None:
        return Outcome(None, say("check.complex" if is_complex(result) else "check.no_numbers", got=name_of(result)))
    return Outcome(value.double().numpy(), logical=value.dtype == torch.bool)


def _keep(printed: str) -> None:
    said = _HEARD.get()
    if said is not None and not said and printed.strip():
        cut = "…" if len(printed) > _MOST_PRINTED else ""
        said.append(printed[:_MOST_PRINTED].rstrip() + cut)


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
    if not alike(one.value.shape, other.value.shape):
        return False
    mine, theirs = (outcome.reshape(-1) for outcome in (one.value, other.value))
    finite = np.abs(theirs[np.isfinite(theirs)])
    scale = max(float(finite.max(initial=0.0)), _NOTHING)
    return np.allclose(mine, theirs, rtol=0.0, atol=tolerance * scale, equal_nan=True)


def alike(mine: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    """Whether two shapes differ by axes of length 1 alone."""
    return [n for n in mine if n != 1] == [n for n in theirs if n != 1]


def written(value: Any) -> str:
    """A value as small numbers, an array of many as its shape."""
    if isinstance(value, torch.nn.Module | torch.optim.Optimizer | torch.Generator):
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


def _raised(function: Callable[..., Any], problem: BaseException, case: Case) -> str:
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
