"""Boxes and arrows of a diagram, in a square of 10 × 10: an arrow begins and ends at the edge of a box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go

from nlviz.views.drawing.sheet import Panel, panel
from nlviz.views.drawing.theme import ROLES

__all__ = ["Arrow", "Box", "draw_arrow", "draw_outline", "plan_panel"]

_BARE: dict[str, Any] = {"showticklabels": False, "ticks": "", "showgrid": False, "showline": False}


class Box(NamedTuple):
    """A part, in a square of 10 × 10: its middle and size, what it says, and whether its weights move while reading.

    Without a colour of its own (`outlined` False) it is what comes in or goes out.
    """

    x: float
    y: float
    width: float
    height: float
    words: str
    moves: bool = False
    outlined: bool = True

    def edge(self, x: float, y: float) -> tuple[float, float]:
        """Where the line from the middle to a point leaves the box."""
        dx, dy = x - self.x, y - self.y
        sides = [half / abs(d) for half, d in ((self.width / 2, dx), (self.height / 2, dy)) if d]
        return self.x + dx * min(sides), self.y + dy * min(sides)

    def corners(self) -> dict[str, float]:
        """Its corners, as Plotly calls those of a rectangle."""
        (left, low), (right, high) = ((self.x + i * self.width / 2, self.y + i * self.height / 2) for i in (-1, 1))
        return {"x0": left, "x1": right, "y0": low, "y1": high}


class Arrow(NamedTuple):
    """Which part leads into which, what goes along, and at which height it leaves and comes in (None: straight).

    upright: it leaves at the upper edge and comes in at the lower one, each where that is nearest to the other box.
    """

    start: str
    end: str
    words: str = ""
    heights: tuple[float, float] | None = None
    upright: bool = False


def plan_panel(figure: go.Figure, across: tuple[float, float], up: tuple[float, float], words: str) -> Panel:
    """A panel without axes for a diagram, with words under it."""
    x = {"title": {"text": words}, "range": [0, 10], **_BARE}
    return panel(figure, across, up, x=x, y={"title": {"text": " "}, "range": [-0.3, 10.3], **_BARE})


def draw_outline(figure: go.Figure, here: Panel, box: Box) -> None:
    """A box, warm if it learns while reading, cold if it stays as trained; none for what comes in or goes out."""
    if box.outlined:
        line = {"color": ROLES["fast" if box.moves else "slow"].color, "width": 2}
        figure.add_shape(type="rect", xref=here.x, yref=here.y, **box.corners(), line=line)


def draw_arrow(figure: go.Figure, here: Panel, boxes: Mapping[str, Box], arrow: Arrow) -> None:
    """From the edge of one box to the edge of the other; its words lie beside its middle."""
    tail, head = _ends(boxes[arrow.start], boxes[arrow.end], arrow)
    where = {"xref": here.x, "yref": here.y}
    look = {"arrowhead": 2, "arrowwidth": 1.5, "arrowcolor": ROLES["theory"].color}
    figure.add_annotation(
        x=head[0], y=head[1], ax=tail[0], ay=tail[1], axref=here.x, ayref=here.y, text="", showarrow=True, **where,
        **look,
    )  # fmt: skip
    if arrow.words:
        middle = (tail[0] + head[0]) / 2, (tail[1] + head[1]) / 2
        figure.add_annotation(
            text=arrow.words, x=middle[0], y=middle[1], yshift=8, xshift=-9 if head[0] > tail[0] else 9, **where
        )


def _ends(start: Box, end: Box, arrow: Arrow) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow leaves one box, and where it comes into the other."""
    if arrow.upright:
        return (_near(start, end.x), start.y + start.height / 2), (_near(end, start.x), end.y - end.height / 2)
    if arrow.heights is None:
        return start.edge(end.x, end.y), end.edge(start.x, start.y)
    side = 1 if end.x > start.x else -1
    return (start.x + side * start.width / 2, arrow.heights[0]), (end.x - side * end.width / 2, arrow.heights[1])


def _near(box: Box, x: float) -> float:
    """The place along a box, not too near to its corners, that is nearest to x."""
    half = 0.4 * box.width
    return min(max(x, box.x - half), box.x + half)
