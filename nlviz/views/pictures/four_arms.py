"""One stream, four arms: what each saves beside its own reader, by position, session after session."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Token, Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import curve
from nlviz.views.drawing.sheet import Panel, finite, panel, sheet, two
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["four_arms"]

_ROLES = ("slow", "write", "truth", "fast")
# The panel of a figure that has no knobs beside it, in pixels on a laptop.
_SIZE = (800.0, 430.0)
_SHADE = 0.12
# room above the highest curve, and below the lowest, in shares of the whole
_AIR = 0.08


def four_arms(trace: Trace, *, theme: str = "light") -> go.Figure:
    """What each arm saves, by position: does it rise within a session, and where does the next one begin?

    Above the zero line an arm pays less than the same reader without it. A curve that starts low in each session has
    kept nothing; one that starts high has. Every second session is shaded; its name stands above it.
    Signals: "gain" [time, 1, arms] and "session_gain" [sessions, 1, arms], bits per byte saved; their names are those
    of the arms. Tokens of kind "session", in bytes: one for each row of "session_gain". At most four arms.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, more arms, or no names.

        views.four_arms(experiments.learning_to_learn.four_arms([("email", email), ("json", json)]))
    """
    needs = {"gain": "time 1 arms", "session_gain": "sessions 1 arms"}
    seen = enter(trace, needs, theme=theme, kinds=("session",))
    if seen.nothing:
        return unrecorded(seen, "byte")
    names, sessions = _named(seen.trace), [token for token in seen.trace.tokens if token.kind == "session"]
    whole = finite(np.asarray(seen.trace["session_gain"].values, dtype=float)[:, 0])
    if len(sessions) != len(whole):
        raise ValueError(f"{len(sessions)} tokens of kind 'session' for {len(whole)} sessions; expected one each")
    figure = sheet(_title(names, sessions[-1], whole[-1]), _alt(names, sessions, whole), theme=seen.theme)
    here = _page(figure, sessions, seen.trace)
    _curves(figure, here, seen.trace, names, sessions)
    return figure


def _named(trace: Trace) -> tuple[str, ...]:
    names = trace["gain"].names
    if not names or len(names) > len(_ROLES):
        said = f"signal 'gain' has {len(names)} names of arms; expected one for each arm, at most {len(_ROLES)}"
        raise ValueError(f"{said}; give Signal(values, times, unit, names)")
    return names


def _page(figure: go.Figure, sessions: Sequence[Token], trace: Trace) -> Panel:
    """The empty panel, with a band for each session."""
    gain = finite(np.asarray(trace["gain"].values, dtype=float))
    low, high = float(np.nanmin(gain, initial=0.0)), float(np.nanmax(gain, initial=0.0))
    air = _AIR * (high - low or 1.0)
    x: dict[str, Any] = {"title": {"text": "byte read"}, "range": [sessions[0].start, sessions[-1].stop], "nticks": 7}
    y = {"title": {"text": "bits per byte saved"}, "range": [low - air, high + air], "zeroline": True, "nticks": 6}
    here = panel(figure, (0.0, 1.0), (0.0, 0.93), x=x | {"showgrid": False}, y=y)
    for number, one in enumerate(sessions):
        up = {"xref": here.x, "yref": f"{here.y} domain"}
        if number % 2:
            look = {"fillcolor": ROLES["theory"].color, "opacity": _SHADE, "line": {"width": 0}}
            figure.add_shape(type="rect", layer="below", x0=one.start, x1=one.stop, y0=0, y1=1, **up, **look)
        said = f"<b>{escape(one.text, quote=False)}</b>"
        figure.add_annotation(text=said, x=(one.start + one.stop) / 2, y=1, yanchor="bottom", **up)
    return here


def _curves(figure: go.Figure, here: Panel, trace: Trace, names: Sequence[str], sessions: Sequence[Token]) -> None:
    """A curve for each arm, broken between sessions, with its name at it."""
    signal = trace["gain"]
    values, times = finite(np.asarray(signal.values, dtype=float)[:, 0]), np.asarray(signal.times)
    breaks = np.searchsorted(times, [one.start for one in sessions[1:]])
    x, lines = np.insert(times.astype(float), breaks, np.nan), np.insert(values, breaks, np.nan, axis=0)
    room = Room(figure, here, _SIZE)
    room.level(0.0)
    for line in lines.T:
        room.curve(x, line)
    for name, line, role in zip(names, lines.T, _ROLES, strict=False):
        curve(figure, here, Drawn(x, line, 1), role=role, name=name, legend=False)
        room.name(escape(name, quote=False), x, line, role)


def _title(names: Sequence[str], last: Token, gains: np.ndarray) -> str:
    if not np.isfinite(gains).any() or np.nanmax(gains) <= 0:
        return f"In “{last.text}” no arm pays less than the same reader without it"
    best = int(np.nanargmax(gains))
    return f"In “{last.text}” {names[best]} saves most: {two(gains[best])} bits per byte, beside its own reader"


def _alt(names: Sequence[str], sessions: Sequence[Token], whole: np.ndarray) -> str:
    said = [
        f"{session.text}: " + ", ".join(f"{name} {two(float(x))}" for name, x in zip(names, row, strict=True))
        for session, row in zip(sessions, whole, strict=True)
    ]
    return f"Bits per byte saved in {len(sessions)} sessions. {'; '.join(said)}."
