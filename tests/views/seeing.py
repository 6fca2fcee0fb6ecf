"""What tests of meaning look at a figure with: traces by kind and name, and what a track shows in a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz import views
from nlviz.trace import Signal

__all__ = ["at", "at_frame", "downwards", "every", "named", "place_of", "signal", "traces_of", "words_in"]


def signal(rows: Any, unit: str = "") -> Signal:
    """One stream, a row for each time."""
    values = np.asarray(rows, dtype=float)
    return Signal(values[:, None], np.arange(len(values)), unit)


def every(figure: Any) -> list[Any]:
    """All traces; Plotly's own types do not know their properties."""
    return list(figure.data)


def traces_of(figure: go.Figure, kind: str) -> list[tuple[int, Any]]:
    """The traces of one kind, with their places."""
    return [(place, trace) for place, trace in enumerate(every(figure)) if trace.type == kind]


def words_in(figure: Any, yaxis: str) -> dict[str, Any]:
    """The words that stand in a panel, by their text."""
    return {note.text: note for note in figure.layout.annotations if (note.yref or "").split(" ")[0] == yaxis}


def place_of(figure: Any, note: Any) -> tuple[float, float]:
    """Where the middle of some words is, on the axes of their panel; on a logarithmic one as a power of ten."""
    places = []
    for ref, at in ((note.xref, note.x), (note.yref, note.y)):
        low, high = figure.layout[ref.split(" ")[0].replace(ref[0], f"{ref[0]}axis", 1)].range
        places.append(low + at * (high - low) if ref.endswith("domain") else at)
    return places[0], places[1]


def named(figure: go.Figure, words: str) -> Any:
    """The trace whose name holds these words."""
    return next(trace for trace in every(figure) if words in (trace.name or ""))


def at(figure: Any, trace: int, path: str, frame: int) -> np.ndarray:
    """What one attribute of a trace is in a frame, as the page will show it."""
    moving = views.frames(figure)
    assert moving is not None
    for track in moving["tracks"]:
        if (track["trace"], track["path"]) == (trace, path):
            index = track.get("index")
            return np.asarray(track["values"][frame if index is None else index[frame]])
    node = every(figure)[trace] if trace >= 0 else figure.layout
    return np.asarray(node[path])


def at_frame(figure: go.Figure, frame: int) -> Any:
    """The whole figure as the page shows it in a frame."""
    moving, now = views.frames(figure), go.Figure(figure)
    assert moving is not None
    for track in moving["tracks"]:
        node = now.layout if track["trace"] == views.LAYOUT else every(now)[track["trace"]]
        value = track["values"][frame if track["index"] is None else track["index"][frame]]
        node[track["path"]] = value.item() if isinstance(value, np.generic) else value
    return now


def downwards(axis: Any) -> bool:
    """Whether an axis has its first row on top, as a matrix is printed."""
    low, high = axis.range
    return low > high
