"""A training looked at again and again: what a picture of it needs to know of the run, and says of it in words."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np

from nlviz.trace import Trace
from nlviz.views.drawing.sheet import column, finite, two

__all__ = ["NEEDS", "Course", "alts", "course", "labels", "title"]

NEEDS = {
    "recall_error": "looks 1 reads",
    "read": "1 1 reads",
    "outer_loss": "looks 1",
    "credit": "looks 1 groups?",
    "by_hand": "1 1",
}
# A change of the error by less than this share of it is a little one.
_LITTLE = 0.02
# Beyond it a memory has run away, and there is nothing to draw.
_LOST = 1e12
EMPTY = 1.0
"""The error of an empty memory."""


class Course(NamedTuple):
    """A run, look by look.

    steps: outer steps before each look. read: tokens before each read. errors: [looks, reads]. loss: of the training's
    own kind of streams. by_hand: the same of a rule set by hand. credit: [looks, groups], earned so far, of the groups
    `names`. theta: [looks, cues], and what these cues are called. asked: on which streams, "" for the training's own.
    """

    steps: np.ndarray
    read: np.ndarray
    errors: np.ndarray
    loss: np.ndarray
    by_hand: float
    credit: np.ndarray
    names: tuple[str, ...]
    theta: np.ndarray
    cues: tuple[str, ...]
    asked: str

    @property
    def stride(self) -> int:
        """Frames of one look: before any token, then one for each read."""
        return 1 + len(self.read)

    @property
    def look(self) -> np.ndarray:
        """[frames] Which look each frame belongs to."""
        return np.repeat(np.arange(len(self.steps), dtype=np.int32), self.stride)

    @property
    def reads(self) -> np.ndarray:
        """[frames] How many reads there have been in it."""
        return np.tile(np.arange(self.stride, dtype=np.int32), len(self.steps))

    @property
    def ends(self) -> np.ndarray:
        """[looks] The error after the last token."""
        return self.errors[:, -1]


def course(trace: Trace) -> Course:
    """What the signals of NEEDS say; "theta" and the note "asked" if there are any."""
    credit, theta = trace["credit"], trace.get("theta")
    errors = np.asarray(trace["recall_error"].values, dtype=float)[:, 0]
    groups, read = credit.values.shape[-1], np.asarray(trace["read"].values, dtype=float)[0, 0]
    return Course(
        np.asarray(trace["recall_error"].times),
        np.where(np.isfinite(read), read, np.arange(1, 1 + len(read))).astype(int),
        np.where(np.abs(errors) < _LOST, errors, np.nan),
        column(trace["outer_loss"]),
        float(column(trace["by_hand"])[0]),
        finite(np.asarray(credit.values, dtype=float)[:, 0]),
        credit.names or tuple(f"group {place}" for place in range(1, groups + 1)),
        np.zeros((0, 0)) if theta is None else np.asarray(theta.values, dtype=float)[:, 0],
        () if theta is None else theta.names,
        " ".join(trace.noted("asked")),
    )


def title(run: Course) -> str:
    """What the outer loop did to the error at the end of a stream, on the streams that it was asked on."""
    before, after, steps = float(run.ends[0]), float(run.ends[-1]), int(run.steps[-1])
    asked = escape(run.asked, quote=False)
    where = f"{asked[0].upper()}{asked[1:]}, " if asked else ""
    if not run.names:
        said = f"every slow weight is frozen: {steps} outer steps move nothing, the error stays {_told(after)}"
    elif where:
        said = _elsewhere(before, after)
    else:
        said = _trained(steps, before, after)
    return f"{where}{said}" if where else f"{said[0].upper()}{said[1:]}"


def _trained(steps: int, before: float, after: float) -> str:
    change = _change(before, after)
    if change == "helps":
        return f"learned in {steps} outer steps: the error of recall falls from {two(before)} to {two(after)}"
    told = {"little": "change little", "harm": "did harm"}
    return f"{steps} outer steps {told.get(change, change)}: error of recall {_told(after)}, before {_told(before)}"


def _elsewhere(before: float, after: float) -> str:
    change, now, was = _change(before, after), _told(after), _told(before)
    if after >= EMPTY and before >= EMPTY:
        return f"worse than an empty memory, learned ({now}) or not ({was})"
    if after >= EMPTY:
        return f"worse than an empty memory: error {now}, before {was}"
    told = {"helps": "learning helps", "little": "learning changes little", "harm": "learning did harm"}
    return f"{told.get(change, change)}: error of recall {now}, before {was}"


def _change(before: float, after: float) -> str:
    if not np.isfinite(after):
        return "lost: the memory runs away"
    if after > before * (1 + _LITTLE):
        return "harm"
    return "little" if after > before * (1 - _LITTLE) else "helps"


def labels(run: Course) -> list[str]:
    """Where each frame stands in both loops, and the error there."""
    said, last, tokens = [], run.steps[-1], run.read[-1]
    for look, step in enumerate(run.steps.tolist()):
        moved = "slow weights moved" if look and run.names else "as set by hand"
        strong = _strong(run, look)
        said.append(f"outer step {step} of {last} · {moved}, no token read yet{strong}")
        for token, error in zip(run.read.tolist(), run.errors[look].tolist(), strict=True):
            said.append(f"outer step {step} of {last} · token {token} of {tokens} · error {_told(error)}{strong}")
    return said


def alts(run: Course, head: str) -> list[str]:
    """The picture of each frame in words."""
    return [f"{head}. {_of_look(run, look)} {_of_read(run, look, read)}" for look, read in _frames(run)]


def _frames(run: Course) -> list[tuple[int, int]]:
    return [*zip(run.look.tolist(), run.reads.tolist(), strict=True)]


def _of_look(run: Course, look: int) -> str:
    said = f"After {run.steps[look]} outer steps the outer loss is {_told(run.loss[look])}, "
    said += f"a gate by hand {_told(run.by_hand)}"
    if not run.names:
        return f"{said}; nothing is free."
    earned = zip(run.names, run.credit[look].tolist(), strict=True)
    return f"{said}; earned so far: {', '.join(f'{name} {_told(value)}' for name, value in earned)}."


def _of_read(run: Course, look: int, read: int) -> str:
    if not read:
        return "No token is read yet."
    error = run.errors[look, read - 1]
    return f"After token {run.read[read - 1]} of {run.read[-1]} the error of recall is {_told(error)}."


def _strong(run: Course, look: int) -> str:
    """θ at every cue, where it is not the same at all."""
    if not run.theta.size or np.ptp(run.theta) == 0:
        return ""
    return " · θ " + ", ".join(f"{_told(one)} {name}" for one, name in zip(run.theta[look], run.cues, strict=True))


def _told(value: Any) -> str:
    return two(float(value)) if np.isfinite(value) else "not known"
