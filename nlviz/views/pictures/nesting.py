"""Batch, sequence, segment, chunk and level: one strip for each, over the same tokens of one run."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.frames import Span, animate
from nlviz.views.drawing.lines import cursor
from nlviz.views.drawing.sheet import Panel, finite, panel, plain, sheet, some
from nlviz.views.drawing.theme import ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["nesting"]

_NEEDS = {"level_writes": "_ batch levels", "chunk": "time batch", "segment": "time batch", "sequence": "time batch"}
_NEEDS |= {"period": "1 1 levels"}
_MEANS = {
    "sequence": "one text; the memory begins anew with it",
    "segment": "what attention sees at once, or how far an outer gradient goes back",
    "chunk": "tokens that see the same weights",
}
# A strip and the words above it share a unit of height.
_TALL, _THIN = 0.44, 0.3


def nesting(trace: Trace, *, theme: str = "light") -> go.Figure:
    """How batch, sequence, segment, chunk and level relate: a strip for each over the same tokens.

    From above: the streams of the batch, side by side, the first in colour; then of the first its
    sequences, segments and chunks, and for every level a mark at each of its updates.
    Signals: "sequence", "segment", "chunk" [time, batch], which one a token is of, counted from 1; "level_writes"
    [writes, batch, levels], its names the levels, timed at the last token of a write; "period" [1, 1, levels].
    Frames: one per token. Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, _NEEDS, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    trace, _, theme, _ = seen
    told = _told(trace)
    title = plain(_title(told), trace, "token")
    figure = sheet(title, _alt(title, told), theme=theme)
    figure.layout["barmode"] = "overlay"
    here = _paper(figure, told)
    _batch(figure, here, told)
    for place, name in enumerate(_MEANS):
        _strip(figure, here, told, name, -2.0 - place)
    for place, level in enumerate(told.levels):
        _updates(figure, here, told, place, level, -5.0 - place)
    labels = [_label(told, row) for row in range(len(told.times))]
    acts = [
        "inner write" if any(len(at) and time in at for at in told.ticks) else "inner read error" for time in told.times
    ]
    tracks, links = cursor(figure, here, told.times), [Span(here.x, told.times)]
    return animate(figure, tracks, labels, noun="token", start=len(labels) - 1, links=links, acts=acts)


class _Told(NamedTuple):
    """The first stream. of: which sequence, segment and chunk a token is of. ticks: when each level is updated."""

    times: np.ndarray
    of: dict[str, np.ndarray]
    levels: tuple[str, ...]
    periods: tuple[float, ...]
    ticks: tuple[np.ndarray, ...]
    batch: int

    def pieces(self, name: str) -> list[tuple[int, int, int]]:
        """Sequences, segments or chunks: (number, first row, row after the last)."""
        both = np.stack([self.of["sequence"], self.of[name]])
        ends = np.flatnonzero(np.any(both[:, 1:] != both[:, :-1], axis=0)) + 1
        starts = [0, *ends.tolist()]
        return [(int(self.of[name][a]), a, b) for a, b in zip(starts, [*starts[1:], len(self.times)], strict=True)]


def _told(trace: Trace) -> _Told:
    writes = finite(np.asarray(trace["level_writes"].values, dtype=float)[:, 0])
    at, levels = np.asarray(trace["level_writes"].times), writes.shape[-1]
    return _Told(
        times=np.asarray(trace["chunk"].times),
        of={name: np.nan_to_num(np.asarray(trace[name].values, dtype=float)[:, 0]) for name in _MEANS},
        levels=trace["level_writes"].names or tuple(f"level {place + 1}" for place in range(levels)),
        periods=tuple(trace["period"].values[0, 0].tolist()),
        ticks=tuple(at[writes[:, place] > 0] for place in range(levels)),
        batch=trace["chunk"].values.shape[1],
    )


def _title(told: _Told) -> str:
    """What a sequence holds in this run."""
    _, start, stop = told.pieces("sequence")[0]
    first, last = told.times[start], told.times[stop - 1]
    counts = [int(((at >= first) & (at <= last)).sum()) for at in told.ticks]
    said = ", ".join(f"{level} updated {some(count, 'time')}" for level, count in zip(told.levels, counts, strict=True))
    chunks = sum(start <= a < stop for _, a, _ in told.pieces("chunk"))
    return f"A sequence of {some(stop - start, 'token')}, {some(chunks, 'chunk')}: {said}"


def _paper(figure: go.Figure, told: _Told) -> Panel:
    x = {"title": {"text": "time (tokens)"}, "range": [told.times[0] - 0.5, told.times[-1] + 0.5], "showgrid": False}
    low = -4.0 - len(told.levels) + 0.1
    y = {"range": [low, 0.3], "visible": False, "showticklabels": False, "showgrid": False}
    return panel(figure, (0.0, 1.0), (0.0, 1.0), x=x | {"nticks": 10}, y=y)


