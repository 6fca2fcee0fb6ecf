"""Learning to write: the inner loop token by token, at every outer step, and which slow weights earned what."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import Link, Span, Track, animate
from nlviz.views.drawing.labels import LAPTOP, Room
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, newest, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.learning_run import EMPTY, NEEDS, Course, alts, course, labels, title

__all__ = ["learning"]

_LEFT, _RIGHT = (0.0, 0.58), (0.7, 1.0)
_WHOLE, _ABOVE, _BELOW = (0.0, 0.98), (0.55, 0.98), (0.0, 0.41)
# Slow weights are cold, all of them: their dashes and names tell them apart.
_DASHES = ("solid", "longdash", "dot", "dashdot", "dash")
# Where an error is so much larger than an empty memory's, even steps would press all others flat.
_STEEP = 1.5
_BESIDE = "gate by hand"


def learning(trace: Trace, *, theme: str = "light") -> go.Figure:
    """An outer loop that learns how to write, and in each of its steps the inner loop that writes.

    Left: the error of recall of what was shown so far, token by token, at this outer step, beside outer step 0; 1 is an
    empty memory. Right, above: the outer loss, beside a rule set by hand, and the error at the end of the streams that
    it is asked on, if these are others; below: what each group of slow weights has earned of the outer loss's fall.
    Signals: "recall_error" [looks, 1, reads], timed in outer steps; "read" [1, 1, reads], tokens before each read;
    "outer_loss" [looks, 1]; "by_hand" [1, 1]; "credit" [looks, 1, groups], named; and if recorded "theta" [looks, 1,
    cues], named. A note "asked" says on which streams, where they are not those of the training.
    Frames: at every look one before any token, then one for each read; opened at the last one.
    Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, NEEDS, {"theta": "looks 1 cues"}, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "outer step")
    run = course(seen.trace)
    said = plain(title(run), seen.trace, "outer step")
    figure = sheet(said, theme=seen.theme)
    tracks, links = _inner(figure, run)
    for here in (_outer(figure, run), _earned(figure, run)):
        tracks += cursor(figure, here, run.look.astype(np.float32))
        links.append(Span(here.x, run.look))
    more: dict[str, Any] = {"links": links, "alts": alts(run, said), "acts": _acts(run)}
    return animate(figure, tracks, labels(run), noun="token", start=_start(run), **more)


def _start(run: Course) -> int:
    """The end of the last look at which there is an error to see."""
    known = np.flatnonzero(np.isfinite(run.errors).any(1))
    return int(run.stride * (known[-1] + 1) - 1) if len(known) else 0


def _acts(run: Course) -> list[str]:
    """A look begins where the outer loop has written, if anything could move; every token is the inner loop's."""
    wrote = "outer write" if run.names else ""
    return ["inner" if read else wrote if look else "" for look, read in zip(run.look, run.reads, strict=True)]


def _inner(figure: go.Figure, run: Course) -> tuple[list[Track], list[Link | Span]]:
    """The large panel: this outer step as far as it is read, all of it faintly, and outer step 0."""
    x = {"title": {"text": "token read"}, "range": [0, 1.02 * run.read[-1]], "showgrid": False, "nticks": 7}
    y = {"title": {"text": "error of recall of what was shown so far"}, **_errors(np.append(run.errors, EMPTY))}
    here = panel(figure, _LEFT, _WHOLE, x=x, y=y)
    ghost, name = Drawn(run.read, run.errors[0], 1), f"at outer step {run.steps[0]}"
    curve(figure, here, ghost, role="theory", name=name, legend=False)
    first = newest(figure)
    curve(figure, here, ghost, role="fast", name="at this outer step", legend=False, faint=True)
    curve(figure, here, ghost, role="fast", name="read so far", legend=False)
    figure.add_scatter(
        x=run.read[-1:], y=run.errors[-1, -1:], mode="markers", name="this token", showlegend=False,
        marker={"color": ROLES["fast"].color, "symbol": ROLES["fast"].symbol, "size": 9}, hoverinfo="skip",
        **here.axes(),
    )  # fmt: skip
    _name_inner(figure, here, run, name)
    places = np.arange(1, run.stride, dtype=np.int32)
    there = places + run.stride * np.arange(len(run.steps), dtype=np.int32)[:, None]
    return _reading(run, first + 1), [Link(first, places[None]), Link(first + 1, there, run.look)]


def _reading(run: Course, faint: int) -> list[Track]:
    """What moves while a look is read: its curve, how far it is read, and the token."""
    so_far = np.where(np.arange(len(run.read)) < run.reads[:, None], run.errors[run.look], np.nan)
    last = np.maximum(run.reads - 1, 0)
    at = np.where(run.reads > 0, run.read[last], np.nan)
    now = np.where(run.reads > 0, run.errors[run.look, last], np.nan)
    return [
        Track(faint, "y", run.errors.astype(np.float32), run.look),
        Track(faint + 1, "y", so_far.astype(np.float32)),
        *(Track(faint + 2, axis, one[:, None].astype(np.float32)) for axis, one in (("x", at), ("y", now))),
    ]


