"""How a figure moves and what of it answers a hand: kept in `layout.meta`, played in the browser.

A view returns a plain `go.Figure` that already shows its `start` frame, so it serves live, still and export. What
changes from frame to frame is listed as tracks, each one attribute of one trace (or of the layout) with its values over
the frames. Links say which frame a point or a place on a time axis stands for, so that a click goes there. Handles are
lines that can be dragged to turn a knob. Plotly ignores `meta`; `widgets.Player` plays it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

__all__ = [
    "LAYOUT",
    "NOWHERE",
    "Handle",
    "Link",
    "Span",
    "Track",
    "alt_text",
    "animate",
    "describe",
    "frames",
    "handle",
    "handles",
]

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


@dataclass(frozen=True)
class Span:
    """A panel whose x axis is time: a click at x goes to the latest frame with times[frame] <= x (else the first).

    axis: as a trace names it, "x" or "x2". times: [frames], never falling. Frames of one time (the parts of a step)
    are told apart by the part that is shown.
    """

    axis: str
    times: np.ndarray


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


class _Shared(dict[str, Any]):
    """A tree whose copies share its arrays and words, which nobody changes: Plotly copies a layout again and again.

    The dicts are copied: in its own copies Plotly puts other things in the place of arrays.
    """

    def __deepcopy__(self, _: object) -> _Shared:
        return _Shared({key: _copied(value) for key, value in self.items()})


def _copied(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _copied(value) for key, value in node.items()}
    if isinstance(node, list) and node and isinstance(node[0], dict):
        return [_copied(value) for value in node]
    return node


def describe(figure: go.Figure, alt: str) -> go.Figure:
    """The figure, with `alt` as its alternative text for whoever does not see it."""
    return _with_meta(figure, alt=alt)


def alt_text(figure: go.Figure) -> str:
    """The alternative text a view gave its figure, "" if none."""
    return _meta(figure).get("alt", "")


def animate(
    figure: go.Figure,
    tracks: Sequence[Track],
    labels: Sequence[str],
    *,
    noun: str,
    start: int = 0,
    alts: Sequence[str] | None = None,
    links: Sequence[Link | Span] = (),
    parts: Sequence[str] = (),
) -> go.Figure:
    """The figure, able to move through `len(labels)` frames and set to frame `start`.

    labels: what each frame is, in a few words ("write 12: key 3"); shown beside the slider and spoken.
    noun: what one frame is ("write", "token"). alts: alternative text per frame, if it changes.
    links: where a click leads. parts: what one step consists of, ("read", "error", "write"); the frames are then the
    parts of the first step, the parts of the second, and so on.
    Raises ValueError if a track or link does not fit the frames, or points outside the figure.
    """
    count = len(labels)
    for track in tracks:
        _check_track(figure, track, count)
    for link in links:
        _check_span(figure, link, count) if isinstance(link, Span) else _check_link(figure, link, count)
    if not 0 <= start < count:
        raise ValueError(f"start frame {start} is outside 0…{count - 1}")
    if alts is not None and len(alts) != count:
        raise ValueError(f"{len(alts)} alternative texts for {count} frames; give one each")
    if isinstance(parts, str) or (parts and count % len(parts)):
        raise ValueError(f"{count} frames do not divide into steps of {parts!r}; give each step all its parts")
    moving: dict[str, Any] = {
        "noun": noun,
        "labels": list(labels),
        "start": int(start),
        "alts": None if alts is None else list(alts),
        "tracks": [vars(track) for track in tracks],
        "links": [vars(link) for link in links],
        "parts": list(parts),
    }
    return _with_meta(figure, frames=_Shared(moving))


def handle(figure: go.Figure, new: Handle) -> go.Figure:
    """The figure, with one more line that can be dragged; it need not have frames.

    Raises ValueError if the shape is no level line on an axis of the figure, or low is not below high.
    """
    where, shapes = f"the handle of knob {new.knob!r}", list(figure.select_shapes())
    if not 0 <= new.shape < len(shapes):
        raise ValueError(f"{where} names shape {new.shape}; the figure has {len(shapes)}, counted from 0")
    line: Any = shapes[new.shape]
    if line["y0"] is None or line["y0"] != line["y1"] or not re.fullmatch(r"y\d*", line["yref"] or "y"):
        said = f"y0={line['y0']}, y1={line['y1']}, yref={line['yref']!r}"
        raise ValueError(f"{where}: shape {new.shape} has {said}; a level line has y0 == y1 and yref 'y', 'y2', …")
    if not new.low < new.high:
        raise ValueError(f"{where} goes from low={new.low} to high={new.high}; low must be below high")
    return _with_meta(figure, handles=[*handles(figure), vars(new)])


def handles(figure: go.Figure) -> list[dict[str, Any]]:
    """The lines that `handle` made draggable, [] if none."""
    return _meta(figure).get("handles", [])


def frames(figure: go.Figure) -> dict[str, Any] | None:
    """What `animate` stored, or None for a figure that does not move."""
    return _meta(figure).get("frames")


def _meta(figure: go.Figure) -> dict[str, Any]:
    meta = figure.layout["meta"]
    return meta if isinstance(meta, dict) else {}


def _with_meta(figure: go.Figure, **more: Any) -> go.Figure:
    return figure.update_layout(meta={**_meta(figure), **more}, overwrite=True)


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
