"""Levels with clocks of their own: what each recalls through a burst, when it is updated, and what waits in it."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import Span, animate
from nlviz.views.drawing.labels import Room, sample
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, finite, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["clockwork"]

_ACROSS = (0.0, 1.0)
_A, _B, _ROWS = (0.47, 0.94), (0.29, 0.42), (0.0, 0.22)
# Their sizes on a laptop, in pixels.
_TALL, _FLAT = (600.0, 206.0), (600.0, 65.0)
_NEEDS = {"recall of A": "time batch lines", "recall of B": "time batch lines"}
_NEEDS |= {"level_writes": "time batch levels", "level_waiting": "time batch levels", "period": "1 1 levels"}
# A share beyond it is on its way out of sight; the axis stops there.
_SANE = 2.0


def clockwork(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """What levels with periods of their own recall of A, through a burst of B, and when each of them is updated.

    Above, large: the share of A's values that comes back from all levels together, from each alone, and from a single
    level beside them; the burst is shaded. Then the same of B. Below, a row for each level: upright lines at its
    updates, as high as they change it, and shaded what waits for the next one.
    Signals: "recall of A" and "recall of B" [time, batch, lines], named: all levels together, each level from fast to
    slow, and another line or none; "level_writes" and "level_waiting" [time, batch, levels]; "period" [1, 1, levels].
    Tokens: the spans of the stream, the burst of kind "burst". Note "out": a level that is knocked out.
    Frames: one per token, opened at the end of the burst. Units: shares of the value, ‖ΔM‖.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, or lines without a name.
    """
    seen = enter(trace, _NEEDS, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    trace, stream, theme, _ = seen
    told = _told(trace, stream)
    title = plain(_title(told), trace, "token")
    figure = sheet(title, _alt(title, told), theme=theme)
    panels = [_recall(figure, told, "A", _A, _TALL), _recall(figure, told, "B", _B, _FLAT), *_clocks(figure, told)]
    _shade(figure, panels, told)
    tracks = [track for here in panels for track in cursor(figure, here, told.times)]
    links = [Span(here.x, told.times) for here in panels]
    acts = ["inner write" if moved else "inner read error" for moved in np.any(told.writes > 0, axis=-1).tolist()]
    return animate(figure, tracks, _labels(told), noun="token", start=told.stop - 1, links=links, acts=acts)


class _Told(NamedTuple):
    """One stream of a run. recall: of A and of B, by line, [time, lines]. start, stop: of the burst, in rows."""

    times: np.ndarray
    recall: dict[str, np.ndarray]
    names: tuple[str, ...]
    levels: tuple[str, ...]
    periods: tuple[float, ...]
    writes: np.ndarray
    waiting: np.ndarray
    start: int
    stop: int
    burst: str
    spans: tuple[tuple[str, int, int], ...]
    out: str

    def role(self, name: str) -> str:
        """Fast is warm, slow is cold; what all levels say together has a colour of its own."""
        if name not in self.levels:
            return "truth" if name == self.names[0] else "theory"
        place = self.levels.index(name)
        return "fast" if not place else "slow" if place == len(self.levels) - 1 else "write"

    def of(self, letter: str, name: str) -> np.ndarray:
        """What one line recalls of A or of B, [time]."""
        return self.recall[letter][:, self.names.index(name)]


def _told(trace: Trace, stream: int) -> _Told:
    names, levels = trace["recall of A"].names, trace["level_writes"].values.shape[-1]
    if len(names) < levels + 1:
        raise ValueError(
            f"signal 'recall of A' has the names {list(names)}; expected one for all {levels} levels together and one "
            f"for each of them, give Signal(…, names=(…))"
        )
    times = np.asarray(trace["recall of A"].times)
    burst = next((token for token in trace.tokens if token.kind == "burst"), None)
    start, stop = (
        int(np.searchsorted(times, at)) for at in ((burst.start, burst.stop) if burst else (times[0], np.inf))
    )
    writes, waiting = (_of(trace, name, stream) for name in ("level_writes", "level_waiting"))
    return _Told(
        times=times,
        recall={letter: _of(trace, f"recall of {letter}", stream) for letter in "AB"},
        names=names,
        levels=names[1 : levels + 1],
        periods=tuple(trace["period"].values[0, 0].tolist()),
        writes=writes,
        waiting=waiting,
        start=start,
        stop=max(stop, start + 1),
        burst=burst.text if burst else "",
        spans=tuple((token.text, token.start, token.stop) for token in trace.tokens if token.stop > token.start),
        out=" ".join(trace.noted("out")),
    )


def _of(trace: Trace, name: str, stream: int) -> np.ndarray:
    """[time, …] of one stream; what is not finite is a gap."""
    return finite(np.asarray(trace[name].values, dtype=float)[:, stream])


def _title(told: _Told) -> str:
    """What the burst did to A in this run: to the slow level, or to what is left where that is knocked out."""
    slow = told.levels[-1]
    line = told.of("A", told.names[0] if told.out == slow else slow)
    before, after = (float(line[max(0, at - 1)]) for at in (told.start, told.stop))
    if not np.isfinite([before, after]).all():
        return "What the levels recall of A in this run is no number any more"
    when = "the burst" if told.burst else "the stream"
    if told.out == slow:
        return f"Without the {slow} level, recall of A before {when} is {_share(before)}, after it {_share(after)}"
    ticks = _updates(told)[-1]
    all_of_them = told.names[0]
    together = _share(float(told.of("A", all_of_them)[told.stop - 1]))
    if not ticks:
        return f"No {slow} update in {when}: {slow} keeps {_share(after)} of A, {all_of_them} end at {together}"
    many = f"{ticks} {slow} update{'s' if ticks > 1 else ''} in {when}"
    return f"{many}: {slow} is left with {_share(after)} of A, {all_of_them} with {together}"


def _share(value: float) -> str:
    """Two digits after the point: shares are compared with one another. Adding 0 takes the sign off a zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _updates(told: _Told) -> list[int]:
    """How often each level was updated in the burst."""
    return (
        (told.writes[told.start : told.stop] > 0).sum(0).tolist() if told.burst else (told.writes > 0).sum(0).tolist()
    )


