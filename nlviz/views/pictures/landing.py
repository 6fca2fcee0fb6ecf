"""Landing: one write in numbers; a column times a row gives a patch, and the patch lands on the matrix."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Link, Track, animate
from nlviz.views.drawing.sheet import Panel, finite, newest, panel, plain, sheet
from nlviz.views.drawing.theme import DIVERGING, ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["PARTS", "landing"]

PARTS = ("column × row", "patch", "sum")
# Numbers are read on the colours, so the largest gets half of what the scale could show.
_PALE = 2.0
_MOST = 8
_NEEDS = {"weights": "time batch d_value d_key", "keys": "time batch d_key", "values": "time batch d_value"}
_MAY = {"item": "time batch"}


def landing(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """A write in its three parts, on one grid of square cells with their numbers.

    Left, a multiplication table: the value as a column, the key as a row, and where they meet their product, the patch
    θ v kᵀ. Right: the memory; while the patch lands, the cells it falls on are outlined.
    Signals: "weights" [time, batch, d_value, d_key] after each write, "keys" [time, batch, d_key], "values" [time,
    batch, d_value]; "item" [time, batch], which key it is, if one comes again. Numbers stand in matrices up to 8 × 8.
    Frames: column × row, patch and sum of every write; the patch is what the write has changed.
    Raises ValueError for signals with other axes, KeyError for one that was not recorded.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "write")
    trace, stream, theme, _ = seen
    after, keys, values = (finite(np.asarray(trace[name].values, dtype=float)[:, stream]) for name in _NEEDS)
    grids, outlined = _grids(after, keys, values)
    figure = sheet(plain(_title(after[-1], keys, values), trace, "write"), theme=theme)
    here = _paper(figure, after.shape[1:])
    # the pair is always known: only the memory can be lost
    last = np.flatnonzero(np.isfinite(after).any(axis=(1, 2)))[-1]
    tracks = [_cells(figure, here, grids), *_outline(figure, here, grids, outlined)]
    if max(after.shape[1:]) <= _MOST:
        tracks.append(_numbers(figure, here, grids))
    said = _labels(trace, after, keys, stream)
    labels = [f"{write} · {part}{words}" for write, tails in said for part, words in zip(PARTS, tails, strict=True)]
    alts = [f"A value as a column, a key as a row, their product and the memory. {label}." for label in labels]
    links = [Link(0, _writes(grids))]
    more = {"alts": alts, "links": links, "parts": PARTS, "acts": ["inner write"] * len(labels)}
    return animate(figure, tracks, labels, noun="write", start=int(3 * last + 2), **more)


