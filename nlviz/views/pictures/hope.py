"""Hope: five memories that rewrite themselves, then a chain of blocks, and which of them each token writes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import LAYOUT, Link, Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, finite, newest, panel, plain, sheet, some, two
from nlviz.views.drawing.theme import ROLES, SURPRISE
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.boxes import Box, draw_arrow, draw_outline, plan_panel
from nlviz.views.pictures.hope_plan import MEMORIES, arrows, boxes, named

__all__ = ["hope"]

_LEFT, _RIGHT = (0.0, 0.56), (0.66, 1.0)
_ABOVE, _BELOW = (0.36, 0.95), (0.0, 0.22)
_FLAT = (230.0, 80.0)
_LIT = 0.75
"""How strongly the box of a part's largest write is filled: words are read on it."""
_WORDS = "● written now: ‖ΔM‖<br>○ tokens wait for its tick"
_NEEDS = {"write_norm": "time batch 5", "level_writes": "time batch blocks", "period": "1 1 blocks"}
_NEEDS |= {"inner_lr": "time batch", "forget": "time batch"}


def hope(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """Hope as a diagram in which the parts that are written at a token light up, and when each of them is written.

    Left: the five memories and the static query, then the chain of blocks with their periods. A part that is written
    now is filled, the more the larger its write is beside its own largest, and says ● ‖ΔM‖. A block off its tick stays
    dark and says how many tokens wait, ○. What is never written is cold. Right: the same for all tokens, a row for each
    part. Below it the write strength η and the forgetting α that the memories chose.
    Signals: "write_norm" [time, batch, 5] of the memories in the order k, v, η, α, memory; "level_writes" [time, batch,
    blocks], 0 off their ticks; "period" [1, 1, blocks]; "inner_lr" and "forget" [time, batch].
    Frames: one per token, opened where most is written. Units: ‖ΔM‖.
    Raises KeyError for a signal that was not recorded, ValueError for other axes.
    """
    seen = enter(trace, _NEEDS, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "token")
    trace, stream, theme, _ = seen
    told = _told(trace, stream)
    title = plain(_title(told), trace, "token")
    figure = sheet(title, _alt(title, told), theme=theme)
    tracks = _diagram(figure, told)
    above, link = _rows(figure, told)
    below = _gates(figure, told, trace, stream)
    tracks += [track for here in (above, below) for track in cursor(figure, here, told.times)]
    acts = ["inner write" if any(row) else "inner read error" for row in (told.writes > 0).tolist()]
    links = [link, Span(above.x, told.times), Span(below.x, told.times)]
    return animate(figure, tracks, _labels(told), noun="token", start=_opening(told), links=links, acts=acts)


class _Told(NamedTuple):
    """One stream of a run: the size of every part's write, [time, parts], the five memories first; the periods of the
    blocks behind them."""

    times: np.ndarray
    writes: np.ndarray
    periods: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        """What every part is called, in the order of its writes."""
        return [*MEMORIES, *(f"f{place + 1}" for place in range(len(self.periods)))]

    @property
    def lit(self) -> np.ndarray:
        """Each write beside the largest of its part, as the root of the share: small ones are to be seen too."""
        largest = np.nanmax(self.writes, axis=0, initial=0.0)
        share = np.nan_to_num(self.writes) / np.where(largest > 0, largest, 1.0)
        return np.sqrt(share)

    def waits(self, block: int) -> np.ndarray:
        """How many tokens wait in a block after each token, [time]."""
        return (self.times.astype(int) + 1) % max(self.periods[block], 1)


def _told(trace: Trace, stream: int) -> _Told:
    both = [np.asarray(trace[name].values, dtype=float)[:, stream] for name in ("write_norm", "level_writes")]
    periods = tuple(int(period) for period in np.nan_to_num(trace["period"].values[0, 0]))
    return _Told(np.asarray(trace["write_norm"].times), finite(np.concatenate(both, -1)), periods)


def _title(told: _Told) -> str:
    """How many memories were written, and how often the block that is written least."""
    moved = (told.writes > 0).sum(0).tolist()
    memories, blocks = moved[: len(MEMORIES)], moved[len(MEMORIES) :]
    written, tokens = sum(count > 0 for count in memories), some(len(told.times), "token")
    many = ("No memory rewrites itself", "One memory rewrites itself")[written] if written < 2 else ""
    many = many or f"{('Two', 'Three', 'Four', 'Five')[written - 2]} memories rewrite themselves"
    if not any(blocks):
        return f"{many}; the chain stays as trained, through {tokens}"
    least = int(np.argmin(blocks))
    return f"{many}; in {tokens} the block of period {told.periods[least]} is written {_times(blocks[least])}"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _opening(told: _Told) -> int:
    """The last token at which most parts are written."""
    parts = (told.writes > 0).sum(1)
    return int(np.flatnonzero(parts == parts.max())[-1])


def _diagram(figure: go.Figure, told: _Told) -> list[Track]:
    here = plan_panel(figure, _LEFT, (0.0, 1.0), _WORDS)
    plan = boxes(told.periods)
    for place, name in enumerate(told.names):
        plan[name] = plan[name]._replace(moves=bool((told.writes[:, place] > 0).any()))
    tracks = [
        track
        for place, name in enumerate(told.names)
        for track in _part(figure, here, plan[name], told.lit[:, place], _marks(told, place))
    ]
    for arrow in arrows(len(told.periods)):
        draw_arrow(figure, here, plan, arrow)
    for name, box in plan.items():
        draw_outline(figure, here, box)
        if name not in told.names:
            figure.add_annotation(x=box.x, y=box.y, xref=here.x, yref=here.y, text=box.words)
    return tracks


def _part(figure: go.Figure, here: Panel, box: Box, lit: np.ndarray, marks: list[str]) -> list[Track]:
    """A box that fills itself while it is written, and its words."""
    number = len(list(figure.select_shapes()))
    where = {"xref": here.x, "yref": here.y}
    look = {"fillcolor": ROLES["fast"].color, "line": {"width": 0}, "opacity": 0.0, "layer": "below"}
    figure.add_shape(type="rect", **where, **box.corners(), **look)
    words = len(list(figure.select_annotations()))
    said = [f"{box.words}<br>{mark}" for mark in marks]
    figure.add_annotation(x=box.x, y=box.y, text=said[0], **where)
    filled = (_LIT * lit).astype(np.float32)
    return [
        Track(LAYOUT, f"shapes[{number}].opacity", filled),
        Track(LAYOUT, f"annotations[{words}].text", said),
    ]


def _marks(told: _Told, place: int) -> list[str]:
    """For every token: the size of the part's write, or how many tokens wait for it; never written, it says so."""
    written, block = told.writes[:, place], place - len(MEMORIES)
    if not (written > 0).any():
        return ["frozen" if block < 0 else "as trained"] * len(written)
    waits = told.waits(block) if block >= 0 else np.zeros(len(written), int)
    idle = f" of {told.periods[block]}" if block >= 0 else ""
    return [
        f"● {two(size)}" if size > 0 else f"○ {count}{idle}" if idle else "○"
        for size, count in zip(written.tolist(), waits.tolist(), strict=True)
    ]


def _rows(figure: go.Figure, told: _Told) -> tuple[Panel, Link]:
    """A row for each part, from x upwards as in the diagram; a cell for every token, dark where nothing is written."""
    names = [named(name, told.periods) for name in told.names]
    x = {"title": {}, "range": _range(told), "showgrid": False, "nticks": 6}
    y = {"title": {"text": " "}, "range": [-0.5, len(names) - 0.5], "showgrid": False}
    y |= {"tickvals": list(range(len(names))), "ticktext": names}
    here = panel(figure, _RIGHT, _ABOVE, heading="Written when", x=x | {"showticklabels": False}, y=y)
    figure.layout[SURPRISE] = {"cmin": 0, "cmax": 1, "showscale": False}
    cells = go.Heatmap(
        x=told.times, z=told.lit.T.astype(np.float32), customdata=told.writes.T, coloraxis=SURPRISE, xgap=1, ygap=2,
        hovertemplate="token %{x}: ‖ΔM‖ %{customdata:.2g}<extra></extra>",
    )  # fmt: skip
    figure.add_trace(cells.update(here.axes()))
    frames = np.tile(np.arange(len(told.times)), (len(names), 1))[None]
    return here, Link(newest(figure), frames)


def _range(told: _Told) -> list[float]:
    return [float(told.times[0]) - 0.5, float(told.times[-1]) + 0.5]


def _gates(figure: go.Figure, told: _Told, trace: Trace, stream: int) -> Panel:
    """η and α of every token."""
    chosen = [("inner_lr", "η writes", "fast"), ("forget", "α forgets", "theory")]
    lines = [Drawn(trace[name].times, finite(np.asarray(trace[name].values)[:, stream]), 1) for name, *_ in chosen]
    most = max(1.0, *(float(np.nanmax(line.y, initial=0.0)) for line in lines))
    x = {"title": {"text": "time (tokens)"}, "range": _range(told), "showgrid": False, "nticks": 6}
    y = {"title": {"text": "share"}, "range": [-0.05, 1.08 * most], "nticks": 3}
    here = panel(figure, _RIGHT, _BELOW, heading="What they chose", x=x, y=y)
    room = Room(figure, here, _FLAT)
    for line, (_, words, role) in zip(lines, chosen, strict=True):
        curve(figure, here, line, role=role, name=words, legend=False)
        room.curve(line.x, line.y)
    for line, (_, words, role) in zip(lines, chosen, strict=True):
        room.name(words, line.x, line.y, role)
    return here


def _labels(told: _Told) -> list[str]:
    said = []
    for time, row in zip(told.times.tolist(), told.writes > 0, strict=True):
        parts = [name for name, written in zip(told.names, row.tolist(), strict=True) if written]
        said.append(f"token {time} writes {', '.join(parts) or 'nothing'}")
    return said


def _alt(title: str, told: _Told) -> str:
    counts = [f"{name} {count}" for name, count in zip(told.names, (told.writes > 0).sum(0).tolist(), strict=True)]
    return f"Hope as boxes: five memories and a chain of {some(len(told.periods), 'block')}. {title}. Writes: " + (
        f"{', '.join(counts)}."
    )
