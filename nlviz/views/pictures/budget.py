"""The race on a budget: how far back a memory, a window that costs as much and full attention recall, and the cost."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, level
from nlviz.views.drawing.sheet import Panel, finite, newest, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["race"]

_ACROSS = (0.0, 1.0)
_CURVES, _ROWS, _COSTS = (0.6, 0.91), (0.22, 0.41), (0.0, 0.14)
_SIZE = (560.0, 62.0)
_NEEDS = {"recall": "time 1 ages lines", "age": "_ 1 ages"}
_NEEDS |= {name: "time 1 racers" for name in ("reach", "window", "cost")}
_THRESHOLD = 0.9
_LINES = ("fast", "slow", "truth")
# Reaches that differ by less are called alike: so much chance moves them.
_ALIKE = 1.15


def race(trace: Trace, *, theme: str = "light") -> go.Figure:
    """What a memory of fixed size recalls beside a window that costs as much and full attention, as more is read.

    All panels have tokens from left to right, in powers of two. Above, large: recall by age; a marker where a curve
    first falls below .9, the effective context. Then a row for every racer: a bar as long as its effective context, and
    a square at the window that costs as much. Below: what full attention and the memory cost, and where they meet.
    Signals: "recall" [time, 1, ages, 3], named: the memory, its window, full attention; "age" [1, 1, ages], above zero;
    "reach", "window", "cost" [time, 1, racers], named, full attention among them. Times are tokens read.
    Frames: one per length that was read; opened at the last.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, or names that do not fit.
    """
    seen = enter(trace, _NEEDS, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    told = _told(seen.trace)
    labels = [f"{length:.0f} tokens read: {_won(told, row)}" for row, length in enumerate(told.lengths.tolist())]
    figure = sheet(plain(_title(told), seen.trace, "token"), theme=seen.theme)
    curves, tracks = _curves(figure, told)
    rows, bars = _rows(figure, told)
    panels, tracks = [curves, rows, _costs(figure, told)], [*tracks, *bars]
    places = np.log2(told.lengths)
    for here in panels:
        tracks += cursor(figure, here, places.astype(np.float32))
    links = [Span(here.x, places) for here in panels]
    alts = [_alt(told, row) for row in range(len(labels))]
    return animate(figure, tracks, labels, noun="length", start=len(labels) - 1, links=links, alts=alts)


class _Told(NamedTuple):
    """A run. recall: [lengths, ages, 3]; reach, window, cost: [lengths, racers]."""

    lengths: np.ndarray
    ages: np.ndarray
    recall: np.ndarray
    lines: tuple[str, ...]
    racers: tuple[str, ...]
    reach: np.ndarray
    window: np.ndarray
    cost: np.ndarray
    unit: str

    @property
    def memory(self) -> str:
        """The one that is argued about."""
        return self.lines[0]

    @property
    def chosen(self) -> int:
        """Its place among the racers."""
        return self.racers.index(self.lines[0])

    @property
    def attention(self) -> int:
        """The place of what keeps everything."""
        return self.racers.index(self.lines[2])

    @property
    def beside(self) -> str:
        """What the window has as much of."""
        return "bytes" if self.unit == "bytes" else "work"

    @property
    def meet(self) -> float:
        """The tokens at which keeping everything costs as much as the memory."""
        return float(self.lengths[-1] * self.cost[-1, self.chosen] / self.cost[-1, self.attention])

    @property
    def low(self) -> float:
        """The left end of all axes, in powers of two."""
        return float(np.log2(np.nanmin(self.ages, initial=self.lengths[0]))) - 0.2


def _told(trace: Trace) -> _Told:
    lines, racers = trace["recall"].names, trace["cost"].names
    if len(lines) != 3 or not {lines[0], lines[-1]} <= set(racers):
        raise ValueError(
            f"signal 'recall' has the names {list(lines)}; expected a memory, its window and full attention, both of "
            f"them among the names of 'cost', {list(racers)}; give Signal(…, names=(…))"
        )
    reach, window, cost = (finite(np.asarray(trace[name].values, float)[:, 0]) for name in ("reach", "window", "cost"))
    return _Told(
        lengths=np.asarray(trace["recall"].times, dtype=float).clip(1),
        ages=np.asarray(trace["age"].values, float)[0, 0].clip(0.25),
        recall=finite(np.asarray(trace["recall"].values, float)[:, 0]),
        lines=lines,
        racers=racers,
        reach=reach,
        window=window,
        cost=cost,
        unit=trace["cost"].unit,
    )


def _won(told: _Told, row: int) -> str:
    """Who reaches further after so many tokens; or that keeping all of them costs no more than the memory."""
    mine, other = told.reach[row, told.chosen], told.window[row, told.chosen]
    if not np.isfinite([mine, other]).all():
        return f"what {told.memory} reaches is no number"
    if told.cost[row, told.attention] <= told.cost[row, told.chosen]:
        return f"full attention costs no more than {told.memory}"
    names, far = (told.memory, f"a window of equal {told.beside}"), (_tokens(mine), _tokens(other))
    if max(mine, other) <= _ALIKE * min(mine, other):
        return f"{names[0]} reaches about as far as {names[1]}: {far[0]} and {far[1]} tokens"
    first = int(other > mine)
    return f"{names[first]} reaches further: {far[first]} tokens, {names[1 - first]} {far[1 - first]}"


def _title(told: _Told) -> str:
    """Who reaches further once all is read."""
    said = _won(told, -1)
    return f"{said[0].upper()}{said[1:]}"


def _tokens(value: float) -> str:
    return f"{value:.0f}" if value >= 9.95 or float(value).is_integer() else f"{value:.1f}"


def _axis(told: _Told, *, words: bool) -> dict[str, Any]:
    """Tokens in powers of two, the same in every panel."""
    high = float(np.log2(told.lengths[-1]))
    ticks = np.arange(np.ceil(told.low), high + 0.01)
    axis = {"range": [told.low, high + 0.25], "tickvals": ticks, "showgrid": False, "showticklabels": words}
    return axis | ({"ticktext": [f"{2.0**tick:g}" for tick in ticks]} if words else {})


def _curves(figure: go.Figure, told: _Told) -> tuple[Panel, list[Track]]:
    """Recall by age of the three, and a marker at each one's effective context."""
    x = _axis(told, words=True) | {"title": {"text": "age (tokens)"}}
    here = panel(figure, _ACROSS, _CURVES, x=x, y={"title": {"text": "recall"}, "range": [-0.04, 1.08], "nticks": 5})
    level(figure, here, _THRESHOLD, f"recall {_THRESHOLD:g}")
    names = told.memory, f"a window of equal {told.beside}", told.lines[2]
    tracks, places = list[Track](), np.log2(told.ages)
    # full attention below: where a window is all of it, its dashes show on the dots
    for line in (2, 1, 0):
        look = ROLES[_LINES[line]]
        figure.add_scatter(
            x=places, y=told.recall[-1, :, line], mode="lines", name=names[line], legendrank=line,
            line={"color": look.color, "dash": look.dash}, customdata=told.ages,
            hovertemplate=f"{escape(names[line], quote=False)}<br>age %{{customdata:.3g}}: %{{y:.2f}}<extra></extra>",
            **here.axes(),
        )  # fmt: skip
        tracks.append(Track(newest(figure), "y", told.recall[:, :, line].astype(np.float32)))
    figure.update_layout(legend={"x": 0.0, "xanchor": "left", "y": 0.93, "yanchor": "bottom", "traceorder": "normal"})
    reached = told.reach[:, told.chosen], told.window[:, told.chosen], told.reach[:, told.attention]
    ends = np.log2(np.stack(reached, -1).clip(0.25)).astype(np.float32)
    looks = [ROLES[role] for role in _LINES]
    figure.add_scatter(
        x=ends[-1], y=np.full(3, _THRESHOLD), mode="markers", name="effective context", showlegend=False,
        marker={"size": 11, "color": [one.color for one in looks], "symbol": [one.symbol for one in looks]},
        hoverinfo="skip", **here.axes(),
    )  # fmt: skip
    return here, [*tracks, Track(newest(figure), "x", ends)]


