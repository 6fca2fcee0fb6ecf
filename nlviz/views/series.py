"""Series: surprise, writes, gates or norms over time, one thin panel each, with a threshold, marks and a cursor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import count, number, several, text
from nlviz.trace import Trace
from nlviz.views.drawing.decimate import envelope
from nlviz.views.drawing.frames import Track, animate
from nlviz.views.drawing.labels import LAPTOP, Room
from nlviz.views.drawing.lines import cursor, curve, happened, level
from nlviz.views.drawing.sheet import Panel, column, panel, plain, reach, sheet, with_unit
from nlviz.views.drawing.theme import CLEAR
from nlviz.views.entry import enter, unrecorded

__all__ = ["series"]

_ROLES = ("fast", "slow", "truth", "write")
# What all panels share on a laptop, in pixels.
_WIDE, _HIGH = LAPTOP
_MANY = 100_000


def series(
    trace: Trace,
    names: Sequence[str | Sequence[str]] = ("surprise",),
    threshold: float | None = None,
    *,
    stream: int = 0,
    noun: str = "token",
    limit: int = 2000,
    theme: str = "light",
) -> go.Figure:
    """Signals over time, one panel each on a shared time axis: when was it surprised, when did it write?

    names: of the signals; several in a tuple share one panel, and are named in a legend above it, with their units
    where these differ.
    threshold: a level of the first signal, drawn across its panel. Marks of the trace are drawn in all panels and
    named once. A signal of more than `limit` rows is drawn as the lowest and highest of every block, and its axis says
    so; of a `trace.Thinned` every point is a mean, and the title says so.
    Shapes: every signal is [time, batch]; `stream` picks one row of the batch. Units: each signal's own; time in
    `noun`s.
    Frames: one per row of the first signal, at most 1,000 of them; the cursor says when. What is not finite is a gap.
    Raises ValueError if no name is given, KeyError for a signal that was not recorded.

        >>> run = trace.Trace({"surprise": ([[2.0], [0.5], [1.0]], [0, 1, 2], "‖∇ℓ‖")})
        >>> views.alt_text(views.series(run))
        'Time series of 3 tokens: surprise averages 1.17 ‖∇ℓ‖, most 2 at token 0.'
    """
    groups = [_group(name) for name in several("names", names, what="names of signals")]
    if not all(groups) or not groups:
        raise ValueError("no signal is named; give at least one, as in names=('surprise',)")
    every = [name for group in groups for name in group]
    noun, limit = text("noun", noun), count("limit", limit, least=2, of="points")
    threshold = None if threshold is None else number("threshold", threshold)
    seen = enter(trace, dict.fromkeys(every, "time batch"), stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, noun)
    trace, stream, theme, _ = seen
    title = plain(f"Peaks are what the memory did not expect: {_listed(every)}", trace, noun)
    figure = sheet(title, _alt(trace, every, threshold, noun, stream), theme=theme)
    times = np.asarray(trace[every[0]].times)
    shown = times[np.unique(np.linspace(0, len(times) - 1, min(len(times), 1000)).astype(int))]
    tracks: list[Track] = []
    for place, group in enumerate(groups):
        line = threshold if place == 0 else None
        here = _strip(figure, trace, group, (place, len(groups)), (line, stream, noun, limit))
        room = Room(figure, here, (_WIDE, _HIGH / len(groups)))
        for name in group:
            room.curve(trace[name].times, column(trace[name], stream))
        happened(figure, here, trace, room=room if place == 0 else None)
        tracks += cursor(figure, here, shown)
    return animate(figure, tracks, [f"{noun} {time}" for time in shown.tolist()], noun=noun)


def _group(name: object) -> tuple[str, ...]:
    """The signals of one panel."""
    shared = several("names of one panel", name, what="names of signals") if isinstance(name, tuple | list) else [name]
    return tuple(text("name", one) for one in shared)


def _strip(
    figure: go.Figure,
    trace: Trace,
    group: tuple[str, ...],
    place: tuple[int, int],
    asked: tuple[float | None, int, str, int],
) -> Panel:
    """The signals of the `place`-th of so many panels; only the lowest says the time."""
    (row, count), (threshold, stream, noun, limit) = place, asked
    lines = [(np.asarray(trace[name].times), column(trace[name], stream)) for name in group]
    times, values = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    drawn, last, top = [envelope(*line, limit) for line in lines], row == count - 1, 1 - row / count
    x = {"title": {"text": f"time ({noun}s){drawn[0].note}"} if last else {}, "showticklabels": last}
    first, final = (times.min(), times.max()) if len(times) else (0, 0)
    # Plotly would write powers of ten from here on
    x |= {"tickformat": ","} if final >= _MANY else {}
    x |= {"range": [first - 0.5, final + 0.5], "matches": None if row == 0 else "x"}
    units = {trace[name].unit for name in group}
    alone, alike = len(group) == 1, len(units) == 1
    said = with_unit(group[0], trace[group[0]].unit) if alone else units.pop() if alike else ""
    y = {"title": {"text": said}, "range": _range(values, trace, threshold), "nticks": 5}
    # above a panel that several share stand their names
    here = panel(figure, (0.0, 1.0), (top - 0.86 / count, top - (0 if alone else 0.06 / count)), x=x, y=y)
    key = f"legend{row + 1}" if row else "legend"
    if not alone:
        # a template's legend does not reach a figure's second and third: this one is told all
        corner = {"x": 1.0, "xanchor": "right", "y": top - 0.06 / count, "yanchor": "bottom"}
        figure.layout[key] = {**corner, "orientation": "h", "bgcolor": CLEAR}
    for nth, (name, line) in enumerate(zip(group, drawn, strict=True)):
        how = {"legend": False if alone else key, "dash": "solid" if alone else None}
        called = name.replace("_", " ") if alone or alike else with_unit(name, trace[name].unit)
        curve(figure, here, line, role=_ROLES[(row + nth) % len(_ROLES)], name=called, **how)
    if threshold is not None:
        level(figure, here, threshold, f"dashed: threshold {threshold:g}")
    return here


def _range(values: np.ndarray, trace: Trace, threshold: float | None) -> tuple[float, float]:
    """From zero (or the lowest value) to a little above what is worth showing."""
    top = reach(values, trace)
    high = max(np.nanmax(np.append(values, 0.0)), threshold or 0.0)
    low = np.nanmin(np.append(values, 0.0))
    return float(max(low, -top)) * 1.05, float(min(high, max(top, threshold or 0.0))) * 1.08 or 1.0


def _listed(names: Sequence[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _alt(trace: Trace, names: Sequence[str], threshold: float | None, noun: str, stream: int) -> str:
    said = []
    for name in names:
        values, unit, words = column(trace[name], stream), trace[name].unit, name.replace("_", " ")
        if np.isfinite(values).any():
            at = trace[name].times[np.nanargmax(values)]
            said.append(
                f"{words} averages {np.nanmean(values):.3g} {unit}, most {np.nanmax(values):.3g} at {noun} {at}"
            )
    first = column(trace[names[0]], stream)
    if threshold is not None and len(first):
        said.append(f"{(first > threshold).mean():.0%} of {names[0]} is above the threshold {threshold:g}")
    said += [f"{mark.label or mark.kind} at {noun} {mark.time}" for mark in trace.marks]
    many = f"{len(first)} {noun}s"
    if trace.noted("thinned"):
        many = f"{trace[names[0]].times[-1] + 1:,} {noun}s, as means of {len(first)} blocks"
    return f"Time series of {many}: {'; '.join(said) or 'nothing finite'}."