def _grids(after: np.ndarray, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All on one grid [frames, rows, columns], NaN where nothing is; and the cells [frames, …] on which a patch lands.

    The value stands in the first column, the key in the first row, the patch where they meet; then the memory.
    """
    writes, high, wide = after.shape
    before = np.concatenate([np.zeros_like(after[:1]), after[:-1]])
    grid = np.full((writes, len(PARTS), high + 2, 2 * wide + 3), np.nan, dtype=np.float32)
    grid[:, :, 2:, 0] = values[:, None]
    grid[:, :, 0, 2 : 2 + wide] = keys[:, None]
    grid[:, 1:, 2:, 2 : 2 + wide] = (after - before)[:, None]
    grid[:, :2, 2:, 3 + wide :] = before[:, None]
    grid[:, 2, 2:, 3 + wide :] = after
    landed = np.zeros(grid.shape, bool)
    landed[:, 1:, 2:, 3 + wide :] = (np.abs(after - before) > 1e-9)[:, None]
    shape = (-1, *grid.shape[2:])
    return grid.reshape(shape), landed.reshape(shape)


def _paper(figure: go.Figure, size: tuple[int, ...]) -> Panel:
    """The grid, and what names its parts."""
    high, wide = size
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "showline": False, "constrain": "domain"}
    bare |= {"title": {"text": ""}}
    x, y = {**bare, "range": [-1.1, 2 * wide + 2.6]}, {**bare, "range": [high + 1.6, -0.9]}
    here = panel(figure, (0.0, 1.0), (0.0, 1.0), x=x, y=y)
    figure.layout[here.yaxis]["scaleanchor"] = here.x
    middle = 2.5 + high / 2 - 1
    words = {"value v": (0, 1.1, "center"), "key k": (1.4, 0, "right"), "×": (1, middle, "center")}
    words |= {"patch θ v kᵀ": (1.5 + wide / 2, 1.1, "center"), "+": (2 + wide, middle, "center")}
    words |= {"memory M": (2.5 + 1.5 * wide, 1.1, "center")}
    for said, (across, down, anchor) in words.items():
        figure.add_annotation(text=said, x=across, y=down, xanchor=anchor, yanchor="middle", xref=here.x, yref=here.y)
    return here


def _cells(figure: go.Figure, here: Panel, grids: np.ndarray) -> Track:
    most = _PALE * (float(np.nanmax(np.abs(grids), initial=0.0)) or 1.0)
    figure.layout[DIVERGING] = {"cmin": -most, "cmax": most, "cmid": 0, "showscale": False}
    hover = "%{z:.3f}<extra></extra>"
    look = {"coloraxis": DIVERGING, "xgap": 1, "ygap": 1, "hoverongaps": False, "hovertemplate": hover}
    figure.add_trace(go.Heatmap(z=grids[0], **look, **here.axes()))
    return Track(newest(figure), "z", grids)


def _numbers(figure: go.Figure, here: Panel, grids: np.ndarray) -> Track:
    """A number in every cell, two digits behind the point and none before it."""
    row, column = np.nonzero(np.isfinite(grids).any(axis=0))
    words = [[_said(value) for value in grid[row, column].tolist()] for grid in grids]
    look = {"mode": "text", "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=column, y=row, text=words[0], **look, **here.axes()))
    return Track(newest(figure), "text", words)


def _said(value: float) -> str:
    """A number as short as a small cell wants it: .6, −1.28, 0; "" for none."""
    if not np.isfinite(value):
        return ""
    words = f"{abs(value):.2f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{abs(value):.0e}"
    words = words.removeprefix("0") or "0"
    return f"−{words}" if value < 0 and words != "0" else words


def _outline(figure: go.Figure, here: Panel, grids: np.ndarray, outlined: np.ndarray) -> list[Track]:
    """A thin frame round every cell, also where a zero has no colour; a thick one where a patch lands."""
    hair = {"color": ROLES["theory"].color, "dash": "solid", "width": 1}
    quiet = {"mode": "lines", "hoverinfo": "skip", "showlegend": False, **here.axes()}
    x, y = _frames(np.any(np.isfinite(grids), axis=0, keepdims=True))
    figure.add_trace(go.Scatter(x=x[0], y=y[0], line=hair, opacity=0.5, **quiet))
    x, y = _frames(outlined)
    figure.add_trace(go.Scatter(x=x[0], y=y[0], line={**hair, "color": ROLES["write"].color, "width": 3}, **quiet))
    where = newest(figure)
    return [Track(where, "x", x), Track(where, "y", y)]


def _frames(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The outlines of all cells marked [frames, rows, columns], as lines with gaps, in the frames that mark them."""
    row, column = np.nonzero(marked.any(axis=0))
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [np.nan, np.nan]])
    on = np.where(marked[:, row, column], 0.0, np.nan)[..., None]
    x, y = (on + place[:, None] + corners[:, axis] for axis, place in ((0, column), (1, row)))
    return x.reshape(len(on), -1).astype(np.float32), y.reshape(len(on), -1).astype(np.float32)


def _writes(grids: np.ndarray) -> np.ndarray:
    """A click on the patch goes to the part in which it lands."""
    shape, frames = grids.shape[1:], np.arange(len(grids), dtype=np.int32)
    sums = frames - frames % len(PARTS) + len(PARTS) - 1
    return np.broadcast_to(sums[:, None, None], (len(grids), *shape)).astype(np.int32)


def _title(memory: np.ndarray, keys: np.ndarray, values: np.ndarray) -> str:
    """What the numbers say in this run: whether every value comes back."""
    said = "A column times a row is a patch"
    # what is lost was written: it is told apart from nothing first
    off = np.abs(keys @ memory.T - values)
    if not np.isfinite(off).all():
        return f"{said}; what M answers is no number any more"
    if not memory.any():
        return f"{said}; nothing of it was written, so M answers 0"
    if off.max() < 0.005:
        return f"{said}; each key gives back its value"
    return f"{said}; asked with its key, a value is off by up to {off.max():.2g}"


def _labels(trace: Trace, after: np.ndarray, keys: np.ndarray, stream: int) -> list[tuple[str, list[str]]]:
    """For every write its name, and what is to be said in each of its parts."""
    items = np.asarray(trace["item"].values)[:, stream] if "item" in trace else np.arange(len(after))
    found = []
    for time, (item, memory, key) in enumerate(zip(items.tolist(), after, keys, strict=True)):
        answer = ", ".join(_said(value) or "lost" for value in (memory @ key).tolist())
        name = f"write {time + 1}: key {item + 1:.0f}"
        found.append((name, [": each number of v times each of k", ": θ v kᵀ", f": M k = ({answer})"]))
    return found
