"""The influence map: which earlier write every answer comes from, and with what sign."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import LAYOUT, Link, Span, Track, animate
from nlviz.views.drawing.lines import cursor
from nlviz.views.drawing.sheet import Panel, newest, panel, plain, sheet, square
from nlviz.views.drawing.theme import DIVERGING, ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.influence_told import Told, label_of, largest_of, start_of, title_of, told_of

__all__ = ["influence"]

_LEFT, _RIGHT = (0.0, 0.53), (0.67, 1.0)
_MAP, _BARS, _ERRORS = (0.0, 0.93), (0.46, 0.93), (0.0, 0.28)
_KEY = {"x": 0.54, "xanchor": "left", "y": _MAP[1], "yanchor": "top", "len": 0.7, "xpad": 0}
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
    told = told_of(trace, stream)
    title = plain(title_of(told), trace, "token")
    figure = sheet(title, theme=theme)
    links: list[Link | Span] = [_map(figure, told)]
    panels, tracks = [_bars(figure, told)], _row(figure, told)
    tracks += _heights(figure, panels[0], told)
    if told.error is not None:
        panels.append(_errors(figure, told))
        tracks += cursor(figure, panels[-1], told.times)
    figure.update_annotations(align="left")
    labels = [label_of(told, row) for row in range(len(told.times))]
    links += [Span(here.x, told.times) for here in panels if len(told.times) == len(told.names)]
    alts = [f"{title}. {label}. {largest_of(told, row)}." for row, label in enumerate(labels)]
    return animate(figure, tracks, labels, noun="token", start=start_of(told), links=links, alts=alts)


def _map(figure: go.Figure, told: Told) -> Link:
    """The map, its signs, the newest tellings, and the names of rows and columns."""
    (rows, columns), hidden = told.shares.shape, {"showgrid": False, "showticklabels": False, "ticks": ""}
    x = {"title": {"text": "told at (write)"}, "range": [-2.0, columns - 0.5]} | hidden
    y = {"title": {"text": "asked at (token)"}, "range": [rows + 1.0, -0.5]} | hidden
    # a rule of two lines stands in two lines
    line = escape(told.line, quote=False).replace("; ", "<br>")
    here = panel(figure, _LEFT, _MAP, heading=line, x=x | {"showline": False}, y=y | {"showline": False})
    square(figure, here)
    _words(figure, here, told)
    # three ticks: on a phone the key is short
    power = 10.0 ** np.floor(np.log10(told.most))
    tick = power * np.floor(told.most / power)
    bar = {"title": {"text": "share", "side": "top"}, "tickvals": [-tick, 0, tick]} | _KEY
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
        marker={"symbol": f"{truth.symbol}-open", "size": 9, "color": truth.color, "line": {"width": 2}}, **here.axes(),
    )  # fmt: skip
    _letters(figure, here, np.full(rows, -1.3), np.arange(rows), told.asked)
    _letters(figure, here, np.arange(columns), np.full(columns, rows + 0.3), told.names)
    return Link(cells, np.repeat(np.arange(rows)[None, :, None], columns, 2))


def _words(figure: go.Figure, here: Panel, told: Told) -> None:
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


def _row(figure: go.Figure, told: Told) -> list[Track]:
    """A frame round the row of the slider."""
    number, rows = len(list(figure.select_shapes())), np.arange(len(told.times))
    figure.add_shape(type="rect", xref="x", yref="y", x0=-0.5, x1=told.shares.shape[1] - 0.5)
    return [Track(LAYOUT, f"shapes[{number}].{end}", rows + by) for end, by in (("y0", -0.5), ("y1", 0.5))]


def _across(told: Told) -> dict[str, Any]:
    return {"range": [-0.8, len(told.names) - 0.2], "showgrid": False}


def _bars(figure: go.Figure, told: Told) -> Panel:
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


def _heights(figure: go.Figure, here: Panel, told: Told) -> list[Track]:
    """Bars of each kind of write, each with a look of its own."""
    tracks, start = list[Track](), start_of(told)
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


def _errors(figure: go.Figure, told: Told) -> Panel:
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