def _rows(figure: go.Figure, told: _Told) -> tuple[Panel, list[Track]]:
    """A row for every racer: its effective context as a bar, and the window that costs as much as a square."""
    count, places = len(told.racers), np.arange(len(told.racers))[::-1].astype(float)
    names = [escape(name, quote=False) for name in told.racers]
    heading = f"Effective context, <span style='color:{ROLES['slow'].color}'>■</span> window"
    y = {
        "title": {"text": "racer"},
        "tickvals": places,
        "ticktext": names,
        "range": [-0.6, count - 0.4],
        "showgrid": False,
        "ticks": "",
    }
    here = panel(figure, _ACROSS, _ROWS, heading=heading, x=_axis(told, words=False), y=y | {"showline": False})
    tracks = list[Track]()
    for place, name in enumerate(told.racers):
        role = "fast" if place == told.chosen else "truth" if place == told.attention else "theory"
        ends = np.log2(told.reach[:, place].clip(2.0**told.low))
        bar = np.stack([np.full_like(ends, told.low), ends], -1).astype(np.float32)
        figure.add_scatter(
            x=bar[-1], y=[places[place]] * 2, mode="lines", name=f"{name}, bar", showlegend=False,
            line={"color": ROLES[role].color, "width": 7},
            hovertemplate=f"{names[place]}<br>{_paid(told, place)}<extra></extra>", **here.axes(),
        )  # fmt: skip
        tracks.append(Track(newest(figure), "x", bar))
    look = ROLES["slow"]
    windows = np.log2(told.window.clip(2.0**told.low)).astype(np.float32)
    figure.add_scatter(
        x=windows[-1], y=places, mode="markers", name="windows", showlegend=False, hoverinfo="skip",
        marker={"color": look.color, "symbol": look.symbol, "size": 9}, **here.axes(),
    )  # fmt: skip
    return here, [*tracks, Track(newest(figure), "x", windows)]


