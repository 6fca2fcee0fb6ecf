"""Mini-batches: where small ones learn better and where large ones do, with the limit of stability across the map."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import text
from nlviz.trace import Trace
from nlviz.views.drawing.frames import Track, animate
from nlviz.views.drawing.sheet import Panel, finite, newest, panel, plain, sheet
from nlviz.views.drawing.theme import DIVERGING, ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["mini_batches"]

_NEEDS = {"error": "time seeds periods inner_lrs", "period": "1 1 periods", "inner_lr": "1 1 inner_lrs"}
_NEEDS |= {"at": "1 1 1", "limit": "1 seeds periods"}
_MAY = {"yours": "1 seeds periods"}
# Powers of ten that are told apart: below it is known as well as need be, above it has diverged.
_LOW, _HIGH = -6.0, 2.0
# How much of a row, up and down from its middle, is its number's.
_NUMBER = 0.56
# Above stands the key.
_UP = (0.0, 0.9)


def mini_batches(trace: Trace, *, noun: str = "example", theme: str = "light") -> go.Figure:
    """Error left by every mini-batch size and inner_lr on one map, and beside it the column of the inner_lr chosen.

    Cells: log₁₀ of the relative squared error, cold below 1 (something is known), warm above (worse than nothing
    known), its number in each. A star marks the best inner_lr of each mini-batch, the dashed line 2/λ_max.
    Shapes: "error" [time, seeds, periods, inner_lrs], time the examples read; "period" [1, 1, periods], "inner_lr"
    [1, 1, inner_lrs], "at" [1, 1, 1], the one chosen; "limit" [1, seeds, periods], and "yours", if there, likewise.
    Frames: one per row of "error", opened at the last.
    Raises ValueError if a signal has another shape, KeyError for a signal that is missing.
    """
    noun = text("noun", noun)
    seen = enter(trace, _NEEDS, _MAY, theme=theme)
    if seen.nothing:
        return unrecorded(seen, noun)
    trace, _, theme, _ = seen
    figure = sheet(plain(_title(trace), trace, noun), _alt(trace), theme=theme)
    tracks = [*_map(figure, trace), *_column(figure, trace)]
    times = trace["error"].times.tolist()
    labels = [f"{time} {noun}s read" for time in times]
    return animate(figure, tracks, labels, noun=noun, start=len(times) - 1)


def _title(trace: Trace) -> str:
    at = trace["at"].values.item()
    column = _middle(trace, "error")[-1, :, _chosen(trace)]
    periods = _named(trace, "period")
    lost = int((~(column < 10**_HIGH)).sum())
    if lost == len(column):
        return f"At inner_lr {at:g} all mini-batches diverge"
    best, worst = periods[int(np.nanargmin(column))], periods[int(np.argmax(column))]
    if np.nanmin(column) >= 1:
        return f"At inner_lr {at:g} no mini-batch learns: the error stays or grows"
    if lost > 1:
        return f"At inner_lr {at:g} a mini-batch of {best:g} learns best; {lost} of the {len(column)} sizes diverge"
    if column.max() < 1.5 * column.min():
        return f"At inner_lr {at:g} the size of the mini-batch hardly matters"
    return f"At inner_lr {at:g} a mini-batch of {best:g} learns best, of {worst:g} worst"


def _map(figure: go.Figure, trace: Trace) -> list[Track]:
    """Cells, limits, rings and the column chosen; the tracks of what changes with the examples read."""
    powers, periods = np.log2(_named(trace, "inner_lr")), np.log2(_named(trace, "period"))
    x = {"title": {"text": "inner_lr θ"}, "tickvals": powers[::2], "ticktext": _fractions(powers[::2])}
    y = {"title": {"text": "mini-batch b (examples)"}, "tickvals": periods, "ticktext": _fractions(periods)}
    across, up = _edges(powers), _edges(periods)
    x |= {"range": across, "showgrid": False}
    y |= {"range": up, "showgrid": False}
    here = panel(figure, (0.0, 0.6), _UP, x=x, y=y)
    known = np.clip(_log(_middle(trace, "error")), _LOW, _HIGH)
    _colours(figure)
    words = [[[_short(value) for value in row] for row in one] for one in _middle(trace, "error")]
    figure.add_heatmap(
        z=known[0], x=powers, y=periods, coloraxis=DIVERGING, xgap=1, ygap=1, text=words[0], texttemplate="%{text}",
        hovertemplate="error %{text}<extra></extra>", **here.axes(),
    )  # fmt: skip
    cells = newest(figure)
    # in the cell's corner, where it hides no number
    best = powers[np.argmin(_log(_middle(trace, "error")), axis=-1)] - 0.38
    star = {"symbol": "star", "size": 11, "color": ROLES["truth"].color}
    figure.add_scatter(
        x=best[0], y=periods + 0.3, mode="markers", marker=star, name="best inner_lr", hoverinfo="skip", **here.axes()
    )
    stars = newest(figure)
    _limit(figure, here, trace, "limit", "theory", "limit 2/λ_max")
    if "yours" in trace:
        _limit(figure, here, trace, "yours", "fast", "your limit")
    at = float(np.log2(trace["at"].values.item()))
    figure.add_shape(type="rect", xref=here.x, yref=here.y, x0=at - 0.5, x1=at + 0.5, y0=up[0], y1=up[1])
    figure.layout["legend"] = {"x": 0.0, "xanchor": "left", "y": 1.0, "yanchor": "top"}
    return [Track(cells, "z", known.astype(np.float32)), Track(cells, "text", words), Track(stars, "x", best)]


def _limit(figure: go.Figure, here: Panel, trace: Trace, name: str, role: str, words: str) -> None:
    """A line from row to row at the limit of each, open where the numbers stand.

    A row without a number above zero is a gap.
    """
    found = finite(np.asarray(trace[name].values, dtype=float))[0].T
    most = np.array([np.nanmedian(row) if np.isfinite(row).any() else np.nan for row in found])
    x, y, said = _between(np.log2(np.where(most > 0, most, np.nan)), np.log2(_named(trace, "period")), most)
    # the dash of the role is longer than a piece
    dash = ROLES[role].dash if ROLES[role].dash == "solid" else "6px,3px"
    line = {"color": ROLES[role].color, "dash": dash, "width": 2.5}
    figure.add_scatter(
        x=x, y=y, mode="lines", name=words, line=line, customdata=said,
        hovertemplate=f"{words}: %{{customdata:.3g}}<extra></extra>", **here.axes(),
    )  # fmt: skip


def _between(at: np.ndarray, rows: np.ndarray, said: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pieces of a line through all rows, each from above a row's number to below the next one's; nan between them."""
    half = np.diff(rows).min() / 2 if len(rows) > 1 else 0.5
    upper, lower = rows + _NUMBER * half, rows - _NUMBER * half
    y = np.stack([np.r_[rows[:1] - half, upper], np.r_[lower, rows[-1:] + half]], 1)
    x, most = (np.stack([np.r_[one[:1], one], np.r_[one, one[-1:]]], 1) for one in (at, said))
    x, y, most = (np.pad(one, ((0, 0), (0, 1)), constant_values=np.nan).ravel() for one in (x, y, most))
    return x, y, most


