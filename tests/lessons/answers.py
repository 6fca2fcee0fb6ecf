"""All exercises against answers in many forms: right ones differently dressed, the known slips, and garbage.

    python -m tests.lessons.answers

prints how many were tried, and every false verdict and raw traceback; there are to be none.
"""

from __future__ import annotations

import functools
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.experiments.learning_to_learn import Family
from nlviz.lessons.checking.check import verdict
from nlviz.lessons.course import exercises, lessons
from nlviz.memory.state import State

from .answers_of_04 import TRUTH

__all__ = ["GARBAGE", "IDS", "RIGHT", "Answer", "answers", "dressed", "fault", "forms"]

# A verdict is one line that is read, with the arguments of a small case in it.
_LONG = 600

_FILES = [import_module(f".answers_of_{lesson}", __package__) for lesson in lessons()]
RIGHT: dict[str, list[Any]] = {id: given for file in _FILES for id, given in file.RIGHT.items()}
WRONG: dict[str, list[tuple[Any, str]]] = {id: given for file in _FILES for id, given in file.WRONG.items()}
IDS = [exercise.id for lesson in lessons() for exercise in exercises(lesson)]


class Answer(NamedTuple):
    """One answer: to which exercise, of what kind ("right", "again", "slip", "garbage"), in which form.

    "again" are right ones written otherwise by hand; test_exercises tries those and the slips one by one.
    """

    id: str
    kind: str
    form: str
    value: Any


# ---- right answers, differently dressed

Dress = Callable[[Tensor], Any]
DRESSES: dict[str, Dress] = {
    "NumPy": lambda x: x.numpy(),
    "list": lambda x: x.tolist(),
    "float64": lambda x: x.double(),
    "float32": lambda x: x.float(),
    "NumPy float32": lambda x: x.float().numpy(),
    "batch axis of 1": lambda x: x[None],
    "last axis of 1": lambda x: x[..., None],
    "on the graph": lambda x: x.float().requires_grad_(),
    "complex without imaginary part": lambda x: x + 0j,
}
# A loss is differentiated: what cuts it off from its weights is a slip there, and has its own words.
_LOSSES = {"03.2", "07.1"}
_CUT = {"NumPy", "list", "NumPy float32", "on the graph", "complex without imaginary part"}


def dressed(result: Any, dress: Dress) -> Any:
    """A result with its numbers put on otherwise: of two results each, of what holds none nothing."""
    if isinstance(result, tuple) and not isinstance(result, State):
        return tuple(dressed(part, dress) for part in result)
    if result is None or isinstance(result, str | State | Family):
        return result
    return dress(torch.as_tensor(np.asarray(result)) if not isinstance(result, Tensor) else result)


def _emptied(value: Any) -> None:
    if isinstance(value, Tensor):
        value.detach().zero_()
    elif isinstance(value, np.ndarray):
        value[...] = 0


class _Callable:
    """An answer that is an object rather than a function."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer

    def __call__(self, *arguments: Any) -> Any:
        return self.answer(*arguments)


def forms(id: str, answer: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The same right answer in the forms in which students write it."""

    def in_place(*arguments: Any) -> Any:
        result = answer(*arguments)
        kept = dressed(result, lambda x: x if id in _LOSSES else x.clone())
        if id not in _LOSSES:  # its gradient is still to be taken
            for argument in arguments:
                _emptied(argument)
        return kept

    def prints(*arguments: Any) -> Any:
        print("looking", arguments[:1])
        return answer(*arguments)

    yield "as it is", answer
    yield "changes its arguments", in_place
    yield "prints", prints
    yield "object with __call__", _Callable(answer)
    yield "bound method", _Callable(answer).__call__
    yield "partial", functools.partial(answer)
    yield "two results in a list", lambda *given: _listed(answer(*given))
    if id == "05.1":
        yield "two results stacked", lambda *given: torch.stack(answer(*given))
    for name, dress in DRESSES.items():
        if id not in _LOSSES or name not in _CUT:
            yield name, lambda *given, dress=dress: dressed(answer(*given), dress)


def _listed(result: Any) -> Any:
    return list(result) if type(result) is tuple else result


