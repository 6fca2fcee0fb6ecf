"""Wiring: how a memory and attention are put together, what attention sees, and what each has to keep."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import choice
from nlviz.trace import Trace
from nlviz.views.drawing.decimate import envelope
from nlviz.views.drawing.frames import LAYOUT, Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, panel, sheet, spacing, square
from nlviz.views.drawing.theme import DIVERGING
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.boxes import draw_arrow, draw_outline, plan_panel
from nlviz.views.pictures.wiring_plans import PLANS, Plan

__all__ = ["wiring"]

_LEFT, _RIGHT = (0.0, 0.46), (0.55, 1.0)
_ABOVE, _BELOW = (0.42, 0.99), (0.0, 0.28)
_FLAT = (290.0, 120.0)


# What the columns of a mask hold, by their first letter.
_COLUMNS = {"p": "p", "h": "h, from memory", "x": "x", "y": "y, from memory"}
_FROM_MEMORY = "hy"
_NEEDS = {"kept": "tokens batch 2", "mask": "tokens batch columns?", "sizes": "1 1 3"}


def wiring(trace: Trace, name: str = "MAC", *, stream: int = 0, theme: str = "light") -> go.Figure:
    """A wiring as a diagram with shapes, the mask of its attention, and the numbers it keeps while it reads.

    Left: the parts; those that learn while reading are warm, all others stay as trained. Right: one row per token, a
    cell for every vector it may attend to, warm where that vector comes out of the memory. Below: numbers kept in the
    cache and in the memory.
    name: "MAC", "MAG", "MAL" or "LMM". Signals: "mask" [time, batch, columns] of 0 and 1, its columns named p1 … h1 …
    x1 … y1, "kept" [time, batch, (cache, memory)], "sizes" [1, 1, (width,
    window, persistent)]. Frames: one per token. Raises ValueError for another name, KeyError for a missing signal.
    """
    name = choice("name", name, PLANS)
    seen = enter(trace, _NEEDS, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    trace, stream, theme, _ = seen
    _check_names(trace)
    labels = _labels(trace, stream)
    figure = sheet(PLANS[name].said, f"{PLANS[name].said}. {labels[-1]}.", theme=theme)
    _diagram(figure, trace, PLANS[name])
    attended = np.asarray(trace["mask"].values, dtype=float)[:, stream]
    tracks = _mask(figure, trace, attended) if attended.shape[1] else []
    times = np.asarray(trace["kept"].times)
    below = _kept(figure, trace, stream)
    tracks += cursor(figure, below, times)
    return animate(figure, tracks, labels, noun="token", links=[Span(below.x, times)])


def _check_names(trace: Trace) -> None:
    names, columns = trace["mask"].names, trace["mask"].values.shape[2]
    if len(names) != columns or not {name[0] for name in names} <= set(_COLUMNS):
        raise ValueError(
            f"signal 'mask' has {columns} columns and names {list(names)}; "
            "expected one each, give Signal(…, names=('p1', 'x1'))"
        )


def _diagram(figure: go.Figure, trace: Trace, plan: Plan) -> None:
    width, window, persistent = (f"{size:.0f}" for size in trace["sizes"].values[0, 0].tolist())
    here = plan_panel(figure, _LEFT, (0.0, 1.0), "warm: learns while reading<br>cold: stays as trained")
    for arrow in plan.arrows:
        draw_arrow(figure, here, plan.boxes, arrow)
    for box in plan.boxes.values():
        said = box.words.format(width=width, window=window, persistent=persistent)
        draw_outline(figure, here, box)
        figure.add_annotation(x=box.x, y=box.y, xref=here.x, yref=here.y, text=said)


def _mask(figure: go.Figure, trace: Trace, seen: np.ndarray) -> list[Track]:
    """The mask, and a box around the row of the token being read."""
    names = trace["mask"].names
    groups = [(letter, [*places]) for letter, places in groupby(range(len(names)), key=lambda at: names[at][0])]
    x: dict[str, Any] = {"title": {"text": "what it may attend to"}, "range": [-0.5, len(names) - 0.5]}
    x |= {"tickvals": [np.mean(places) for _, places in groups], "ticktext": [_COLUMNS[letter] for letter, _ in groups]}
    y = {"title": {"text": "token"}, "range": [len(seen) - 0.5, -0.5], "dtick": spacing(len(seen), 8), "tick0": 0}
    here = panel(figure, _RIGHT, _ABOVE, x=x | {"showgrid": False, "tickangle": 0}, y=y | {"showgrid": False})
    square(figure, here)
    # where attention sees the memory's outputs, it sees those at the persistent vectors too
    warm = np.array([1.0 if name[0] in _FROM_MEMORY or names[-1][0] == "y" else -1.0 for name in names])
    figure.layout[DIVERGING] = {"cmin": -1, "cmax": 1, "cmid": 0, "showscale": False}
    hover = "token %{y} sees %{customdata}<extra></extra>"
    figure.add_heatmap(
        z=(seen * warm * 0.75).astype(np.float32), coloraxis=DIVERGING, xgap=1, ygap=1, hovertemplate=hover,
        customdata=np.tile(np.array(names), (len(seen), 1)), **here.axes(),
    )  # fmt: skip
    for _, places in groups[1:]:
        edge = places[0] - 0.5
        figure.add_shape(type="line", xref=here.x, yref=here.y, x0=edge, x1=edge, y0=-0.5, y1=len(seen) - 0.5)
    number, rows = len(list(figure.select_shapes())), np.arange(len(seen))
    box = {"x0": -0.5, "x1": len(names) - 0.5, "y0": -0.5, "y1": 0.5}
    figure.add_shape(type="rect", xref=here.x, yref=here.y, **box)
    ends = (("y0", rows - 0.5), ("y1", rows + 0.5))
    return [Track(LAYOUT, f"shapes[{number}].{end}", places) for end, places in ends]


def _kept(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    times, kept = trace["kept"].times, np.asarray(trace["kept"].values)[:, stream]
    x = {"title": {"text": "time (tokens)"}, "range": [times.min() - 0.5, times.max() + 0.5]}
    y = {"title": {"text": "numbers kept"}, "range": [0, 1.08 * max(1.0, float(kept.max()))], "nticks": 5}
    here = panel(figure, _RIGHT, _BELOW, x=x, y=y)
    room, named = Room(figure, here, _FLAT), (("attention's cache", "slow"), ("the memory's state", "fast"))
    for place, (words, role) in enumerate(named):
        curve(figure, here, envelope(times, kept[:, place]), role=role, name=words, legend=False)
        room.curve(times, kept[:, place])
    for place, (words, role) in enumerate(named):
        room.name(words, times, kept[:, place], role)
    return here


def _labels(trace: Trace, stream: int) -> list[str]:
    seen, names = np.asarray(trace["mask"].values)[:, stream] > 0, np.array(trace["mask"].names)
    said = []
    for time, row in zip(trace["mask"].times.tolist(), seen, strict=True):
        attended = [str(name)[0] for name in names[row]] if row.size else []
        counts = [f"{sum(1 for _ in same)} {letter}" for letter, same in groupby(attended)]
        said.append(f"token {time} attends to {' + '.join(counts) or 'nothing'}")
    return said
