"""`check`: one exercise, one line: ✓, or the one thing that is wrong."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from nlviz.door.words import flag
from nlviz.lessons.checking.calling import heard
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict
from nlviz.lessons.checking.hints import learned
from nlviz.lessons.course import exercises
from nlviz.lessons.words import say, table

__all__ = ["check", "find", "verdict"]


def check(id: str, answer: Any, strict: bool = False, *, truth: Any = None) -> None:
    """Print whether `answer` solves exercise `id`, and if not, the one thing to look at.

    answer: your function, or for an exercise that asks for values those. It is called on a few hidden cases, with
    copies; any algebraically equal form passes, in float32 and float64.
    strict: raise AssertionError with the same words instead, for tests.
    truth: for an exercise that compares with what the notebook has just found.
    What your function prints is shown once. To somebody who is there a ✓ brings the note behind the solution, and a
    question to go on with; to a test, one line.
    Raises ValueError if there is no such exercise.

    In a notebook:      check("02.1", write)
    In pytest:          def test_write(): check("02.1", student.write, strict=True)
    In nbgrader, in a cell marked as autograder tests: check("02.1", write, strict=True)
    In otter, as the code of a case in tests/write.py:

        >>> from nlviz.lessons import check
        >>> check("02.1", write, strict=True)
        ✓ write
    """
    strict, found = flag("strict", strict), verdict(id, answer, truth)
    if strict and not found.right:
        raise AssertionError(found.words)
    if found.printed and not strict:
        print(f"{say('check.said')}\n{indent(found.printed, '  ')}")
    print(found.words)
    if found.right and not strict:
        learned(id)


def verdict(id: str, answer: Any, truth: Any = None) -> Verdict:
    """What `check` says, as a value: `right`, `words`, and what the answer `printed`."""
    exercise = find(id)
    with heard() as said:
        found = exercise.judged(answer, truth)
    return found._replace(printed="".join(said))


def find(id: str) -> Exercise | Judged:
    """The exercise named `id`, such as "02.1". Raises ValueError if there is none."""
    table("exercises", id)
    there = {exercise.id: exercise for exercise in exercises(id.split(".")[0])}
    return there[id]
