"""The paper that views draw on: a titled figure, panels with axes, and what every view says about divergence."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import describe
from nlviz.views.drawing.theme import template

__all__ = [
    "HEIGHT",
    "Panel",
    "column",
    "counted",
    "finite",
    "mean",
    "most",
    "newest",
    "panel",
    "plain",
    "reach",
    "sheet",
    "some",
    "spacing",
    "square",
    "two",
    "with_unit",
]

HEIGHT = 640


class Panel(NamedTuple):
    """Where a trace goes: its axes as a trace names them ("x2", "y2")."""

    x: str
    y: str

    @property
    def xaxis(self) -> str:
        """The name of its x axis in a layout: "xaxis2"."""
        return self.x.replace("x", "xaxis")

    @property
    def yaxis(self) -> str:
        """The name of its y axis in a layout."""
        return self.y.replace("y", "yaxis")

    def axes(self) -> dict[str, str]:
        """For a trace: `go.Scatter(…, **panel.axes())`."""
        return {"xaxis": self.x, "yaxis": self.y}


def sheet(title: str, alt: str = "", *, theme: str, height: int = HEIGHT) -> go.Figure:
    """An empty figure: title (a sentence, broken to fit 700 px), alternative text, theme; as wide as its page.

    alt: "" where `animate` sets one for each frame.
    """
    lines = "<br>".join(wrap(title, 72))
    return describe(go.Figure(layout={"template": template(theme), "title": {"text": lines}, "height": height}), alt)


def panel(
    figure: go.Figure,
    across: tuple[float, float],
    up: tuple[float, float],
    *,
    heading: str = "",
    x: Mapping[str, Any],
    y: Mapping[str, Any],
) -> Panel:
    """A new pair of axes on `figure`, over these shares of its width and height, with a heading above its left corner.

    x, y: what Plotly calls an axis, at least with its title.
    """
    number = 1 + sum(axis["domain"] is not None for axis in figure.select_xaxes())
    here = Panel(f"x{number}", f"y{number}") if number > 1 else Panel("x", "y")
    figure.layout[f"xaxis{number}"] = {"domain": across, "anchor": here.y, **x}
    figure.layout[f"yaxis{number}"] = {"domain": up, "anchor": here.x, **y}
    if heading:
        corner = {"x": across[0], "y": up[1], "xanchor": "left", "yanchor": "bottom", "yshift": 3}
        figure.add_annotation(text=heading, xref="paper", yref="paper", **corner)
    return here


def square(figure: go.Figure, here: Panel) -> None:
    """The cells of a panel, a matrix, are as wide as they are high; what room is left lies below and at the right."""
    figure.layout[here.xaxis].update({"constrain": "domain", "constraintoward": "left"})
    upright = {"scaleanchor": here.x, "constrain": "domain", "constraintoward": "top"}
    figure.layout[here.yaxis].update(upright)


def newest(figure: go.Figure) -> int:
    """The position of the trace that was added last."""
    return len(list(figure.select_traces())) - 1


def plain(title: str, trace: Trace, noun: str) -> str:
    """The title, led by what went wrong if the run diverged: "Diverged at write 37: …"; of a trace that was thinned as
    it was made, with the word that a point is a mean.
    """
    title = f"{title} (points are means)" if trace.noted("thinned") else title
    marks = trace.marked("diverged")
    if not marks:
        return title
    said = escape(marks[0].label, quote=False)
    where = f"diverged at {noun} {marks[0].time}"
    if not said.lower().startswith("diverged"):
        said = f"{where}: {said}" if said else where
    return f"{said[0].upper()}{said[1:]}. {title}"


def column(signal: Signal, stream: int = 0) -> np.ndarray:
    """One number per row for one stream of the batch, [time]; infinities become NaN, which Plotly draws as a gap."""
    values = np.asarray(signal.values, dtype=float)
    return finite(values if values.ndim == 1 else values.reshape(len(values), values.shape[1], -1)[:, stream, 0])


def counted(trace: Trace, name: str, stream: int = 0) -> np.ndarray:
    """A signal with gaps where the stream was noise: nothing can be learned there, and it would swamp the rest."""
    values = column(trace[name], stream)
    if "noise" not in trace:
        return values
    # a signal may lack the last steps: those of a chunk that was never written
    at = np.searchsorted(trace["noise"].times, trace[name].times)
    return np.where(column(trace["noise"], stream)[at] > 0, np.nan, values)


def spacing(count: int, most: int) -> int:
    """Every how many of `count` whole numbers to label, for at most about `most` labels: 1, 2, 5, 10, 20, …"""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    return next(step for step in steps if count <= step * most)


def two(value: float) -> str:
    """A number as words and titles have it: two significant digits, a minus that is one, no "e-05".

    >>> [views.drawing.sheet.two(value) for value in (0.6734, 0.999, -12.4, 0.0, 1234.0, 4e-08)]
    ['0.67', '1.0', '−12', '0', '1,200', '4·10⁻⁸']
    """
    if not np.isfinite(value) or value == 0:
        return str(value) if value else "0"
    power = int(np.floor(np.log10(abs(value))))
    kept = round(value, 1 - power)
    if abs(kept) >= 10.0 ** (power + 1):
        power += 1  # .999 is 1.0
    if -4 < power < 6:
        words = f"{kept:,.0f}" if power > 0 else f"{kept:.{1 - power}f}"
    else:
        raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        words = f"{kept / 10.0**power:.2g}·10{raised}"
    return words.replace("-", "−")


def some(count: int, noun: str) -> str:
    """So many of something, in words: one has no s.

    >>> [views.drawing.sheet.some(count, "write") for count in (0, 1, 1200)]
    ['0 writes', '1 write', '1,200 writes']
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def finite(values: np.ndarray) -> np.ndarray:
    """The same numbers with NaN where they are not finite."""
    return np.where(np.isfinite(values), values, np.nan)


def mean(values: np.ndarray) -> float:
    """The mean of what is finite or infinite but known; NaN, without a warning, where nothing is."""
    return float(np.nanmean(values)) if not np.isnan(values).all() else np.nan


def most(values: np.ndarray) -> float:
    """The largest number known; NaN, without a warning, where none is."""
    return float(np.nanmax(values)) if not np.isnan(values).all() else np.nan


def reach(values: np.ndarray, trace: Trace) -> float:
    """The largest size worth an axis or a colour range, over all frames [time, …]; 1.0 where there is nothing.

    A diverging run grows without bound, and its last steps would flatten all before them: there, four times the
    typical step.
    """
    if not np.isfinite(values).any():
        return 1.0
    sizes = np.abs(values[np.isfinite(values).reshape(len(values), -1).any(axis=1)])
    peaks = np.nanmax(sizes.reshape(len(sizes), -1), axis=1)
    top = min(peaks.max(), 4 * float(np.median(peaks)) or np.inf) if trace.marked("diverged") else peaks.max()
    return float(top) or 1.0


def with_unit(name: str, unit: str) -> str:
    """What an axis says: "surprise (bits)", or the unit alone if that begins with the name."""
    words = name.replace("_", " ")
    return unit if unit.startswith(words) else f"{words} ({unit})" if unit else words
