"""The memory inspector: which interactions an answer comes from, what was surprising, and how well a user is known."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, newest, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.inspector_told import KINDS, Told, alts_of, labels_of, start_of, title_of, told_of

__all__ = ["inspector"]

_ACROSS = (0.0, 1.0)
_SHARES, _SURPRISE, _EVENINGS = (0.5, 0.93), (0.27, 0.41), (0.0, 0.18)
# The size of the lowest panel on a laptop, in pixels.
_FLAT = (600.0, 78.0)
_NEEDS = {"influence": "time batch time", "item": "time batch", "day": "time batch", "surprise": "time batch"}
_NEEDS |= {"error": "days batch lines"}
_MAY = {"lie": "time batch", "levels": "time batch levels"}
_SANE = 3.0


def inspector(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """One user's interactions by day, and for the one at the slider, of which earlier ones its answer is made.

    Above, large: the share of every earlier interaction in the answer, as bars: the newest on the same topic, older
    ones, other topics, lies; × at one that was struck. Then how surprising each was when it was told, lies marked; then
    the error each evening. Where tastes are other ones the days are shaded.
    Signals: "influence" [time, batch, time]; "item" [time, batch], the topic of each; "day" [time, batch], rising;
    "surprise" [time, batch], NaN for what was never told; "error" [days, batch, lines], named; if recorded "lie" [time,
    batch], and "levels" [time, batch, levels], named, what each level of a memory gives of the answer, said in words.
    Tokens: what the topics are called. Marks "taste": where tastes change and change back. Notes: "arm"; "forgotten",
    which was struck, counted from 1, "moved", what that changes; "opens", the frame to open at.
    Frames: one per interaction. Units: shares of what was said; lengths of preferences.
    Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "interaction")
    trace, stream, theme, _ = seen
    told = told_of(trace, stream)
    title = plain(title_of(told), trace, "interaction")
    figure = sheet(title, theme=theme)
    panels = [_bars(figure, told), _stems(figure, told), _lines(figure, told)]
    tracks = _heights(figure, panels[0], told)
    _struck(figure, panels[0], told)
    _shade(figure, panels, told)
    tracks += [track for here in panels for track in cursor(figure, here, told.day)]
    figure.update_annotations(align="left")
    links = [Span(here.x, told.day) for here in panels]
    return animate(figure, tracks, labels_of(told), noun="interaction", start=start_of(told), links=links,
                   alts=alts_of(told, title))  # fmt: skip


def _time(told: Told, *, said: bool) -> dict[str, Any]:
    """The days, named below the lowest panel alone."""
    ends = [float(told.day[0]) - 1.0, float(max(told.day[-1], told.days[-1])) + 0.5]
    return {"range": ends, "showgrid": False, "showticklabels": said, "nticks": 10} | (
        {"title": {"text": "day"}} if said else {"ticks": ""}
    )


def _bars(figure: go.Figure, told: Told) -> Panel:
    """The panel of the shares, with the looks of its bars over it."""
    low = max(min(0.0, float(np.nanmin(told.shares, initial=0.0))), -told.most)
    high = min(max(0.0, float(np.nanmax(told.shares, initial=0.0))), told.most) or 1.0
    looks = [KINDS[kind] for kind in range(len(KINDS)) if kind < 3 or told.lie.any()]
    signs = [f"<span style='color:{ROLES[role].color}'>{sign}</span> {name}" for name, role, _, sign in looks]
    wide = high - low
    # room above the bars for the name of the band
    y = {"title": {"text": "share in the answer"}, "range": [low - 0.06 * wide, high + 0.22 * wide], "nticks": 5}
    heading = f"{'  '.join(signs[:2])}<br>{'  '.join(signs[2:])}"
    return panel(figure, _ACROSS, _SHARES, heading=heading, x=_time(told, said=False), y=y | {"zeroline": True})


def _width(told: Told) -> float:
    """Of a bar, in days."""
    return 0.8 * float(np.diff(told.day).min(initial=1.0))