def _time(told: _Told, *, words: bool) -> dict[str, object]:
    return {"title": {"text": "time (tokens)"} if words else {}, "showticklabels": words, "nticks": 10} | {
        "range": [float(told.times[0]) - 0.5, float(told.times[-1]) + 0.5],
        "showgrid": False,
    }


def _recall(figure: go.Figure, told: _Told, letter: str, up: tuple[float, float], size: tuple[float, float]) -> Panel:
    """What every line recalls; the names at the curves in the large panel."""
    values = told.recall[letter]
    known = values[np.isfinite(values)]
    low, high = max(-_SANE, known.min(initial=-0.1)), min(_SANE, known.max(initial=1.0))
    y = {"title": {"text": f"recall of {letter}"}, "range": [low - 0.05, high + 0.12], "zeroline": True, "nticks": 5}
    here = panel(figure, _ACROSS, up, x=_time(told, words=False), y=y | {"nticks": 5 if letter == "A" else 3})
    room = Room(figure, here, size)
    for name in (*told.names[1:], told.names[0]):
        line = Drawn(told.times, told.of(letter, name), 1)
        curve(figure, here, line, role=told.role(name), name=name, legend=False, dash=_dash(told, name))
        room.curve(line.x, line.y)
    if letter == "A":
        for name in told.names:
            said = f"{name} (knocked out)" if name == told.out else name
            room.name(said, told.times, told.of(letter, name), told.role(name), dash=_dash(told, name))
    return here


def _dash(told: _Told, name: str) -> str | None:
    return "solid" if name == told.names[0] else None


def _clocks(figure: go.Figure, told: _Told) -> list[Panel]:
    """A row for each level: what waits as an area, its updates as upright lines as high as what they change."""
    many = len(told.levels)
    step = (_ROWS[1] - _ROWS[0]) / many
    return [_clock(figure, told, place, _ROWS[1] - place * step, 0.56 * step) for place in range(many)]


