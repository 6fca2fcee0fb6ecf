"""Stability against plasticity: every learner a dot with its spread, and who is beaten in both by nobody."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.sheet import Panel, panel
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter

__all__ = ["Standing", "standing_panel", "standings"]


class Standing(NamedTuple):
    """Where one learner stands, mean and spread of each number; `chosen` is the one the picture is about."""

    name: str
    chosen: bool
    stability: tuple[float, float]
    plasticity: tuple[float, float]
    accuracy: tuple[float, float]

    @property
    def role(self) -> str:
        """How it is drawn: the chosen one warm, the others cold."""
        return "fast" if self.chosen else "slow"


def standings(trace: Trace) -> list[Standing]:
    """All learners of a trace with "standing" [learners, 1, 3, 2] and a token for each, of kind "arm" or "chosen".

    The numbers: stability, plasticity, accuracy in the end; of each the mean and the spread. No learners are [].
    Raises ValueError unless there is one such token a learner, KeyError if "standing" was not recorded.
    """
    seen = enter(trace, {"standing": "learners 1 3 2"})
    named = [token for token in seen.trace.tokens if token.kind in ("arm", "chosen")]
    rows = seen.trace["standing"].values
    if len(named) != len(rows):
        raise ValueError(f"{len(named)} tokens of kind 'arm' or 'chosen' for {len(rows)} learners; expected one each")
    rows = rows[:, 0].tolist() if rows.size else []
    return [
        Standing(token.text, token.kind == "chosen", *map(tuple, row)) for token, row in zip(named, rows, strict=False)
    ]


def standing_panel(
    figure: go.Figure,
    trace: Trace,
    across: tuple[float, float],
    up: tuple[float, float],
    size: tuple[float, float],
) -> Panel:
    """The dots in a panel, with bars of their spread; "path" [points, 1, 2], if recorded, is where a knob would lead.

    Each dot bears its name. size: of the panel on a laptop, in pixels.
    """
    axis = {"range": [-0.06, 1.1], "nticks": 6}
    x = {"title": {"text": "stability (1 − forgetting)"}, **axis}
    y = {"title": {"text": "plasticity (just learned)"}, **axis}
    here = panel(figure, across, up, x=x, y=y)
    if "path" in trace:
        path = trace["path"].values[:, 0]
        line = {"color": ROLES["fast"].color, "dash": "dot"}
        hover = {"hoverinfo": "skip", "showlegend": False, "opacity": 0.5, **here.axes()}
        figure.add_trace(go.Scatter(x=path[:, 0], y=path[:, 1], mode="lines", line=line, **hover))
    dots = standings(trace)
    # the chosen one lies on top
    for dot in sorted(dots, key=lambda dot: dot.chosen):
        _dot(figure, here, dot)
    room = Room(figure, here, size)
    if "path" in trace:
        room.curve(*trace["path"].values[:, 0].T)
    for dot in dots:
        room.point(dot.stability[0], dot.plasticity[0], 9)
    for dot in dots:
        said = escape(dot.name, quote=False)
        room.at(f"<b>{said}</b>" if dot.chosen else said, dot.stability[0], dot.plasticity[0], lead=True)
    return here


def _dot(figure: go.Figure, here: Panel, dot: Standing) -> None:
    look = ROLES[dot.role]
    bars = {
        f"error_{axis}": {"array": [spread], "color": look.color, "thickness": 1.5, "width": 0}
        for axis, (_, spread) in zip("xy", (dot.stability, dot.plasticity), strict=True)
        if spread > 0
    }
    said = f"{escape(dot.name, quote=False)}<br>stability %{{x:.2f}}, plasticity %{{y:.2f}}<extra></extra>"
    marker = {"color": look.color, "symbol": look.symbol}
    point = go.Scatter(
        x=[dot.stability[0]], y=[dot.plasticity[0]], mode="markers", marker=marker, name=dot.name, **bars
    )
    figure.add_trace(point.update({"hovertemplate": said, "showlegend": False, **here.axes()}))
