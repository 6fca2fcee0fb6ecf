"""Writing: a matrix memory stores pairs; the matrix, the pair being written, and what is left of all the others."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.frames import LAYOUT, Track, animate
from nlviz.views.heat_map import matrix, opening
from nlviz.views.sheet import Panel, finite, panel, plain, reach, sheet, spacing
from nlviz.views.theme import ROLES

__all__ = ["writing"]

_FLOOR, _TOP = 0.0, 0.88
# The key of the matrix's colours lies above it.
_KEY = {
    "orientation": "h",
    "x": 0.0,
    "xanchor": "left",
    "len": 0.34,
    "y": 0.9,
    "yanchor": "bottom",
    "ypad": 0,
    "nticks": 5,
}
_MIDDLE, _RIGHT = (0.46, 0.70), (0.79, 1.0)


def writing(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """The write head: one write is a patch v kᵀ on the whole matrix, and every other item feels it.

    Left: the matrix after the write, warm above zero, cold below. Middle: the key written; the value it should give
    (markers) and what the memory answers now (bars). Right: recall of every item so far, cosine of answer and target;
    the one written is marked.
    Signals: "weights" [time, batch, d_value, d_key], and if recorded "keys" [time, batch, d_key], "values" and
    "read_out" [time, batch, d_value], "recall" [time, batch, items], "item" [time, batch] (which item was written; in
    order if not recorded).
    Frames: one per row of "weights", opened at the last, or the last before it diverged.
    Raises ValueError if "weights" has no matrix per row, KeyError if it was not recorded.
    """
    said = "One write changes the whole matrix: watch the bars of the other items"
    if not np.any(trace["weights"].values):
        said = "Nothing is written: the matrix stays empty, and answers nothing"
    title = plain(said, trace, "write")
    start = opening(trace, "weights", stream)
    alts = _alts(trace, stream)
    figure = sheet(title, alts[start], theme=theme)
    x, y = {"title": {"text": "key coordinate"}}, {"title": {"text": "value coordinate"}}
    here = panel(figure, (0.0, 0.35), (_FLOOR, _TOP), x=x, y=y)
    tracks = [matrix(figure, here, trace, start=start, stream=stream, bar=_KEY)]
    if "keys" in trace:
        tracks += _pair(figure, trace, stream, start)
    if "recall" in trace:
        tracks += _recalls(figure, trace, stream, start)
    return animate(figure, tracks, _labels(trace, stream), noun="write", start=start, alts=alts)


def rows(trace: Trace, name: str, stream: int) -> np.ndarray:
    """A signal at the writes that are shown, [frames, …], what is not finite as NaN."""
    at = np.searchsorted(trace[name].times, trace["weights"].times)
    values = finite(np.asarray(trace[name].values)[:, stream])
    return values[np.minimum(at, len(values) - 1)].astype(np.float32)


def _pair(figure: go.Figure, trace: Trace, stream: int, start: int) -> list[Track]:
    """Key above; below it the target and what the memory answers for the key."""
    keys = rows(trace, "keys", stream)
    here = _bars_panel(figure, (0.53, _TOP), "Key written", "key coordinate", reach(keys, trace))
    tracks = [_bars(figure, here, keys, start, "slow")]
    if "values" not in trace:
        return tracks
    values = rows(trace, "values", stream)
    answers = rows(trace, "read_out", stream) if "read_out" in trace else values[:0]
    most = max(reach(values, trace), reach(answers, trace) if len(answers) else 0.0)
    here = _bars_panel(figure, (_FLOOR, 0.33), "Bars: answer; ◆ target", "value coordinate", most)
    if len(answers):
        tracks.append(_bars(figure, here, answers, start, "fast"))
    look = ROLES["truth"]
    marker = {"color": look.color, "symbol": look.symbol}
    hover = "target %{x}: %{y:.3f}<extra></extra>"
    figure.add_trace(
        go.Scatter(y=values[start], mode="markers", marker=marker, hovertemplate=hover, showlegend=False).update(
            here.axes()
        )
    )
    return [*tracks, Track(len(figure.data) - 1, "y", values)]


def _bars_panel(figure: go.Figure, up: tuple[float, float], heading: str, title: str, most: float) -> Panel:
    x, y = {"title": {"text": title}, "nticks": 6}, {"title": {"text": "value"}, "range": [-1.1 * most, 1.1 * most]}
    return panel(figure, _MIDDLE, up, heading=heading, x=x, y=y | {"zeroline": True, "nticks": 5})


def _bars(figure: go.Figure, here: Panel, values: np.ndarray, start: int, role: str) -> Track:
    hover = "%{x}: %{y:.3f}<extra></extra>"
    bars = go.Bar(y=values[start], marker_color=ROLES[role].color, hovertemplate=hover, showlegend=False)
    figure.add_trace(bars.update(here.axes()))
    return Track(len(figure.data) - 1, "y", values)


def _recalls(figure: go.Figure, trace: Trace, stream: int, start: int) -> list[Track]:
    """A bar per item, lying; the written one is pointed at."""
    recalls, items = rows(trace, "recall", stream), written_items(trace, stream)
    count = recalls.shape[1]
    # What is not stored yet has no recall to speak of; its bar comes with its first write.
    first = np.full(count, np.inf)
    np.minimum.at(first, items[items < count], np.flatnonzero(items < count))
    shown = np.where(first[None, :] <= np.arange(len(recalls))[:, None], recalls, np.nan).astype(np.float32)
    low = float(np.nanmin(shown, initial=0.0))
    high = float(np.nanmax(shown, initial=1.0))
    x = {"title": {"text": "recall (cosine)"}, "range": [1.05 * low, 1.12 * high], "zeroline": True, "nticks": 4}
    y = {"title": {"text": "item"}, "range": [count - 0.5, -0.5], "dtick": spacing(count, 16), "tick0": 0}
    here = panel(figure, _RIGHT, (_FLOOR, _TOP), heading="Recall; ◀ written", x=x, y=y)
    hover = "item %{y}: recall %{x:.3f}<extra></extra>"
    look = {"marker_color": ROLES["truth"].color, "hovertemplate": hover, "showlegend": False}
    figure.add_trace(go.Bar(x=shown[start], y=np.arange(count), orientation="h", **look, **here.axes()))
    index, number = len(figure.data) - 1, len(list(figure.select_annotations()))
    pointer = {"x": 1.0, "xref": f"{here.x} domain", "xanchor": "right", "y": float(items[start]), "yref": here.y}
    figure.add_annotation(text="◀", yanchor="middle", **pointer)
    return [Track(index, "x", shown), Track(LAYOUT, f"annotations[{number}].y", items)]


def written_items(trace: Trace, stream: int) -> np.ndarray:
    """Which item each shown write stored, [frames]: as recorded in "item", else in the order of the stream."""
    if "item" in trace:
        return np.nan_to_num(rows(trace, "item", stream)).reshape(len(trace["weights"].times)).astype(np.int32)
    return np.asarray(trace["weights"].times, dtype=np.int32)


def _labels(trace: Trace, stream: int) -> list[str]:
    items = written_items(trace, stream)
    return [
        f"write {time}: item {item}" for time, item in zip(trace["weights"].times.tolist(), items.tolist(), strict=True)
    ]


def _alts(trace: Trace, stream: int) -> list[str]:
    """In words what each frame shows: the size of the matrix, and how well it still knows its items."""
    norms = np.sqrt(np.nansum(np.square(rows(trace, "weights", stream), dtype=np.float64), axis=(1, 2)))
    said = [
        f"Matrix memory after {label}; its norm is {norm:.3g}"
        for label, norm in zip(_labels(trace, stream), norms, strict=True)
    ]
    if "recall" not in trace:
        return [f"{words}." for words in said]
    recalls, items = rows(trace, "recall", stream), written_items(trace, stream)
    full = []
    for frame, words in enumerate(said):
        so_far = np.unique(items[: frame + 1][items[: frame + 1] < recalls.shape[1]])
        known = recalls[frame, so_far]
        mean = f"{np.nanmean(known):.2f}" if np.isfinite(known).any() else "unknown"
        full.append(f"{words}; mean recall of the {len(so_far)} items so far is {mean}.")
    return full
