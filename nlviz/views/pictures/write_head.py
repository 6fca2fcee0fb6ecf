"""Writing: a matrix memory stores pairs; the matrix, the pair being written, and what is left of all the others."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import LAYOUT, Track, animate
from nlviz.views.drawing.sheet import Panel, newest, panel, plain, reach, sheet, some, spacing
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.heat_map import matrix, opening
from nlviz.views.pictures.write_parts import WriteParts, parts_of, rows

__all__ = ["writing"]

_FLOOR, _TOP = 0.0, 0.88
# The key of the matrix's colours lies above it.
_KEY = {
    "orientation": "h",
    "x": 0.0,
    "xanchor": "left",
    "len": 0.4,
    "y": 0.9,
    "yanchor": "bottom",
    "ypad": 0,
    "nticks": 5,
}
_NEEDS = {"weights": "time batch d_value d_key"}
_MAY = {"keys": "_ batch d_key", "values": "_ batch d_value", "recall": "_ batch items"}
_MAY |= {"item": "_ batch", "forget": "_ batch"}
_LEFT, _MIDDLE, _RIGHT = (0.0, 0.42), (0.53, 0.75), (0.83, 1.0)


def writing(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """The write head: one write is a patch on the whole matrix, and every other item feels it.

    Left: the matrix, warm above zero, cold below, framed while a patch lands on it. Middle: the key; the value it
    should give (markers) and what the matrix on the left answers (bars), its error while that is the part shown. Right:
    recall of every item stored so far, cosine of answer and target; the one written is pointed at.
    Signals: "weights" [time, batch, d_value, d_key], and if recorded "keys" [time, batch, d_key], "values" [time,
    batch, d_value], "recall" [time, batch, items], "item" [time, batch] (which item was written; in order if not
    recorded), "forget" [time, batch].
    Frames: the parts of every write, see `WriteParts`; one per write if they cannot be told apart. Opened when the last
    write is complete, or the last before it diverged.
    Raises ValueError if "weights" has no matrix per row, KeyError if it was not recorded.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "write")
    trace, stream, theme, _ = seen
    said = "One write changes the whole matrix: watch the bars of the other items"
    if not np.any(np.asarray(trace["weights"].values)[:, stream]):
        said = "Nothing is written: the matrix stays empty, and answers nothing"
    shown = parts_of(trace, stream)
    last = opening(trace, "weights", stream)
    start = int(np.flatnonzero((shown.steps == last) & shown.done)[0])
    alts = _alts(trace, stream, shown)
    figure = sheet(plain(said, trace, "write"), theme=theme)
    x, y = {"title": {"text": "key coordinate"}}, {"title": {"text": "value coordinate"}}
    here = panel(figure, _LEFT, (_FLOOR, _TOP), x=x, y=y)
    cells = matrix(figure, here, trace, stream=stream, bar=_KEY)
    tracks = [Track(cells.trace, cells.path, shown.matrices, shown.states), *_landing(figure, here, shown)]
    if "keys" in trace:
        tracks += _pair(figure, trace, stream, shown)
    if "recall" in trace:
        tracks += _recalls(figure, trace, stream, shown)
    labels = _labels(trace, stream, shown)
    return animate(figure, tracks, labels, noun="write", start=start, alts=alts, parts=shown.names)


def _landing(figure: go.Figure, here: Panel, shown: WriteParts) -> list[Track]:
    """A frame round the matrix while a patch lands on it: column times row is as large as the matrix."""
    if "write" not in shown.names:
        return []
    rows, columns = shown.matrices.shape[1:]
    landing = shown.parts == shown.names.index("write")
    number, look = len(list(figure.select_shapes())), ROLES["write"]
    line = {"color": look.color, "width": 3}
    figure.add_shape(type="rect", xref=here.x, yref=here.y, x0=-0.5, x1=columns - 0.5, line=line)
    # where none lands the frame stands where nobody sees it
    ends = (("y0", np.where(landing, -0.5, -9.0)), ("y1", np.where(landing, rows - 0.5, -9.0)))
    return [Track(LAYOUT, f"shapes[{number}].{end}", values) for end, values in ends]


def _pair(figure: go.Figure, trace: Trace, stream: int, shown: WriteParts) -> list[Track]:
    """Key above; below it the target, what the memory answers for the key, and how far apart they are."""
    keys = rows(trace, "keys", stream)
    here = _bars_panel(figure, (0.53, _TOP), "Key", "key coordinate", reach(keys, trace))
    tracks = [_bars(figure, here, keys, shown.steps, "slow")]
    if "values" not in trace or shown.answers is None:
        return tracks
    values = rows(trace, "values", stream)
    most = max(reach(values, trace), reach(shown.answers, trace))
    here = _bars_panel(figure, (_FLOOR, 0.33), "Answer; ◆ target; │ error", "value coordinate", most)
    tracks.append(_bars(figure, here, shown.answers, np.arange(len(shown.steps)), "fast"))
    tracks.append(_errors(figure, here, values, shown))
    look = ROLES["truth"]
    marker = {"color": look.color, "symbol": look.symbol}
    hover = "target %{x}: %{y:.3f}<extra></extra>"
    targets = go.Scatter(y=values[0], mode="markers", marker=marker, hovertemplate=hover)
    figure.add_trace(targets.update({"showlegend": False, **here.axes()}))
    return [*tracks, Track(newest(figure), "y", values, shown.steps)]


