"""The influence map: which earlier write every answer comes from, and with what sign."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import LAYOUT, Link, Span, Track, animate
from nlviz.views.drawing.lines import cursor
from nlviz.views.drawing.sheet import Panel, finite, newest, panel, plain, reach, sheet, square, two
from nlviz.views.drawing.theme import DIVERGING, ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["influence"]

_LEFT, _RIGHT = (0.0, 0.53), (0.67, 1.0)
_MAP, _BARS, _ERRORS = (0.0, 0.93), (0.46, 0.93), (0.0, 0.28)
_KEY = {"x": 0.54, "xanchor": "left", "y": _MAP[1], "yanchor": "top", "len": 0.5, "xpad": 0, "nticks": 5}
_NEEDS = {"influence": "time batch writes", "item": "_ batch"}
_MAY = {"error": "_ batch"}
# Shares below this part of the colour range have no sign in their cell: it would stand everywhere.
_FAINT = 0.05
# What a write is to the token that asks; the last two differ by more than hue.
_KINDS = (("newest telling", "truth", "", "■"), ("older ones", "fast", "/", "▨"), ("other facts", "theory", ".", "▒"))


def influence(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """The share of every earlier write in what comes back to every token: warm above zero, cold and "−" below.

    Left, large: a row for each token that asks, a column for each write; ◇ marks the newest telling of the fact that is
    asked for, and a frame the token of the slider. Right, above: the shares of that row as bars, those of tellings of
    the same fact apart. Below, if recorded: how wrong the answer is, token by token.
    Signals: "influence" [time, batch, writes], the column of a write at its token; "item" [time, batch], which fact a
    token tells; if recorded "error" [time, batch]. Tokens: what the facts are called. Notes: "rule", its name, "" if it
    has none; "of", among how many names none fits; "line", its equation.
    Frames: one per token, opened at the last that asks for a fact told before. Unit: shares of the value told.
    Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    trace, stream, theme, _ = seen
    told = _told(trace, stream)
    title = plain(_title(told), trace, "token")
    figure = sheet(title, theme=theme)
    links: list[Link | Span] = [_map(figure, told)]
    panels, tracks = [_bars(figure, told)], _row(figure, told)
    tracks += _heights(figure, panels[0], told)
    if told.error is not None:
        panels.append(_errors(figure, told))
        tracks += cursor(figure, panels[-1], told.times)
    figure.update_annotations(align="left")
    labels = [_label(told, row) for row in range(len(told.times))]
    links += [Span(here.x, told.times) for here in panels if len(told.times) == len(told.names)]
    alts = [f"{title}. {label}. {_largest(told, row)}." for row, label in enumerate(labels)]
    return animate(figure, tracks, labels, noun="token", start=_start(told), links=links, alts=alts)


class _Told(NamedTuple):
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


def _told(trace: Trace, stream: int) -> _Told:
    shares = finite(np.asarray(trace["influence"].values, float)[:, stream])
    times, writes = np.asarray(trace["influence"].times), np.arange(shares.shape[1])
    known = dict(zip(trace["item"].times.tolist(), _column(trace, "item", stream).tolist(), strict=True))
    items, tells = (np.array([known.get(at, np.nan) for at in each.tolist()]) for each in (times, writes))
    called = {token.start: token.text for token in trace.tokens}
    error = None
    if "error" in trace:
        found = dict(zip(trace["error"].times.tolist(), _column(trace, "error", stream).tolist(), strict=True))
        error = np.array([found.get(at, np.nan) for at in times.tolist()])
    rule, line = (" ".join(trace.noted(name)) for name in ("rule", "line"))
    none = f"None of the {' '.join(trace.noted('of'))} rules in our table" if trace.noted("of") else ""
    return _Told(
        times=times,
        shares=shares,
        kind=_kinds(items, tells, times),
        names=[called.get(at, str(at)) for at in writes.tolist()],
        asked=[called.get(at, str(at)) for at in times.tolist()],
        error=error,
        most=reach(shares, trace),
        said=rule or none,
        line=line,
    )


