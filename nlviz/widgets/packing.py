"""From a `go.Figure` to one message: the figure as JSON, its moving tracks, every array as a typed binary buffer.

float64 travels as float32 (a screen has a few thousand pixels) and int64 as int32; text and colours stay JSON.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.views.frames import alt_text, frames, handles

__all__ = ["pack", "packed_figure"]

_NARROWER = {"float64": "float32", "float16": "float32", "int64": "int32", "uint64": "uint32"}


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
            "frames": frames(figure),
            "handles": handles(figure),
            "alt": alt_text(figure),
        }
    )


def pack(node: Any) -> Any:
    """The same tree with every numeric array as {"packed": bytes, "dtype": …, "shape": […]}, plain JSON elsewhere."""
    if isinstance(node, dict):
        return {key: pack(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [pack(value) for value in node]
    if isinstance(node, np.ndarray):
        return _pack_array(node)
    if isinstance(node, np.generic):
        return pack(node.item())
    # JSON has no NaN; Plotly reads null as a gap, which is what NaN means in a figure.
    if isinstance(node, float) and not math.isfinite(node):
        return None
    return node


def _pack_array(array: np.ndarray) -> Any:
    if array.dtype.kind == "M":
        return array.astype(str).tolist()
    if array.dtype.kind not in "iuf" or array.ndim == 0:
        return pack(array.tolist())
    dtype = _dtype(array)
    narrow = np.ascontiguousarray(array, dtype)
    # An empty array has no bytes to view, and a memoryview of a read-only one would keep the trace alive: copy.
    return {"packed": memoryview(narrow.tobytes()), "dtype": dtype, "shape": list(array.shape)}


def _dtype(array: np.ndarray) -> str:
    """The page's typed array for these numbers. Whole numbers beyond 32 bits keep their size as float64."""
    name = array.dtype.newbyteorder("=").name
    narrower = _NARROWER.get(name, name)
    if array.dtype.kind in "iu" and array.size:
        limits = np.iinfo(narrower)
        if array.min() < limits.min or array.max() > limits.max:
            return "float64"
    return narrower