def _words(figure: go.Figure, here: Panel, text: str, top: float) -> None:
    """What a strip is, above its left end."""
    figure.add_annotation(
        text=text, x=0, y=top, xref=f"{here.x} domain", yref=here.y, xanchor="left", yanchor="bottom", yshift=1
    )


def _bars(
    figure: go.Figure,
    here: Panel,
    pieces: list[tuple[int, int, int]],
    top: float,
    tall: float,
    name: str,
    *,
    pale: bool,
) -> None:
    """Blocks side by side; every second one is paler, and each is outlined, so that colour is not all."""
    role = ROLES["theory" if pale else "truth"].color
    figure.add_bar(
        orientation="h", base=[a - 0.5 for _, a, _ in pieces], x=[b - a for _, a, b in pieces],
        y=[top - tall / 2] * len(pieces), width=tall, name=name, showlegend=False,
        marker={
            "color": role, "opacity": [0.55 if at % 2 else 0.25 for at in range(len(pieces))],
            "line": {"width": 1, "color": role},
        },
        text=[str(number) for number, _, _ in pieces], textposition="none",
        customdata=[f"{name} {number}" for number, _, _ in pieces],
        hovertemplate="%{customdata}<extra></extra>", **here.axes(),
    )  # fmt: skip


def _batch(figure: go.Figure, here: Panel, told: _Told) -> None:
    """All streams as thin strips; the first, of which the other strips tell, is in colour."""
    said = f"<b>batch</b>: {some(told.batch, 'stream')} side by side, each with a memory of its own"
    _words(figure, here, f"{said}; below, the one in colour", 0.0)
    thin = 0.75 / told.batch
    for stream in range(told.batch):
        _bars(
            figure, here, told.pieces("sequence"), -0.05 - stream * thin, 0.8 * thin, f"stream {stream + 1}: sequence",
            pale=stream > 0,
        )  # fmt: skip


def _strip(figure: go.Figure, here: Panel, told: _Told, name: str, top: float) -> None:
    """All sequences, segments or chunks of the stream."""
    pieces = told.pieces(name)
    _, start, stop = pieces[0]
    _words(figure, here, f"<b>{name}</b>, {some(stop - start, 'token')}: {_MEANS[name]}", top + 0.62)
    _bars(figure, here, pieces, top + 0.6, _TALL, name, pale=False)
    if len(pieces) > 12:
        return
    for number, a, b in pieces:
        figure.add_annotation(text=str(number), x=(a + b - 1) / 2, y=top + 0.6 - _TALL / 2, xref=here.x, yref=here.y)


def _updates(figure: go.Figure, here: Panel, told: _Told, place: int, level: str, top: float) -> None:
    """A mark at every update of a level."""
    role = "fast" if not place else "slow" if place == len(told.levels) - 1 else "write"
    look, name, period = ROLES[role], escape(level, quote=False), told.periods[place]
    said = f"<b>level “{name}”</b>, period {period:g}: ◆ where it is updated; until then it stands still"
    _words(figure, here, said.replace("◆", {"circle": "●", "square": "■"}.get(look.symbol, "▲")), top + 0.62)
    middle = top + 0.6 - _THIN / 2
    ends = {"x0": told.times[0] - 0.5, "x1": told.times[-1] + 0.5, "y0": middle, "y1": middle}
    figure.add_shape(type="line", xref=here.x, yref=here.y, line={"color": look.color, "width": 1}, **ends)
    figure.add_scatter(
        x=told.ticks[place], y=np.full(len(told.ticks[place]), middle), mode="markers", showlegend=False,
        marker={"color": look.color, "symbol": look.symbol, "size": 10}, name=f"{name}, updates",
        hovertemplate=f"{name} is updated after token %{{x}}<extra></extra>", **here.axes(),
    )  # fmt: skip


def _label(told: _Told, row: int) -> str:
    """What a token is of, and which level is updated after it."""
    of = ", ".join(f"{name} {told.of[name][row]:.0f}" for name in _MEANS)
    ticked = [level for level, at in zip(told.levels, told.ticks, strict=True) if told.times[row] in at]
    return f"token {told.times[row]}: {of} · " + (f"updated: {', '.join(ticked)}" if ticked else "no level updated")


def _alt(title: str, told: _Told) -> str:
    counts = ", ".join(some(len(told.pieces(name)), name) for name in _MEANS)
    ticks = ", ".join(
        f"{level} at tokens {', '.join(map(str, at))}" for level, at in zip(told.levels, told.ticks, strict=True)
    )
    read = f"{some(len(told.times), 'token')} of {some(told.batch, 'stream')}"
    return f"{title}. Strips over {read}: {counts}. Updates: {ticks}."
