"""What a memory inspector tells: shares by what each interaction is to the one that asks, and the words about them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nlviz.trace import Trace
from nlviz.views.drawing.sheet import finite, reach, some, two

__all__ = ["KINDS", "Told", "alts_of", "labels_of", "start_of", "title_of", "told_of"]

# What an interaction is to the one that asks; each differs from the others by more than hue.
KINDS = (
    ("newest on this topic", "truth", "", "■"),
    ("older ones", "fast", "/", "▨"),
    ("other topics", "theory", ".", "▒"),
    ("a lie", "write", "x", "▩"),
)
NEWEST, OLDER, OTHER, LIE = range(4)


class Told(NamedTuple):
    """One stream of a run. shares: [asks, told]; kind: of KINDS, [asks, told]; names: topics; day: when each was.

    evenings: [days, lines], with their names; bands: names with the days from and to which they hold. levels: [asks,
    levels], what each of those that are `called` so gives of the answer; none without levels.
    """

    shares: np.ndarray
    kind: np.ndarray
    names: list[str]
    day: np.ndarray
    surprise: np.ndarray
    lie: np.ndarray
    evenings: np.ndarray
    days: np.ndarray
    lines: tuple[str, ...]
    arm: str
    forgotten: int
    moved: str
    opens: int
    new: tuple[float, float] | None
    most: float
    levels: np.ndarray
    called: tuple[str, ...]

    def of(self, row: int, kind: int) -> float:
        """What an answer has of one kind."""
        return float(self.shares[row, self.kind[row] == kind].sum())

    @property
    def lies(self) -> np.ndarray:
        """The interactions that are lies."""
        return np.flatnonzero(self.lie)


def told_of(trace: Trace, stream: int) -> Told:
    """One stream of a trace, in the places of the picture."""

    def of(name: str) -> np.ndarray:
        return finite(np.asarray(trace[name].values, float)[:, stream])

    shares, times = of("influence"), np.asarray(trace["influence"].times)
    called = {token.start: token.text for token in trace.tokens}
    lie = of("lie") > 0 if "lie" in trace else np.zeros(len(times), bool)
    marked = [mark.time for mark in trace.marked("taste")]
    day = of("day")
    # a day that is no number has no place: then one after the other
    day = day if np.isfinite(day).all() else np.arange(len(times), dtype=float)
    step = float(np.diff(day).mean()) if len(day) > 1 else 1.0
    ends = [float(np.interp(one, times, day)) - step / 2 for one in marked]
    forgotten = " ".join(trace.noted("forgotten"))
    opens = " ".join(trace.noted("opens"))
    return Told(
        shares=shares,
        kind=_kinds(of("item"), lie),
        names=[called.get(at, str(at)) for at in times.tolist()],
        day=day,
        surprise=of("surprise"),
        lie=lie,
        evenings=of("error"),
        days=np.asarray(trace["error"].times, float) + 1,
        lines=trace["error"].names or tuple(f"line {at}" for at in range(trace["error"].values.shape[-1])),
        arm=" ".join(trace.noted("arm")),
        forgotten=int(forgotten) if forgotten.isdecimal() else 0,
        moved=" ".join(trace.noted("moved")),
        opens=min(int(opens), len(times) - 1) if opens.isdecimal() else len(times) - 1,
        new=(ends[0], ends[1]) if len(ends) == 2 else None,
        most=reach(shares, trace),
        levels=of("levels") if "levels" in trace else np.zeros((len(times), 0)),
        called=trace["levels"].names if "levels" in trace else (),
    )


def _kinds(item: np.ndarray, lie: np.ndarray) -> np.ndarray:
    """What each interaction is to each that asks, [asks, told]."""
    places = np.arange(len(item))
    same = (item[:, None] == item) & (places < places[:, None])
    last = np.where(same, places, -1).max(1, initial=-1)
    kind = np.where(same & (places == last[:, None]), NEWEST, np.where(same, OLDER, OTHER))
    return np.where(lie[None, :] & (places < places[:, None]), LIE, kind)


def title_of(told: Told) -> str:
    """What is argued about in this run: what was struck, what was planted, or what answers are made of."""
    who = f"{told.arm}: " if told.arm else ""
    if told.forgotten:
        left = np.abs(np.nan_to_num(told.shares[:, told.forgotten - 1])).max(initial=0.0)
        held = "no answer holds any of it" if not left else f"answers still hold up to {two(float(left))} of it"
        changed = f", and evenings change by up to {two(float(told.moved))}" if told.moved else ""
        return f"{who}interaction {told.forgotten} was never told: {held}{changed}"
    if len(told.lies):
        true = told.surprise[~told.lie]
        most, usual = (_two(float(np.nanmax(told.surprise[told.lies]))), _two(float(np.nanmean(true))))
        many = "the lie surprises" if len(told.lies) == 1 else f"{len(told.lies)} lies surprise"
        return f"{who}{many} by {'' if len(told.lies) == 1 else 'at most '}{most}; what is true, by {usual} on average"
    asks = np.flatnonzero((told.kind == NEWEST).any(1))
    if not len(asks):
        return f"{who}no topic comes twice in this run, so no answer can hold anything of its own"
    new, old = (float(np.mean([told.of(int(row), kind) for row in asks])) for kind in (NEWEST, OLDER))
    if not np.isfinite([new, old]).all():
        return f"{who}answers hold shares in this run that are no numbers any more"
    return f"{who}an answer holds {_two(new)} of the newest word on its topic and {_two(old)} of older ones, on average"


def _two(value: float) -> str:
    """Two digits after the point, for they are compared; adding 0 takes a zero's sign."""
    return two(value) if abs(value) >= 100 else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def start_of(told: Told) -> int:
    """The frame it opens at."""
    return told.opens


