"""Prefixes: how often the first numbers of an embedding find what is asked for, at what cost, and what they find."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor
from nlviz.views.drawing.sheet import Panel, finite, newest, panel, plain, sheet
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.prefixes_found import found_images, found_lines

__all__ = ["prefixes"]

_LEFT, _RIGHT = (0.0, 0.56), (0.68, 1.0)
_CURVES, _NEST, _COSTS = (0.56, 0.97), (0.38, 0.5), (0.44, 0.97)
# Narrower than on a laptop: names that fit side by side there would meet in a half page.
_SIZE, _SIZE_OF_COSTS = (290.0, 170.0), (215.0, 215.0)
_NEEDS = {"right": "time 1 ways", "plan right": "time 1 plans", "plan cost": "time 1 plans"}
_NEEDS |= {"found": "time 1 shown", "found right": "time 1 shown"}
_MAY = {"found image": "time 1 shown pixels", "asked image": "_ 1 pixels"}
_ROLES = ("slow", "truth", "fast", "theory")
_PLAN_ROLES = ("slow", "fast", "write")
_ORDINALS = ("nearest", "second", "third", "fourth", "fifth")
# Leads that are smaller are called none.
_LEAD = 0.02


def prefixes(trace: Trace, *, theme: str = "light") -> go.Figure:
    """What the first numbers of an embedding are worth: share right by length, share right by cost, and what is found.

    Left, large: the share of questions whose nearest document is right, for every way to have few numbers; below it the
    prefixes of one vector as bars, each part of the next. Right: the share against multiply-adds of one way's plans;
    the markers are the length that is shown. Below: one question, and its nearest documents by this length.
    Signals, times being lengths: "right" [time, 1, ways], named; "plan right" and "plan cost" [time, 1, plans], named;
    "found" and "found right" [time, 1, shown], rows of documents and whether each is right; for images "found image"
    [time, 1, shown, pixels] and "asked image" [_, 1, pixels], square ones. Notes: "way", whose plans and neighbours;
    "asked" and "found", length by length, in words.
    Frames: one per length, opened where Matryoshka is furthest ahead of what comes first.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, or ways without names.
    """
    seen = enter(trace, _NEEDS, _MAY, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "length")
    told = _told(seen.trace)
    figure = sheet(plain(_title(told), seen.trace, "length"), theme=seen.theme)
    curves = _curves(figure, told)
    bars, tracks = _nest(figure, told)
    places = np.log2(told.sizes)
    for here in (curves, bars):
        tracks += cursor(figure, here, places.astype(np.float32))
    tracks += [*_costs(figure, told), *_found(figure, told)]
    links = [Span(here.x, places) for here in (curves, bars)]
    labels = [_label(told, row) for row in range(len(told.sizes))]
    alts = [_alt(told, row) for row in range(len(told.sizes))]
    return animate(figure, tracks, labels, noun="length", start=told.start, links=links, alts=alts)


class _Told(NamedTuple):
    """A run. right: [lengths, ways]; share, cost: of every plan, [lengths, plans]; hits: [lengths, shown].

    images: asked and found, [lengths, 1 + shown, side, side]; None where what is found is words.
    """

    sizes: np.ndarray
    right: np.ndarray
    ways: tuple[str, ...]
    share: np.ndarray
    cost: np.ndarray
    plans: tuple[str, ...]
    hits: np.ndarray
    way: str
    asked: str
    found: tuple[str, ...]
    images: np.ndarray | None

    @property
    def ahead(self) -> np.ndarray:
        """How far Matryoshka, or what else is third, is ahead of the first way, by length."""
        return self.right[:, min(2, len(self.ways) - 1)] - self.right[:, 0]

    @property
    def start(self) -> int:
        """The length at which it is furthest ahead."""
        return int(np.argmax(np.nan_to_num(self.ahead, nan=-1.0)))

    def caption(self, row: int, place: int) -> str:
        """How a found document is called: "nearest ✓"."""
        return f"{_ORDINALS[place]} {'✓' if self.hits[row, place] else '✗'}"

    def words(self, row: int, place: int) -> str:
        """What it is, in words, if the trace has them."""
        at = row * self.hits.shape[1] + place
        return self.found[at] if at < len(self.found) else ""


def _told(trace: Trace) -> _Told:
    ways, plans = trace["right"].names, trace["plan right"].names
    right, share, cost, hits = (
        finite(np.asarray(trace[name].values, float)[:, 0])
        for name in ("right", "plan right", "plan cost", "found right")
    )
    if not ways or not plans:
        raise ValueError(
            f"signals 'right' and 'plan right' have the names {list(ways)} and {list(plans)}; expected one for each "
            "way and plan, give Signal(…, names=(…))"
        )
    return _Told(
        sizes=np.asarray(trace["right"].times, float).clip(1),
        right=right,
        ways=ways,
        share=share,
        cost=cost,
        plans=plans,
        hits=hits > 0,
        way=" ".join(trace.noted("way")),
        asked=" ".join(trace.noted("asked")),
        found=trace.noted("found"),
        images=_squares(trace),
    )


def _squares(trace: Trace) -> np.ndarray | None:
    """The image asked about and those found, as squares; None if there are none."""
    if "found image" not in trace or "asked image" not in trace:
        return None
    found, asked = (np.asarray(trace[name].values, float)[:, 0] for name in ("found image", "asked image"))
    asked = np.repeat(asked[:1, None], len(found), 0)
    side = int(found.shape[-1] ** 0.5)
    return finite(np.concatenate([asked, found], 1)[..., : side * side].reshape(len(found), -1, side, side))


def _title(told: _Told) -> str:
    """Where Matryoshka is furthest ahead of the plain embedding cut off, if it is."""
    row, first = told.start, told.ways[0]
    name = told.ways[min(2, len(told.ways) - 1)]
    if not np.isfinite(told.ahead).any():
        return "What is found by the first numbers in this run is no number"
    if told.ahead[row] < _LEAD:
        return f"At no length does {name} find {_LEAD:g} more than “{first}”"
    ends = _share(told.right[row, min(2, len(told.ways) - 1)]), _share(told.right[row, 0])
    return f"{name} is furthest ahead at {told.sizes[row]:.0f} numbers: {ends[0]} right, “{first}” {ends[1]}"


def _share(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "unknown"


def _axis(told: _Told, *, words: bool) -> dict[str, Any]:
    """Lengths in powers of two; what is not one has its number too."""
    places = np.log2(told.sizes)
    axis = {"range": [places[0] - 1, places[-1] + 0.25], "tickvals": places, "showgrid": False, "showticklabels": words}
    if not words:
        return axis
    return axis | {"ticktext": [f"{size:.0f}" for size in told.sizes], "title": {"text": "first numbers compared"}}


def _curves(figure: go.Figure, told: _Told) -> Panel:
    """The share right of every way, named at the curves."""
    known = told.right[np.isfinite(told.right)]
    high = max(0.1, float(known.max(initial=0.0)))
    y = {"title": {"text": "nearest is right (share)"}, "range": [0, 1.25 * high], "nticks": 4}
    here = panel(figure, _LEFT, _CURVES, x=_axis(told, words=False), y=y)
    room, places = Room(figure, here, _SIZE), np.log2(told.sizes)
    for way, name in enumerate(told.ways):
        _line(figure, here, places, told.right[:, way], _ROLES[way % len(_ROLES)], name, told.sizes)
        room.curve(places, told.right[:, way])
    for way, name in enumerate(told.ways):
        room.name(escape(name, quote=False), places, told.right[:, way], _ROLES[way % len(_ROLES)])
    return here


def _line(figure: go.Figure, here: Panel, x: np.ndarray, y: np.ndarray, role: str, name: str, said: np.ndarray) -> None:
    look = ROLES[role]
    figure.add_scatter(
        x=x, y=y, mode="lines+markers", name=name, showlegend=False, customdata=said,
        line={"color": look.color, "dash": look.dash}, marker={"color": look.color, "symbol": look.symbol},
        hovertemplate=f"{escape(name, quote=False)}<br>%{{customdata:,}}: %{{y:.2f}}<extra></extra>", **here.axes(),
    )  # fmt: skip


def _nest(figure: go.Figure, told: _Told) -> tuple[Panel, list[Track]]:
    """Every prefix as a bar from the first number on: each lies in the next. The one compared is thick."""
    count, places = len(told.sizes), np.log2(told.sizes)
    y = {"range": [count - 0.3, -0.7], "showticklabels": False, "ticks": "", "showgrid": False, "showline": False}
    heading = "“Nested” here: every prefix is a part of the next"
    here = panel(figure, _LEFT, _NEST, heading=heading, x=_axis(told, words=True), y=y)
    left = places[0] - 1
    grey, look = ROLES["theory"].color, ROLES["fast"]
    for row, place in enumerate(places.tolist()):
        figure.add_scatter(
            x=[left, place], y=[row, row], mode="lines", line={"color": grey, "width": 3}, showlegend=False,
            name=f"prefix of {told.sizes[row]:.0f}", hoverinfo="skip", **here.axes(),
        )  # fmt: skip
    ends = np.stack([np.full(count, left), places], -1).astype(np.float32)
    rows = np.repeat(np.arange(count, dtype=np.float32)[:, None], 2, 1)
    figure.add_scatter(
        x=ends[0], y=rows[0], mode="lines", line={"color": look.color, "width": 7}, showlegend=False,
        name="compared", hoverinfo="skip", **here.axes(),
    )  # fmt: skip
    return here, [Track(newest(figure), "x", ends), Track(newest(figure), "y", rows)]


def _costs(figure: go.Figure, told: _Told) -> list[Track]:
    """The share right of every plan of the chosen way against what it costs; markers at the length that is shown."""
    costs = np.log2(np.where(told.cost > 0, told.cost, np.nan))
    known, shares = costs[np.isfinite(costs)], told.share[np.isfinite(told.share)]
    low, high = known.min(initial=np.inf if known.size else 0.0), known.max(initial=-np.inf if known.size else 1.0)
    ticks = np.linspace(low, high, 3)
    x = {"title": {"text": "multiply-adds a question"}, "range": [low - 0.3, high + 0.3], "tickvals": ticks}
    x |= {"ticktext": [_thousands(2**tick) for tick in ticks], "showgrid": False}
    top = max(0.1, float(shares.max(initial=0.0)))
    heading = f"Cost, {escape(told.way, quote=False)}"
    y = {"title": {"text": "right (share)"}, "range": [0, 1.25 * top], "nticks": 4}
    here = panel(figure, _RIGHT, _COSTS, heading=heading, x=x, y=y)
    room = Room(figure, here, _SIZE_OF_COSTS)
    for plan, name in enumerate(told.plans):
        _line(figure, here, costs[:, plan], told.share[:, plan], _PLAN_ROLES[plan % 3], name, told.cost[:, plan])
        room.curve(costs[:, plan], told.share[:, plan])
    for plan, name in enumerate(told.plans):
        said = escape(name, quote=False)
        room.name(said, costs[:, plan], told.share[:, plan], _PLAN_ROLES[plan % 3])
    figure.add_scatter(
        x=costs[0], y=told.share[0], mode="markers", name="this length", showlegend=False, hoverinfo="skip",
        marker={"size": 13, "symbol": "circle-open", "line": {"width": 2.5}, "color": ROLES["theory"].color},
        **here.axes(),
    )  # fmt: skip
    at = newest(figure)
    return [Track(at, "x", costs.astype(np.float32)), Track(at, "y", told.share.astype(np.float32))]


def _thousands(value: float) -> str:
    return f"{value / 1000:.2g}k" if value >= 1000 else f"{value:.0f}"


def _found(figure: go.Figure, told: _Told) -> list[Track]:
    """What is asked and what is found, as images or as lines of code."""
    heading = f"One question, and the nearest by {escape(told.way, quote=False)}"
    rows, shown = range(len(told.sizes)), range(told.hits.shape[1])
    if told.images is None:
        lines = [[f"{told.caption(row, at):<10}{told.words(row, at)}" for at in shown] for row in rows]
        return found_lines(figure, heading, [[f"{'asked':<10}{told.asked}", *each] for each in lines])
    captions = [[f"{told.caption(row, at)} {told.words(row, at)}" for at in shown] for row in rows]
    return found_images(figure, heading, told.images, [[f"asked: {told.asked}", *each] for each in captions])


def _label(told: _Told, row: int) -> str:
    """The shares at a length, and what its best plan costs."""
    each = ", ".join(f"{name} {_share(value)}" for name, value in zip(told.ways, told.right[row], strict=True))
    return f"the first {told.sizes[row]:.0f} of {told.sizes[-1]:.0f} numbers: {each}"


def _alt(told: _Told, row: int) -> str:
    """The shares at a length, every plan with its cost, and what was found."""
    plans = ", ".join(
        f"{name} {_share(share)} for {paid:,.0f}"
        for name, share, paid in zip(told.plans, told.share[row], told.cost[row], strict=True)
        if np.isfinite(paid)
    )
    found = "; ".join(f"{told.caption(row, at)}: {told.words(row, at)}" for at in range(told.hits.shape[1]))
    said = f"Share right by {_label(told, row)}. Plans of {told.way}, with multiply-adds a question: {plans}"
    return f"{said}. Asked: {told.asked}; found, {found}."
