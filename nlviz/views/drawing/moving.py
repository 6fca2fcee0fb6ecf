"""What a moving figure is made of: tracks, links, spans and handles, and whether they fit the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.door.arrays import array
from nlviz.door.words import count, number, refuse, several, text

__all__ = ["LAYOUT", "NOWHERE", "Handle", "Link", "Span", "Track", "fit"]

LAYOUT = -1
NOWHERE = -1


@dataclass(frozen=True)
class Track:
    """One attribute over the frames: `figure.data[trace].path` is `values[index[frame]]`.

    trace: position in `figure.data`, or LAYOUT. path: dotted, as in "z", "marker.color" or "xaxis.range".
    values: [states, …] array (sent as float32 or integers) or a list (sent as JSON: text, colours).
    index: [frames], which state each frame shows; None means one state per frame. States shared by many frames
    (a page of code, a heat-map written every tenth token) are stored and sent once.
    """

    trace: int
    path: str
    values: np.ndarray | list[Any]
    index: np.ndarray | None = None

    def __post_init__(self) -> None:
        listed = self.values if isinstance(self.values, np.ndarray) else list(several("values", self.values))
        values = array("values", self.values) if hasattr(self.values, "detach") else listed
        trace, path = count("trace", self.trace, least=LAYOUT), text("path", self.path)
        _set(self, trace=trace, path=path, values=values, index=_whole(self.index))


@dataclass(frozen=True)
class Link:
    """Which frame each point of a trace belongs to: a click on the point goes to that frame.

    trace: position in `figure.data`. frames: whole numbers [states, points…], the points as the trace has them (the
    cells of `z` for a heat map), NOWHERE (−1) for a point that belongs to none.
    index: [frames], which state holds while each frame is shown, as in a Track; None if there is one state for all
    frames, or one per frame.

        Link(0, frame_of_cell, page_of_frame)      # pages of code: [pages, lines, columns], [frames]
    """

    trace: int
    frames: np.ndarray
    index: np.ndarray | None = None

    def __post_init__(self) -> None:
        trace = count("trace", self.trace, least=0)
        _set(self, trace=trace, frames=array("frames", self.frames, "states …"), index=_whole(self.index))


@dataclass(frozen=True)
class Span:
    """A panel whose x axis is time: a click at x goes to the latest frame with times[frame] <= x (else the first).

    axis: as a trace names it, "x" or "x2". times: [frames], never falling. Frames of one time (the parts of a step)
    are told apart by the part that is shown.
    """

    axis: str
    times: np.ndarray

    def __post_init__(self) -> None:
        _set(self, axis=text("axis", self.axis), times=array("times", self.times, "frames", finite=True))


@dataclass(frozen=True)
class Handle:
    """A level line that can be dragged: its height is the value of a knob.

    knob: the knob's name, as in `Lab(…, threshold=Number(…))`. shape: position in `figure.layout.shapes` of a line
    with y0 == y1 on a y axis of its panel. low, high: how far it can be dragged, in the units of that axis.
    """

    knob: str
    shape: int
    low: float
    high: float

    def __post_init__(self) -> None:
        low, high = number("low", self.low), number("high", self.high)
        _set(self, knob=text("knob", self.knob), shape=count("shape", self.shape, least=0), low=low, high=high)


def _set(record: Any, **looked_at: Any) -> None:
    for name, value in looked_at.items():
        object.__setattr__(record, name, value)


def _whole(index: Any) -> np.ndarray | None:
    """Which state each frame shows, as whole numbers."""
    if index is None:
        return None
    found = array("index", index, "frames")
    if found.size and found.dtype.kind not in "iu":
        refuse("index", index, "whole numbers, the state of each frame")
    return found


def fit(figure: go.Figure, one: Track | Link | Span, count: int) -> None:
    """Raises ValueError if it does not fit so many frames, or points outside the figure."""
    if isinstance(one, Track):
        _check_track(figure, one, count)
    elif isinstance(one, Span):
        _check_span(figure, one, count)
    else:
        _check_link(figure, one, count)


def _check_track(figure: go.Figure, track: Track, count: int) -> None:
    where = f"track {track.path!r} of trace {track.trace}"
    if not LAYOUT <= track.trace < len(figure.data):
        raise ValueError(f"{where}: the figure has traces 0…{len(figure.data) - 1} (LAYOUT is {LAYOUT})")
    states = len(track.values)
    if track.index is None and states != count:
        raise ValueError(f"{where} has {states} states for {count} frames; give one each, or an index")
    _check_index(where, track.index, states, count)


def _check_index(where: str, index: np.ndarray | None, states: int, count: int) -> None:
    if index is None:
        return
    if len(index) != count:
        raise ValueError(f"{where} has an index of {len(index)} for {count} frames")
    if len(index) and not 0 <= index.min() <= index.max() < states:
        raise ValueError(f"{where}: index reaches {index.max()}, it has {states} states")


def _check_link(figure: go.Figure, link: Link, count: int) -> None:
    where = f"link of trace {link.trace}"
    if not 0 <= link.trace < len(figure.data):
        raise ValueError(f"{where}: the figure has traces 0…{len(figure.data) - 1}")
    states, *points = link.frames.shape
    has = _points(figure.data[link.trace])
    if tuple(points) != has:
        raise ValueError(f"{where} has states of shape {tuple(points)}, the trace has points of shape {has}")
    if link.frames.dtype.kind not in "iu":
        raise ValueError(f"{where}: frames are {link.frames.dtype}; give whole numbers, {NOWHERE} for none")
    if link.frames.size and not NOWHERE <= link.frames.min() <= link.frames.max() < count:
        raise ValueError(f"{where} leads to {link.frames.min()}…{link.frames.max()}; the frames are 0…{count - 1}")
    if link.index is None and states not in (1, count):
        raise ValueError(f"{where} has {states} states for {count} frames; give 1, one each, or an index")
    _check_index(where, link.index, states, count)


def _check_span(figure: go.Figure, span: Span, count: int) -> None:
    axes: list[Any] = list(figure.select_xaxes())
    known = {axis.plotly_name.replace("axis", "") for axis in axes}
    if span.axis not in known:
        raise ValueError(f"span names axis {span.axis!r}; the figure has {', '.join(sorted(known)) or 'none'}")
    if len(span.times) != count:
        raise ValueError(f"span of axis {span.axis!r} has {len(span.times)} times for {count} frames; give one each")
    if np.any(np.diff(span.times) < 0):
        raise ValueError(f"span of axis {span.axis!r}: times fall; frames must be in the order of time")


def _points(trace: Any) -> tuple[int, ...]:
    """The shape of a trace's points: the cells of a heat map, else as many as it has x or y."""
    values = next((trace[name] for name in ("z", "y", "x") if name in trace and trace[name] is not None), ())
    return np.shape(values)
