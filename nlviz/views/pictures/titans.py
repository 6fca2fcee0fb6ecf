"""Titans: recall of one event over time with its regimes named, the surprises behind it, and a map of the knobs."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import envelope
from nlviz.views.drawing.frames import Span, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, column, finite, most, panel, plain, reach, sheet, two
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.titans_map import MOST_LINES, regime_map

__all__ = ["titans"]

_LEFT, _RIGHT = (0.0, 0.61), (0.72, 1.0)
_ABOVE, _BELOW, _MAP = (0.38, 1.0), (0.0, 0.27), (0.0, 0.82)
# Their sizes on a laptop, in pixels.
_TALL, _FLAT = (300.0, 225.0), (300.0, 105.0)
# What a recall is called, and between which shares of the value.
_REGIMES = (
    ("overshoot", 1.1, np.inf),
    ("balanced", 0.8, 1.1),
    ("under-writing", 0.0, 0.8),
    ("the other side", -np.inf, 0.0),
)
# Every second band is shaded, so that they are told apart.
_SHADED = {"balanced": 0.18, "the other side": 0.09}
_NORMS = (
    ("surprise", "momentary surprise ‖∇ℓ‖", "fast"),
    ("past_surprise", "past surprise ‖S‖", "write"),
    ("memory_norm", "memory ‖M‖", "slow"),
)
# Of two values of one key the newest is the memory's task, the other is what should go.
_VALUES = {1: (("recall", "fast"),), 2: (("recall of the old value", "slow"), ("recall of the new value", "fast"))}
_NEEDS: dict[str, str] = dict.fromkeys(("recall", "expected", "one"), "tokens batch values")
_NEEDS |= dict.fromkeys(("surprise", "past_surprise", "memory_norm"), "tokens batch")
_NEEDS |= {"event": "time batch", "map": "points 1 lines", "map_momentum": "points 1", "knobs": "1 1 3"}
_MAY = {"level": "1 1"}
# A run that diverges is shown while its recall can still be told from a line.
_SANE = 100.0


def titans(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """Titans console: recall of an event, the surprises that write it, and where the knobs stand on the map.

    Above: share of the event's value that its key brings back, 1 being all of it; dashed what theory expects, faint
    one stream of those averaged, ◆ where the event (or its new value) comes; bands say what such a recall is called.
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
    regime_map(figure, trace, _RIGHT, _MAP)
    times = np.asarray(trace["recall"].times)
    tracks = [*cursor(figure, above, times), *cursor(figure, below, times)]
    links = [Span(here.x, times) for here in (above, below)]
    return animate(figure, tracks, _labels(trace, stream), noun="token", links=links)


