"""Words where there is room: the name of a curve at the curve, of a band in the band, and never across a line.

A panel's `Room` is told what is drawn there, and asked for a place. All is reckoned in shares of the panel, from its
size on the smallest laptop (`LAPTOP`); on a larger page there is more room, not less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.views.drawing.sheet import Panel
from nlviz.views.drawing.theme import ROLES

__all__ = ["LAPTOP", "Room", "sample"]

LAPTOP = (640.0, 430.0)
"""The pixels that all panels share, across and up, in a lab beside its knobs."""

# A letter's mean width and a line's height there, in pixels, and the least distance of words to a line.
_LETTER, _LINE, _GAP = 7.3, 16.0, 4.0
_BINS = 240
_STEPS = 60
_SAMPLES = {"solid": "━━", "dash": "╍╍", "longdash": "━ ━", "dot": "┅┅", "dashdot": "━╍"}
_TAG = re.compile(r"<[^>]*>")


class _Box(NamedTuple):
    """A rectangle in shares of a panel, from its lower left corner."""

    left: float
    right: float
    low: float
    high: float

    def meets(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.low < other.high and other.low < self.high


def sample(role: str, dash: str | None = None) -> str:
    """A short piece of a line as its role draws it, for the words beside it; role "" for a line in the theme's ink."""
    if not role:
        return _SAMPLES[dash or "solid"]
    look = ROLES[role]
    return f"<span style='color:{look.color}'>{_SAMPLES[dash or look.dash]}</span>"