def _errors(figure: go.Figure, here: Panel, values: np.ndarray, shown: WriteParts) -> Track:
    """From each answer to its target, an upright line; only in the part that is about the error."""
    assert shown.answers is not None
    wanted = values[shown.steps]
    gaps = np.stack([shown.answers, wanted, np.full_like(wanted, np.nan)], axis=-1).reshape(len(wanted), -1)
    about = np.array([name == "error" for name in shown.names] or [False])[shown.parts]
    lines = np.where(about[:, None], gaps, np.nan).astype(np.float32)
    x, look = np.repeat(np.arange(values.shape[1]), 3), ROLES["write"].color
    upright = go.Scatter(x=x, y=lines[0], mode="lines", line_color=look, hoverinfo="skip", showlegend=False)
    figure.add_trace(upright.update(here.axes()))
    return Track(newest(figure), "y", lines)


def _bars_panel(figure: go.Figure, up: tuple[float, float], heading: str, title: str, most: float) -> Panel:
    x, y = {"title": {"text": title}, "nticks": 6}, {"title": {"text": "value"}, "range": [-1.1 * most, 1.1 * most]}
    return panel(figure, _MIDDLE, up, heading=heading, x=x, y=y | {"zeroline": True, "nticks": 5})


def _bars(figure: go.Figure, here: Panel, values: np.ndarray, index: np.ndarray, role: str) -> Track:
    """Upright bars; their heights [states, …] and which of these each frame shows."""
    hover = "%{x}: %{y:.3f}<extra></extra>"
    bars = go.Bar(y=values[0], marker_color=ROLES[role].color, hovertemplate=hover, showlegend=False)
    figure.add_trace(bars.update(here.axes()))
    return Track(newest(figure), "y", values, index)


def _recalls(figure: go.Figure, trace: Trace, stream: int, shown: WriteParts) -> list[Track]:
    """A bar per item, lying; the written one is pointed at. It is measured once a write is complete."""
    recalls, items = rows(trace, "recall", stream), written_items(trace, stream)
    count = recalls.shape[1]
    # What is not stored yet has no recall to speak of; its bar comes with its first write.
    first = np.full(count, np.inf)
    np.minimum.at(first, items[items < count], np.flatnonzero(items < count))
    known = np.where(first[None, :] <= np.arange(len(recalls))[:, None], recalls, np.nan).astype(np.float32)
    # before the first write is complete there is nothing
    known = np.concatenate([np.full_like(known[:1], np.nan), known])
    low = float(np.nanmin(known, initial=0.0))
    high = float(np.nanmax(known, initial=1.0))
    x = {"title": {"text": "recall (cosine)"}, "range": [1.05 * low, 1.12 * high], "zeroline": True, "nticks": 4}
    y = {"title": {"text": "item"}, "range": [count - 0.5, -0.5], "dtick": spacing(count, 16), "tick0": 0}
    here = panel(figure, _RIGHT, (_FLOOR, _TOP), heading="◀ written", x=x, y=y)
    hover = "item %{y}: recall %{x:.3f}<extra></extra>"
    look = {"marker_color": ROLES["truth"].color, "hovertemplate": hover, "showlegend": False}
    figure.add_trace(go.Bar(x=known[0], y=np.arange(count), orientation="h", **look, **here.axes()))
    index, number = newest(figure), len(list(figure.select_annotations()))
    pointer = {"x": 1.0, "xref": f"{here.x} domain", "xanchor": "right", "yref": here.y}
    figure.add_annotation(text="◀", yanchor="middle", **pointer)
    place = Track(LAYOUT, f"annotations[{number}].y", items, shown.steps)
    return [Track(index, "x", known, shown.complete), place]


def written_items(trace: Trace, stream: int) -> np.ndarray:
    """Which item each shown write stored, [frames]: as recorded in "item", else in the order of the stream."""
    if "item" in trace:
        return np.nan_to_num(rows(trace, "item", stream)).reshape(len(trace["weights"].times)).astype(np.int32)
    return np.asarray(trace["weights"].times, dtype=np.int32)


def _labels(trace: Trace, stream: int, shown: WriteParts) -> list[str]:
    times, items = trace["weights"].times.tolist(), written_items(trace, stream).tolist()
    writes = [f"write {time}: item {item}" for time, item in zip(times, items, strict=True)]
    if not shown.names:
        return writes
    return [f"{writes[step]} · {shown.names[part]}" for step, part in zip(shown.steps, shown.parts, strict=True)]


def _alts(trace: Trace, stream: int, shown: WriteParts) -> list[str]:
    """In words what each frame shows: the size of the matrix, and how well it still knows its items."""
    norms = np.sqrt(np.nansum(np.square(shown.matrices, dtype=np.float64), axis=(1, 2)))[shown.states]
    labels = _labels(trace, stream, shown)
    said = [f"Matrix memory at {label}; its norm is {norm:.3g}" for label, norm in zip(labels, norms, strict=True)]
    if "recall" not in trace:
        return [f"{words}." for words in said]
    recalls, items = rows(trace, "recall", stream), written_items(trace, stream)
    known = [""]
    for write in range(len(recalls)):
        so_far = np.unique(items[: write + 1][items[: write + 1] < recalls.shape[1]])
        values = recalls[write, so_far]
        mean = f"{np.nanmean(values):.2f}" if np.isfinite(values).any() else "unknown"
        known.append(f"; mean recall of the {some(len(so_far), 'item')} so far is {mean}")
    return [f"{words}{known[complete]}." for words, complete in zip(said, shown.complete, strict=True)]
