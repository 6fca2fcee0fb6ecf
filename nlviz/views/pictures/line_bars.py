"""The line being read, byte by byte: three bars under each letter, and a threshold to hold them against."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.views.drawing.frames import LAYOUT, Handle, Link, Track
from nlviz.views.drawing.lines import level
from nlviz.views.drawing.sheet import Panel, counted, newest, panel, reach, with_unit
from nlviz.views.drawing.theme import CLEAR, ROLES
from nlviz.views.surprise_on_tokens import Grid

__all__ = ["LineBars", "line_bars"]

# Three bars share a cell of width 1. One is full, one hatched and one hollow, so that colour is never alone.
_WIDTH = 0.26
_BARS = {"fast": ("writing", -0.39, ""), "slow": ("frozen", -0.13, "/"), "write": ("write (right)", 0.13, None)}
_BELOW = -0.16  # of the panel's height, under zero: there stand the letters


class LineBars(NamedTuple):
    """What the bars add to a figure that moves: tracks and links for `animate`, the level if there is a threshold."""

    tracks: list[Track]
    links: list[Link]
    level: Handle | None


def line_bars(
    figure: go.Figure, grid: Grid, by: str, up: tuple[float, float], threshold: float | None = None
) -> LineBars:
    """Draws the current line of `grid` as bars: `by` of the reader that writes, of the frozen one, and the write.

    Signals: `by`, and if recorded "frozen_" + by (same axis) and "write" (axis at the right). threshold: in the unit
    of `by`, a level that means what it says because each bar is one byte; it turns the knob "threshold".
    """
    trace, rows = grid.trace, np.array([piece.row for piece in grid.text.pieces], dtype=np.int32)
    names = {role: name for role, name in (("fast", by), ("slow", f"frozen_{by}")) if name in trace}
    top = 1.08 * max(*(_most(grid, name) for name in names.values()), threshold or 0.0)
    x = {"range": [-0.7, grid.width - 0.3], "showgrid": False, "showticklabels": False, "ticks": "", "fixedrange": True}
    x["title"] = {"text": "the line being read, one cell per byte"}
    y = {
        "title": {"text": with_unit(by, trace[by].unit)},
        "range": [_BELOW * top, top],
        "nticks": 4,
        "fixedrange": True,
    }
    here = panel(figure, (0.0, 1.0), up, x=x, y=y | {"zeroline": True})
    bars = [_bars(figure, here, grid, name, role) for role, name in names.items()]
    if "write" in trace:
        bars.append(_bars(figure, _aside(figure, here, grid), grid, "write", "write"))
    figure.layout["legend4"] = {
        "x": 0,
        "xanchor": "left",
        "y": up[1],
        "yanchor": "bottom",
        "orientation": "h",
        "bgcolor": CLEAR,
    }
    moving = [*bars, _letters(figure, here, grid, 0.5 * _BELOW * top)]
    tracks = [Track(track.trace, track.path, track.values, rows) for track in moving] + _box(figure, here, grid)
    links = [Link(track.trace, grid.frames(), rows) for track in bars]
    return LineBars(tracks, links, None if threshold is None else _level(figure, here, threshold, top))


def _level(figure: go.Figure, here: Panel, threshold: float, top: float) -> Handle:
    """The threshold, across the panel."""
    level(figure, here, threshold, f"dashed: threshold {threshold:g}")
    return Handle("threshold", len(list(figure.select_shapes())) - 1, 0.0, top)


def _most(grid: Grid, name: str) -> float:
    """Where its axis ends: at the 99th percentile, as the colours do. A higher bar leaves the panel."""
    values = counted(grid.trace, name, grid.stream)
    values = np.sort(values[np.isfinite(values)])
    return reach(values[: max(1, int(0.99 * values.size))], grid.trace)


def _rows(grid: Grid, name: str) -> np.ndarray:
    """The signal, [rows, width], NaN where a line has no byte."""
    row, place, step, _ = grid.text.cells.T
    values = np.full((len(grid.text.lines), grid.width), np.nan, dtype=np.float32)
    values[row, place] = grid.at_steps(name, step)
    return values


def _bars(figure: go.Figure, here: Panel, grid: Grid, name: str, role: str) -> Track:
    values, (said, offset, pattern), color = _rows(grid, name), _BARS[role], ROLES[role].color
    outline = {"color": color, "width": 1}
    look = {"color": CLEAR if pattern is None else color, "line": outline}
    if pattern:
        look |= {"pattern": {"shape": pattern, "fillmode": "replace", "fgcolor": color, "size": 4, "solidity": 0.5}}
    bars = go.Bar(
        x=np.arange(grid.width),
        y=values[grid.text.pieces[0].row],
        offset=offset,
        width=_WIDTH,
        name=said,
        legend="legend4",
        marker=look,
        hovertemplate=f"{said}: %{{y:.2f}} {escape(grid.trace[name].unit, quote=False)}<extra></extra>",
        **here.axes(),
    )
    figure.add_trace(bars)
    return Track(newest(figure), "y", values)


def _aside(figure: go.Figure, here: Panel, grid: Grid) -> Panel:
    """A second axis at the right for the size of the write, its zero at the same height."""
    top = 1.08 * _most(grid, "write")
    figure.layout["yaxis8"] = {
        "overlaying": here.y,
        "anchor": here.x,
        "side": "right",
        "range": [_BELOW * top, top],
        "tickmode": "linear",
        "dtick": float(f"{top / 2:.0e}"),
        "showgrid": False,
        "fixedrange": True,
        "title": {"text": with_unit("write", grid.trace["write"].unit)},
    }
    return Panel(here.x, "y8")


def _letters(figure: go.Figure, here: Panel, grid: Grid, height: float) -> Track:
    """The letters of the line, each under its own bars."""
    lines = [[""] * grid.width for _ in grid.text.lines]
    for glyph in grid.text.glyphs:
        lines[glyph.row][int(glyph.column)] = escape(glyph.text, quote=False)
    figure.add_trace(
        go.Scatter(
            x=np.arange(grid.width),
            y=np.full(grid.width, height),
            text=lines[grid.text.pieces[0].row],
            mode="text",
            hoverinfo="skip",
            showlegend=False,
            **here.axes(),
        )
    )
    return Track(newest(figure), "text", lines)


def _box(figure: go.Figure, here: Panel, grid: Grid) -> list[Track]:
    """The cursor: a box over the bars of the current token."""
    left, right = np.array([(piece.left, piece.right) for piece in grid.text.pieces], dtype=float).T
    number = len(list(figure.select_shapes()))
    edges = {"x0": left - 0.5, "x1": right - 0.5}
    first = {side: float(values[0]) for side, values in edges.items()}
    figure.add_shape(type="rect", xref=here.x, yref=f"{here.y} domain", **first, y0=0, y1=1)
    return [Track(LAYOUT, f"shapes[{number}].{side}", values) for side, values in edges.items()]
