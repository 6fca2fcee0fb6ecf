"""Heat map: the matrix that is the memory, write by write, on one range of colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import text
from nlviz.trace import Trace
from nlviz.views.drawing.frames import Track, animate
from nlviz.views.drawing.sheet import Panel, finite, panel, plain, reach, sheet, spacing, with_unit
from nlviz.views.drawing.theme import DIVERGING
from nlviz.views.entry import enter, unrecorded

__all__ = ["heat_map", "matrices", "matrix", "opening"]

_AXES = "time batch d_value d_key"


def heat_map(
    trace: Trace, signal: str = "weights", *, stream: int = 0, noun: str = "write", theme: str = "light"
) -> go.Figure:
    """The fast weights as square cells: warm above zero, cold below, the background's colour at zero.

    Shapes: the signal is [time, batch, d_value, d_key]; `stream` picks one row of the batch. Read q from the columns,
    get v in the rows. One range of colours for all frames, symmetric about zero. Frames: one per recorded write,
    opened at the last that is finite.
    Raises ValueError if the signal has no matrix per row, KeyError if it was not recorded.

        >>> run = trace.Trace({"weights": ([[[[0.0, 1.0], [2.0, 3.0]]]], [7])})
        >>> figure = views.heat_map(run)
        >>> figure.data[0].z.tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """
    noun = text("noun", noun)
    seen = enter(trace, {signal: _AXES}, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, noun)
    trace, stream, theme, _ = seen
    values = matrices(trace, signal, stream)
    title = plain(
        f"Every {noun} is a patch on the whole matrix: row i, column j answers key j with value i", trace, noun
    )
    figure = sheet(title, _alt(values, signal, noun), theme=theme)
    x, y = {"title": {"text": "key coordinate"}}, {"title": {"text": "value coordinate"}}
    here = panel(figure, (0.0, 1.0), (0.0, 1.0), x=x, y=y)
    track = matrix(figure, here, trace, signal, stream=stream)
    labels = [f"{noun} {time}" for time in trace[signal].times.tolist()]
    return animate(figure, [track], labels, noun=noun, start=opening(trace, signal, stream))


def matrices(trace: Trace, signal: str, stream: int) -> np.ndarray:
    """The matrices of one stream, [time, d_value, d_key], what is not finite as NaN."""
    return finite(np.asarray(trace[signal].values)[:, stream])


def opening(trace: Trace, signal: str, stream: int) -> int:
    """The frame to open at: the last one, or the last before a run diverged; what follows says nothing."""
    values, times = matrices(trace, signal, stream), np.asarray(trace[signal].times)
    lost = trace.marked("diverged")
    seen = np.isfinite(values).reshape(len(values), -1).any(axis=1) & (times < (lost[0].time if lost else np.inf))
    frames = np.flatnonzero(seen)
    return int(frames[-1]) if frames.size else len(values) - 1


def matrix(
    figure: go.Figure,
    here: Panel,
    trace: Trace,
    signal: str = "weights",
    *,
    stream: int = 0,
    bar: Mapping[str, Any] | None = None,
) -> Track:
    """Draws the matrix in a panel, square cells; the track that moves it. bar: where the key of its colours stands."""
    values = matrices(trace, signal, stream).astype(np.float32)
    most = reach(values, trace)
    height, width = values.shape[1:]
    # Coordinates are whole numbers, also in a small matrix.
    x = {"range": [-0.5, width - 0.5], "dtick": spacing(width, 8)}
    y = {"range": [height - 0.5, -0.5], "dtick": spacing(height, 8), "scaleanchor": here.x, "constraintoward": "top"}
    for name, axis in ((here.xaxis, x), (here.yaxis, y)):
        figure.layout[name].update({**axis, "constrain": "domain", "showgrid": False, "tick0": 0})
    title = {"text": with_unit(signal, trace[signal].unit) + " ", "side": "right"}
    figure.layout[DIVERGING] = {"cmin": -most, "cmax": most, "cmid": 0, "colorbar": {"title": title, **(bar or {})}}
    hover = "value %{y}, key %{x}: %{z:.3f}<extra></extra>"
    cells = go.Heatmap(z=values[0], coloraxis=DIVERGING, xgap=0.5, ygap=0.5, hovertemplate=hover, **here.axes())
    figure.add_trace(cells)
    return Track(len(figure.data) - 1, "z", values)


def _alt(values: np.ndarray, signal: str, noun: str) -> str:
    # a run about to diverge has squares that no float32 holds
    norms = np.sqrt(np.nansum(np.square(values, dtype=np.float64), axis=(1, 2)))
    size = f"{values.shape[1]} by {values.shape[2]}"
    return (
        f"Heat map of {signal}, a {size} matrix, over {len(values)} {noun}s: its norm goes from {norms[0]:.3g} to "
        f"{norms[-1]:.3g}, the largest entry of all is {np.nanmax(np.abs(values), initial=0):.3g}."
    )
