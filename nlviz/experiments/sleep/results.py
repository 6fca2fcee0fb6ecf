"""What courses of several arms come to: one trace, and the matrix R of an arm, in bits per byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nlviz.door import words
from nlviz.experiments.sleep.course import LOOKS, Look
from nlviz.experiments.sleep.texts import Days
from nlviz.trace import Signal, Token, Trace

__all__ = ["matrix", "trace_of"]


def trace_of(courses: Mapping[str, Sequence[Look]], days: Days) -> Trace:
    """Looks at several arms as one trace, timed by look: 0, then 3 by day and 4 by night.

    Signals: "known" [looks, 1, arms, texts], bits per byte, named by text; "fast_norm" and "slow_moved"
    [looks, 1, arms], named by arm. A course that is not at its end has NaN from there on. Tokens: days and nights, of
    the kinds "day" and "night". Raises ValueError without a course, or without a look in any.

        >>> days = experiments.sleep.days_of([("a", b"import os\\n" * 205)])
        >>> *_, (_, looks) = experiments.sleep.course("only fast", days)
        >>> run = experiments.sleep.trace_of({"only fast": looks}, days)
        >>> run["known"].values.shape, [token.text for token in run.tokens]
        ((8, 1, 1, 2), ['day 1', 'night 1'])
    """
    courses = dict(words.instance("courses", courses, Mapping, "give the looks of each arm by its name"))
    days = words.instance("days", days, Days, "use days_of(texts)")
    if not courses or not any(map(len, courses.values())):
        words.refuse("courses", "empty", "a look at least", "take the looks that `course` yields")
    count = 1 + len(days.days) * (2 * LOOKS + 1)
    known = np.full((count, 1, len(courses), len(days.names)), np.nan)
    norms = np.full((2, count, 1, len(courses)), np.nan)
    for arm, looks in enumerate(courses.values()):
        for at, look in enumerate(looks):
            known[at, 0, arm], norms[:, at, 0, arm] = look.bits, (look.fast, look.slow)
    times, arms = np.arange(count), tuple(courses)
    signals = {
        "known": Signal(known, times, "bits per byte", days.names),
        "fast_norm": Signal(norms[0], times, "‖W − W₀‖", arms),
        "slow_moved": Signal(norms[1], times, "‖θ − θ at the start‖", arms),
    }
    return Trace(signals, tuple(_spans(len(days.days))))


def _spans(days: int) -> list[Token]:
    found, whole = list[Token](), 2 * LOOKS + 1
    for day in range(days):
        at = 1 + whole * day
        found.append(Token(f"day {day + 1}", at, at + LOOKS, "day"))
        found.append(Token(f"night {day + 1}", at + LOOKS, at + whole, "night"))
    return found


def matrix(looks: Sequence[Look]) -> np.ndarray:
    """R [1 + days, 1 + days] of one course: bits per byte of each text, at the start and after each night.

    Column 0 is the text from before: what the slow model lost. Below its first row and right of its first column it is
    an R as of `measure`, with less for better: `measure.forgetting(-R[1:, 1:])` is in bits per byte.
    Raises ValueError for a course without its last night.

        >>> days = experiments.sleep.days_of([("a", b"import os\\n" * 205)])
        >>> *_, (_, looks) = experiments.sleep.course("no sleep", days)
        >>> experiments.sleep.matrix(looks).shape
        (2, 2)
    """
    every = words.several("looks", looks, least=1, what="looks")
    held = [
        words.instance(f"looks[{at}]", one, Look, "take those that `course` yields") for at, one in enumerate(every)
    ]
    ends = [look for look in held if look.share == 1.0 and (look.night or not look.day)]
    days = len(held[0].bits) - 1
    if len(ends) != 1 + days:
        words.refuse("the nights in looks", len(ends) - 1, f"{days}, one after each day", "take the last looks")
    return np.array([look.bits for look in ends])