def _clock(figure: go.Figure, told: _Told, place: int, top: float, tall: float) -> Panel:
    name, period = told.levels[place], told.periods[place]
    writes, waiting = told.writes[:, place], told.waiting[:, place]
    every = "every token" if period == 1 else f"every {period:g} tokens" if np.isfinite(period) else "now and then"
    clock = "knocked out" if name == told.out else f"updated {every}"
    up = (max(0.0, top - tall), top)
    heading = f"{sample(told.role(name))} {escape(name, quote=False)}: {clock}"
    most = _most(writes, waiting)
    y = {"range": [0.0, 1.08 * most], "showticklabels": False, "showgrid": False, "ticks": ""}
    last = place == len(told.levels) - 1
    here = panel(figure, _ACROSS, up, heading=heading, x=_time(told, words=last), y=y)
    look = ROLES[told.role(name)]
    said = f"{escape(name, quote=False)}: %{{y:.2g}} waits<extra></extra>"
    figure.add_scatter(
        x=told.times, y=waiting, mode="lines", fill="tozeroy", line={"width": 0, "color": look.color, "shape": "hv"},
        opacity=0.5, hovertemplate=said, showlegend=False, name=f"{name}, waiting", **here.axes(),
    )  # fmt: skip
    at = np.flatnonzero(writes > 0)
    stems = np.full((len(at), 3), np.nan)
    stems[:, 0], stems[:, 1] = 0.0, writes[at]
    figure.add_scatter(
        x=np.repeat(told.times[at], 3), y=stems.ravel(), mode="lines", line={"width": 1.5, "color": look.color},
        hovertemplate=f"{escape(name, quote=False)}: changed by %{{y:.2g}}<extra></extra>", showlegend=False,
        name=f"{name}, updates", **here.axes(),
    )  # fmt: skip
    return here


def _most(*values: np.ndarray) -> float:
    known = np.concatenate([one[np.isfinite(one)] for one in values])
    return float(known.max(initial=0.0)) or 1.0


def _shade(figure: go.Figure, panels: list[Panel], told: _Told) -> None:
    """The burst as a band through all panels, and the names of the spans over the first."""
    for name, start, stop in told.spans:
        middle = (start + stop - 1) / 2
        figure.add_annotation(
            text=escape(name, quote=False), x=middle, y=1, xref=panels[0].x, yref=f"{panels[0].y} domain",
            xanchor="center", yanchor="bottom", yshift=2,
        )  # fmt: skip
    if not told.burst:
        return
    ends = {"x0": float(told.times[told.start]) - 0.5, "x1": float(told.times[told.stop - 1]) + 0.5}
    look = {"fillcolor": ROLES["theory"].color, "opacity": 0.18, "line": {"width": 0}, "layer": "below"}
    for here in panels:
        figure.add_shape(type="rect", xref=here.x, yref=f"{here.y} domain", y0=0, y1=1, **ends, **look)


def _labels(told: _Told) -> list[str]:
    """What is read, and how long each slower level still waits."""
    labels = []
    for row, time in enumerate(told.times.tolist()):
        span = next((name for name, start, stop in told.spans if start <= time < stop), "")
        ticked = [name for name, moved in zip(told.levels, told.writes[row] > 0, strict=True) if moved]
        said = f"updated: {', '.join(ticked)}" if ticked else "no level updated"
        labels.append(": ".join(filter(None, (f"token {time}", span))) + f" · {said}")
    return labels


def _alt(title: str, told: _Told) -> str:
    """The title, and every number that it rests on."""
    said = [title]
    for letter in "AB":
        ends = [f"{name} {told.of(letter, name)[told.stop - 1]:.2f}" for name in told.names]
        said.append(f"Recall of {letter} there: {', '.join(ends)}")
    ticks = [f"{name} {count}" for name, count in zip(told.levels, _updates(told), strict=True)]
    return ". ".join([*said, f"Updates: {', '.join(ticks)}"]) + "."