def _column(trace: Trace, name: str, stream: int) -> np.ndarray:
    return finite(np.asarray(trace[name].values, float)[:, stream])


def _kinds(items: np.ndarray, tells: np.ndarray, times: np.ndarray) -> np.ndarray:
    """What each write is to each token, [tokens, writes]; noise, and what is not known, is another fact."""
    writes = np.arange(len(tells))
    same = (items[:, None] == tells) & (tells >= 0) & (writes < times[:, None])
    last = np.where(same, writes, -1).max(1, initial=-1)
    return np.where(same & (writes == last[:, None]), 0, np.where(same, 1, 2))


def _title(told: _Told) -> str:
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


def _start(told: _Told) -> int:
    """The last row that asks for a fact told before and holds numbers."""
    known = [row for row in told.retold if np.isfinite(told.shares[row]).all()]
    return int(known[-1]) if known else len(told.times) - 1


def _label(told: _Told, row: int) -> str:
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


def _largest(told: _Told, row: int) -> str:
    """The few largest shares of a row, each with its write."""
    sizes = np.nan_to_num(np.abs(told.shares[row]))
    few = [at for at in np.argsort(-sizes, kind="stable")[:3] if sizes[at] > 0]
    each = ", ".join(f"{_share(float(told.shares[row, at]))} of {told.names[at]} (token {at})" for at in few)
    return f"Its largest shares are {each}" if few else "It holds a share of no write, 0"


def _map(figure: go.Figure, told: _Told) -> Link:
    """The map, its signs, the newest tellings, and the names of rows and columns."""
    (rows, columns), hidden = told.shares.shape, {"showgrid": False, "showticklabels": False, "ticks": ""}
    x = {"title": {"text": "told at (write)"}, "range": [-2.0, columns - 0.5]} | hidden
    y = {"title": {"text": "asked at (token)"}, "range": [rows + 1.0, -0.5]} | hidden
    # a rule of two lines stands in two lines
    line = escape(told.line, quote=False).replace("; ", "<br>")
    here = panel(figure, _LEFT, _MAP, heading=line, x=x | {"showline": False}, y=y | {"showline": False})
    square(figure, here)
    _words(figure, here, told)
    bar = {"title": {"text": "share", "side": "top"}} | _KEY
    figure.layout[DIVERGING] = {"cmin": -told.most, "cmax": told.most, "cmid": 0, "colorbar": bar}
    signs = np.where(told.shares < -_FAINT * told.most, "−", "")
    hover = "of token %{x} in the answer to token %{y}: %{z:.3f}<extra></extra>"
    figure.add_heatmap(
        z=told.shares, coloraxis=DIVERGING, xgap=0.5, ygap=0.5, text=signs, texttemplate="%{text}", name="shares",
        textfont={"size": 11}, hovertemplate=hover, hoverongaps=False, **here.axes(),
    )  # fmt: skip
    cells = newest(figure)
    at, truth = np.argwhere(told.kind == 0), ROLES["truth"]
    figure.add_scatter(
        x=at[:, 1], y=at[:, 0], mode="markers", name="newest telling, cells", hoverinfo="skip", showlegend=False,
        marker={"symbol": f"{truth.symbol}-open", "size": 9, "color": truth.color}, **here.axes(),
    )  # fmt: skip
    _letters(figure, here, np.full(rows, -1.3), np.arange(rows), told.asked)
    _letters(figure, here, np.arange(columns), np.full(columns, rows + 0.3), told.names)
    return Link(cells, np.repeat(np.arange(rows)[None, :, None], columns, 2))


def _words(figure: go.Figure, here: Panel, told: _Told) -> None:
    """What the signs mean, in the corner where nothing was told yet."""
    truth = ROLES["truth"]
    said = f"<span style='color:{truth.color}'>◇</span> newest telling<br>− below zero"
    corner = {"xanchor": "right", "yanchor": "top"}
    x = told.shares.shape[1] - 0.5
    figure.add_annotation(text=said, x=x, y=-0.5, xref=here.x, yref=here.y, **corner)


