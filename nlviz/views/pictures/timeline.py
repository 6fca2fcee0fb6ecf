"""Months of reading on one axis: what a day costs, what is still known, and which earlier line taught an answer."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import Span, Track, animate
from nlviz.views.drawing.labels import LAPTOP, Room
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, newest, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.timeline_told import DAYS, Life, alts_of, labels_of, life_of, title_of

__all__ = ["timeline"]

_NEEDS = {"paid": "time batch arms"}
_MAY = {"again": "_ batch arms", "right": "_ batch _", "kept": "_ batch _"}
_ALL, _LEFT, _RIGHT = (0.0, 1.0), (0.0, 0.6), (0.69, 1.0)
_TOP, _LOW = (0.53, 0.97), (0.0, 0.34)
_LINES, _WIDE = 8, 48
# of the arms: the frozen one is cold; of what stands beside them each part has a look of its own
_OTHERS = ("write", "theory", "truth")
_PARTS = ("fast", "truth", "write", "theory", "slow")
_SHOWS = {
    "again": "Week 1 again, nothing written",
    "right": "questions answered right",
    "kept": "what the memory holds",
    "": "",
}


def timeline(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """Months of reading, day by day: what a byte costs each arm, what is still known, and which line taught an answer.

    Above, large: bits per byte, each point the mean of five days, lower is better; upright lines are the looks. Below,
    right: one of three, at the looks or day by day: "again", bits per byte of Week 1 re-read without writing; "right",
    shares of questions answered right; "kept", what the memory holds. Left: a question of the last look, and the lines
    that taught its answer.
    Signals: "paid" [days, 1, arms], named by arm; if recorded "again" [looks, 1, arms], and one of "right" and "kept"
    [rows, 1, parts], named by part, which then stands in the place of "again". Times are days, from 1. Marks "look".
    Notes: "arm", which is shown, the first if there is none; "text", what is read; "asked", lines to stand before the
    first look, and for each that was taken.
    Frames: the days; opened at the last one.
    Raises KeyError for a signal that was not recorded, ValueError for other axes or no names.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "day")
    life = life_of(seen.trace, seen.stream)
    title = plain(title_of(life), seen.trace, "day")
    figure = sheet(title, theme=seen.theme)
    panels, tracks = [_paid(figure, life)], list[Track]()
    if life.shows:
        panels.append(_beside(figure, life))
    for here in panels:
        tracks += cursor(figure, here, life.days.astype(np.float32))
    tracks += _asked(figure, life)
    links = [Span(here.x, life.days) for here in panels]
    acts = ["inner write" if life.arm != life.frozen else "inner read error"] * len(life.days)
    more: dict[str, Any] = {"links": links, "alts": alts_of(life, title), "acts": acts}
    return animate(figure, tracks, labels_of(life), noun="day", start=len(life.days) - 1, **more)


def _size(across: tuple[float, float], up: tuple[float, float]) -> tuple[float, float]:
    return LAPTOP[0] * (across[1] - across[0]), LAPTOP[1] * (up[1] - up[0])


def _time(life: Life) -> dict[str, Any]:
    last = max(int(life.looks.max(initial=1)), int(life.days[-1]))
    return {"title": {"text": "day"}, "range": [0.0, last + 1.0], "showgrid": False, "nticks": 7}


def _heights(values: np.ndarray, *, least: float | None = None, most: float | None = None) -> list[float]:
    known = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
    low = float(known.min()) if least is None else least
    high = float(known.max()) if most is None else most
    air = 0.12 * (high - low) or 0.5
    return [low - air, high + air]


