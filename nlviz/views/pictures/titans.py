"""Titans: recall of one event over time with its regimes named, the surprises behind it, and a map of the knobs."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import envelope
from nlviz.views.drawing.frames import Span, animate
from nlviz.views.drawing.lines import cursor, curve, level
from nlviz.views.drawing.sheet import Panel, column, finite, most, panel, plain, reach, sheet
from nlviz.views.drawing.theme import CLEAR, ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["titans"]

_LEFT, _RIGHT = (0.0, 0.52), (0.8, 1.0)
_ABOVE, _BELOW, _MAP = (0.43, 0.93), (0.0, 0.27), (0.0, 0.78)
# What a recall is called, and between which shares of the value.
_REGIMES = (
    ("overshoot", 1.1, np.inf),
    ("balanced", 0.8, 1.1),
    ("under-writing", 0.0, 0.8),
    ("the other side", -np.inf, 0.0),
)
_LEVELS = (1.1, 0.8, 0.0)
_NORMS = (
    ("surprise", "momentary surprise ‖∇ℓ‖", "fast"),
    ("past_surprise", "past surprise ‖S‖", "write"),
    ("memory_norm", "memory ‖M‖", "slow"),
)
# Of two values of one key the newest is the memory's task, the other is what should go.
_VALUES = {1: (("recall", "fast"),), 2: (("recall of the old value", "slow"), ("recall of the new value", "fast"))}
_FLOOR, _TOP = 0.01, 8.0
_NEEDS: dict[str, str] = dict.fromkeys(("recall", "expected", "one"), "tokens batch values")
_NEEDS |= dict.fromkeys(("surprise", "past_surprise", "memory_norm"), "tokens batch")
_NEEDS |= {"event": "time batch", "map": "points 1 lines", "map_momentum": "points 1", "knobs": "1 1 3"}
_MAY = {"level": "1 1"}
_DASHES = ("dot", "dashdot", "longdash")
# A run that diverges is shown while its recall can still be told from a line.
_SANE = 100.0


def titans(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """Titans console: recall of an event, the surprises that write it, and where the knobs stand on the map.

    Above: share of the event's value that its key brings back, 1 being all of it; dashed what theory expects, faint
    one stream of those averaged, ◆ where the event (or its new value) comes; on the right what such a recall is called.
    Below: momentary surprise, past surprise, size of the memory. Right: the map θ over η, its lines part the regimes.
    Signals: "recall", "expected" and "one" [time, batch, values], "surprise", "past_surprise", "memory_norm" and
    "event" (1 at ◆) [time, batch], "map" [points, 1, lines], "map_momentum" [points, 1], "knobs" [1, 1, (θ, η, α)], and
    if there is one "level" [1, 1]; the lines of "map" and the level are named. Marks: "regime" at a time. Notes:
    "areas", what lies between the lines, from below; "event", what ◆ is. Units: shares, norms.
    Frames: one per token. What is not finite is a gap. Raises KeyError for a signal that was not recorded, ValueError
    for other axes, more than two values, or lines without a name.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "write")
    trace, stream, theme, _ = seen
    _check_names(trace)
    figure = sheet(plain(_title(trace), trace, "write"), _alt(trace, stream), theme=theme)
    above = _recalls(figure, trace, stream)
    below = _norms(figure, trace, stream)
    _map(figure, trace)
    figure.update_layout(legend={"x": 0.0, "xanchor": "left", "y": 0.27, "yanchor": "bottom"})
    times = np.asarray(trace["recall"].times)
    tracks = [*cursor(figure, above, times), *cursor(figure, below, times)]
    links = [Span(here.x, times) for here in (above, below)]
    return animate(figure, tracks, _labels(trace, stream), noun="token", links=links)


def _check_names(trace: Trace) -> None:
    values, lines = trace["recall"].values.shape[2], trace["map"].values.shape[2]
    if values not in _VALUES:
        raise ValueError(f"signal 'recall' has {values} values; expected 1, or the old and the new one")
    if not trace["map"].names or lines > len(_DASHES):
        raise ValueError(
            f"signal 'map' has {lines} lines and names {list(trace['map'].names)}; expected a name for each of at most "
            f"{len(_DASHES)}, give Signal(…, names=(…))"
        )


def _title(trace: Trace) -> str:
    became = ", then ".join(mark.label for mark in trace.marked("regime"))
    return f"What became of the event? {became[:1].upper()}{became[1:]}".rstrip()


def _values(trace: Trace, name: str, stream: int) -> np.ndarray:
    """[time, values], what is not finite as NaN."""
    return finite(np.asarray(trace[name].values, dtype=float)[:, stream])


def _time(trace: Trace, *, words: bool) -> dict[str, Any]:
    times = trace["recall"].times
    return {"title": {"text": "time (tokens)"} if words else {}, "showticklabels": words} | {
        "range": [times.min() - 0.5, times.max() + 0.5]
    }