def _column(figure: go.Figure, trace: Trace) -> list[Track]:
    """Error against mini-batch at the inner_lr chosen: the median, and every seed."""
    chosen = np.clip(_log(np.asarray(trace["error"].values)[..., _chosen(trace)]), _LOW - 2, _HIGH)
    periods = np.log2(_named(trace, "period"))
    ticks = np.arange(_LOW - 2, _HIGH + 1, 2)
    x = {
        "title": {"text": "mini-batch b"},
        "tickvals": periods,
        "ticktext": _fractions(periods),
        "range": _edges(periods),
    }
    y = {"title": {"text": "error left"}, "range": [_LOW - 2.3, _HIGH + 0.3], "tickvals": ticks}
    y |= {"ticktext": [f"10<sup>{tick:.0f}</sup>".replace("-", "−") if tick else "1" for tick in ticks]}
    here = panel(figure, (0.75, 1.0), _UP, heading=f"at θ = {trace['at'].values.item():g}", x=x, y=y)
    look = ROLES["fast"]
    figure.add_scatter(
        x=periods, y=np.median(chosen[0], 0), mode="lines+markers", name="median", showlegend=False,
        line={"color": look.color, "dash": look.dash}, marker={"color": look.color, "symbol": look.symbol},
        hovertemplate="b = %{x}: 10^%{y:.2f}<extra></extra>", **here.axes(),
    )  # fmt: skip
    middle = newest(figure)
    seeds = chosen.shape[1]
    figure.add_scatter(
        x=np.tile(periods, seeds), y=chosen[0].ravel(), mode="markers", name="each seed", showlegend=False,
        marker={"color": look.color, "symbol": "circle-open"}, opacity=0.6, hoverinfo="skip", **here.axes(),
    )  # fmt: skip
    return [
        Track(middle, "y", np.median(chosen, 1)),
        Track(newest(figure), "y", chosen.reshape(len(chosen), -1)),
    ]


