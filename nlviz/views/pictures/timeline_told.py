"""What a timeline of months tells: what each arm paid day by day, what it still knew at the looks, and in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nlviz.trace import Trace
from nlviz.views.drawing.sheet import finite

__all__ = ["DAYS", "FROZEN", "Life", "alts_of", "labels_of", "life_of", "title_of"]

DAYS = 5
"""Days of a week; a curve is the mean of so many."""
FROZEN = "frozen"


class Life(NamedTuple):
    """Months of one text. days: [days], counted from 1. paid: [days, arms], bits per byte. looks: [looks], the days of
    those taken by now; again: [looks, arms]; beside: [rows, parts] at `times`, what the small panel shows."""

    text: str
    arms: tuple[str, ...]
    arm: int
    days: np.ndarray
    paid: np.ndarray
    looks: np.ndarray
    called: tuple[str, ...]
    again: np.ndarray
    shows: str
    times: np.ndarray
    beside: np.ndarray
    parts: tuple[str, ...]
    unit: str
    asked: tuple[str, ...]

    @property
    def frozen(self) -> int:
        """The place of the arm that never writes; the shown one's, if there is none."""
        return self.arms.index(FROZEN) if FROZEN in self.arms else self.arm

    @property
    def smooth(self) -> np.ndarray:
        """[days, arms]: the mean of the last DAYS days, of fewer at the beginning."""
        starts = np.maximum(0, np.arange(len(self.paid)) - DAYS + 1)
        means = [self.paid[start : day + 1].mean(0) for day, start in enumerate(starts)]
        return np.array(means).reshape(self.paid.shape)

    @property
    def passed(self) -> np.ndarray:
        """[days]: how many looks have been taken by the evening of each day."""
        return np.searchsorted(self.looks, self.days, side="right")


def life_of(trace: Trace, stream: int) -> Life:
    """One stream of a trace. Raises ValueError for arms without names."""
    paid, arms = trace["paid"], trace["paid"].names
    if not arms:
        raise ValueError("'paid' has no names; expected those of its arms, Signal(…, names=arms)")
    arm = (trace.noted("arm") or arms)[0]
    shows = next((name for name in ("right", "kept", "again") if name in trace), "")
    small = trace[shows] if shows else paid
    again = trace.get("again")
    looks = trace.marked("look")
    return Life(
        text=" ".join(trace.noted("text")) or "the text",
        arms=arms,
        arm=arms.index(arm) if arm in arms else 0,
        days=paid.times,
        paid=finite(np.asarray(paid.values[:, stream], float)),
        looks=np.array([one.time for one in looks], int),
        called=tuple(one.label for one in looks),
        again=np.zeros((0, len(arms))) if again is None else finite(np.asarray(again.values[:, stream], float)),
        shows=shows,
        times=small.times,
        beside=finite(np.asarray(small.values[:, stream], float)),
        parts=small.names,
        unit=small.unit,
        asked=trace.noted("asked"),
    )


def title_of(life: Life) -> str:
    """What was paid over all days, and what Week 1 costs at the last look."""
    mine, rest = (_mean(life.paid[:, at]) for at in (life.arm, life.frozen))
    over = f"{len(life.days)} {'day' if len(life.days) == 1 else 'days'} of {life.text}"
    if life.arm == life.frozen:
        return f"Frozen weights pay {rest} bits per byte over {over}: nothing is written, so nothing changes"
    said = f"Over {over}, “{life.arms[life.arm]}” pays {mine} bits per byte, frozen weights {rest}"
    if life.shows != "again" or not len(life.again) or not np.isfinite(life.again[-1, [life.arm, life.frozen]]).all():
        return said
    costs, others = (f"{life.again[-1, at]:.2f}" for at in (life.arm, life.frozen))
    return f"{said}; {life.called[len(life.again) - 1]}: Week 1 again costs {costs}, frozen {others}"


def _mean(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.mean():.2f}" if len(known) else "no number of"


def labels_of(life: Life) -> list[str]:
    """Every day: which it is, and what it cost."""
    found = []
    for row, day in enumerate(life.days.tolist()):
        name = dict(zip(life.looks.tolist(), life.called, strict=True)).get(day, "")
        cost, rest = life.paid[row, life.arm], life.paid[row, life.frozen]
        said = f"day {day}{f', end of {name}' if name else ''}: {_bits(cost)}"
        found.append(said if life.arm == life.frozen else f"{said}, frozen {_bits(rest, '')}")
    return found


def _bits(value: float, unit: str = " bits per byte") -> str:
    return f"{value:.2f}{unit}" if np.isfinite(value) else "no number"


def alts_of(life: Life, title: str) -> list[str]:
    """Every day in words: what it cost, and what was asked at the last look."""
    found = []
    for label, passed in zip(labels_of(life), life.passed.tolist(), strict=True):
        asked = life.asked[min(passed, len(life.asked) - 1)] if life.asked else ""
        found.append(f"{title}. {label}.{' ' if asked else ''}{' / '.join(asked.splitlines())}")
    return found
