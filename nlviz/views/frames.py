"""How a figure moves: its frames are kept in `layout.meta` and chosen among in the browser.

A view returns a plain `go.Figure` that already shows its `start` frame, so it serves live, still and export. What
changes from frame to frame is listed as tracks, each one attribute of one trace (or of the layout) with its values over
the frames. Plotly ignores `meta`; `widgets.Player` plays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

__all__ = ["LAYOUT", "Track", "alt_text", "animate", "describe", "frames"]

LAYOUT = -1


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
) -> go.Figure:
    """The figure, able to move through `len(labels)` frames and set to frame `start`.

    labels: what each frame is, in a few words ("write 12: key 3"); shown beside the slider and spoken.
    noun: what one frame is ("write", "token"). alts: alternative text per frame, if it changes.
    Raises ValueError if a track does not have one state per frame, or points outside the figure.
    """
    for track in tracks:
        _check(figure, track, len(labels))
    if not 0 <= start < len(labels):
        raise ValueError(f"start frame {start} is outside 0…{len(labels) - 1}")
    moving: dict[str, Any] = {
        "noun": noun,
        "labels": list(labels),
        "start": int(start),
        "alts": None if alts is None else list(alts),
        "tracks": [vars(track) for track in tracks],
    }
    return _with_meta(figure, frames=moving)


def frames(figure: go.Figure) -> dict[str, Any] | None:
    """What `animate` stored, or None for a figure that does not move."""
    return _meta(figure).get("frames")


def _meta(figure: go.Figure) -> dict[str, Any]:
    meta = figure.layout["meta"]
    return meta if isinstance(meta, dict) else {}


def _with_meta(figure: go.Figure, **more: Any) -> go.Figure:
    return figure.update_layout(meta={**_meta(figure), **more}, overwrite=True)


def _check(figure: go.Figure, track: Track, count: int) -> None:
    where = f"track {track.path!r} of trace {track.trace}"
    if not LAYOUT <= track.trace < len(figure.data):
        raise ValueError(f"{where}: the figure has traces 0…{len(figure.data) - 1} (LAYOUT is {LAYOUT})")
    states = len(track.values)
    if track.index is None and states != count:
        raise ValueError(f"{where} has {states} states for {count} frames; give one each, or an index")
    if track.index is None:
        return
    if len(track.index) != count:
        raise ValueError(f"{where} has an index of {len(track.index)} for {count} frames")
    if len(track.index) and not 0 <= track.index.min() <= track.index.max() < states:
        raise ValueError(f"{where}: index reaches {track.index.max()}, it has {states} states")
