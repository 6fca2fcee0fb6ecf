"""What a cache beside a memory holds: every token and its write, those that are kept, and recall by room."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import curtain
from nlviz.views.drawing.sheet import finite, most, newest, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["keeping"]

_LEFT, _RIGHT, _UP = (0.0, 0.6), (0.71, 1.0), (0.0, 0.9)
_SIZE = (185.0, 370.0)
_NEEDS = {"write": "time 1", "kept": "time 1 tokens", "kind": "_ 1 tokens", "by_room": "_ 1 keeps"}
_KINDS = ("theory", "truth")
_KEEPS = ("fast", "slow", "write")
_DICE = "random"


def keeping(trace: Trace, *, theme: str = "light") -> go.Figure:
    """Which tokens a small exact cache beside a memory holds, and what every way to choose them recalls.

    Left, large: every token of one stream, as high as it was written; a circle on those that are kept. Right: the share
    of items that are recalled by the room of the cache, a line for each way to choose.
    Signals: "write" [time, 1]; "kept" [time, 1, tokens], 1 for each token that is kept after each; "kind" [1, 1,
    tokens]; "by_room" [rooms, 1, keeps], named, its times the rooms, the first without a cache. Notes: "keep" and
    "room", which is shown; "kinds", what the kinds of token are called, at most two, those worth keeping last.
    Frames: one per token; opened at the last.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, or names that do not fit.
    """
    seen = enter(trace, _NEEDS, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    told = _told(seen.trace)
    figure = sheet(plain(_title(told), seen.trace, "token"), theme=seen.theme)
    axis, tracks = _tokens(figure, told)
    _rooms(figure, told)
    labels = [_label(told, row) for row in range(len(told.kept))]
    alts = [f"{_title(told)}. {said}. {_inside(told, row)}." for row, said in enumerate(labels)]
    links = [Span(axis, np.arange(len(labels)))]
    return animate(figure, tracks, labels, noun="token", start=len(labels) - 1, links=links, alts=alts)


class _Told(NamedTuple):
    """A run. write: [tokens], NaN where nothing was read; kept: [time, tokens], whether each token is in the cache;
    by_room: [rooms, keeps]."""

    write: np.ndarray
    kept: np.ndarray
    kind: np.ndarray
    kinds: tuple[str, ...]
    rooms: np.ndarray
    by_room: np.ndarray
    keeps: tuple[str, ...]
    keep: str
    room: int

    def share(self, keep: str) -> float:
        """What a way to choose recalls with the room that is shown, or the largest below it."""
        return float(
            self.by_room[np.flatnonzero(self.rooms <= max(self.room, self.rooms[0]))[-1], self.keeps.index(keep)]
        )


def _told(trace: Trace) -> _Told:
    kind = np.nan_to_num(np.asarray(trace["kind"].values, float)[0, 0]).astype(int)
    kinds = trace.noted("kinds") or tuple(f"kind {number}" for number in range(kind.max() + 1))
    keeps, count = trace["by_room"].names, len(trace["by_room"].values[0, 0])
    if not 0 <= kind.min() <= kind.max() < len(kinds) <= len(_KINDS):
        raise ValueError(
            f"signal 'kind' goes from {kind.min()} to {kind.max()}, note 'kinds' has {list(kinds)}; expected a name "
            f"for each kind and at most {len(_KINDS)}, give trace.merge(notes={{'kinds': (…)}})"
        )
    if not keeps or count > len(_KEEPS):
        raise ValueError(
            f"signal 'by_room' has {count} ways to choose, named {list(keeps)}; expected at most {len(_KEEPS)} and a "
            f"name for each, give Signal(…, names=(…))"
        )
    write, rooms = finite(np.asarray(trace["write"].values, float)[:, 0]), np.asarray(trace["by_room"].times)
    room = "".join(trace.noted("room"))
    return _Told(
        write=np.append(write, np.full(max(0, len(kind) - len(write)), np.nan))[: len(kind)],
        kept=np.nan_to_num(np.asarray(trace["kept"].values, float)[:, 0]) > 0,
        kind=kind,
        kinds=kinds,
        rooms=rooms,
        by_room=finite(np.asarray(trace["by_room"].values, float)[:, 0]),
        keeps=keeps,
        keep=next((one for one in trace.noted("keep") if one in keeps), keeps[0]),
        room=int(room) if room.isdecimal() else int(rooms[-1]),
    )


def _title(told: _Told) -> str:
    """What the chosen cache recalls, beside dice and beside none."""
    alone, mine = float(told.by_room[0, 0]), told.share(told.keep)
    if not np.isfinite([alone, mine]).all():
        return "What is recalled in this run is no number"
    if not told.room:
        return f"Nothing is kept beside the memory: it recalls {alone:.2f}"
    others = [one for one in (_DICE, told.keeps[0]) if one in told.keeps and one != told.keep][:1]
    said = [f"{_said(one)} {told.share(one):.2f}" for one in others]
    return ", ".join([f"{_said(told.keep)} recalls {mine:.2f}".capitalize(), *said, f"the memory alone {alone:.2f}"])


def _said(keep: str) -> str:
    """A way to choose in words: what is kept."""
    return {"random": "a cache by dice"}.get(keep, f"a cache of the {keep}{'s' if keep == 'largest write' else ''}")


def _inside(told: _Told, row: int) -> str:
    """How many of the tokens kept are of which kind."""
    counts = [int((told.kept[row] & (told.kind == kind)).sum()) for kind in range(len(told.kinds))]
    return f"in the cache: {', '.join(f'{count} {name}' for count, name in zip(counts, told.kinds, strict=True))}"


def _label(told: _Told, row: int) -> str:
    """What is read, how it is written, and what the cache holds then."""
    fate = "kept" if told.kept[row, row] else "not kept"
    what = f" ({told.kinds[told.kind[row]]})" if len(told.kinds) > 1 else ""
    return f"token {row}{what}: write {told.write[row]:.2f}, {fate} · {_inside(told, row)}"


def _tokens(figure: go.Figure, told: _Told) -> tuple[str, list[Track]]:
    """A stem for every token, in the colour of its kind, and a circle on top while it is kept."""
    count, top = len(told.write), most(told.write)
    high = 1.15 * top if np.isfinite(top) and top > 0 else 1.0
    x = {"title": {"text": "time (tokens)"}, "range": [-1.0, count], "showgrid": False, "nticks": 8}
    y = {"title": {"text": "write θ‖∇ℓ‖"}, "range": [-0.03 * high, high], "zeroline": True, "nticks": 4}
    here = panel(figure, _LEFT, _UP, x=x, y=y)
    for kind, name in enumerate(told.kinds):
        own, look = np.flatnonzero(told.kind == kind), ROLES[_KINDS[kind]]
        stems = np.full((len(own), 3), np.nan)
        stems[:, 0], stems[:, 1] = 0.0, told.write[own]
        figure.add_scatter(
            x=np.repeat(own, 3), y=stems.ravel(), mode="lines", name=escape(name, quote=False),
            line={"color": look.color, "width": 1.5 + 1.5 * kind}, showlegend=len(told.kinds) > 1,
            hovertemplate=f"token %{{x}}, {escape(name, quote=False)}: %{{y:.2f}}<extra></extra>", **here.axes(),
        )  # fmt: skip
    shown = np.where(told.kept, told.write, np.nan).astype(np.float32)
    look = ROLES["fast"]
    figure.add_scatter(
        x=np.arange(count), y=shown[-1], mode="markers", name="kept", showlegend=True, hoverinfo="skip",
        marker={"color": look.color, "symbol": look.symbol, "size": 8}, **here.axes(),
    )  # fmt: skip
    figure.update_layout(legend={"x": 0.0, "xanchor": "left", "y": 0.92, "yanchor": "bottom"})
    return here.x, [Track(newest(figure), "y", shown), curtain(figure, here, np.arange(len(told.kept)) + 0.5)]


def _rooms(figure: go.Figure, told: _Told) -> None:
    """Recall by room, a line for each way to choose, and an upright line at the room that is shown."""
    places = np.arange(len(told.rooms), dtype=float)
    known = told.by_room[np.isfinite(told.by_room)]
    low, high = float(known.min(initial=1.0)), float(known.max(initial=0.0))
    air = 0.15 * (high - low) or 0.1
    x = {"title": {"text": "room (tokens)"}, "range": [-0.4, places[-1] + 0.4], "tickvals": places, "showgrid": False}
    y = {"title": {"text": "recalled (share of items)"}, "range": [low - air, high + air], "nticks": 5}
    here = panel(figure, _RIGHT, _UP, x=x | {"ticktext": [str(room) for room in told.rooms.tolist()]}, y=y)
    at = float(np.interp(told.room, told.rooms, places))
    figure.add_shape(type="line", xref=here.x, yref=f"{here.y} domain", x0=at, x1=at, y0=0, y1=1)
    room = Room(figure, here, _SIZE)
    room.upright(at)
    for place, name in enumerate(told.keeps):
        look, line = ROLES[_KEEPS[place]], told.by_room[:, place]
        figure.add_scatter(
            x=places, y=line, mode="lines+markers", name=f"{name}, by room", showlegend=False, customdata=told.rooms,
            line={"color": look.color, "dash": look.dash}, marker={"color": look.color, "symbol": look.symbol},
            hovertemplate=f"{escape(name, quote=False)}, room %{{customdata}}: %{{y:.2f}}<extra></extra>",
            **here.axes(),
        )  # fmt: skip
        room.curve(places, line)
    for place, name in enumerate(told.keeps):
        room.name("dice" if name == _DICE else name, places, told.by_room[:, place], _KEEPS[place])
