"""What lessons draw: a measured curve over a sketched one, and what a class answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.lessons.predicting.comparing import curve as measured_curve
from nlviz.lessons.predicting.comparing import told
from nlviz.lessons.predicting.questions import Axis, Sketch
from nlviz.lessons.words import say
from nlviz.views.drawing.decimate import envelope
from nlviz.views.drawing.lines import curve
from nlviz.views.drawing.sheet import Panel, finite, panel, sheet
from nlviz.views.drawing.theme import ROLES

__all__ = ["Counts", "Line", "polled", "sketched"]

_EACH = 240


class Counts(NamedTuple):
    """Bars: how many answered what."""

    title: str
    names: list[str]
    counts: list[int]


class Line(NamedTuple):
    """A curve over the places of a sketch."""

    title: str
    kind: Sketch
    heights: np.ndarray


def sketched(kind: Sketch, measured: Any, drawn: list[float] | None, words: str) -> go.Figure:
    """The measured curve over the student's. A sketch is what was expected, so it is drawn as theory is."""
    x, y = measured_curve(measured)
    titles = {"x": kind.x.title, "y": kind.y.title, "words": words}
    alone = say("reveal.alt", **titles)
    alt = alone if drawn is None else say("reveal.alt_both", **titles, measured=told(kind, measured))
    figure = sheet(words, alt, theme="light", height=420)
    here = panel(figure, (0.0, 1.0), (0.0, 0.9), x=_axis(kind.x), y={**_axis(kind.y), "rangemode": "tozero"})
    if drawn is not None:
        line = envelope(kind.places, np.asarray(drawn, dtype=float))
        curve(figure, here, line, role="theory", name=say("reveal.line_yours"), mode="lines+markers")
    curve(figure, here, envelope(x, finite(y)), role="fast", name=say("reveal.line_measured"))
    figure.layout.legend = {"x": 0, "xanchor": "left", "y": 1.0, "yanchor": "top"}
    return figure


def polled(parts: Sequence[Counts | Line], title: str, said: str) -> go.Figure:
    """One panel below the other: bars for options and numbers, the mean sketch for a curve."""
    height = 110 + _EACH * len(parts)
    figure = sheet(title, say("poll.alt", said=said), theme="light", height=height)
    share = 1 / len(parts)
    for row, part in enumerate(parts):
        top = 1 - row * share
        up = (top - 0.72 * share, top - 0.12 * share)
        if isinstance(part, Counts):
            _bars(figure, part, up)
        else:
            here = panel(
                figure,
                (0.0, 1.0),
                up,
                heading=part.title,
                x=_axis(part.kind.x),
                y={**_axis(part.kind.y), "rangemode": "tozero"},
            )
            line = envelope(part.kind.places, part.heights)
            curve(figure, here, line, role="theory", name=say("poll.mean"), mode="lines+markers", legend=False)
    return figure


def _bars(figure: go.Figure, part: Counts, up: tuple[float, float]) -> Panel:
    count = {"title": {"text": say("poll.axis_answers")}, "rangemode": "tozero", "tickformat": "d"}
    here = panel(figure, (0.0, 1.0), up, heading=part.title, x={"type": "category"}, y=count)
    figure.add_trace(
        go.Bar(
            x=part.names,
            y=part.counts,
            text=part.counts,
            textposition="auto",
            marker={"color": ROLES["slow"].color},
            showlegend=False,
            **here.axes(),
        )
    )
    return here


def _axis(axis: Axis) -> dict[str, Any]:
    return {"title": {"text": axis.title}}