def _paid(told: _Told, place: int) -> str:
    """What a racer costs once all is read, in words."""
    return f"{_amount(told, told.cost[-1, place])} {'kept' if told.beside == 'bytes' else 'products a token'}"


def _amount(told: _Told, value: float) -> str:
    """Bytes or products, in thousands where there are so many."""
    unit = "B" if told.beside == "bytes" else ""
    return f"{value:.0f} {unit}".rstrip() if value < 1000 else f"{value / 1000:.2g} k{unit}"


def _costs(figure: go.Figure, told: _Told) -> Panel:
    """What keeping everything and the memory cost by length, and where they meet."""
    x = _axis(told, words=True) | {"title": {"text": "tokens read"}}
    paid = finite(np.log2(told.cost[:, [told.attention, told.chosen]].clip(1)))
    known = paid[np.isfinite(paid)] if np.isfinite(paid).any() else np.zeros(1)
    low, high = np.floor(known.min()), np.ceil(known.max())
    ticks = np.linspace(low, high, 3).round()
    words = [_amount(told, 2**tick) for tick in ticks]
    y = {"title": {"text": "bytes" if told.beside == "bytes" else "products"}, "tickvals": ticks, "ticktext": words}
    here = panel(figure, _ACROSS, _COSTS, x=x, y=y | {"range": [low - 0.3, high + 0.6]})
    room, places = Room(figure, here, _SIZE), np.log2(told.lengths)
    for line, (place, role) in enumerate(((told.attention, "truth"), (told.chosen, "fast"))):
        look, name = ROLES[role], escape(told.racers[place], quote=False)
        figure.add_scatter(
            x=places, y=paid[:, line], mode="lines", name=f"{name}, cost", showlegend=False,
            line={"color": look.color, "dash": look.dash}, customdata=told.cost[:, place],
            hovertemplate=f"{name}: %{{customdata:,.0f}} {told.unit}<extra></extra>", **here.axes(),
        )  # fmt: skip
        room.curve(places, paid[:, line])
    if told.lengths[0] <= told.meet <= told.lengths[-1]:
        at = float(np.log2(told.meet))
        look = ROLES["theory"]
        ends = {"x0": at, "x1": at, "y0": 0, "y1": 1, "line": {"color": look.color, "dash": look.dash}}
        figure.add_shape(type="line", xref=here.x, yref=f"{here.y} domain", **ends)
        room.upright(at)
        room.beside(f"equal at {told.meet:.3g} tokens", at)
    return here


def _alt(told: _Told, row: int) -> str:
    """Who reaches further at a length, and every reach with what it costs."""
    each = [
        f"{name} {_tokens(reach)} (cost {paid:,.0f}, window {window:.0f})"
        for name, reach, paid, window in zip(
            told.racers, told.reach[row], told.cost[row], told.window[row], strict=True
        )
    ]
    said = f"After {told.lengths[row]:.0f} tokens: {_won(told, row)}. Effective contexts, costs in {told.unit}"
    return f"{said}: {', '.join(each)}. Full attention costs as much as {told.memory} at {told.meet:.3g} tokens."
