"""What an influence map tells: shares by what each write is to the token that asks, and the words about them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nlviz.trace import Trace
from nlviz.views.drawing.sheet import finite, reach, two

__all__ = ["Told", "label_of", "largest_of", "start_of", "title_of", "told_of"]


class Told(NamedTuple):
    """One stream of a run. shares: [tokens, writes]; kind: 0 the newest telling, 1 an older one, 2 another fact; names:
    of the writes; asked: of the tokens; said: what the rule is called."""

    times: np.ndarray
    shares: np.ndarray
    kind: np.ndarray
    names: list[str]
    asked: list[str]
    error: np.ndarray | None
    most: float
    said: str
    line: str

    @property
    def retold(self) -> np.ndarray:
        """The rows that ask for a fact told before."""
        return np.flatnonzero((self.kind == 0).any(1))

    def of(self, row: int, kind: int) -> float:
        """What a row has of one kind of write."""
        return float(self.shares[row, self.kind[row] == kind].sum())


def told_of(trace: Trace, stream: int) -> Told:
    """One stream of a trace, in the places of the map."""
    shares = finite(np.asarray(trace["influence"].values, float)[:, stream])
    times, writes = np.asarray(trace["influence"].times), np.arange(shares.shape[1])
    called = {token.start: token.text for token in trace.tokens}
    names, asked = ([called.get(at, str(at)) for at in each.tolist()] for each in (writes, times))
    rule, line, of = (" ".join(trace.noted(name)) for name in ("rule", "line", "of"))
    return Told(
        times=times,
        shares=shares,
        kind=_kinds(_found(trace, "item", stream, times), _found(trace, "item", stream, writes), times),
        names=names,
        asked=asked,
        error=_found(trace, "error", stream, times) if "error" in trace else None,
        most=reach(shares, trace),
        said=rule or (f"None of the {of} rules in our table" if of else ""),
        line=line,
    )


def _found(trace: Trace, name: str, stream: int, times: np.ndarray) -> np.ndarray:
    """What a signal is at these times, NaN where it was not recorded."""
    values = finite(np.asarray(trace[name].values, float)[:, stream])
    known = dict(zip(trace[name].times.tolist(), values.tolist(), strict=True))
    return np.array([known.get(at, np.nan) for at in times.tolist()])


def _kinds(items: np.ndarray, tells: np.ndarray, times: np.ndarray) -> np.ndarray:
    """What each write is to each token, [tokens, writes]; noise, and what is not known, is another fact."""
    writes = np.arange(len(tells))
    same = (items[:, None] == tells) & (tells >= 0) & (writes < times[:, None])
    last = np.where(same, writes, -1).max(1, initial=-1)
    return np.where(same & (writes == last[:, None]), 0, np.where(same, 1, 2))


def title_of(told: Told) -> str:
    """What an answer is made of, the mean over all tokens whose fact was told before."""
    start = f"{told.said}: an" if told.said else "An"
    if not len(told.retold):
        return f"{start} answer can hold nothing of its own fact: none is told twice in this run"
    new, old = (np.mean([told.of(row, kind) for row in told.retold]) for kind in (0, 1))
    if not np.isfinite([new, old]).all():
        return f"{start} answer holds shares in this run that are no numbers any more"
    said = f"{_share(float(new))} of the newest telling and {_share(float(old))} of older ones"
    return f"{start} answer holds {said}, on average"


def _share(value: float) -> str:
    """Two digits after the point, for shares are compared; fewer where they are large. Adding 0 takes a zero's sign."""
    return two(value) if abs(value) >= 100 else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def start_of(told: Told) -> int:
    """The last row that asks for a fact told before and holds numbers."""
    known = [row for row in told.retold if np.isfinite(told.shares[row]).all()]
    return int(known[-1]) if known else len(told.times) - 1


def label_of(told: Told, row: int) -> str:
    """Who asks, and how much of which telling comes back."""
    who = f"token {told.times[row]} asks for {told.asked[row]}"
    if not np.isfinite(told.shares[row]).all():
        return f"{who}: what comes back is no number"
    at = np.flatnonzero(told.kind[row] == 0)
    if not len(at):
        return f"{who}, never told before: its answer is {'of other facts' if told.shares[row].any() else 'empty'}"
    said = f"{who}: {_share(told.of(row, 0))} of the newest telling (token {at[0]})"
    if (told.kind[row] == 1).any():
        said += f", {_share(told.of(row, 1))} of older ones"
    return said if told.error is None else f"{said}; error {_share(float(told.error[row]))}"


def largest_of(told: Told, row: int) -> str:
    """The few largest shares of a row, each with its write."""
    sizes = np.nan_to_num(np.abs(told.shares[row]))
    few = [at for at in np.argsort(-sizes, kind="stable")[:3] if sizes[at] > 0]
    each = ", ".join(f"{_share(float(told.shares[row, at]))} of {told.names[at]} (token {at})" for at in few)
    return f"Its largest shares are {each}" if few else "It holds a share of no write, 0"