class Room:
    """The free room of a panel whose axes have ranges: tell it what is drawn, then ask where words can stand.

    size: the panel's on a laptop, in pixels. A logarithmic axis has its range in powers of ten, as Plotly wants it;
    curves are told in plain numbers.

        >>> import plotly.graph_objects as go
        >>> from nlviz.views.drawing import labels, sheet
        >>> figure = go.Figure(layout={"xaxis": {"range": [0, 10]}, "yaxis": {"range": [0, 1]}})
        >>> room = labels.Room(figure, sheet.Panel("x", "y"), (300.0, 200.0))
        >>> room.curve(np.arange(11.0), np.full(11, 0.97))
        >>> room.name("a law", np.arange(11.0), np.full(11, 0.97), "theory")
        >>> figure.layout.annotations[0].y < 0.97
        True
    """

    def __init__(self, figure: go.Figure, here: Panel, size: tuple[float, float]) -> None:
        self._figure, self._here = figure, here
        self._wide, self._high = _LETTER / size[0], _LINE / size[1]
        self._gap = (_GAP / size[0], _GAP / size[1])
        self._axes: list[Any] = [figure.layout[here.xaxis], figure.layout[here.yaxis]]
        self._lows: list[np.ndarray] = []
        self._highs: list[np.ndarray] = []
        self._taken: list[_Box] = []
        self._points: list[tuple[float, float]] = []

    def curve(self, x: np.ndarray, y: np.ndarray) -> None:
        """A line that words must not cross; what is not finite is a gap."""
        low, high = self._bins(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        self._lows.append(low)
        self._highs.append(high)

    def upright(self, x: float) -> None:
        """A line from bottom to top."""
        share = float(self._share(0, np.array([float(x)]))[0])
        self._taken.append(_Box(share - self._gap[0] / 2, share + self._gap[0] / 2, 0.0, 1.0))

    def level(self, y: float) -> None:
        """A line from side to side."""
        share = self._share(1, np.array([float(y)]))
        self._lows.append(np.repeat(share, _BINS))
        self._highs.append(np.repeat(share, _BINS))

    def point(self, x: float, y: float, pixels: float = 6.0) -> None:
        """A marker so many pixels wide."""
        at = [float(self._share(axis, np.array([float(value)]))[0]) for axis, value in enumerate((x, y))]
        if not np.isfinite(at).all():
            return
        self._points.append((at[0], at[1]))
        half = (pixels / 2 * self._wide / _LETTER, pixels / 2 * self._high / _LINE)
        self._taken.append(_Box(at[0] - half[0], at[0] + half[0], at[1] - half[1], at[1] + half[1]))

    def name(self, words: str, x: np.ndarray, y: np.ndarray, role: str, dash: str | None = None) -> None:
        """The name of a curve that was told, above or below it, as far to the right as there is room, or elsewhere.

        A curve of which nothing is in the panel gets none.
        """
        low, high = self._bins(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        if not np.isfinite(low).any():
            return  # what is not drawn needs no name
        wide, tall = self._size(f"━━ {words}")
        said = f"{sample(role, dash)} {words}"
        if not self._write(said, self._along(words, low, high), needed=False):
            grid = product(np.linspace(0.01, 0.99 - wide, 20), np.linspace(0.01, 0.99 - tall, 14))
            middle = float(np.nanmean((low + high) / 2))
            self._write(said, ((_box(left, at, wide, tall), abs(at - middle) - 0.2 * left) for left, at in grid))

    def at(self, words: str, x: float, y: float, *, lead: bool = False) -> None:
        """Words about a point: beside it where there is room, else as near as can be; lead: then with a line to it."""
        px, py = (float(self._share(axis, np.array([value]))[0]) for axis, value in enumerate((x, y)))
        if not np.isfinite([px, py]).all():
            return
        wide, tall = self._size(words)
        (dx, dy), half = (2.5 * self._gap[0], 2.5 * self._gap[1]), (wide / 2, tall / 2)
        beside = [(px + i * (dx + half[0]), py + j * (dy + half[1])) for i in (1, 0, -1) for j in (0, 1, -1) if i or j]
        grid = product(np.linspace(0.01 + half[0], 0.99 - half[0], 30), np.linspace(half[1], 0.99 - half[1], 20))
        boxes = [
            (_box(mx - half[0], my - half[1], wide, tall), abs(mx - px) + abs(my - py)) for mx, my in (*beside, *grid)
        ]
        # words nearer to another point would be read as its name
        rated = ((box, cost + self._mistaken(box, px, py)) for box, cost in boxes)
        if self._write(words, rated) and lead:
            self._lead(self._taken[-1], px, py)

    def beside(self, words: str, x: float) -> None:
        """Words at an upright line: at its upper end, at either side, or as high as there is room."""
        at = float(self._share(0, np.array([x]))[0])
        wide, tall = self._size(words)
        sides = [left for left in (at - self._gap[0] - wide, at + self._gap[0]) if 0 <= left <= 1 - wide]
        heights = np.linspace(0.99 - tall, 0.01, 12)
        self._write(words, ((_box(left, low, wide, tall), 1 - low) for left in sides or [1 - wide] for low in heights))

    def within(self, words: str, low: float, high: float, *, bold: bool = False) -> None:
        """The name of a band between two heights: under its upper edge at the right, or wherever no line goes.

        A band that is too thin for words, or out of sight, gets none.
        """
        bottom, top = self._share(1, np.array([low, high], dtype=float)).clip(0.0, 1.0)
        wide, tall = self._size(words)
        top -= 0.5 * self._gap[1]
        if top - bottom < tall:
            return
        boxes = (
            (_box(left, at, wide, tall), 0.99 - wide - left + 0.3 * (top - tall - at))
            for left in np.linspace(max(0.01, 0.99 - wide), 0.01, _STEPS)
            for at in np.linspace(bottom, top - tall, 6)
        )
        self._write(f"<b>{words}</b>" if bold else words, boxes, needed=False)

    def between(self, words: str, x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        """The name of what lies between two curves, where they are furthest apart: level, else aslant, else none."""
        floor = np.nan_to_num(self._bins(x, lower)[1], nan=0.0).clip(0, 1)
        ceiling = np.nan_to_num(self._bins(x, upper)[0], nan=1.0).clip(0, 1)
        wide, tall = self._size(words)
        span = max(1, round(wide * _BINS))
        starts = range(0, _BINS - span, 4)
        insides = [(floor[at : at + span], ceiling[at : at + span]) for at in starts]
        room = [float(above.min() - below.max()) for below, above in insides]
        boxes = [
            (_box(start / _BINS, (below.max() + above.min() - tall) / 2, wide, tall), -size)
            for start, size, (below, above) in zip(starts, room, insides, strict=True)
            if size > tall
        ]
        if not self._write(words, boxes, needed=False):
            self._aslant(words, floor, ceiling, span)

    def _far(self, box: _Box, px: float, py: float) -> float:
        """How far a box is from a point, in least distances."""
        ex, ey = min(max(px, box.left), box.right), min(max(py, box.low), box.high)
        return float(np.hypot((ex - px) / self._gap[0], (ey - py) / self._gap[1]))

    def _mistaken(self, box: _Box, px: float, py: float) -> float:
        """What it costs that words stand nearer to another point than to their own, or hardly farther from it."""
        others = [self._far(box, *other) for other in self._points if other != (px, py)]
        return max(0.0, self._far(box, px, py) + 2 - min(others, default=np.inf))

    def _lead(self, box: _Box, px: float, py: float) -> None:
        """A thin line to their point from words that are not beside it, or as near to another."""
        ex, ey = min(max(px, box.left), box.right), min(max(py, box.low), box.high)
        if self._far(box, px, py) > 4 or self._mistaken(box, px, py) > 1:
            across, up = f"{self._here.x} domain", f"{self._here.y} domain"
            line = {"color": ROLES["theory"].color, "width": 1}
            self._figure.add_shape(type="line", xref=across, yref=up, x0=ex, y0=ey, x1=px, y1=py, line=line)

    def _aslant(self, words: str, floor: np.ndarray, ceiling: np.ndarray, span: int) -> None:
        """Words that lean as the middle between two curves does."""
        middle, best = (floor + ceiling) / 2, (0.0, 0, 0.0)
        for start in range(0, _BINS - span, 4):
            here = slice(start, start + span)
            slope = float(middle[here][-1] - middle[here][0]) / span
            line = middle[start + span // 2] + slope * (np.arange(span) - span / 2)
            best = max(best, (float(min((ceiling[here] - line).min(), (line - floor[here]).min())), start, slope))
        free, start, slope = best
        if free > 0.6 * self._high:
            steep = slope * _BINS * self._wide / self._high * _LINE / _LETTER
            at = start / _BINS + span / _BINS / 2, float(middle[start + span // 2])
            self._put(words, *at, xanchor="center", textangle=-float(np.degrees(np.arctan(steep))))

    def _along(self, words: str, low: np.ndarray, high: np.ndarray) -> Iterator[tuple[_Box, float]]:
        wide, tall = self._size(f"━━ {words}")
        for right in np.linspace(0.99, min(0.99, wide), _STEPS):
            inside = slice(max(0, int((right - wide) * _BINS)), max(1, int(right * _BINS)))
            if np.isnan(low[inside]).all():
                continue
            top, bottom = np.nanmax(high[inside]), np.nanmin(low[inside])
            steep = top - bottom + 0.4 * (0.99 - right)
            for at, less in ((top + self._gap[1], 0.0), (bottom - self._gap[1] - tall, 0.01)):
                if 0 <= at <= 1 - tall:
                    yield _box(right - wide, at, wide, tall), steep + less

    def _write(self, words: str, boxes: Iterable[tuple[_Box, float]], *, needed: bool = True) -> bool:
        """Words in the best box: one that meets nothing, then the least cost; whether there was any."""
        # the best first: most often there is room, and the others need not be looked at
        rated: list[tuple[float, float, _Box]] = []
        for cost, box in sorted((cost, box) for box, cost in boxes):
            rated.append((self._crossed(box), cost, box))
            if rated[-1][0] == 0:
                break
        if not rated or (rated[-1][0] and not needed):
            return False
        _, _, box = min(rated)
        self._taken.append(box)
        # held by the nearer side: where letters are larger than reckoned, words do not go over the edge
        x, side = (box.right, "right") if box.left + box.right > 1 else (box.left, "left")
        self._put(words, x, (box.low + box.high) / 2, xanchor=side)
        return True

    def _put(self, words: str, x: float, y: float, **more: Any) -> None:
        place = {"x": x, "y": y, "xref": f"{self._here.x} domain", "yref": f"{self._here.y} domain"}
        self._figure.add_annotation(text=words, yanchor="middle", **place, **more)

    def _crossed(self, box: _Box) -> float:
        """How much of a box is out of the panel, on a curve or on other words."""
        outside = max(0.0, -box.left, box.right - 1, -box.low, box.high - 1.0)
        if outside:
            return 10 + 20 * outside
        hits = 5 * sum(box.meets(other) for other in self._taken)
        inside = slice(max(0, int(box.left * _BINS)), max(1, int(np.ceil(box.right * _BINS))))
        gap = 0.5 * self._gap[1]
        for low, high in zip(self._lows, self._highs, strict=True):
            hits += float(np.mean((low[inside] < box.high + gap) & (high[inside] > box.low - gap)))
        return hits

    def _size(self, words: str) -> tuple[float, float]:
        return self._wide * (len(_TAG.sub("", words)) + 0.5), self._high

    def _share(self, axis: int, values: np.ndarray) -> np.ndarray:
        """Values as shares of the panel."""
        given = self._axes[axis]
        start, end = map(float, given.range)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log10(values) if given.type == "log" else values
        return (values - start) / (end - start)

    def _bins(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and highest share of a curve over every bin of the panel's width, NaN where it is not."""
        order = np.argsort(x, kind="stable")
        across, up = self._share(0, x[order]), self._share(1, y[order])
        across, up = across[np.isfinite(across)], up[np.isfinite(across)]
        edges = np.linspace(0, 1, _BINS + 1)
        fine = np.stack([edges[:-1], (edges[:-1] + edges[1:]) / 2, edges[1:]])
        known = len(across) > 1
        drawn = np.interp(fine, across, up, left=np.nan, right=np.nan) if known else np.full(fine.shape, np.nan)
        low, high = np.full(_BINS, np.nan), np.full(_BINS, np.nan)
        known = ~np.isnan(drawn).all(axis=0)
        low[known], high[known] = np.nanmin(drawn[:, known], axis=0), np.nanmax(drawn[:, known], axis=0)
        # peaks between the edges of a bin
        places = np.clip((across * _BINS).astype(int, casting="unsafe"), 0, _BINS - 1) if len(across) else []
        inside = np.isfinite(up) & (across >= 0) & (across <= 1) if len(across) else np.zeros(0, bool)
        np.fmin.at(low, np.asarray(places, int)[inside], up[inside])
        np.fmax.at(high, np.asarray(places, int)[inside], up[inside])
        return low, high


def _box(left: float, low: float, wide: float, tall: float) -> _Box:
    return _Box(float(left), float(left + wide), float(low), float(low + tall))