def _values(id: str) -> Iterator[tuple[str, Any]]:
    """Right answers of exercises that ask for values."""
    if id == "04.4":
        yield from (("list", TRUTH), ("tuple", tuple(TRUTH)), ("NumPy", np.array(TRUTH)), ("in a row", [TRUTH]))
        yield from (("upper case", [one.upper() for one in TRUTH]), ("title", [one.title() for one in TRUTH]))
        yield from (("spaces", [f" {one} " for one in TRUTH]), ("generator", (one for one in TRUTH)))
        yield from (("NumPy's strings", list(np.array(TRUTH))), ("a table's", dict(enumerate(TRUTH)).values()))
    if id == "05.2":
        gates = (0.06, 0.9, 0.0)
        yield from (("tuple", gates), ("list", list(gates)), ("NumPy", np.array(gates)), ("row", [gates]))
        yield from (("tensor", torch.tensor(gates)), ("numbers in tensors", tuple(map(torch.tensor, gates))))


# ---- garbage


def _raises(*_: Any) -> Any:
    raise KeyError("M")


def _leaves(*_: Any) -> Any:
    sys.exit("enough")


def _recurses(*given: Any) -> Any:
    return _recurses(*given)


class _Odd:
    """An object that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no numbers")


_ITSELF: list[Any] = []
_ITSELF.append(_ITSELF)

GARBAGE: dict[str, Any] = {
    "None": None,
    "a number": 3.0,
    "a text": "M",
    "a table": {"M": 1},
    "an object": _Odd(),
    "a class": Tensor,
    "returns nothing": lambda *_: None,
    "prints": lambda *given: print(given),
    "raises": _raises,
    "leaves Python": _leaves,
    "recurses for ever": _recurses,
    "wrong arity": lambda a, b, c, d, e, f, g, h: a,
    "returns a text": lambda *_: "M + v k",
    "returns a table": lambda *_: {"M": torch.ones(2)},
    "returns a function": lambda *_: _raises,
    "returns an object": lambda *_: _Odd(),
    "returns rows of different length": lambda *_: [[1.0], [1.0, 2.0]],
    "returns a list of itself": lambda *_: _ITSELF,
    "returns NaN": lambda *_: math.nan,
    "returns NaNs": lambda *_: torch.full((2, 2), math.nan),
    "returns infinity": lambda *_: -math.inf,
    "returns imaginary numbers": lambda *_: torch.ones(2) * 1j,
    "returns another shape": lambda *_: torch.zeros(3, 1, 7),
    "returns nothing in a list": lambda *_: [],
    "returns three things": lambda *_: (1, 2, 3, 4, 5),
    "returns a masked array": lambda *_: np.ma.masked_array([1.0, 2.0], [True, False]),
}


# ---- trying them


def answers(id: str) -> Iterator[Answer]:
    """All answers to one exercise."""
    function = next((answer for answer in RIGHT[id] if callable(answer)), None)
    dressed = forms(id, function) if function is not None else ()
    yield from (Answer(id, "right", *form) for form in [*dressed, *_values(id)])
    yield from (Answer(id, "again", str(number), answer) for number, answer in enumerate(RIGHT[id]))
    yield from (Answer(id, "slip", slip, answer) for answer, slip in WRONG[id])
    yield from (Answer(id, "garbage", form, answer) for form, answer in GARBAGE.items())


def fault(answer: Answer) -> str:
    """What is wrong with its verdict: that it is false, no single line, too long to be read, or a traceback; or ""."""
    right = answer.kind in ("right", "again")
    try:
        found = verdict(answer.id, answer.value, TRUTH)
    except BaseException as problem:
        return f"raw {type(problem).__name__}: {problem}"
    if found.right != right:
        return f"false verdict: {found.words}"
    if not found.words.startswith("✓ " if right else "✗ ") or "\n" in found.words:
        return f"not one line: {found.words}"
    return f"too long: {found.words}" if len(found.words) > _LONG else ""


def _main() -> int:
    every = [(answer, fault(answer)) for id in IDS for answer in answers(id)]
    counts = Counter(answer.kind for answer, _ in every)
    faults = [f"{answer.id} {answer.kind}, {answer.form}: {wrong}" for answer, wrong in every if wrong]
    raw, false = (sum(f": {kind}" in one for one in faults) for kind in ("raw ", "false "))
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    print(f"{len(IDS)} exercises, {len(every)} answers: {kinds}")
    print(f"false verdicts {false}, raw tracebacks {raw}, other faults {len(faults) - false - raw}")
    print("\n".join(faults))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(_main())
