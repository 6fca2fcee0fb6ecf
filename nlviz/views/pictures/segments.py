"""The slider from one memory to attention: which items are recalled, how many, and what is kept for it."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor
from nlviz.views.drawing.sheet import Panel, finite, mean, newest, panel, plain, sheet, some, two
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["segments"]

_LEFT, _RIGHT = (0.0, 0.56), (0.68, 1.0)
_ALONG, _KEPT = 0.48, (0.0, 0.39)
_SIZE = (205.0, 170.0)
_NEEDS = {"recall": "time 1 items", "place": "_ 1 items", "kind": "_ 1 items", "kept": "time 1", "cache": "_ 1"}
_ROLES = ("fast", "slow")
# Where the ends of segments are marked, under the dots.
_RUG = (-0.18, -0.09)
# Tokens whose items are one point of the line through the dots.
_BIN = 16
# Shares that differ by less are called alike.
_ALIKE = 0.03


def segments(trace: Trace, *, theme: str = "light") -> go.Figure:
    """What memories kept at the ends of segments recall together, for segments from one token to the whole stream.

    Left, large: every item as a dot, at the token where it was shown last, and the mean of neighbours as a line; below
    the dots a mark where the stream is cut. Right, above: the share of all items by the length of a segment; below:
    the numbers that are kept, beside those of the tokens themselves.
    Signals: "recall" [time, 1, items], "place" and "kind" [1, 1, items], "kept" [time, 1], "cache" [1, 1]; times are
    lengths, the last the whole stream. Note "kinds": what the kinds of item are called, at most two.
    Frames: one per length; opened at the last, one memory.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, or kinds without a name.
    """
    seen = enter(trace, _NEEDS, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "length")
    told = _told(seen.trace)
    figure = sheet(plain(_title(told), seen.trace, "length"), theme=seen.theme)
    tracks = _items(figure, told)
    panels, places = [_along(figure, told), _kept(figure, told)], np.log2(told.lengths)
    for here in panels:
        tracks += cursor(figure, here, places.astype(np.float32))
    labels = [_label(told, row) for row in range(len(told.lengths))]
    links, alts = [Span(here.x, places) for here in panels], [f"{_title(told)}. {said}." for said in labels]
    return animate(figure, tracks, labels, noun="length", start=len(labels) - 1, links=links, alts=alts)


class _Told(NamedTuple):
    """A run. recall: [lengths, items]."""

    lengths: np.ndarray
    recall: np.ndarray
    place: np.ndarray
    kind: np.ndarray
    kinds: tuple[str, ...]
    kept: np.ndarray
    cache: float

    @property
    def top(self) -> float:
        """How high panels go: over them stands the legend, if there are kinds to tell apart."""
        return 0.97 if len(self.kinds) == 1 else 0.9

    def share(self, row: int, kind: int | None = None) -> float:
        """The share of the items of a kind, or of all, that is recalled at a length."""
        return mean(self.recall[row] if kind is None else self.recall[row, self.kind == kind])


def _told(trace: Trace) -> _Told:
    kind = np.nan_to_num(np.asarray(trace["kind"].values, float)[0, 0]).astype(int)
    kinds = trace.noted("kinds") or tuple(f"kind {number}" for number in range(kind.max() + 1))
    if not 0 <= kind.min() <= kind.max() < len(kinds) <= len(_ROLES):
        raise ValueError(
            f"signal 'kind' goes from {kind.min()} to {kind.max()}, note 'kinds' has {list(kinds)}; expected a name "
            f"for each kind and at most {len(_ROLES)}, give trace.merge(notes={{'kinds': (…)}})"
        )
    return _Told(
        lengths=np.asarray(trace["recall"].times, dtype=float).clip(1),
        recall=finite(np.asarray(trace["recall"].values, float)[:, 0]),
        place=finite(np.asarray(trace["place"].values, float)[0, 0]),
        kind=kind,
        kinds=kinds,
        kept=finite(np.asarray(trace["kept"].values, float)[:, 0]),
        cache=float(np.asarray(trace["cache"].values, float)[0, 0]),
    )


def _name(told: _Told, row: int) -> str:
    """A length in words: both ends of the slider have a name."""
    if row == len(told.lengths) - 1:
        return "one memory of all"
    return "every token by itself" if told.lengths[row] == 1 else f"segments of {told.lengths[row]:.0f}"


def _title(told: _Told) -> str:
    """Where on the slider most is recalled, and where least."""
    shares = np.array([told.share(row) for row in range(len(told.lengths))])
    if not np.isfinite(shares).all():
        return "What the segments recall in this run is no number"
    most, least = int(shares.argmax()), int(shares.argmin())
    if shares[most] - shares[least] < _ALIKE:
        return f"The length of a segment hardly matters: {shares[least]:.2f} to {shares[most]:.2f} is recalled"
    said = f"Most is recalled by {_name(told, most)}, {shares[most]:.2f}"
    return f"{said}; least by {_name(told, least)}, {shares[least]:.2f}"


def _label(told: _Told, row: int) -> str:
    """What is kept at a length, and how much of what is recalled."""
    count = int(np.ceil(told.lengths[-1] / told.lengths[row]))
    each = [f"{told.share(row, kind):.2f} ({name})" for kind, name in enumerate(told.kinds)]
    shares = f"{told.share(row):.2f}" if len(each) == 1 else ", ".join(each)
    return f"{_name(told, row)}: {some(count, 'state')}, {told.kept[row]:,.0f} numbers; recalled {shares}"


def _items(figure: go.Figure, told: _Told) -> list[Track]:
    """Every item at its place, the mean of its neighbours, and the ends of segments."""
    whole = told.lengths[-1]
    x = {"title": {"text": "shown last at (token)"}, "range": [-1.0, whole], "showgrid": False, "nticks": 8}
    y = {"title": {"text": "recalled (share of streams)"}, "range": [_RUG[0] - 0.03, 1.06], "zeroline": True}
    y |= {"tickvals": [sum(_RUG) / 2, 0, 0.25, 0.5, 0.75, 1], "ticktext": ["cuts", "0", "", "0.5", "", "1"]}
    here = panel(figure, _LEFT, (0.0, told.top), x=x, y=y)
    tracks = list[Track]()
    for kind, name in enumerate(told.kinds):
        own, look = told.kind == kind, ROLES[_ROLES[kind]]
        dots, said = told.recall[:, own].astype(np.float32), escape(name, quote=False)
        figure.add_scatter(
            x=told.place[own], y=dots[-1], mode="markers", name=f"{name}, items", opacity=0.45, showlegend=False,
            marker={"color": look.color, "symbol": look.symbol, "size": 6},
            hovertemplate=f"{said}, last at %{{x}}: %{{y:.2f}}<extra></extra>", **here.axes(),
        )  # fmt: skip
        tracks.append(Track(newest(figure), "y", dots))
        at, means = _means(told.place[own], dots)
        figure.add_scatter(
            x=at, y=means[-1], mode="lines", name=said if len(told.kinds) == 1 else f"shown {said}", connectgaps=True,
            line={"color": look.color, "dash": look.dash}, showlegend=len(told.kinds) > 1, hoverinfo="skip",
            **here.axes(),
        )  # fmt: skip
        tracks.append(Track(newest(figure), "y", means))
    figure.update_layout(legend={"x": 0.0, "xanchor": "left", "y": 0.92, "yanchor": "bottom"})
    return [*tracks, _rug(figure, here, told)]


def _means(place: np.ndarray, dots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the dots whose items were shown last within as many tokens: where they are, [lengths, bins]."""
    group = np.floor(np.nan_to_num(place) / _BIN).astype(int)
    known = np.unique(group)
    means = np.stack([[mean(row[group == one]) for one in known] for row in dots])
    return np.array([mean(place[group == one]) for one in known]), means.astype(np.float32)


