"""Gradient memory: a ball in a curved valley, and the gradients its momentum is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Link, Span, Track, animate
from nlviz.views.drawing.lines import curtain
from nlviz.views.drawing.sheet import Panel, column, finite, newest, panel, plain, sheet, spacing, two
from nlviz.views.drawing.theme import ROLES, SURPRISE
from nlviz.views.entry import enter, unrecorded

__all__ = ["gradient_memory"]

_LEFT, _RIGHT = (0.0, 0.47), (0.6, 1.0)
_VALLEY, _SMALL = (0.36, 0.95), (0.0, 0.23)
_MATRIX, _SHARES = (0.48, 0.93), (0.0, 0.28)
_NEEDS = {"way": "time 1 2", "age_spectrum": "time 1 ages", "height": "time 1", "start": "1 1 2"}
_NEEDS |= {
    "beside": "time betas 2",
    "beta": "1 betas",
    "floor": "1 1 rows columns",
    "across": "1 1 columns",
    "along": "1 1 rows",
}
_HALF, _MOST = 0.5, 0.99
_LINES = 9
# An older gradient of which so much more is left than of a newer one: it is not age that makes it fade.
_AGAIN = 0.05
# What a scatter writes is code elsewhere; here it is a number.
_SANS = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"


def gradient_memory(trace: Trace, *, theme: str = "light") -> go.Figure:
    """A ball rolls down a curved valley by momentum, and the momentum is a memory of gradients.

    Left: the valley as lines of equal height, the way so far and the ball; below, the whole way for other β. Right,
    above: every gradient (row) after every step (column), how much of it is left; below: the share of all that is
    carried that the last n gradients make, where it reaches a half and 99 %.
    Signals: "way" [time, 1, 2] and "start" [1, 1, 2], both (r, φ); "height" [time, 1]; "age_spectrum" [time, 1, ages];
    "beside" [time, betas, 2] with "beta" [1, betas]; "floor" [1, 1, rows, columns], the valley's height, over "across"
    r [1, 1, columns] and "along" φ [1, 1, rows].
    Frames: one per step; opened at the last one that is finite.
    Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, _NEEDS, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "step")
    trace, _, theme, _ = seen
    path, shares = finite(np.asarray(trace["way"].values)[:, 0]), _shares(trace)
    in_sight = [bool(np.isfinite(place).all()) for place in path]
    last = int(np.flatnonzero(in_sight)[-1])
    counts = [_reached(one) for one in shares]
    left = finite(np.asarray(trace["age_spectrum"].values, dtype=float)[last, 0])
    figure = sheet(plain(_title(counts[last], left), trace, "step"), theme=theme)
    tracks = [*_ball(figure, trace, path)]
    _others(figure, trace)
    matrix, here = _left(figure, trace, last)
    tracks += [matrix, *_made_of(figure, shares, counts)]
    times = trace["way"].times
    labels = [
        f"step {time}: {_said(count) if there else 'the ball is lost'}"
        for time, count, there in zip(times.tolist(), counts, in_sight, strict=True)
    ]
    alts = [_alt(trace, path, frame, counts[frame]) for frame in range(len(path))]
    links = [Span(here.x, np.asarray(times)), Link(_WAY, np.arange(-1, len(path))[None])]
    acts = ["outer write"] * len(labels)
    return animate(figure, tracks, labels, noun="step", start=last, alts=alts, links=links, acts=acts)


_SIGNS = "   ".join(
    f"<span style='color:{ROLES[role].color}'>{sign}</span> {words}"
    for sign, role, words in (("●", "fast", "the ball"), ("★", "truth", "the lowest place"))
)

# The valley's lines come first, then the way: a click on a point of it goes to that step.
_WAY = 1


def _ball(figure: go.Figure, trace: Trace, path: np.ndarray) -> list[Track]:
    """The large valley: the way up to a frame, and the ball at its end."""
    x, y = _ranges(trace)
    x, y = x | {"title": {"text": "weight r"}}, y | {"title": {"text": "weight φ"}}
    here = panel(figure, _LEFT, _VALLEY, heading=_SIGNS, x=x, y=y)
    _floor(figure, here, trace)
    whole = np.concatenate([np.asarray(trace["start"].values)[0], path])
    seen = np.arange(len(whole)) <= np.arange(1, len(whole))[:, None]
    ways = [np.where(seen, whole[:, axis], np.nan).astype(np.float32) for axis in range(2)]
    look = ROLES["fast"]
    figure.add_scatter(
        x=ways[0][-1], y=ways[1][-1], mode="lines+markers", name="the way", showlegend=False,
        line={"color": look.color, "width": 1}, marker={"color": look.color, "size": 4},
        hovertemplate="r %{x:.2f}, φ %{y:.2f}<extra></extra>", **here.axes(),
    )  # fmt: skip
    figure.add_scatter(
        x=path[-1:, 0], y=path[-1:, 1], mode="markers", name="the ball", showlegend=False,
        marker={"color": look.color, "symbol": look.symbol, "size": 13}, hoverinfo="skip", **here.axes(),
    )  # fmt: skip
    figure.add_scatter(
        x=[0.0], y=[0.0], mode="markers", name="the lowest place", showlegend=False,
        marker={"color": ROLES["truth"].color, "symbol": "star", "size": 11},
        hovertemplate="the lowest place<extra></extra>", **here.axes(),
    )  # fmt: skip
    ball = newest(figure) - 1
    moving = [Track(_WAY, axis, way) for axis, way in zip("xy", ways, strict=True)]
    return [*moving, *(Track(ball, axis, path[:, at : at + 1].astype(np.float32)) for at, axis in enumerate("xy"))]


