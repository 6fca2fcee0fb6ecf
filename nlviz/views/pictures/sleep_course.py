"""Days and nights of several arms: what a picture of them needs to know, and says of it in words."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np

from nlviz.trace import Token, Trace
from nlviz.views.drawing.sheet import finite, two

__all__ = ["NEEDS", "Course", "acts", "alts", "course", "labels", "title"]

NEEDS = {"known": "looks 1 arms texts", "fast_norm": "looks 1 arms", "slow_moved": "looks 1 arms"}
# A difference of bits per byte that two decimals do not show.
_NONE = 0.005


class Course(NamedTuple):
    """A run, look by look.

    known: bits per byte [looks, arms, texts]. fast, slow: [looks, arms]. chosen: the arm that is shown, a place in
    `arms`. spans: days and nights, in order; `ends` are the looks that end one, after the start.
    """

    known: np.ndarray
    fast: np.ndarray
    slow: np.ndarray
    arms: tuple[str, ...]
    texts: tuple[str, ...]
    spans: tuple[Token, ...]
    chosen: int

    @property
    def arm(self) -> str:
        """The arm that is shown, in words of its own."""
        return self.arms[self.chosen]

    @property
    def ends(self) -> list[int]:
        """The start, and the last look of every day and night."""
        return [0, *(span.stop - 1 for span in self.spans)]

    @property
    def rows(self) -> list[str]:
        """What `ends` are called."""
        return ["start", *(span.text if span.kind == "night" else f"{span.text}, read" for span in self.spans)]

    def span(self, look: int) -> Token | None:
        """The day or night of a look; None for the start."""
        return next((span for span in self.spans if span.start <= look < span.stop), None)


def course(trace: Trace) -> Course:
    """What the signals of NEEDS, the tokens and the note "arm" say. Raises ValueError for arms or texts not named."""
    known, fast, slow = (trace[name] for name in NEEDS)
    arms, texts = fast.names, known.names
    if not arms or not texts:
        said = f"'fast_norm' has {len(arms)} names of arms, 'known' {len(texts)} of texts"
        raise ValueError(f"{said}; expected one for each, give Signal(values, times, unit, names)")
    bits, held, moved = (finite(np.asarray(one.values, dtype=float)[:, 0]) for one in (known, fast, slow))
    # of a run that was cut short, the days that it has
    spans = tuple(token for token in trace.tokens if token.kind in ("day", "night") and token.stop <= len(bits))
    asked = [*trace.noted("arm"), arms[0]][0]
    if asked not in arms:
        raise ValueError(f"the note 'arm' says {asked!r}; expected one of {', '.join(arms)}")
    return Course(bits, held, moved, arms, texts, spans, arms.index(asked))


def title(run: Course) -> str:
    """What the arm that is shown gained and lost of each text, from the start to the last look at it."""
    mine = run.known[:, run.chosen]
    seen = np.flatnonzero(np.isfinite(mine).all(1))
    last = int(seen[-1]) if len(seen) else 0
    costs = [
        f"{escape(name, quote=False)} {_change(mine[last, at] - mine[0, at])}" for at, name in enumerate(run.texts)
    ]
    known = ", ".join([*costs[1:], f"known {costs[0]}"])
    arm = escape(run.arm, quote=False)
    return f"{arm[0].upper()}{arm[1:]}, {_when(run, last)}. Bits per byte since the start: {known}"


def _change(more: float) -> str:
    if not np.isfinite(more):
        return "not known"
    return f"{more:+.2f}".replace("-", "−") if abs(more) >= _NONE else "as it was"


def _when(run: Course, look: int) -> str:
    span = run.span(look)
    if span is None:
        return "before the first day"
    if look == span.stop - 1:
        return f"after {span.text}"
    return f"in {span.text}"


def labels(run: Course) -> list[str]:
    """Where each look stands, and what the arm that is shown knows there."""
    found = []
    for look in range(len(run.known)):
        costs = zip(run.texts, run.known[look, run.chosen].tolist(), strict=True)
        found.append(f"{_place(run, look)} · " + ", ".join(f"{name} {_two_places(cost)}" for name, cost in costs))
    return found


def _place(run: Course, look: int) -> str:
    span = run.span(look)
    if span is None:
        return "before day 1"
    if span.kind == "day":
        return f"{span.text}, {look - span.start + 1} of {span.stop - span.start} parts read"
    return f"{span.text}, {look - span.start} of {span.stop - span.start - 1} parts over"


def _two_places(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "not known"


def alts(run: Course, head: str) -> list[str]:
    """The picture of each frame in words: the arm that is shown, then the others."""
    return [
        f"{head}. {said} bits per byte. {_held(run, look)}{_others(run, look)}" for look, said in enumerate(labels(run))
    ]


def _held(run: Course, look: int) -> str:
    fast, slow = (_one(values[look, run.chosen]) for values in (run.fast, run.slow))
    return f"Its fast weights are {fast} from the slow head, its slow weights {slow} from where they began."


def _others(run: Course, look: int) -> str:
    """What the other arms know of the same texts."""
    beside = [(arm, run.known[look, at]) for at, arm in enumerate(run.arms) if at != run.chosen]
    said = [f"{arm} {', '.join(map(_two_places, known.tolist()))}" for arm, known in beside]
    return f" The others, text by text: {'; '.join(said)}." if said else ""


def _one(value: float) -> str:
    return two(float(value)) if np.isfinite(value) else "not known"


def acts(run: Course) -> list[str]:
    """Nights in which slow weights move are the outer loop's, days in which fast ones do the inner's."""
    loops = {"day": ("inner write", run.fast), "night": ("outer write", run.slow)}
    found = [""]
    for look in range(1, len(run.known)):
        span = run.span(look)
        loop, norms = loops[span.kind] if span else ("", run.fast)
        before, now = norms[look - 1 : look + 1, run.chosen]
        found.append(loop if np.isfinite([before, now]).all() and before != now else "")
    return found
