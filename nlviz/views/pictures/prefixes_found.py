"""What a search asks about and what it finds: images side by side, or lines of code one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from nlviz.views.drawing.frames import Track
from nlviz.views.drawing.sheet import Panel, newest, panel
from nlviz.views.drawing.theme import SURPRISE

__all__ = ["found_images", "found_lines"]

_ACROSS, _UP = (0.0, 1.0), (0.0, 0.24)
_HIDDEN = {"visible": False, "showticklabels": False, "showgrid": False}


def found_images(figure: go.Figure, heading: str, images: np.ndarray, said: Sequence[Sequence[str]]) -> list[Track]:
    """Images [frames, many, side, side], from 0 to 1, side by side, each with its words above; said: [frames][many]."""
    frames, many, side, _ = images.shape
    pitch = 2 * side
    cells = np.full((frames, side, pitch * many - side), np.nan)
    for place in range(many):
        cells[:, :, place * pitch : place * pitch + side] = images[:, place]
    x, y = {"range": [-side / 2 - 0.5, pitch * many - side / 2]}, {"range": [side - 0.5, -0.3 * side - 0.5]}
    here = panel(figure, _ACROSS, _UP, heading=heading, x=_HIDDEN | x, y=_HIDDEN | y)
    figure.layout[here.yaxis].update({"scaleanchor": here.x, "constrain": "domain", "constraintoward": "top"})
    figure.layout[here.xaxis].update({"constrain": "domain", "constraintoward": "left"})
    figure.layout[SURPRISE] = {"cmin": 0.0, "cmax": 1.0, "showscale": False}
    figure.add_heatmap(
        z=cells[0], coloraxis=SURPRISE, hoverinfo="skip", hoverongaps=False, name="images", **here.axes()
    )
    pixels = Track(newest(figure), "z", cells.astype(np.float32))
    centres = np.arange(many) * pitch + (side - 1) / 2
    return [pixels, _texts(figure, here, centres, np.full(many, -0.17 * side - 0.5), said, "middle center")]


def found_lines(figure: go.Figure, heading: str, said: Sequence[Sequence[str]]) -> list[Track]:
    """Lines of code [frames][many], one below the other."""
    many = len(said[0])
    x, y = {"range": [0.0, 1.0]}, {"range": [many - 0.5, -0.5]}
    here = panel(figure, _ACROSS, _UP, heading=heading, x=_HIDDEN | x, y=_HIDDEN | y)
    return [_texts(figure, here, np.zeros(many), np.arange(float(many)), said, "middle right")]


def _texts(
    figure: go.Figure, here: Panel, x: np.ndarray, y: np.ndarray, said: Sequence[Sequence[str]], position: str
) -> Track:
    """Words in the letters of code, other ones in every frame; a space is a space."""
    words = [[escape(one, quote=False).replace(" ", "\u00a0") for one in row] for row in said]
    figure.add_scatter(
        x=x, y=y, mode="text", text=words[0], textposition=position, name="found", hoverinfo="skip", showlegend=False,
        cliponaxis=False, **here.axes(),
    )  # fmt: skip
    return Track(newest(figure), "text", words)
