"""Months as traces, for pictures: one row a day of everything, or every byte of one day as one arm met it."""

from __future__ import annotations

import numpy as np

from nlviz.agents.architect.legacy import DAYS_A_WEEK
from nlviz.agents.architect.results import Months
from nlviz.door import words
from nlviz.trace import Mark, Signal, Token, Trace

__all__ = ["LEVELS", "day_trace", "timeline"]

LEVELS = ("day", "week", "month")
"""The levels of the continuum, from fast to slow."""


def timeline(months: Months) -> Trace:
    """One row a day, times are days from 0: what each arm paid, wrote, moved and kept.

    Signals, [days, 1, arms] by name: "bits" per byte as read, "surprise" the mean ‖∇ℓ‖, "written" the share of bytes,
    "moved" ‖W − W_0‖, "held" bytes kept; "levels" [days, 1, 3]. At the days of checkpoints: "known" [looks, 1, arms ·
    texts] bits per byte, arm by arm, "right" [looks, 1, arms · classes] the share of right answers. Tokens: the weeks.
    Marks: "checkpoint", and "rename" in the morning of Week 4.

        >>> project = agents.architect.legacy("email", limit=8_000)
        >>> months = agents.architect.read_months(project, ("frozen", "one rate"), each=0)
        >>> agents.architect.timeline(months)["bits"].values.shape
        (60, 1, 2)
    """
    months = words.instance("months", months, Months, "give what read_months returned, or piece.so_far()")
    days, arms = np.arange(months.days), months.arms
    signals = {
        name: Signal(_by_day(values, months.days), days, unit, arms)
        for name, values, unit in (
            ("bits", months.bits, "bits per byte"),
            ("surprise", months.surprise, "‖∇ℓ‖"),
            ("written", months.written, "share written"),
        )
    }
    signals["moved"] = Signal(months.moved.T[:, None], days, "‖W − W₀‖", arms)
    signals["held"] = Signal(months.held.T[:, None], days, "bytes", arms)
    signals["levels"] = Signal(months.levels[:, None], days, "‖M‖", LEVELS)
    weeks = range(-(-months.days // DAYS_A_WEEK))
    tokens = tuple(
        Token(f"Week {week + 1}", week * DAYS_A_WEEK, min((week + 1) * DAYS_A_WEEK, months.days), "week")
        for week in weeks
    )
    marks = [Mark(look.day - 1, "checkpoint", look.name) for look in months.checkpoints]
    if months.legacy.renamed and months.days > months.legacy.renamed_on:
        marks.append(Mark(months.legacy.renamed_on, "rename", "renamed"))
    return Trace(signals | _looks(months), tokens, tuple(sorted(marks)), {"remarks": months.remarks})


def _by_day(values: np.ndarray, days: int) -> np.ndarray:
    """[arms, time] as the mean of every day, [days, 1, arms]."""
    return values.reshape(len(values), days, -1).mean(-1).T[:, None]


def _looks(months: Months) -> dict[str, Signal]:
    if not months.checkpoints:
        return {}
    times = np.array([look.day - 1 for look in months.checkpoints])
    known = np.stack([look.known.reshape(1, -1) for look in months.checkpoints])
    texts = months.checkpoints[0].texts
    names = tuple(f"{arm}: {text}" for arm in months.arms for text in texts)
    found = {"known": Signal(known, times, "bits per byte", names)}
    classes = tuple(dict.fromkeys(one.about for one in months.questions))
    if classes:
        about = np.array([one.about for one in months.questions])
        rights = [[[row[about == kind].mean() for row in look.right for kind in classes]] for look in months.answers]
        parts = tuple(f"{arm}: {kind}" for arm in months.arms for kind in classes)
        found["right"] = Signal(np.array(rights), times, "share right", parts)
    return found


def day_trace(months: Months, arm: str, day: int) -> Trace:
    """Every byte of one day (from 0) as one arm met it: a trace as that of `experiments.read`, times from 0.

    Signals [time, 1]: "bits" before the write, "bytes", and where the arm writes by gradient "surprise" and "written";
    "frozen_bits" where "frozen" is among the arms. Tokens: of kind as in `streams.code`. Raises ValueError for an arm
    or a day that was not read.
    """
    months = words.instance("months", months, Months, "give what read_months returned, or piece.so_far()")
    at = months.arms.index(words.choice("arm", arm, months.arms))
    span = months.legacy.day(words.count("day", day, least=0, most=months.days - 1))
    times = np.arange(span.stop - span.start)
    held = {"bits": (months.bits[at], "bits per byte"), "bytes": (months.legacy.bytes, "byte")}
    if "frozen" in months.arms:
        held["frozen_bits"] = (months.bits[months.arms.index("frozen")], "bits per byte")
    if not np.isnan(months.surprise[at, span]).all():
        held |= {"surprise": (months.surprise[at], "‖∇ℓ‖"), "written": (months.written[at], "1 if written")}
    signals = {name: Signal(values[span, None], times, unit) for name, (values, unit) in held.items()}
    inside = (one for one in months.legacy.source.tokens if span.start <= one.start and one.stop <= span.stop)
    return Trace(
        signals, tuple(one._replace(start=one.start - span.start, stop=one.stop - span.start) for one in inside)
    )