def _letters(figure: go.Figure, here: Panel, x: np.ndarray, y: np.ndarray, names: list[str]) -> None:
    """A fact's letter at every token: the letters of code are as narrow as a cell."""
    figure.add_scatter(
        x=x, y=y, mode="text", text=[escape(name[:2], quote=False) for name in names], name="names", hoverinfo="skip",
        showlegend=False, cliponaxis=False, **here.axes(),
    )  # fmt: skip


def _row(figure: go.Figure, told: _Told) -> list[Track]:
    """A frame round the row of the slider."""
    number, rows = len(list(figure.select_shapes())), np.arange(len(told.times))
    figure.add_shape(type="rect", xref="x", yref="y", x0=-0.5, x1=told.shares.shape[1] - 0.5)
    return [Track(LAYOUT, f"shapes[{number}].{end}", rows + by) for end, by in (("y0", -0.5), ("y1", 0.5))]


def _across(told: _Told) -> dict[str, Any]:
    return {"range": [-0.8, len(told.names) - 0.2], "showgrid": False}


def _bars(figure: go.Figure, told: _Told) -> Panel:
    """The panel of the bars, the writes' names under them."""
    low, high = min(0.0, np.nanmin(told.shares, initial=0.0)), max(0.0, np.nanmax(told.shares, initial=0.0))
    low, high = max(low, -told.most), min(high, told.most) or 1.0
    wide = high - low
    y = {"title": {"text": "share in the answer"}, "range": [low - 0.14 * wide, high + 0.06 * wide], "nticks": 5}
    x = {"showticklabels": False, "ticks": "", "showline": False} | _across(told)
    signs = [f"<span style='color:{ROLES[role].color}'>{sign}</span> {name}" for name, role, _, sign in _KINDS]
    here = panel(figure, _RIGHT, _BARS, heading=f"{' '.join(signs[:2])}<br>{signs[2]}", x=x, y=y | {"zeroline": True})
    _letters(figure, here, np.arange(len(told.names)), np.full(len(told.names), low - 0.08 * wide), told.names)
    return here


def _heights(figure: go.Figure, here: Panel, told: _Told) -> list[Track]:
    """Bars of each kind of write, each with a look of its own."""
    tracks, start = list[Track](), _start(told)
    for kind, (name, role, shape, _) in enumerate(_KINDS):
        heights = np.where(told.kind == kind, told.shares, np.nan).astype(np.float32)
        figure.add_bar(
            x=np.arange(len(told.names)), y=heights[start], name=name, width=0.8, offset=-0.4, customdata=told.names,
            marker={"color": ROLES[role].color, "pattern": {"shape": shape, "solidity": 0.5, "size": 4}},
            hovertemplate=f"%{{customdata}}, token %{{x}} ({name}): %{{y:.3f}}<extra></extra>", showlegend=False,
            **here.axes(),
        )  # fmt: skip
        tracks.append(Track(newest(figure), "y", heights))
    return tracks


def _errors(figure: go.Figure, told: _Told) -> Panel:
    """How far every answer is from the newest value; 1 is as far as no answer."""
    assert told.error is not None
    known = told.error[np.isfinite(told.error)]
    x = {"title": {"text": "asked at (token)"}, "nticks": 6} | _across(told)
    y = {"title": {"text": "error"}, "range": [0.0, 1.1 * max(1.0, known.max(initial=0.0))], "nticks": 4}
    here = panel(figure, _RIGHT, _ERRORS, heading="Error; 1: an empty answer", x=x, y=y)
    look = ROLES["fast"]
    figure.add_scatter(
        x=told.times, y=told.error, mode="lines+markers", name="error", showlegend=False, connectgaps=True,
        line={"color": look.color}, marker={"color": look.color, "symbol": look.symbol},
        hovertemplate="token %{x}: error %{y:.3f}<extra></extra>", **here.axes(),
    )  # fmt: skip
    return here
