"""Recall matrix: what is still known of every item, after every write."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import text
from nlviz.trace import Trace
from nlviz.views.drawing.frames import animate
from nlviz.views.drawing.lines import curtain
from nlviz.views.drawing.sheet import finite, panel, plain, sheet, some, spacing, with_unit
from nlviz.views.drawing.theme import RECALL
from nlviz.views.entry import enter, unrecorded

__all__ = ["recall_matrix"]

_FRAMES, _COLUMNS = 200, 1000


def recall_matrix(
    trace: Trace, signal: str = "recall", *, stream: int = 0, noun: str = "write", theme: str = "light"
) -> go.Figure:
    """One row per item, one column per write: a row that fades to the right is forgotten.

    Shapes: the signal is [time, batch, items]; `stream` picks one row of the batch. Unit: the signal's, for `recall`
    the cosine of answer and target, 1 at best. Frames fill it column by column, as it happened; it opens full. A run
    of more than 1,000 rows shows each n-th, and the axis says so. What is not finite is a gap.
    Raises ValueError if the signal has other axes, KeyError if it was not recorded.

        >>> run = trace.Trace({"recall": ([[[1.0, 0.0]], [[0.5, 1.0]]], [0, 1], "cosine")})
        >>> figure = views.recall_matrix(run)
        >>> figure.data[0].z.tolist()
        [[1.0, 0.5], [0.0, 1.0]]
    """
    noun = text("noun", noun)
    seen = enter(trace, {signal: "time batch items"}, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, noun)
    trace, stream, theme, _ = seen
    values, times = np.asarray(trace[signal].values), np.asarray(trace[signal].times)
    step = -(-len(values) // _COLUMNS)
    known, times = finite(values[::step, stream]).T, times[::step]
    title = plain(f"A row that fades to the right is an item being forgotten, {noun} by {noun}", trace, noun)
    figure = sheet(title, _alt(known, signal, noun), theme=theme)
    every = f", one of {step} shown" if step > 1 else ""
    half = (times[-1] - times[0]) / max(len(times) - 1, 1) / 2 or 0.5
    x = {"title": {"text": f"time ({noun}s{every})"}, "range": [times[0] - half, times[-1] + half], "showgrid": False}
    y = {"title": {"text": "item (in order)"}, "range": [len(known) - 0.5, -0.5], "showgrid": False}
    here = panel(figure, (0.0, 1.0), (0.0, 1.0), x=x, y=y | {"dtick": spacing(len(known), 12), "tick0": 0})
    bar = {"title": {"text": with_unit(signal, trace[signal].unit), "side": "right"}}
    most = max(1.0, float(np.nanmax(np.abs(known), initial=0)))
    most = min(most, 2.0) if trace.marked("diverged") else most
    figure.layout[RECALL] = {"cmin": -most, "cmax": most, "cmid": 0, "colorbar": bar}
    hover = f"item %{{y}} after {noun} %{{x}}: %{{z:.2f}}<extra></extra>"
    heat = go.Heatmap(z=known, x=times, coloraxis=RECALL, hovertemplate=hover, hoverongaps=False)
    figure.add_trace(heat.update(here.axes()))
    ends = np.unique(np.linspace(0, len(times) - 1, min(len(times), _FRAMES)).astype(int))
    track = curtain(figure, here, times[ends] + half)
    labels = [f"{noun} {time}" for time in times[ends].tolist()]
    return animate(figure, [track], labels, noun=noun, start=len(ends) - 1)


def _alt(known: np.ndarray, signal: str, noun: str) -> str:
    last = known[:, np.isfinite(known).any(axis=0)][:, -1:] if np.isfinite(known).any() else known[:, :0]
    said = f"Matrix of {signal} for {some(len(known), 'item')} over {some(known.shape[1], noun)}"
    if not last.size:
        return f"{said}; nothing in it is finite."
    best, least = int(np.nanargmax(last)), int(np.nanargmin(last))
    return (
        f"{said}: at the end {np.nanmean(last):.2f} on average, best for item {best} ({last[best, 0]:.2f}), "
        f"least for item {least} ({last[least, 0]:.2f})."
    )