def _check_names(trace: Trace) -> None:
    values, lines = trace["recall"].values.shape[2], trace["map"].values.shape[2]
    if values not in _VALUES:
        raise ValueError(f"signal 'recall' has {values} values; expected 1, or the old and the new one")
    if not trace["map"].names or lines > MOST_LINES:
        raise ValueError(
            f"signal 'map' has {lines} lines and names {list(trace['map'].names)}; expected a name for each of at most "
            f"{MOST_LINES}, give Signal(…, names=(…))"
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
    room, drawn = Room(figure, here, _TALL), _VALUES[recall.shape[1]]
    for place, (name, role) in enumerate(drawn):
        for values, look, words in ((one, role, "one stream"), (expected, "theory", "expected"), (recall, role, name)):
            line = envelope(times, values[:, place])
            curve(figure, here, line, role=look, name=words, legend=False, faint=values is one)
            room.curve(line.x, line.y)
    _events(figure, here, trace, (low + 0.04 * (high - low), stream), room)
    _level(figure, here, trace, (low, high), room)
    _regimes(figure, here, trace, recall[:, -1], room)
    for place, (name, role) in enumerate(drawn):
        room.name(name, times, recall[:, place], role)
    room.name("expected", times, expected[:, -1], "theory")
    _bands(figure, here, (low, high), trace, room)
    return here


def _level(figure: go.Figure, here: Panel, trace: Trace, shown: tuple[float, float], room: Room) -> None:
    """What theory says it comes to in all, named at its line; above the panel where the line is out of sight."""
    if "level" not in trace:
        return
    value = float(trace["level"].values.item())
    if not np.isfinite(value):
        return
    words = f"{' '.join(trace['level'].names)} = {two(value)}"
    across = {"xref": f"{here.x} domain", "x0": 0, "x1": 1, "yref": here.y, "y0": value, "y1": value}
    figure.add_shape(type="line", **across, line={"dash": ROLES["theory"].dash})
    if value <= shown[1]:
        room.level(value)
        times = trace["recall"].times
        room.name(words, times, np.full(len(times), value), "", ROLES["theory"].dash)
    else:
        room.at(f"↑ {words}", float(trace["recall"].times[-1]), shown[1])


def _range(recall: np.ndarray, trace: Trace) -> tuple[float, float]:
    """All that was recalled and, unless it is far above, the level theory names; never less than 0 to 1."""
    known = recall[np.isfinite(recall)]
    high, low = max(known.max(initial=0.0), 1.2), min(known.min(initial=0.0), -0.15)
    if "level" in trace and trace["level"].values.item() <= 2.2 * high:
        high = max(high, trace["level"].values.item())
    return 1.08 * low, 1.06 * high


def _bands(figure: go.Figure, here: Panel, shown: tuple[float, float], trace: Trace, room: Room) -> None:
    """What a recall is called: bands with their names in them; the one that holds is in bold."""
    said = " ".join(mark.label for mark in trace.marked("regime"))
    for name, bottom, top in _REGIMES:
        low, high = max(bottom, shown[0]), min(top, shown[1])
        if low >= high:
            continue
        if name in _SHADED:
            where = {"xref": f"{here.x} domain", "x0": 0, "x1": 1, "yref": here.y, "y0": low, "y1": high}
            look = {"fillcolor": ROLES["theory"].color, "opacity": _SHADED[name], "line": {"width": 0}}
            figure.add_shape(type="rect", layer="below", **where, **look)
        room.within(name, low, high, bold=name in said)


def _regimes(figure: go.Figure, here: Panel, trace: Trace, recall: np.ndarray, room: Room) -> None:
    """A ring where recall came to something, and what it is in words beside it."""
    marks, times = trace.marked("regime"), trace["recall"].times
    # a mark behind the last row belongs to it
    rows = [min(int(np.searchsorted(times, mark.time)), len(times) - 1) for mark in marks]
    heights = np.nan_to_num(recall[rows]) if marks else np.zeros(0)
    if marks:
        look = {"color": ROLES["fast"].color, "symbol": "circle-open"}
        figure.add_scatter(
            x=times[rows], y=heights, mode="markers", name="regime", marker=look, showlegend=False, hoverinfo="skip",
            **here.axes(),
        )  # fmt: skip
    for mark, row, height in zip(marks, rows, heights.tolist(), strict=True):
        room.point(float(times[row]), height, 10)
        room.at(escape(mark.label, quote=False), float(times[row]), height)
    for mark in trace.marked("diverged"):
        room.at(f"<b>diverged at write {mark.time}</b>", float(mark.time), float(np.nanmax(recall, initial=0.0)))


def _events(figure: go.Figure, here: Panel, trace: Trace, at: tuple[float, int], room: Room) -> None:
    """◆ on the floor of the panel wherever the event, or its new value, comes, and its name at the first."""
    floor, stream = at
    times = trace["event"].times[column(trace["event"], stream) > 0]
    look = {"color": ROLES["truth"].color, "symbol": ROLES["truth"].symbol}
    hover = "the event, token %{x}<extra></extra>"
    said = " ".join(trace.noted("event")) or "event"
    figure.add_scatter(
        x=times, y=np.full(len(times), floor), mode="markers", name=said, marker=look,
        hovertemplate=hover, showlegend=False, cliponaxis=False, **here.axes(),
    )  # fmt: skip
    for time in times.tolist():
        room.point(float(time), floor, 10)
    if len(times):
        room.at(f"◆ {said}", float(times[0]), floor)


def _norms(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    """Momentary and past surprise, and the size of the memory, on one scale: all are lengths of matrices."""
    times = np.asarray(trace["recall"].times)
    every = {name: column(trace[name], stream) for name, *_ in _NORMS}
    top = max(reach(values, trace) for values in every.values())
    top = min(top, _SANE) if trace.marked("diverged") else top
    y = {"title": {"text": "size (norm)"}, "range": [0.0, 1.05 * top], "nticks": 5}
    here = panel(figure, _LEFT, _BELOW, x=_time(trace, words=True), y=y)
    figure.layout[here.xaxis].matches = "x"
    for name, words, role in _NORMS:
        curve(figure, here, envelope(times, every[name]), role=role, name=words, legend=False)
    room = Room(figure, here, _FLAT)
    for values in every.values():
        room.curve(times, values)
    for name, words, role in _NORMS:
        room.name(words, times, every[name], role)
    return here


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
