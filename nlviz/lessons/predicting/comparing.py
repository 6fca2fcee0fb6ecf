"""An answer beside what was measured, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.words import number, several
from nlviz.lessons.predicting.answers import Given
from nlviz.lessons.predicting.questions import Estimate, Options, Question, Sketch
from nlviz.lessons.words import say

__all__ = ["compared", "curve", "in_words", "on_points", "told"]

# What counts as close: a tenth of a number, a tenth of a sketch's height.
_CLOSE = 0.1


def compared(question: Question, given: Given | None, measured: Any) -> str:
    """One line: what was said, what was measured, and how far apart they are.

    measured: a number, an option's key, or (x, y) of a curve. Raises ValueError if it is of another kind.
    """
    found = in_words(question, measured)
    if given is None:
        return say("reveal.none", measured=found)
    if given.late:
        return say("reveal.late", measured=found, answer=question.kind.words(given.answer))
    kind = question.kind
    if isinstance(kind, Options):
        right = given.answer == kind.check(measured)
        return say(
            "reveal.option_right" if right else "reveal.option_wrong", answer=kind.words(given.answer), measured=found
        )
    if isinstance(kind, Estimate):
        return _numbers(given.answer, number("measured", measured), kind)
    return _sketches(given.answer, measured, kind)


def in_words(question: Question, measured: Any) -> str:
    """What was measured, as a reader is told. Raises ValueError if the question asks for something else."""
    kind = question.kind
    if isinstance(kind, Options):
        return kind.words(kind.check(measured))
    if isinstance(kind, Estimate):
        return kind.words(number("measured", measured, remedy=f"question {question.id} asks for one"))
    return told(kind, measured)


def told(kind: Sketch, measured: Any) -> str:
    """A measured curve by its ends."""
    x, y = curve(measured)
    ends = {"first": f"{y[0]:.2f}", "start": f"{x[0]:g}", "last": f"{y[-1]:.2f}", "end": f"{x[-1]:g}"}
    return say("reveal.curve", x=kind.x.title, **ends)


def curve(measured: Any) -> tuple[np.ndarray, np.ndarray]:
    """A measured curve as x and y of one length, from left to right. Raises ValueError."""
    parts = [array("measured", part, finite=True, dtype=float) for part in several("measured", measured, what="rows")]
    if len(parts) != 2 or parts[0].ndim != 1 or parts[0].shape != parts[1].shape or not len(parts[0]):
        shapes = " and ".join(str(list(part.shape)) for part in parts)
        raise ValueError(f"a measured curve is (x, y), two rows of one length; these have shapes {shapes}")
    order = np.argsort(parts[0], kind="stable")
    return parts[0][order], parts[1][order]


def on_points(measured: Any, kind: Sketch) -> np.ndarray:
    """The measured curve at the places where the student drew."""
    return np.interp(kind.places, *curve(measured))


def _numbers(answer: float, measured: float, kind: Estimate) -> str:
    both = {"answer": kind.words(answer), "measured": kind.words(measured)}
    if abs(answer - measured) <= _CLOSE * abs(measured):
        return say("reveal.close", **both)
    if answer * measured <= 0:  # no ratio across zero
        return say("reveal.away", **both)
    ratio = answer / measured
    if ratio >= 1.5:
        return say("reveal.more", **both, times=f"{ratio:.2g}" if ratio < 10 else f"{ratio:.0f}")
    if ratio <= 1 / 1.5:
        return say("reveal.less", **both, times=f"{1 / ratio:.2g}" if ratio > 0.1 else f"{1 / ratio:.0f}")
    return say("reveal.high" if ratio > 1 else "reveal.low", **both, percent=f"{100 * abs(ratio - 1):.0f}")


def _sketches(answer: list[float], measured: Any, kind: Sketch) -> str:
    found = on_points(measured, kind)
    apart = np.abs(np.asarray(answer) - found)
    worst = int(apart.argmax())
    where = {"x": kind.x.title, "at": f"{kind.places[worst]:.4g}", "mean": f"{apart.mean():.2f}"}
    if apart.max() <= _CLOSE * (kind.y.high - kind.y.low):
        return say("reveal.sketch_close", **where, most=f"{apart[worst]:.2f}")
    return say("reveal.sketch_far", **where, drawn=f"{answer[worst]:.2f}", found=f"{found[worst]:.2f}")
