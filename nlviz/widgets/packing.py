"""From a `go.Figure` to one message: the figure as JSON, its moving tracks, every array as a typed binary buffer.

float64 travels as float32 (a screen has a few thousand pixels) and int64 as int32. Two things keep a message small:

- Large arrays of frames travel in 16 bits, as whole steps of 1/65534 of their range: far below a pixel, and three
  digits for every number above a hundredth of the largest. Small arrays, those on a logarithmic axis and those
  in which some frames are a hundred times smaller than others (a run that diverges) stay float32.
- Every buffer has a key made from its bytes; `thinned` leaves out those that the page has from the last picture.

Long lists of words travel as JSON in a buffer of their own, so that they can be left out too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import refuse
from nlviz.views.drawing.frames import alt_text, frames, handles

__all__ = ["pack", "packed_figure", "thinned"]

_NARROWER = {"float64": "float32", "float16": "float32", "int64": "int32", "uint64": "uint32"}
# From this many numbers on 16 bits are worth it, from this many letters on a buffer of their own.
_MANY, _LONG = 16_384, 2_048
_PLAIN = (str, int, float, bytes, memoryview, type(None))
_STEPS, _GAP = 65_534, 65_535


def packed_figure(figure: go.Figure) -> dict[str, Any]:
    """What the page needs: `data`, `layout`, `frames` (None for a figure that does not move), `handles`, `alt`."""
    layout = figure.layout.to_plotly_json()
    # The frames go packed, and the template is the page's choice: light or dark.
    layout.pop("meta", None)
    layout.pop("template", None)
    return pack(
        {
            "data": [trace.to_plotly_json() for trace in figure.data],
            "layout": layout,
            "frames": _packed_frames(figure),
            "handles": handles(figure),
            "alt": alt_text(figure),
        }
    )


def thinned(picture: Any, last: Any) -> Any:
    """The packed picture without the buffers that the last one had too: there stands {"kept": key} alone."""
    return _without(picture, set(_keys(last)))


def _without(node: Any, known: set[str]) -> Any:
    if isinstance(node, list):
        return [_without(value, known) for value in node]
    if not isinstance(node, dict):
        return node
    if "packed" in node:
        return {"kept": node["key"]} if node["key"] in known else node
    return {key: _without(value, known) for key, value in node.items()}


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and "packed" in node:
        yield node["key"]
    elif isinstance(node, dict | list):
        for value in node.values() if isinstance(node, dict) else node:
            yield from _keys(value)


def _packed_frames(figure: go.Figure) -> dict[str, Any] | None:
    """The frames, those of their parts packed that are large."""
    moving = frames(figure)
    if moving is None:
        return None
    tracks = [{**track, "values": _packed_values(figure, track)} for track in moving["tracks"]]
    return {**moving, "labels": _words(moving["labels"]), "alts": _words(moving["alts"]), "tracks": tracks}


def _packed_values(figure: go.Figure, track: dict[str, Any]) -> Any:
    values = track["values"]
    if not isinstance(values, np.ndarray):
        return _words(values)
    fine = values.dtype.kind != "f" or values.size < _MANY or _is_logarithmic(figure, track["trace"])
    return values if fine else _in_steps(values.astype(np.float32, copy=False))


def _is_logarithmic(figure: go.Figure, trace: int) -> bool:
    axes = [] if trace < 0 else [(letter, figure.data[trace][f"{letter}axis"] or letter) for letter in "xy"]
    return any(figure.layout[f"{name.replace(letter, f'{letter}axis', 1)}.type"] == "log" for letter, name in axes)


def _in_steps(values: np.ndarray) -> Any:
    """The numbers as whole steps from the least to the largest of them, in 16 bits; a gap is the last code."""
    known = np.isfinite(values)
    if np.isinf(values).any() or not known.any() or _is_uneven(np.where(known, np.abs(values), 0.0)):
        return values
    low, high = float(values[known].min()), float(values[known].max())
    step = (high - low) / _STEPS or 1.0
    codes = np.where(known, np.rint((values.astype(np.float64) - low) / step), _GAP).astype(np.uint16)
    return {**_packed(codes), "low": low, "step": step, "gap": _GAP}


def _is_uneven(sizes: np.ndarray) -> bool:
    """Whether some frame lies whole within a few steps of zero, as the first ones of a run that diverges do."""
    peaks = sizes.reshape(len(sizes), -1).max(axis=1)
    return bool(peaks.max() > 100 * peaks[peaks > 0].min(initial=np.inf))


def _words(words: Any) -> Any:
    """A long list of words as JSON in a buffer; a short one, or one that JSON cannot hold, as it is."""
    try:
        written = json.dumps(words, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return words
    return words if len(written) < _LONG else _buffer(written, "json", [len(words)])


def pack(node: Any) -> Any:
    """The same tree with every numeric array as {"packed": bytes, "dtype", "shape", "key"}, plain JSON elsewhere."""
    if isinstance(node, dict):
        return node if "packed" in node else {key: pack(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [pack(value) for value in node]
    if isinstance(node, np.ndarray):
        return _pack_array(node)
    if isinstance(node, np.generic):
        return pack(node.item())
    # JSON has no NaN; Plotly reads null as a gap, which is what NaN means in a figure.
    if isinstance(node, float) and not math.isfinite(node):
        return None
    return node if isinstance(node, _PLAIN) else _plain(node)


def _plain(node: Any) -> str:
    """A day or a time as its text. Raises ValueError for what no page can be sent."""
    if hasattr(node, "isoformat"):
        return node.isoformat()
    refuse("a value in the figure", node, "numbers, texts, dates and lists of them", "leave it out")


def _pack_array(array: np.ndarray) -> Any:
    if array.dtype.kind == "M":
        return array.astype(str).tolist()
    if array.dtype.kind not in "iuf" or array.ndim == 0:
        return pack(array.tolist())
    return _packed(array)


def _packed(array: np.ndarray) -> dict[str, Any]:
    dtype = _dtype(array)
    # An empty array has no bytes to view, and a memoryview of a read-only one would keep the trace alive: copy.
    return _buffer(np.ascontiguousarray(array, dtype).tobytes(), dtype, list(array.shape))


def _buffer(held: bytes, dtype: str, shape: list[int]) -> dict[str, Any]:
    key = blake2b(held, digest_size=9, key=f"{dtype}{shape}".encode()).hexdigest()
    return {"packed": memoryview(held), "dtype": dtype, "shape": shape, "key": key}


def _dtype(array: np.ndarray) -> str:
    """The page's typed array for these numbers. Whole numbers beyond 32 bits keep their size as float64."""
    name = array.dtype.newbyteorder("=").name
    narrower = _NARROWER.get(name, name)
    if array.dtype.kind in "iu" and array.size:
        limits = np.iinfo(narrower)
        if array.min() < limits.min or array.max() > limits.max:
            return "float64"
    return narrower
