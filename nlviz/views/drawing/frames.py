"""How a figure moves and what of it answers a hand: kept in `layout.meta`, played in the browser.

A view returns a plain `go.Figure` that shows its `start` frame, so it serves live, still and export; `animate` sets it
to that. What changes from frame to frame is listed as tracks, each one attribute of one trace (or of the layout) with
its values over the frames. Links say which frame a point or a place on a time axis stands for, so that a click goes
there. Handles are lines that can be dragged to turn a knob. Plotly ignores `meta`; `widgets.Player` plays it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure

from nlviz.door.words import choice, instance, several, text
from nlviz.door.words import count as count_at
from nlviz.views.drawing.moving import LAYOUT, NOWHERE, Handle, Link, Span, Track, fit

__all__ = [
    "ACTS",
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

_PARTS = ("", " read", " error", " write", " read error")
ACTS = ("", *(f"{loop}{part}" for loop in ("outer", "inner") for part in _PARTS))
"""What may act in a frame: a loop, parts of it, or nothing."""


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
    return _with_meta(_figure(figure), alt=text("alt", alt))


def alt_text(figure: go.Figure) -> str:
    """The alternative text a view gave its figure, "" if none."""
    return _meta(_figure(figure)).get("alt", "")


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
    acts: Sequence[str] | None = None,
) -> go.Figure:
    """The figure, able to move through `len(labels)` frames and set to frame `start`, whatever it showed before.

    labels: what each frame is, in a few words ("write 12: key 3"); shown beside the slider and spoken.
    noun: what one frame is ("write", "token"). alts: alternative text per frame, if it changes.
    links: where a click leads. parts: of one step, ("read", "error", "write"); then the frames are the parts of each.
    acts: what acts in each frame, for the emblem over a lab: parts of a loop ("inner write", "inner read error" where
    nothing is written), a whole loop ("outer"), or ""; None says the inner loop, in the part that is shown.
    Raises ValueError if a track or link does not fit the frames, or points outside the figure.

        >>> import plotly.graph_objects as go
        >>> track = views.Track(0, "y", np.eye(2))
        >>> figure = views.animate(go.Figure(go.Scatter()), [track], ["first", "last"], noun="step", start=1)
        >>> figure.data[0].y.tolist()
        [0.0, 1.0]
    """
    figure, labels, parts = _figure(figure), _texts("labels", labels), _texts("parts", parts)
    alts = None if alts is None else _texts("alts", alts)
    if not (count := len(labels)):
        raise ValueError("there are no labels, so no frames; give one for each, or leave the figure as it is")
    tracks = _fitting(figure, "tracks", tracks, Track, count)
    links = _fitting(figure, "links", links, (Link, Span), count)
    start = count_at("start", start, least=0, most=count - 1, of="frames")
    _whole(count, alts, parts)
    moving: dict[str, Any] = {
        "noun": text("noun", noun),
        "labels": labels,
        "start": start,
        "alts": alts,
        "tracks": [vars(track) for track in tracks],
        "links": [vars(link) for link in links],
        "parts": parts,
        **({} if acts is None else {"acts": _acts(acts, count)}),
    }
    for track in tracks:
        _show(figure, track, start)
    return _with_meta(figure, frames=_Shared(moving), **({} if alts is None else {"alt": alts[start]}))


def _show(figure: go.Figure, track: Track, frame: int) -> None:
    """Sets what moves to its state at a frame."""
    value = track.values[frame if track.index is None else track.index[frame]]
    node = figure.layout if track.trace == LAYOUT else figure.data[track.trace]
    try:
        node[track.path] = value.item() if isinstance(value, np.generic) else value
    except (ValueError, TypeError, LookupError) as problem:
        raise ValueError(
            f"track {track.path!r} of trace {track.trace} cannot be set to its state at frame {frame}; give a path and "
            f"values that Plotly knows ({str(problem).split(chr(10), 1)[0]})"
        ) from problem


def _fitting(figure: go.Figure, name: str, given: Any, kind: Any, count: int) -> list[Any]:
    """Tracks or links, each looked at and held against the figure and its frames."""
    every = [instance(f"{name}[{at}]", one, kind) for at, one in enumerate(several(name, given, what=name))]
    for one in every:
        fit(figure, one, count)
    return every


def _whole(count: int, alts: Sequence[str] | None, parts: Sequence[str]) -> None:
    """Refuses alternative texts that are not one a frame, and steps that lack a part."""
    if alts is not None and len(alts) != count:
        raise ValueError(f"{len(alts)} alternative texts for {count} frames; give one each")
    if parts and count % len(parts):
        raise ValueError(f"{count} frames do not divide into steps of {tuple(parts)!r}; give each step all its parts")


def _acts(acts: Any, count: int) -> list[str]:
    every = [choice(f"acts[{at}]", one, ACTS) for at, one in enumerate(_texts("acts", acts))]
    if len(every) != count:
        raise ValueError(f"{len(every)} acts for {count} frames; give one each")
    return every


def handle(figure: go.Figure, new: Handle) -> go.Figure:
    """The figure, with one more line that can be dragged; it need not have frames.

    Raises ValueError if the shape is no level line on an axis of the figure, or low is not below high.
    """
    figure, new = _figure(figure), instance("handle", new, Handle)
    where, shapes = f"the handle of knob {new.knob!r}", list(figure.select_shapes())
    if not 0 <= new.shape < len(shapes):
        raise ValueError(f"{where} names shape {new.shape}; the figure has {len(shapes)}, counted from 0")
    line: Any = shapes[new.shape]
    if line["y0"] is None or line["y0"] != line["y1"] or not re.fullmatch(r"y\d*", line["yref"] or "y"):
        said = f"y0={line['y0']}, y1={line['y1']}, yref={line['yref']!r}"
        raise ValueError(f"{where}: shape {new.shape} has {said}; a level line has y0 == y1 and yref 'y', 'y2', …")
    if not new.low < new.high:
        raise ValueError(f"{where} goes from low={new.low:g} to high={new.high:g}; low must be below high")
    return _with_meta(figure, handles=[*handles(figure), vars(new)])


def handles(figure: go.Figure) -> list[dict[str, Any]]:
    """The lines that `handle` made draggable, [] if none."""
    return _meta(_figure(figure)).get("handles", [])


def frames(figure: go.Figure) -> dict[str, Any] | None:
    """What `animate` stored, or None for a figure that does not move.

    >>> run = trace.Trace({"recall": ([[[1.0, 0.0]], [[0.5, 1.0]]], [0, 1], "cosine")})
    >>> moving = views.frames(views.recall_matrix(run))
    >>> moving["labels"], moving["start"]
    (['write 0', 'write 1'], 1)
    """
    return _meta(_figure(figure)).get("frames")


def _figure(value: Any) -> go.Figure:
    figure: Any = instance("figure", value, BaseFigure, "give what a view returns, or a plotly.graph_objects.Figure")
    return figure


def _texts(name: str, values: Any) -> list[str]:
    return [text(f"{name}[{place}]", one) for place, one in enumerate(several(name, values, what="texts"))]


def _meta(figure: go.Figure) -> dict[str, Any]:
    meta = figure.layout["meta"]
    return meta if isinstance(meta, dict) else {}


def _with_meta(figure: go.Figure, **more: Any) -> go.Figure:
    return figure.update_layout(meta={**_meta(figure), **more}, overwrite=True)
