"""Lines that views share: a curve in its role, a level across a panel, a cursor that moves, what happened and when."""

from __future__ import annotations

from html import escape
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import LAYOUT, Track
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.sheet import Panel
from nlviz.views.drawing.theme import CURTAIN, ROLES

__all__ = ["cursor", "curtain", "curve", "happened", "level"]


def curve(
    figure: go.Figure,
    here: Panel,
    drawn: Drawn,
    *,
    role: str,
    name: str,
    legend: bool | str = True,
    mode: Literal["lines", "lines+markers"] = "lines",
    dash: str | None = None,
    faint: bool = False,
) -> None:
    """One line in a panel, drawn as its role is drawn everywhere; legend: whether, or in which legend, it is named.

    dash: "solid" where the panel holds no other curve to be told from, and dashes would only hide what is dense.
    """
    look = ROLES[role]
    figure.add_trace(
        go.Scatter(
            x=drawn.x,
            y=drawn.y,
            mode=mode,
            name=name,
            line={"color": look.color, "dash": dash or look.dash},
            marker={"color": look.color, "symbol": look.symbol},
            opacity=0.35 if faint else 1.0,
            showlegend=bool(legend),
            legend=legend if isinstance(legend, str) else None,
            hovertemplate=f"{escape(name, quote=False)}<br>%{{x}}: %{{y:.3g}}<extra></extra>",
            connectgaps=False,
            **here.axes(),
        )
    )


def level(figure: go.Figure, here: Panel, value: float, name: str) -> None:
    """A dashed level across a panel, named above the panel's right end, where no curve can hide the words."""
    across = {"xref": f"{here.x} domain", "x0": 0, "x1": 1, "yref": here.y, "y0": value, "y1": value}
    figure.add_shape(type="line", **across, line={"dash": ROLES["theory"].dash})
    corner = {"x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom"}
    figure.add_annotation(text=name, xref=f"{here.x} domain", yref=f"{here.y} domain", **corner)


def cursor(figure: go.Figure, here: Panel, times: np.ndarray) -> list[Track]:
    """An upright line over a panel that stands at `times`, one per frame; a shape, because it takes the theme's ink."""
    number = len(list(figure.select_shapes()))
    figure.add_shape(type="line", xref=here.x, yref=f"{here.y} domain", y0=0, y1=1)
    return [Track(LAYOUT, f"shapes[{number}].{end}", times) for end in ("x0", "x1")]


def curtain(figure: go.Figure, here: Panel, edges: np.ndarray) -> Track:
    """Hides what has not happened yet: all of a panel right of `edges`, one per frame; a number instead of a matrix."""
    number, end = len(list(figure.select_shapes())), float(edges[-1])
    where = {"templateitemname": CURTAIN, "visible": True, "xref": here.x, "yref": f"{here.y} domain"}
    figure.add_shape(**where, x1=end, y0=0, y1=1)
    return Track(LAYOUT, f"shapes[{number}].x0", edges)


def happened(figure: go.Figure, here: Panel, trace: Trace, *, room: Room | None = None) -> None:
    """The marks of the trace as upright lines over a panel, with their words where its `room` has a place for them."""
    look = ROLES["write"]
    for mark in trace.marks:
        line = {"type": "line", "x0": mark.time, "x1": mark.time, "y0": 0, "y1": 1}
        figure.add_shape(**line, xref=here.x, yref=f"{here.y} domain", line={"color": look.color, "dash": look.dash})
        if room is not None:
            room.upright(mark.time)
            room.beside(escape(mark.label or mark.kind, quote=False), float(mark.time))