def _name_inner(figure: go.Figure, here: Panel, run: Course, name: str) -> None:
    """Names where no curve of any look goes, if there is such a place."""
    room = _room(figure, here, _LEFT, _WHOLE)
    for one in (run.errors[0], run.errors[-1], *run.errors[1:-1]):
        room.curve(run.read, one)
    flat = np.full(len(run.read), EMPTY)
    _level(figure, here, EMPTY)
    room.level(EMPTY)
    room.name("an empty memory", run.read, flat, "theory", "dot")
    if (run.errors == run.errors[0]).all():
        room.name("at every outer step", run.read, run.errors[0], "fast")
        return
    room.name(name, run.read, run.errors[0], "theory")
    room.name("at this outer step", run.read, run.errors[-1], "fast")


def _outer(figure: go.Figure, run: Course) -> Panel:
    """The outer loss at every look, and the error at the end of the streams it is asked on."""
    lines = {"as trained": (run.loss, "slow", "solid")}
    if run.asked:
        lines["as asked"] = (run.ends, "fast", "dash")
    values = np.concatenate([*(line for line, *_ in lines.values()), [run.by_hand]])
    y = {"title": {"text": "error at the end" if run.asked else "outer loss"}, **_errors(values)}
    here = panel(figure, _RIGHT, _ABOVE, x=_steps(run), y=y)
    places, room = np.arange(len(run.steps)), _room(figure, here, _RIGHT, _ABOVE)
    room.upright(places[-1])
    _level(figure, here, run.by_hand)
    room.level(run.by_hand)
    for name, (line, role, dash) in lines.items():
        curve(figure, here, Drawn(places, line, 1), role=role, name=name, legend=False, mode="lines+markers", dash=dash)
        room.curve(places, line)
    room.name(_BESIDE, places, np.full(len(places), run.by_hand), "theory", "dot")
    for name, (line, role, dash) in lines.items():
        if run.asked:
            room.name(name, places, line, role, dash)
    return here


def _earned(figure: go.Figure, run: Course) -> Panel:
    """Of the fall of the outer loss, what each group has earned so far."""
    low, high = (float(pick(run.credit, initial=0.0)) for pick in (np.nanmin, np.nanmax))
    air = 0.12 * (high - low or 1.0)
    y = {"title": {"text": "credit: outer loss taken off"}, "range": [low - air, high + air], "zeroline": True}
    y |= {"nticks": 5} if high > low else {"tickvals": [0]}
    here = panel(figure, _RIGHT, _BELOW, x=_steps(run), y=y)
    places, room = np.arange(len(run.steps)), _room(figure, here, _RIGHT, _BELOW)
    room.upright(places[-1])
    if not run.names:
        figure.add_annotation(text="nothing is free", yanchor="bottom", **_middle(here))
    named = [*zip(run.names, run.credit.T, _cycled(len(run.names)), strict=True)]
    for name, line, dash in named:
        curve(figure, here, Drawn(places, line, 1), role="slow", name=name, legend=False, dash=dash)
        room.curve(places, line)
    room.level(0.0)
    for name, line, dash in named:
        room.name(escape(name, quote=False), places, line, "slow", dash)
    return here


def _cycled(count: int) -> list[str]:
    return [_DASHES[place % len(_DASHES)] for place in range(count)]


def _steps(run: Course) -> dict[str, Any]:
    """The axis of looks, evenly spaced as they are on the slider, each told by its outer step."""
    places = np.arange(len(run.steps))[:: -(-len(run.steps) // 6)]
    ticks = {"tickvals": places.tolist(), "ticktext": [str(run.steps[place]) for place in places]}
    return {"title": {"text": "outer step"}, "range": [-0.3, len(run.steps) - 0.7], "showgrid": False, **ticks}


def _errors(values: np.ndarray) -> dict[str, Any]:
    """An axis on which these errors can be told apart: by powers where some are far above an empty memory's."""
    known = values[values > 0] if (values > 0).any() else np.ones(1)
    low, high = float(known.min()), float(known.max())
    if high < _STEEP:
        air = 0.1 * (high - low or 1.0)
        return {"range": [max(0.0, low - 2 * air), high + air], "nticks": 6}
    # room below the lowest for its name
    bottom, top = low / 1.6, high * 1.25
    every = [digit * 10.0**power for power in range(-3, 1 + int(np.log10(top))) for digit in (1, 2, 5)]
    inside = [one for one in every if bottom <= one <= top]
    ticks = inside[:: -(-len(inside) // 7)]
    ends = [float(np.log10(bottom)), float(np.log10(top))]
    return {"type": "log", "range": ends, "tickvals": ticks, "ticktext": [f"{one:g}" for one in ticks]}


def _level(figure: go.Figure, here: Panel, value: float) -> None:
    line = {"color": ROLES["theory"].color, "dash": "dot"}
    across = {"xref": f"{here.x} domain", "x0": 0, "x1": 1, "yref": here.y, "y0": value, "y1": value}
    figure.add_shape(type="line", **across, line=line)


def _middle(here: Panel) -> dict[str, Any]:
    return {"x": 0.5, "y": 0.5, "xref": f"{here.x} domain", "yref": f"{here.y} domain"}


def _room(figure: go.Figure, here: Panel, across: tuple[float, float], up: tuple[float, float]) -> Room:
    return Room(figure, here, (LAPTOP[0] * (across[1] - across[0]), LAPTOP[1] * (up[1] - up[0])))