def _others(figure: go.Figure, trace: Trace) -> None:
    """The same valley small, once for every other β, with the whole way."""
    betas, ways = np.asarray(trace["beta"].values)[0], finite(np.asarray(trace["beside"].values))
    x, y = _ranges(trace)
    bare = {"showticklabels": False, "ticks": "", "title": {"text": ""}, "nticks": 2, "showgrid": False}
    width = (_LEFT[1] - _LEFT[0]) / len(betas)
    begun = np.asarray(trace["start"].values)[0]
    for at, beta in enumerate(betas.tolist()):
        across = (_LEFT[0] + at * width, _LEFT[0] + (at + 0.9) * width)
        here = panel(figure, across, _SMALL, heading=f"β = {beta:g}", x={**x, **bare}, y={**y, **bare})
        _floor(figure, here, trace, lines=4)
        way, look = np.concatenate([begun, ways[:, at]]), ROLES["slow"]
        figure.add_scatter(
            x=way[:, 0], y=way[:, 1], mode="lines", name=f"the way with β = {beta:g}", showlegend=False,
            line={"color": look.color, "width": 1.5}, hoverinfo="skip", **here.axes(),
        )  # fmt: skip
        ended = way[np.isfinite(way).all(1)][-1]
        figure.add_scatter(
            x=ended[:1], y=ended[1:], mode="markers", name=f"its end with β = {beta:g}", showlegend=False,
            marker={"color": look.color, "symbol": look.symbol, "size": 7}, hoverinfo="skip", **here.axes(),
        )  # fmt: skip


def _left(figure: go.Figure, trace: Trace, last: int) -> tuple[Track, Panel]:
    """What is left of every gradient after every step; what has not happened is hidden."""
    spectrum = finite(np.asarray(trace["age_spectrum"].values, dtype=float)[:, 0])
    steps, ages = spectrum.shape
    rows, columns = np.arange(steps)[:, None], np.arange(steps)[None]
    age = columns - rows
    known = (age >= 0) & (age < ages) & (columns <= last)
    z = np.where(known, spectrum[columns, np.clip(age, 0, ages - 1)], np.nan)
    x = {"title": {"text": "time (steps)"}, "range": [-0.5, steps - 0.5], "showgrid": False}
    y = {"title": {"text": "gradient (in order)"}, "range": [steps - 0.5, -0.5], "showgrid": False}
    here = panel(figure, _RIGHT, _MATRIX, x=x, y=y | {"dtick": spacing(steps, 5), "tick0": 0})
    bar = {"title": {"text": "left of it ", "side": "right"}, "orientation": "h", "tickvals": [0, 0.5, 1]}
    bar |= {"x": _RIGHT[0], "xanchor": "left", "len": 0.4, "y": 0.945, "yanchor": "bottom", "ypad": 0}
    figure.layout[SURPRISE] = {"cmin": 0, "cmax": 1, "colorbar": bar}
    hover = "gradient %{y} after step %{x}: %{z:.3f} of it is left<extra></extra>"
    cells = go.Heatmap(z=z.astype(np.float32), coloraxis=SURPRISE, hovertemplate=hover, hoverongaps=False)
    figure.add_trace(cells.update(here.axes()))
    # below the diagonal nothing can stand: a gradient is younger than that step
    corner = {"x": 0.03, "xanchor": "left", "y": 0.04, "yanchor": "bottom", "align": "left"}
    says = "a row is one gradient,<br>it ages to the right"
    figure.add_annotation(text=says, xref=f"{here.x} domain", yref=f"{here.y} domain", **corner)
    return curtain(figure, here, np.arange(steps) + 0.5), here


