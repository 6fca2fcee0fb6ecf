"""Forgetting: every item after every write, recall by age beside what theory expects, keeping against learning."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import curtain, curve
from nlviz.views.drawing.sheet import column, finite, panel, plain, sheet, some, spacing, square
from nlviz.views.drawing.theme import RECALL
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.standings import standing_panel, standings

__all__ = ["forgetting"]

_LEFT, _RIGHT = (0.0, 0.52), (0.64, 1.0)
_CURVES, _DOTS = (0.5, 0.97), (0.0, 0.36)
# Their sizes on a laptop, in pixels.
_ABOVE, _BELOW = (230.0, 190.0), (230.0, 145.0)
_KEY = {"orientation": "h", "x": 0.0, "xanchor": "left", "len": 0.4, "y": 0.92, "yanchor": "bottom", "ypad": 0}
_NEEDS = {"recall": "time batch items", "by_age": "_ 1", "standing": "_ 1 3 2"}
_MAY = {"law": "_ 1", "ghost": "_ 1", "path": "_ 1 2"}
# Below this loss of recall, on the mean of all items, nobody sees a colour fade.
_FADED = 0.05
# What a curve of the trace is, and how it is drawn.
_LINES = {
    "law": ("theory", "theory"),
    "ghost": ("without its gate", "slow"),
    "by_age": ("measured", "fast"),
}


def forgetting(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """The forgetting-curve lab: how long does an item last, and what does keeping it cost?

    Left: recall of every item (row) after every write (column). Right, above: recall by age in the end, with the
    closed form ("law") and what the same rule gives without its gate ("ghost") where recorded. Below: stability and
    plasticity of all rules, and the path of the chosen one as its gate opens.
    Signals: "recall" [time, batch, items]; "by_age", "law", "ghost" [ages, 1]; "standing" and "path" as `standings`
    takes them. A mark "switch" is drawn where the context changes.
    Frames: one per write, the matrix filling column by column; opened full.
    Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "write")
    trace, stream, theme, _ = seen
    alt = _alt(trace)
    figure = sheet(plain(_title(trace, stream), trace, "write"), alt, theme=theme)
    tracks = _matrix(figure, trace, stream)
    ages = trace["by_age"].times
    x = {"title": {"text": "age (writes since)"}, "range": [0, float(ages.max(initial=1)) + 0.5]}
    y = {"title": {"text": "recall (cosine)"}, "range": [min(0.0, *_low(trace)), 1.08], "nticks": 6}
    here = panel(figure, _RIGHT, _CURVES, x=x, y=y)
    room, drawn = Room(figure, here, _ABOVE), {}
    for name, (words, role) in _LINES.items():
        if name in trace:
            line = Drawn(np.asarray(trace[name].times), finite(column(trace[name], 0)), 1)
            curve(figure, here, line, role=role, name=words, faint=name == "ghost", legend=False)
            room.curve(line.x, line.y)
            drawn[words] = line, role
    for words, (line, role) in drawn.items():
        room.name(words, line.x, line.y, role)
    standing_panel(figure, trace, _RIGHT, _DOTS, _BELOW)
    times = trace["recall"].times
    labels = [f"write {time}: item {time}" for time in times.tolist()]
    return animate(figure, tracks, labels, noun="write", start=len(labels) - 1)


def _title(trace: Trace, stream: int) -> str:
    """Whether the items fade: what each was worth when it was written, beside what is left of it."""
    recall = finite(np.asarray(trace["recall"].values, dtype=float)[:, stream])
    first = [column[np.isfinite(column)][0] for column in recall.T if np.isfinite(column).any()]
    last = [column[np.isfinite(column)][-1] for column in recall.T if np.isfinite(column).any()]
    if np.sum(first) - np.sum(last) > _FADED * len(first):
        return "Each row is an item: its colour fades as later writes land on it"
    return "Each row is an item: its colour stays, later writes hardly touch it"


def _matrix(figure: go.Figure, trace: Trace, stream: int) -> list[Track]:
    known, times = finite(np.asarray(trace["recall"].values)[:, stream]).T, np.asarray(trace["recall"].times)
    x = {"title": {"text": "time (writes)"}, "range": [-0.5, len(times) - 0.5], "showgrid": False}
    y = {"title": {"text": "item (in order)"}, "range": [len(known) - 0.5, -0.5], "showgrid": False}
    here = panel(figure, _LEFT, (0.0, 0.88), x=x, y=y | {"dtick": spacing(len(known), 12), "tick0": 0})
    square(figure, here)
    bar = {"title": {"text": "recall ", "side": "right"}, "nticks": 5, **_KEY}
    figure.layout[RECALL] = {"cmin": -1, "cmax": 1, "cmid": 0, "colorbar": bar}
    hover = "item %{y} after write %{x}: %{z:.2f}<extra></extra>"
    heat = go.Heatmap(z=known, x=times, coloraxis=RECALL, hovertemplate=hover, hoverongaps=False)
    figure.add_trace(heat.update(here.axes()))
    for mark in trace.marked("switch"):
        at = mark.time - 0.5
        end = {"x0": at, "x1": at, "y0": -0.5, "y1": len(known) - 0.5}
        figure.add_shape(type="line", xref=here.x, yref=here.y, line={"dash": "dot"}, **end)
        figure.add_annotation(
            text=mark.label,
            x=at,
            y=len(known) - 1,
            xref=here.x,
            yref=here.y,
            xanchor="right",
            yanchor="bottom",
            xshift=-4,
        )
    return [curtain(figure, here, times + 0.5)]


def _low(trace: Trace) -> list[float]:
    return [float(np.nanmin(finite(column(trace[name], 0)), initial=0.0)) * 1.1 for name in _LINES if name in trace]


def _alt(trace: Trace) -> str:
    values = finite(column(trace["by_age"], 0))
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return f"Recall of {some(len(values), 'item')}: nothing in it is finite."
    first, last = known[0], known[-1]
    said = (
        f"Recall of {some(len(values), 'item')} over as many writes: {values[first]:.2f} for the newest, "
        f"{values[last]:.2f} for one {some(int(trace['by_age'].times[last]), 'write')} old."
    )
    for dot in standings(trace):
        if dot.chosen:
            said += f" {dot.name}: stability {dot.stability[0]:.2f}, plasticity {dot.plasticity[0]:.2f}."
    return said