def _rug(figure: go.Figure, here: Panel, told: _Told) -> Track:
    """A short upright line at the end of every segment; as many places as the shortest segments need."""
    whole = told.lengths[-1]
    rows = [np.append(np.arange(length, whole, length), whole) - 0.5 for length in told.lengths]
    places = np.full((len(rows), 3 * max(map(len, rows))), np.nan, np.float32)
    for row, ends in zip(places, rows, strict=True):
        row[: 3 * len(ends)] = np.repeat(ends, 3)
    figure.add_scatter(
        x=places[-1], y=np.tile([*_RUG, np.nan], places.shape[1] // 3), mode="lines", name="ends of segments",
        line={"color": ROLES["theory"].color, "width": 1.5}, showlegend=False, hoverinfo="skip", **here.axes(),
    )  # fmt: skip
    return Track(newest(figure), "x", places)


def _lengths(told: _Told, *, words: bool) -> dict[str, Any]:
    """The axis of lengths in powers of two, its last tick the whole."""
    places = np.log2(told.lengths)
    axis = {"range": [-0.3, places[-1] + 0.3], "tickvals": places[::2], "showgrid": False}
    axis |= {"ticktext": [f"{length:.0f}" for length in told.lengths[::2]], "showticklabels": words}
    return axis | ({"title": {"text": "segment (tokens)"}} if words else {})


def _along(figure: go.Figure, told: _Told) -> Panel:
    """The share that is recalled by the length of a segment, a line for each kind of item."""
    y = {"title": {"text": "recalled"}, "range": [-0.04, 1.2], "tickvals": [0, 0.5, 1]}
    here = panel(figure, _RIGHT, (_ALONG, told.top), x=_lengths(told, words=False), y=y)
    places, room = np.log2(told.lengths), Room(figure, here, _SIZE)
    lines = [np.array([told.share(row, k) for row in range(len(places))]) for k in range(len(told.kinds))]
    for line, role, name in zip(lines, _ROLES, told.kinds, strict=False):
        look = ROLES[role]
        figure.add_scatter(
            x=places, y=line, mode="lines+markers", name=f"{name}, along", showlegend=False, customdata=told.lengths,
            line={"color": look.color, "dash": look.dash}, marker={"color": look.color, "symbol": look.symbol},
            hovertemplate="segments of %{customdata}: %{y:.2f}<extra></extra>", **here.axes(),
        )  # fmt: skip
        room.curve(places, line)
    return here


def _kept(figure: go.Figure, told: _Told) -> Panel:
    """The numbers in all states by the length of a segment, beside those of the tokens themselves."""
    places, kept = np.log2(told.lengths), finite(np.log2(told.kept.clip(1)))
    cache = float(np.log2(max(told.cache, 1))) if np.isfinite(told.cache) else np.nan
    known = np.array([one for one in (*kept, cache) if np.isfinite(one)] or [0.0])
    ticks = np.linspace(np.floor(known.min()), np.ceil(known.max()), 3).round()
    y = {"title": {"text": "numbers kept"}, "range": [ticks[0] - 0.5, ticks[-1] + 1.0], "tickvals": ticks}
    y |= {"ticktext": [two(2.0**tick) for tick in ticks]}
    here = panel(figure, _RIGHT, _KEPT, x=_lengths(told, words=True), y=y)
    room = Room(figure, here, _SIZE)
    level = np.full_like(places, cache)
    for name, line, role in (("states", kept, "fast"), ("the tokens", level, "theory")):
        look = ROLES[role]
        figure.add_scatter(
            x=places, y=line, mode="lines", name=f"{name}, kept", showlegend=False, customdata=2.0**line,
            line={"color": look.color, "dash": look.dash},
            hovertemplate=f"{name}: %{{customdata:,.0f}} numbers<extra></extra>", **here.axes(),
        )  # fmt: skip
        room.curve(places, line)
    room.name("states", places, kept, "fast")
    room.name("the tokens", places, level, "theory")
    return here
