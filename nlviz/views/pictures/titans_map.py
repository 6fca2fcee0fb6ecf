"""The map of the Titans console: inner_lr over momentum, the lines that part its regimes, and where the knobs stand."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import envelope
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import curve
from nlviz.views.drawing.sheet import Panel, column, panel
from nlviz.views.drawing.theme import CLEAR, ROLES

__all__ = ["MOST_LINES", "regime_map"]

_DASHES = ("dot", "dashdot", "longdash")
MOST_LINES = len(_DASHES)
_FLOOR, _TOP = 0.02, 6.0
# The size of the panel on a laptop, in pixels.
_SIZE = (165.0, 345.0)


def regime_map(figure: go.Figure, trace: Trace, across: tuple[float, float], up: tuple[float, float]) -> None:
    """θ over η: the lines between regimes, their names, and a dot where the knobs stand, in a panel of its own.

    Signals and notes: those of `titans`.
    """
    eta, lines = column(trace["map_momentum"]), np.asarray(trace["map"].values, dtype=float)[:, 0]
    inner_lr, momentum, forget = trace["knobs"].values[0, 0].tolist()
    x = {
        "title": {"text": f"momentum η (α = {forget:g})"},
        "range": [-0.02, 1.0],
        "tickvals": [0, 0.25, 0.5, 0.75, 1.0],
    }
    ticks = [0.03, 0.1, 0.3, 1, 3]
    y = {"title": {"text": "inner_lr θ"}, "type": "log", "range": np.log10([_FLOOR, _TOP]).tolist()}
    y |= {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    here = panel(figure, across, up, x=x, y=y)
    names = trace["map"].names
    for name, values, dash in zip(names, lines.T, _DASHES[-len(names) :], strict=True):
        drawn = envelope(eta, np.where(values > 0, values, np.nan))
        curve(figure, here, drawn, role="theory", name=name, legend="legend3", dash=dash)
    look = {"color": ROLES["fast"].color, "symbol": "circle"}
    hover = f"θ = {inner_lr:g}, η = {momentum:g}<extra></extra>"
    figure.add_scatter(
        x=[momentum], y=[max(inner_lr, _FLOOR)], mode="markers", marker=look, hovertemplate=hover, name="your knobs",
        showlegend=False, cliponaxis=False, **here.axes(),
    )  # fmt: skip
    _areas(figure, here, trace, lines, (momentum, max(inner_lr, _FLOOR)))
    corner = {"x": across[0], "xanchor": "left", "y": up[1], "yanchor": "bottom"}
    figure.update_layout(legend3={**corner, "orientation": "v", "bgcolor": CLEAR})


def _areas(figure: go.Figure, here: Panel, trace: Trace, lines: np.ndarray, knobs: tuple[float, float]) -> None:
    """The name of what lies between two lines, where they are furthest apart, and of the dot."""
    eta, room = column(trace["map_momentum"]), Room(figure, here, _SIZE)
    for line in lines.T:
        room.curve(eta, line)
    room.point(*knobs, 10)
    room.at("your knobs", *knobs)
    ends = np.ones((len(lines), 1))
    edges = np.concatenate([_FLOOR * ends, np.clip(lines, _FLOOR, _TOP), _TOP * ends], 1).T
    for name, below, above in zip(trace.noted("areas"), edges, edges[1:], strict=False):
        room.between(name, eta, below, above)