def _paid(figure: go.Figure, life: Life) -> Panel:
    """The large panel: a curve for each arm, the one that is shown heavy."""
    y = {"title": {"text": f"bits per byte<br>(mean of {DAYS} days)"}, "range": _heights(life.smooth), "nticks": 5}
    here = panel(figure, _ALL, _TOP, x=_time(life), y=y)
    room = Room(figure, here, _size(_ALL, _TOP))
    for day in life.looks.tolist():
        _look(figure, here, day)
        room.upright(day)
    roles = _arm_roles(life)
    for at in [*(one for one in range(len(life.arms)) if one != life.arm), life.arm]:
        curve(figure, here, Drawn(life.days, life.smooth[:, at], 1), role=roles[at], name=life.arms[at], legend=False)
        figure.data[newest(figure)].update(line={"width": 4 if at == life.arm else 2})
        room.curve(life.days, life.smooth[:, at])
    for day, name in zip(life.looks.tolist(), life.called, strict=True):
        room.beside(escape(name, quote=False), float(day))
    for at, name in enumerate(life.arms):
        room.name(escape(name, quote=False), life.days, life.smooth[:, at], roles[at])
    return here


def _look(figure: go.Figure, here: Panel, day: float) -> None:
    line = {"color": ROLES["theory"].color, "dash": "dot", "width": 1}
    figure.add_shape(type="line", xref=here.x, yref=f"{here.y} domain", x0=day, x1=day, y0=0, y1=1, line=line)


def _beside(figure: go.Figure, life: Life) -> Panel:
    """The small panel: Week 1 again, questions, or what is held."""
    whole = {"least": 0.0, "most": 1.0} if life.shows == "right" else {}
    y = {"title": {"text": life.unit}, "range": _heights(life.beside, **whole), "nticks": 4}
    here = panel(figure, _RIGHT, _LOW, heading=_SHOWS[life.shows], x=_time(life), y=y)
    room = Room(figure, here, _size(_RIGHT, _LOW))
    # where the cursor stands first
    room.upright(float(life.days[-1]))
    roles = _part_roles(life)
    for part, name in enumerate(life.parts):
        values = life.beside[:, part]
        mode = "lines+markers" if len(values) <= len(life.looks) else "lines"
        curve(figure, here, Drawn(life.times, values, 1), role=roles[part], name=name, legend=False, mode=mode)
        room.curve(life.times, values)
    for part, name in enumerate(life.parts):
        room.name(escape(name, quote=False), life.times, life.beside[:, part], roles[part])
    return here


def _part_roles(life: Life) -> list[str]:
    """Of arms those they have above; of other parts one each."""
    if life.parts == life.arms:
        return _arm_roles(life)
    return [_PARTS[at % len(_PARTS)] for at in range(len(life.parts))]


def _arm_roles(life: Life) -> list[str]:
    """The frozen arm is cold, the shown one warm, the others each as they come."""
    others = (_OTHERS[at % len(_OTHERS)] for at in range(len(life.arms)))
    places = range(len(life.arms))
    return ["slow" if at == life.frozen else "fast" if at == life.arm else next(others) for at in places]


def _asked(figure: go.Figure, life: Life) -> list[Track]:
    """The question of the last look, in the letters of code, line by line."""
    hidden = {"showticklabels": False, "showgrid": False, "showline": False, "ticks": "", "fixedrange": True}
    x, y = {"range": [0.0, 1.0]} | hidden, {"range": [_LINES - 0.5, -0.5]} | hidden
    here = panel(figure, _LEFT, _LOW, heading="asked, and who taught the answer" if life.asked else "", x=x, y=y)
    states = [_lines(one) for one in life.asked or ("",)]
    figure.add_scatter(
        x=np.zeros(_LINES), y=np.arange(_LINES), text=states[0], mode="text", textposition="middle right",
        name="asked", hoverinfo="skip", showlegend=False, **here.axes(),
    )  # fmt: skip
    return [Track(newest(figure), "text", states, np.minimum(life.passed, len(states) - 1))]


def _lines(said: str) -> list[str]:
    rows = [row if len(row) <= _WIDE else f"{row[: _WIDE - 1]}…" for row in said.splitlines()[:_LINES]]
    # Plotly takes blanks at a beginning away
    rows = [escape(row, quote=False).replace(" ", "\u00a0") for row in rows]
    return rows + [""] * (_LINES - len(rows))