def _colours(figure: go.Figure) -> None:
    ticks = np.arange(_LOW, _HIGH + 1, 2)
    words = [f"10<sup>{tick:.0f}</sup>".replace("-", "−") if tick else "1" for tick in ticks]
    bar = {"x": 0.61, "xanchor": "left", "y": 0.45, "len": 0.9, "tickvals": ticks, "ticktext": words}
    bar["title"] = {"text": "error<br>left", "side": "top"}
    # symmetric about 1, where nothing is known: what diverged reaches the end of its side sooner
    figure.layout[DIVERGING] = {"cmin": -6, "cmax": 6, "cmid": 0, "colorbar": bar}


def _middle(trace: Trace, name: str) -> np.ndarray:
    """The median over the seeds, [time, …]."""
    return np.median(np.asarray(trace[name].values, dtype=float), axis=1)


def _log(error: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.nan_to_num(np.log10(error), nan=np.inf, posinf=np.finfo(float).max, neginf=-np.finfo(float).max)


def _named(trace: Trace, name: str) -> np.ndarray:
    return np.asarray(trace[name].values, dtype=float)[0, 0]


def _chosen(trace: Trace) -> int:
    return int(np.argmin(np.abs(_named(trace, "inner_lr") - trace["at"].values.item())))


def _edges(centres: np.ndarray) -> list[float]:
    return [float(centres.min()) - 0.5, float(centres.max()) + 0.5]


def _fractions(powers: np.ndarray) -> list[str]:
    return [f"{2.0**power:g}" if power >= 0 else f"1/{2.0**-power:g}" for power in powers.tolist()]


def _short(error: float) -> str:
    """An error in a cell: "0.02", "3e−7", or "lost" where the run diverged."""
    if not np.isfinite(error) or error >= 10**_HIGH:
        return "lost"
    return f"{error:.2g}" if error >= 0.01 else f"{error:.0e}".replace("e-0", "e−")


def _alt(trace: Trace) -> str:
    error, limit = _middle(trace, "error")[-1], np.median(np.asarray(trace["limit"].values)[0], axis=0)
    rates, said = _named(trace, "inner_lr"), []
    for period, row, most in zip(_named(trace, "period"), error, limit, strict=True):
        best = int(np.argmin(np.where(np.isfinite(row), row, np.inf)))
        said.append(f"of {period:g} at {rates[best]:g} (error {row[best]:.2g}), stable below {most:.2f}")
    return f"Map of the error by mini-batch and inner_lr. Best: {'; '.join(said)}."