def labels_of(told: Told) -> list[str]:
    """Who asks, of what the answer is made, and how surprising what is then told is."""
    labels = []
    for row, name in enumerate(told.names):
        who = f"interaction {row + 1}, day {int(told.day[row])}, {name}"
        parts = [
            f"{_two(told.of(row, kind))} {said}"
            for kind, said in ((NEWEST, "of the newest"), (OLDER, "of older ones"), (LIE, "of a lie"))
            if (told.kind[row] == kind).any()
        ]
        if not np.isfinite(told.shares[row]).all():
            parts = ["the answer is no number"]
        said = (", ".join(parts) or "never talked of before") + _by(told, row)
        then = told.surprise[row]
        end = "never told" if np.isnan(then) else f"{'a lie, ' if told.lie[row] else ''}surprise {_two(float(then))}"
        labels.append(f"{who}: {said}; {end}")
    return labels


def _by(told: Told, row: int) -> str:
    """In brackets what each level gives of an answer; nothing without levels."""
    given = [f"{name} {_two(float(one))}" for name, one in zip(told.called, told.levels[row], strict=True)]
    return f" ({', '.join(given)})" if np.isfinite(told.levels[row]).all() and given else ""


def alts_of(told: Told, title: str) -> list[str]:
    """The title, the label, and the few largest shares."""
    alts = []
    ends = ", ".join(f"{name} {_two(float(one))}" for name, one in zip(told.lines, told.evenings[-1], strict=True))
    for row, label in enumerate(labels_of(told)):
        sizes = np.nan_to_num(np.abs(told.shares[row]))
        few = [at for at in np.argsort(-sizes, kind="stable")[:3] if sizes[at] > 0]
        each = ", ".join(
            f"{_two(float(told.shares[row, at]))} of {told.names[at]} (interaction {at + 1})" for at in few
        )
        held = f"Its largest shares are {each}" if few else "It holds a share of no interaction"
        said = some(len(told.days), "evening")
        alts.append(f"{title}. {label}. {held}. Error after {said}: {ends}.")
    return alts