def _recalls(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    """Recall of every value of the event, with what theory expects, and the regimes by name."""
    times, recall = np.asarray(trace["recall"].times), _values(trace, "recall", stream)
    expected, one = _values(trace, "expected", stream), _values(trace, "one", stream)
    if trace.marked("diverged"):
        recall, expected, one = (np.where(np.abs(part) <= _SANE, part, np.nan) for part in (recall, expected, one))
    low, high = _range(np.concatenate([recall, one], 1), trace)
    y = {"title": {"text": "recall (share of the value)"}, "range": [low, high], "nticks": 6}
    here = panel(figure, _LEFT, _ABOVE, x=_time(trace, words=False), y=y)
    _bands(figure, here, (low, high), trace, stream)
    for place, (name, role) in enumerate(_VALUES[recall.shape[1]]):
        curve(figure, here, envelope(times, one[:, place]), role=role, name="one stream", legend=False, faint=True)
        law = envelope(times, expected[:, place])
        curve(figure, here, law, role="theory", name="expected", legend="legend2" if not place else False)
        curve(figure, here, envelope(times, recall[:, place]), role=role, name=name, legend="legend2")
    _events(figure, here, trace, (low, stream))
    named = f"{' '.join(trace['level'].names)} = {trace['level'].values.item():.2f}" if "level" in trace else ""
    if named:
        level(figure, here, float(trace["level"].values.item()), f"long dashes: {named}")
    figure.update_layout(legend2={"x": 0.0, "xanchor": "left", "y": 0.965, "yanchor": "bottom", "orientation": "h"})
    return here


def _range(recall: np.ndarray, trace: Trace) -> tuple[float, float]:
    """All that was recalled and, unless it is far above, the level theory names; never less than 0 to 1."""
    known = recall[np.isfinite(recall)]
    high, low = max(known.max(initial=0.0), 1.2), min(known.min(initial=0.0), -0.15)
    if "level" in trace and trace["level"].values.item() <= 2.2 * high:
        high = max(high, trace["level"].values.item())
    return 1.08 * low, 1.06 * high


def _bands(figure: go.Figure, here: Panel, shown: tuple[float, float], trace: Trace, stream: int) -> None:
    """What a recall is called, right of the panel at its height; the one that holds is in bold."""
    said = " ".join(mark.label for mark in trace.marked("regime"))
    for at in _LEVELS:
        line = {"type": "line", "xref": f"{here.x} domain", "x0": 0, "x1": 1, "yref": here.y, "y0": at, "y1": at}
        figure.add_shape(**line, line={"color": ROLES["theory"].color, "width": 1}, layer="below")
    for name, bottom, top in _REGIMES:
        low, high = max(bottom, shown[0]), min(top, shown[1])
        if high - low > 0.04 * (shown[1] - shown[0]):
            text = f"<b>◀ {name}</b>" if name in said else name
            corner = {"x": 1, "xref": f"{here.x} domain", "xanchor": "left", "xshift": 4, "yanchor": "middle"}
            figure.add_annotation(text=text, y=(low + high) / 2, yref=here.y, **corner)
    for mark in trace.marked("regime"):
        # a mark behind the last row belongs to it
        row = min(int(np.searchsorted(trace["recall"].times, mark.time)), len(trace["recall"].times) - 1)
        at = float(np.nan_to_num(_values(trace, "recall", stream)[row, -1]))
        above = at > 0
        late = mark.time > trace["recall"].times.max() / 2
        corner = {"x": mark.time, "xref": here.x, "y": at, "yref": here.y, "xanchor": "right" if late else "left"}
        up = {"yanchor": "bottom" if above else "top", "xshift": 0 if late else 6}
        figure.add_annotation(text=escape(mark.label, quote=False), **corner, **up)
    for mark in trace.marked("diverged"):
        corner = {"x": mark.time, "xref": here.x, "y": 1, "yref": f"{here.y} domain", "xanchor": "right"}
        figure.add_annotation(text=f"<b>diverged at write {mark.time}</b>", yanchor="top", **corner)


def _events(figure: go.Figure, here: Panel, trace: Trace, at: tuple[float, int]) -> None:
    """◆ on the floor of the panel wherever the event, or its new value, comes."""
    floor, stream = at
    times = trace["event"].times[column(trace["event"], stream) > 0]
    look = {"color": ROLES["truth"].color, "symbol": ROLES["truth"].symbol}
    hover = "the event, token %{x}<extra></extra>"
    said = " ".join(trace.noted("event")) or "event"
    figure.add_scatter(
        x=times, y=np.full(len(times), floor), mode="markers", name=said, marker=look,
        hovertemplate=hover, legend="legend2", cliponaxis=False, **here.axes(),
    )  # fmt: skip


def _norms(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    """Momentary and past surprise, and the size of the memory, on one scale: all are lengths of matrices."""
    times = np.asarray(trace["recall"].times)
    every = {name: column(trace[name], stream) for name, *_ in _NORMS}
    top = max(reach(values, trace) for values in every.values())
    top = min(top, _SANE) if trace.marked("diverged") else top
    y = {"title": {"text": "size (norm)"}, "range": [0.0, 1.05 * top], "nticks": 5}
    here = panel(figure, _LEFT, _BELOW, x=_time(trace, words=True), y=y)
    figure.layout[here.x.replace("x", "xaxis")].matches = "x"
    for name, words, role in _NORMS:
        curve(figure, here, envelope(times, every[name]), role=role, name=words)
    return here


def _map(figure: go.Figure, trace: Trace) -> None:
    """θ over η: the lines between regimes, their names, and a dot where the knobs stand."""
    eta, lines = column(trace["map_momentum"]), np.asarray(trace["map"].values, dtype=float)[:, 0]
    inner_lr, momentum, forget = trace["knobs"].values[0, 0].tolist()
    x = {
        "title": {"text": f"momentum η (α = {forget:g})"},
        "range": [-0.02, 1.0],
        "tickvals": [0, 0.25, 0.5, 0.75, 1.0],
    }
    ticks = [0.01, 0.03, 0.1, 0.3, 1, 3]
    y = {"title": {"text": "inner_lr θ"}, "type": "log", "range": np.log10([_FLOOR, _TOP]).tolist()}
    y |= {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    here = panel(figure, _RIGHT, _MAP, x=x, y=y)
    names = trace["map"].names
    for name, values, dash in zip(names, lines.T, _DASHES[-len(names) :], strict=True):
        drawn = envelope(eta, np.where(values > 0, values, np.nan))
        curve(figure, here, drawn, role="theory", name=name, legend="legend3", dash=dash)
    _areas(figure, here, trace, lines)
    look = {"color": ROLES["fast"].color, "symbol": "circle"}
    hover = f"θ = {inner_lr:g}, η = {momentum:g}<extra></extra>"
    figure.add_scatter(
        x=[momentum], y=[max(inner_lr, _FLOOR)], mode="markers", marker=look, hovertemplate=hover, name="your knobs",
        legend="legend3", cliponaxis=False, **here.axes(),
    )  # fmt: skip
    corner = {"x": 1.0, "xanchor": "right", "y": _MAP[1], "yanchor": "bottom"}
    figure.update_layout(legend3={**corner, "orientation": "v", "bgcolor": CLEAR})


def _areas(figure: go.Figure, here: Panel, trace: Trace, lines: np.ndarray) -> None:
    """The name of what lies between two lines, where they are furthest apart."""
    names = trace.noted("areas")
    with np.errstate(divide="ignore"):
        edges = np.log10(np.maximum(lines, _FLOOR))
    edges = np.concatenate(
        [np.full((len(edges), 1), np.log10(_FLOOR)), edges, np.full((len(edges), 1), np.log10(_TOP))], 1
    )
    eta = column(trace["map_momentum"])
    middle = (eta > 0.4) & (eta < 0.6)
    for place, name in enumerate(names):
        room = np.where(middle, edges[:, place + 1] - edges[:, place], -np.inf)
        at = int(room.argmax())
        if room[at] > 0.05:
            y = float((edges[at, place] + edges[at, place + 1]) / 2)
            figure.add_annotation(text=name, x=float(eta[at]), xref=here.x, y=y, yref=here.y)


def _labels(trace: Trace, stream: int) -> list[str]:
    rows = (trace["recall"].times, _values(trace, "recall", stream)[:, -1], column(trace["surprise"], stream))
    said = (
        f"token {time}: recall {share:.2f}, momentary surprise {size:.2f}"
        for time, share, size in zip(*rows, strict=True)
    )
    return [words.replace("-", "−") for words in said]


def _alt(trace: Trace, stream: int) -> str:
    """In words: what recall came to, what was expected, and where the knobs stand."""
    inner_lr, momentum, forget = trace["knobs"].values[0, 0].tolist()
    recall, expected = (_values(trace, name, stream)[:, -1] for name in ("recall", "expected"))
    where = f"Recall of one event over {len(recall)} tokens at θ = {inner_lr:g}, η = {momentum:g}, α = {forget:g}"
    lost = trace.marked("diverged")
    if lost:
        return f"{where}: {lost[0].label}."
    apart, size = most(np.abs(recall - expected)), most(column(trace["surprise"], stream))
    said = "; ".join(mark.label for mark in trace.marked("regime"))
    return f"{where}: {said}; at most {apart:.2f} from what theory expects. Momentary surprise is {size:.2f} at most."
