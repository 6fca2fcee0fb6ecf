"""What an exercise is: a true function, cases to call it on, and the wrong functions students write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from nlviz.lessons.checking.calling import (
    Case,
    Outcome,
    alike,
    call,
    called_as,
    name_of,
    same,
    shape_of,
    written,
)
from nlviz.lessons.words import say, table

__all__ = ["Exercise", "Judged", "Verdict"]


class Verdict(NamedTuple):
    """Whether an answer is right, the line that says so, and what it printed in the first call in which it did."""

    right: bool
    words: str
    printed: str = ""


@dataclass(frozen=True)
class _Named:
    """id: "02.1", a table of the catalog. name: of the function or value the student writes."""

    id: str
    name: str

    def slip(self, key: str, **values: object) -> Verdict:
        """Wrong, in the words of the catalog."""
        return self.wrong(table("exercises", self.id)["slips"][key].format(**values))

    def wrong(self, why: str) -> Verdict:
        """Wrong, for a reason that is no slip of this exercise."""
        return Verdict(False, say("check.wrong", name=self.name, why=why))

    def right(self, **values: object) -> Verdict:
        """Right; with what was found, if the catalog has words for it."""
        more = table("exercises", self.id)["slips"].get("right")
        said = say("check.right_more", name=self.name, more=more.format(**values)) if more else None
        return Verdict(True, said or say("check.right", name=self.name))

    def uncallable(self, answer: Any, arguments: Mapping[str, Any]) -> Verdict | None:
        """Wrong, if the answer is no function of these arguments."""
        if not callable(answer):
            return self.wrong(say("check.not_a_function", id=self.id, name=self.name, got=name_of(answer)))
        unable = called_as(answer, arguments, self.name)
        return self.wrong(unable) if unable else None


@dataclass(frozen=True)
class Exercise(_Named):
    """An exercise whose answer is a function with one true result for every case.

    truth: what is right, preferably found another way than a student would. cases: small numbers first, for they are
    shown. slips: wrong functions by their key in the catalog, what the stub gives among them; an answer that equals one
    of them on *all* cases gets its diagnosis, so a slip may differ from the truth on some cases only; several functions
    may be one slip. also: other functions that are right, where the words of the question allow for more than one.
    """

    truth: Callable[..., Any]
    cases: Sequence[Case]
    slips: Mapping[str, Callable[..., Any] | Sequence[Callable[..., Any]]] = field(default_factory=dict)
    also: Sequence[Callable[..., Any]] = ()

    def judged(self, answer: Any, truth: Any = None) -> Verdict:
        """One line on a student's function."""
        unable = self.uncallable(answer, self.cases[0].arguments)
        if unable:
            return unable
        expected = self._expected
        mine = [call(answer, case) for case in self.cases]
        tolerances = [case.tolerance for case in self.cases]
        wrong = [not same(*both) for both in zip(mine, expected, tolerances, strict=True)]
        if not any(wrong) or any(self._equals(mine, other) for other in self.also):
            return self.right()
        for key, slips in self.slips.items():
            if any(self._equals(mine, slip) for slip in (slips if isinstance(slips, Sequence) else [slips])):
                return self.slip(key)
        first = wrong.index(True)
        return self.wrong(_difference(self.cases[first], mine[first], expected[first]))

    @cached_property
    def _expected(self) -> list[Outcome]:
        return [call(self.truth, case) for case in self.cases]

    @cached_property
    def _others(self) -> dict[Callable[..., Any], list[Outcome]]:
        """What the slips gave, case by case as far as they were asked: the same for every answer."""
        return {}

    def _equals(self, mine: Sequence[Outcome], other: Callable[..., Any]) -> bool:
        """Whether these outcomes are another function's, on all cases."""
        theirs = self._others.setdefault(other, [])
        for place, (one, case) in enumerate(zip(mine, self.cases, strict=True)):
            if place == len(theirs):
                theirs.append(call(other, case))
            if not same(one, theirs[place], case.tolerance):
                return False
        return True


@dataclass(frozen=True)
class Judged(_Named):
    """An exercise that has many right answers: `judge(exercise, answer, truth)` runs the answer and gives a verdict.

    slips: the keys of the catalog it may name.
    """

    judge: Callable[[Judged, Any, Any], Verdict]
    slips: Sequence[str]

    def judged(self, answer: Any, truth: Any = None) -> Verdict:
        """One line on a student's answer."""
        return self.judge(self, answer, truth)


def _difference(case: Case, mine: Outcome, expected: Outcome) -> str:
    """What was expected at the first case that fails, with the numbers."""
    if mine.value is None or expected.value is None:
        return mine.problem
    if not alike(mine.value.shape, expected.value.shape):
        return say("check.shape", got=shape_of(mine.value), expected=shape_of(expected.value), case=case)
    both = {"case": case, "expected": written(expected.value), "got": written(mine.value)}
    if not np.isfinite(mine.value).all():
        return say("check.nan", **both)
    if both["got"] != both["expected"]:
        return say("check.value", **both)
    # Too many to show, or alike in the digits that are shown.
    found = mine.value.reshape(expected.value.shape)
    apart = np.abs(found - expected.value)
    place = np.unravel_index(apart.argmax(), apart.shape)
    if expected.value.size == 1:
        return say("check.value", case=case, expected=f"{expected.value.item():.8g}", got=f"{found.item():.8g}")
    there = {"expected": f"{expected.value[place]:.6g}", "got": f"{found[place]:.6g}"}
    return say("check.place", case=case, place=[int(index) for index in place], **there)