def _heights(figure: go.Figure, here: Panel, told: Told) -> list[Track]:
    """Bars of each kind of interaction, each with a look of its own."""
    tracks, start = list[Track](), start_of(told)
    who = [f"{escape(name, quote=False)}, interaction {at + 1}" for at, name in enumerate(told.names)]
    for kind, (name, role, shape, _) in enumerate(KINDS):
        heights = np.where(told.kind == kind, told.shares, np.nan).astype(np.float32)
        if not np.isfinite(heights).any():
            continue
        figure.add_bar(
            x=told.day, y=heights[start], name=name, width=_width(told), customdata=who, showlegend=False,
            marker={"color": ROLES[role].color, "pattern": {"shape": shape, "solidity": 0.5, "size": 4}},
            hovertemplate=f"%{{customdata}} ({name}): %{{y:.3f}}<extra></extra>", **here.axes(),
        )  # fmt: skip
        tracks.append(Track(newest(figure), "y", heights))
    return tracks


def _struck(figure: go.Figure, here: Panel, told: Told) -> None:
    """A cross where an interaction was struck."""
    if told.forgotten:
        look = {"symbol": "x-thin", "size": 11, "line": {"width": 3, "color": ROLES["slow"].color}}
        figure.add_scatter(
            x=[told.day[told.forgotten - 1]], y=[0.0], mode="markers", name="never told", marker=look, showlegend=False,
            hovertemplate=f"interaction {told.forgotten} was never told<extra></extra>", **here.axes(),
        )  # fmt: skip
        words = f"<span style='color:{ROLES['slow'].color}'>✕</span> never told"
        corner = {"x": 1, "y": 1, "xanchor": "right", "yanchor": "top"}
        figure.add_annotation(text=words, xref=f"{here.x} domain", yref=f"{here.y} domain", **corner)


def _stems(figure: go.Figure, told: Told) -> Panel:
    """How surprising each interaction was; lies apart."""
    top = 1.12 * float(np.nanmax(np.minimum(told.surprise, _SANE), initial=1.0))
    lie = ROLES["write"]
    heading = "surprise, when it is told"
    if told.lie.any():
        heading += f"  <span style='color:{lie.color}'>▲</span> a lie"
    y = {"range": [0.0, top], "nticks": 3, "title": {"text": "length"}}
    here = panel(figure, _ACROSS, _SURPRISE, heading=heading, x=_time(told, said=False), y=y)
    figure.add_bar(
        x=told.day, y=told.surprise, name="surprise", width=_width(told), marker={"color": ROLES["fast"].color},
        hovertemplate="day %{x:.0f}: surprise %{y:.2f}<extra></extra>", showlegend=False, **here.axes(),
    )  # fmt: skip
    if told.lie.any():
        figure.add_scatter(
            x=told.day[told.lies], y=np.minimum(told.surprise[told.lies], _SANE), mode="markers", name="lies",
            marker={"symbol": lie.symbol, "size": 9, "color": lie.color}, showlegend=False, cliponaxis=False,
            hovertemplate="a lie: surprise %{y:.2f}<extra></extra>", **here.axes(),
        )  # fmt: skip
    return here


def _lines(figure: go.Figure, told: Told) -> Panel:
    """The error each evening, of who is inspected and of others beside it."""
    top = 1.12 * float(np.nanmax(np.minimum(told.evenings, _SANE), initial=1.0))
    y = {"range": [0.0, top], "nticks": 3, "title": {"text": "error"}}
    heading = "error each evening; 1: an empty answer"
    here = panel(figure, _ACROSS, _EVENINGS, heading=heading, x=_time(told, said=True), y=y)
    room = Room(figure, here, _FLAT)
    drawn = [(name, "fast" if not at else "slow", told.evenings[:, at]) for at, name in enumerate(told.lines)]
    for name, role, line in drawn:
        curve(figure, here, Drawn(told.days, line, 1), role=role, name=name, legend=False)
        room.curve(told.days, line)
    for name, role, line in drawn:
        room.name(name, told.days, line, role)
    return here


def _shade(figure: go.Figure, panels: list[Panel], told: Told) -> None:
    """The days of the other tastes as a band through all panels, named over the first."""
    if told.new is None:
        return
    start, stop = told.new
    look = {"fillcolor": ROLES["theory"].color, "opacity": 0.16, "line": {"width": 0}, "layer": "below"}
    for here in panels:
        figure.add_shape(type="rect", xref=here.x, yref=f"{here.y} domain", x0=start, x1=stop, y0=0, y1=1, **look)
    figure.add_annotation(
        text="other tastes", x=start, y=1, xref=panels[0].x, yref=f"{panels[0].y} domain", xanchor="left",
        yanchor="top", xshift=3,
    )  # fmt: skip