def _made_of(figure: go.Figure, shares: np.ndarray, counts: list[tuple[int, int]]) -> list[Track]:
    """The share of what is carried that the last n gradients make, and where it reaches a half and 99 %."""
    ages = np.arange(1, shares.shape[1] + 1)
    x = {"title": {"text": "the last n gradients"}, "range": [0, 1.12 * len(ages)]}
    y = {"title": {"text": "share"}, "range": [0, 1.05]}
    y |= {"tickvals": [0, _HALF, _MOST], "ticktext": ["0", "half", "99 %"]}
    here = panel(figure, _RIGHT, _SHARES, x=x, y=y)
    look = ROLES["fast"]
    line = {"color": look.color, "dash": look.dash}
    figure.add_scatter(
        x=ages, y=shares[-1], mode="lines", name="share of the momentum", showlegend=False, line=line,
        hovertemplate="the last %{x}: %{y:.3f} of the momentum<extra></extra>", **here.axes(),
    )  # fmt: skip
    curve = newest(figure)
    marks = {"color": ROLES["write"].color, "symbol": ROLES["write"].symbol, "size": 10}
    at = np.array(counts, dtype=float)
    at[at == 0] = np.nan
    words = [[f"{half}", f"{most}"] if half else ["", ""] for half, most in counts]
    figure.add_scatter(
        x=at[-1], y=[_HALF, _MOST], mode="markers+text", name="a half, and 99 %", showlegend=False, marker=marks,
        text=words[-1], textfont={"family": _SANS}, textposition="bottom right", hoverinfo="skip", **here.axes(),
    )  # fmt: skip
    points = newest(figure)
    return [
        Track(curve, "y", shares.astype(np.float32)),
        Track(points, "x", at.astype(np.float32)),
        Track(points, "text", words),
    ]


def _floor(figure: go.Figure, here: Panel, trace: Trace, lines: int = _LINES) -> None:
    """Lines of equal height, as many to each power of ten: on an even scale all of them would lie on the slopes."""
    across, along = (np.asarray(trace[name].values)[0, 0] for name in ("across", "along"))
    z = np.log10(1 + finite(np.asarray(trace["floor"].values, dtype=float)[0, 0]))
    top = float(np.nanmax(z, initial=0.0))
    size = top / (lines + 1) or 1.0
    levels = {"coloring": "none", "start": size / 2, "end": top, "size": size}
    figure.add_contour(
        x=across, y=along, z=z.astype(np.float32), contours=levels, autocontour=False, showscale=False,
        line={"color": ROLES["theory"].color, "width": 1}, hoverinfo="skip", opacity=0.6, showlegend=False,
        **here.axes(),
    )  # fmt: skip


def _ranges(trace: Trace) -> tuple[dict[str, Any], dict[str, Any]]:
    ends = [np.asarray(trace[name].values)[0, 0, [0, -1]].tolist() for name in ("across", "along")]
    return {"range": ends[0], "showgrid": False}, {"range": ends[1], "showgrid": False}


def _shares(trace: Trace) -> np.ndarray:
    """By step, the share of all that is carried that the last n gradients make, [time, ages]; NaN where nothing is."""
    spectrum = finite(np.asarray(trace["age_spectrum"].values, dtype=float)[:, 0])
    total = spectrum.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return finite(spectrum.cumsum(1) / total)


def _reached(shares: np.ndarray) -> tuple[int, int]:
    """How many of the last gradients make a half, and 99 %; 0 where there is nothing."""
    if not np.isfinite(shares).all():
        return 0, 0
    # a share is reached when it is there up to rounding
    half, most = (int(np.argmax(shares >= share - 1e-9)) + 1 for share in (_HALF, _MOST))
    return half, most


def _title(count: tuple[int, int], left: np.ndarray) -> str:
    if count[1] <= 1:
        return "The newest gradient alone moves the ball: nothing older is left"
    if (np.diff(left) > _AGAIN).any():
        return "What moves the ball stays until others like it come, however old"
    if count[0] == 1:
        return "The newest gradient alone makes half of what moves the ball"
    return f"At the end the last {count[0]} gradients make half of what moves the ball"


def _said(count: tuple[int, int]) -> str:
    half, most = count
    if half == 1:
        return "nothing older is carried" if most == 1 else f"the newest makes half of the momentum, {most} make 99 %"
    return f"the last {half} make half of the momentum, the last {most} make 99 %" if half else "nothing is carried"


def _alt(trace: Trace, path: np.ndarray, frame: int, count: tuple[int, int]) -> str:
    height, (r, phi) = column(trace["height"])[frame], path[frame]
    if not np.isfinite(height):
        return "The ball has left the valley."
    where = f"The ball is at r {two(float(r))}, φ {two(float(phi))}, at height {two(float(height))}"
    return f"{where} after step {trace['way'].times[frame]}; {_said(count)}."
