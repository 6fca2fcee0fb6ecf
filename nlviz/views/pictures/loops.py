"""The paradigm, drawn: a slow, cold outer loop, in it a fast, warm inner loop, and which part of them acts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import choice
from nlviz.views.drawing.frames import ACTS, Track
from nlviz.views.drawing.sheet import Panel, newest, panel
from nlviz.views.drawing.theme import ROLES

__all__ = ["PARTS", "draw_loops"]

PARTS = ("read", "error", "write")

# A loop: its colour, its middle, its radius.
_LOOPS = {"outer": ("slow", (0.0, 0.0), 5.0), "inner": ("fast", (0.0, -0.55), 2.5)}
# Where each part begins and ends, in degrees, with the clock; and where its word stands, between the two loops.
_SPANS = {"read": (203, 97), "error": (83, -23), "write": (-37, -143)}
_WORDS = {"read": (-3.75, 0.9), "error": (3.75, 0.9), "write": (0.0, -4.0)}
_REACH = 5.6
# An arrow's head: its length and half of its width.
_HEAD, _HALF = 0.75, 0.4
_THIN, _THICK = 3, 8


def draw_loops(
    figure: go.Figure, across: tuple[float, float], up: tuple[float, float], acts: Sequence[str]
) -> list[Track]:
    """Draws both loops in a panel of their own; the tracks that light one part of one of them in each frame.

    acts: for every frame a part of a loop ("inner write"), or "". What acts is thick, so not told by hue alone.
    Raises ValueError for an act that is none.
    """
    acts = [choice("an act", act, ACTS) for act in acts]
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "showline": False, "range": [-_REACH, _REACH]}
    bare |= {"title": {"text": ""}, "constrain": "domain"}
    here = panel(figure, across, up, x=bare, y=bare)
    figure.layout[here.yaxis]["scaleanchor"] = here.x
    tracks = [track for name in _LOOPS for track in _loop(figure, here, name, acts)]
    words = {**_WORDS, "<b>outer loop</b><br>slow weights": (0.0, 3.45)}
    words |= {"<b>inner loop</b><br>fast weights": _LOOPS["inner"][1]}
    for said, (x, y) in words.items():
        figure.add_annotation(x=x, y=y, text=said, xref=here.x, yref=here.y, yanchor="middle")
    return tracks


def _loop(figure: go.Figure, here: Panel, name: str, acts: Sequence[str]) -> list[Track]:
    """One loop: its three arrows, thin; over them the one that acts, thick."""
    role, middle, radius = _LOOPS[name]
    arrows = [_arrow(middle, radius, _SPANS[part]) for part in PARTS]
    x, y = (np.concatenate([[*arrow[axis], np.nan] for arrow in arrows]) for axis in (0, 1))
    look = {"color": ROLES[role].color, "dash": "solid"}
    plain = {"mode": "lines", "hoverinfo": "skip", "showlegend": False, **here.axes()}
    figure.add_trace(go.Scatter(x=x, y=y, line={**look, "width": _THIN}, **plain))
    states = np.stack([np.full_like(arrows[0], np.nan), *arrows]).astype(np.float32)
    words = ["", *(f"{name} {part}" for part in PARTS)]
    shown = np.array([words.index(act) if act in words else 0 for act in acts], dtype=np.int32)
    figure.add_trace(go.Scatter(x=[], y=[], line={**look, "width": _THICK}, **plain))
    return [Track(newest(figure), axis, states[:, place], shown) for place, axis in enumerate("xy")]


def _arrow(middle: tuple[float, float], radius: float, span: tuple[float, float]) -> np.ndarray:
    """A piece of a circle that ends in a head, as one line, [2, points]."""
    start, stop = np.radians(span)
    neck = stop + _HEAD / radius
    angles = np.linspace(start, neck, 40)
    line = radius * np.stack([np.cos(angles), np.sin(angles)])
    tip = radius * np.array([np.cos(stop), np.sin(stop)])
    outer, inner = (line[:, -1] * (1 + side * _HALF / radius) for side in (1, -1))
    return np.column_stack([line, outer, tip, inner, line[:, -1], tip]) + np.array(middle)[:, None]
