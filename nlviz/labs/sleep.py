"""Sleep: a reader writes fast weights by day; at night, or never, what they hold is taught to the slow ones."""

from __future__ import annotations

from collections.abc import Generator as Pieces
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Unpack

import numpy as np

from nlviz import streams, views
from nlviz.experiments.sleep import ARMS, LOOKS, Days, Look, Night, course, days_of, trace_of
from nlviz.labs.entrance import lab
from nlviz.labs.remarks import remarks
from nlviz.trace import Mark, Trace
from nlviz.widgets import Choice, Control, Lab, Number, Progress, Shown, Whole

__all__ = ["sleep"]

BATCH, ALL = 8, 1 + 2 * (2 * LOOKS + 1)
"""Pieces of an update, and looks of two days and nights."""
TEXTS = ("email, then json", "json, then email", "http, then logging")
_USUAL: dict[str, Any] = {"arm": "sleep: replay", "updates": 16, "old": 0.5, "rate": 1e-3}
PRESETS: dict[str, dict[str, Any]] = {
    "replay": _USUAL,
    "dreams": {**_USUAL, "arm": "sleep: dreams"},
    "all at once": {**_USUAL, "arm": "fine-tuning"},
    "only fast": {**_USUAL, "arm": "only fast"},
    "no sleep": {**_USUAL, "arm": "no sleep"},
    "nothing old": {**_USUAL, "old": 0.0},
}
CONTROLS: dict[str, Control] = {
    "arm": Choice("sleep: replay", tuple(ARMS), label="shown"),
    "updates": Whole(16, 4, 40, 4, label="updates a night"),
    "old": Number(0.5, 0.0, 0.75, 0.25, label="share of old text"),
    "rate": Choice(1e-3, (2e-4, 5e-4, 1e-3, 2e-3, 5e-3), label="rate at night"),
    "texts": Choice(TEXTS[0], TEXTS),
    "length": Whole(4096, 2048, 16_384, 2048, hidden=True, unit="bytes"),
}


@lab()
def sleep(preset: str = "replay", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """Two days of reading, two nights, five ways to live through them; see `experiments.sleep.course`.

    By day the shipped reader writes what it reads into fast weights. At night these are cleared, and before that the
    slow weights may be taught what they held: from the day's text read again, or from text that the model makes up;
    part of a night is older text, which protects what was known. Beside it: no sleep; fine-tuning on the day's bytes,
    without a memory and without older text; and a memory that is never cleared. Pictured is what each knows, in bits
    per byte of text that it never read: of day 1's text, of day 2's, and of code it was trained on; for one arm also R
    and how far its fast and slow weights have moved.
    preset: the arm that is shown, "replay", "dreams", "all at once" (fine-tuning), "only fast" or "no sleep"; "nothing
    old" is a replay of the day alone. seed: of batches and dreams. shown: see `widgets.Shown`.
    Knobs: arm (shown; turning it runs nothing anew), updates (of the slow weights, a night), old (share of older text
    in the nights of both sleeping arms), rate (of these updates), texts (of the two days). Out of sight: length, of
    each day's text; a quarter of it is not read but asked about.

        >>> lab = labs.sleep("dreams", knobs={"updates": 4, "length": 2048})
        >>> lab.state()
        'sleep?preset=dreams&updates=4&length=2048&seed=0'
    """
    return Lab(
        partial(_run, Nights(seed)),
        views.sleep,
        name="sleep",
        title="Sleep",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **CONTROLS,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


class Plan(NamedTuple):
    """What a course depends on: its arm, its texts and their length, and how its nights go."""

    arm: str
    texts: str
    length: int
    night: Night


@dataclass
class Nights:
    """The courses of one lab, each run once: whoever turns a knob back does not wait again."""

    seed: int
    met: dict[tuple[str, int], Days] = field(default_factory=dict)
    done: dict[Plan, tuple[Look, ...]] = field(default_factory=dict)

    def days(self, texts: str, length: int) -> Days:
        """Both days of reading."""
        if (texts, length) not in self.met:
            names = texts.split(", then ")
            self.met[texts, length] = days_of([(name, streams.code(name, limit=length)) for name in names])
        return self.met[texts, length]

    def lived(self, plan: Plan) -> Pieces[tuple[Look, ...], None, tuple[Look, ...]]:
        """All looks of a course; on its way, after every piece of work, those so far."""
        if plan not in self.done:
            looks = tuple[Look, ...]()
            for _, looks in course(plan.arm, self.days(plan.texts, plan.length), plan.night, seed=self.seed):
                yield looks
            self.done[plan] = looks
        return self.done[plan]


def _plan(arm: str, texts: str, length: int, night: Night) -> Plan:
    """Without what an arm does not heed, so that turning it runs nothing anew."""
    held, none = ARMS[arm], Night(0, BATCH, 0.0, 0.0)
    heeded = night if held.old else night._replace(old=0.0)
    return Plan(arm, texts, length, heeded if held.replays else none)


def _run(
    nights: Nights, arm: str, updates: int, old: float, rate: float, texts: str, length: int
) -> Pieces[Progress, None, Trace]:
    night, marks = Night(updates, BATCH, old, rate), list[Mark]()
    plans = {name: _plan(name, texts, length, night) for name in ARMS}
    courses: dict[str, Sequence[Look]] = {name: nights.done.get(plan, ()) for name, plan in plans.items()}
    # the one that is shown first: a run that is stopped has it
    for name in sorted(ARMS, key=lambda one: one != arm):
        pieces = nights.lived(plans[name])
        while True:
            try:
                courses[name] = next(pieces)
            except StopIteration as end:
                courses[name] = end.value
                break
            except FloatingPointError:
                marks.append(Mark(len(courses[name]), "diverged", f"the night of {name} ran away"))
                break
            so_far = partial(_trace, nights.days(texts, length), dict(courses), arm, tuple(marks))
            yield Progress(sum(map(len, courses.values())), len(ARMS) * ALL, "looks", so_far)
    return _trace(nights.days(texts, length), courses, arm, marks)


def _trace(days: Days, courses: dict[str, Sequence[Look]], arm: str, marks: Sequence[Mark]) -> Trace:
    return trace_of(courses, days).merge(marks=marks, notes={"arm": arm})


def _summary(trace: Trace) -> str:
    """Of every text, what the arm that is shown knew at the start and in the mornings."""
    known, arm = trace["known"], trace.noted("arm")[0]
    mine = known.values[:, 0, trace["fast_norm"].names.index(arm)]
    mornings = [0, *(span.stop - 1 for span in trace.tokens if span.kind == "night")]
    said = [
        f"{name} {' → '.join(f'{cost:.2f}' if np.isfinite(cost) else '…' for cost in mine[mornings, at])}"
        for at, name in enumerate(known.names)
    ]
    return " · ".join([f"{arm}, bits per byte at the start and each morning", *said[1:], said[0], *remarks(trace)])
