"""Remembering: a fact told once and asked for later; what the model can see, what it answers, which weights move."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import LAYOUT, Link, Span, Track, animate
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, curve, happened
from nlviz.views.drawing.sheet import Panel, column, panel, plain, reach, sheet, two
from nlviz.views.drawing.theme import CLEAR, ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.surprise_on_tokens import CodePage, Grid, code_page

__all__ = ["remembering"]

_STRIP, _BELOW = (0.52, 0.92), (0.0, 0.32)
_LEFT, _RIGHT = (0.0, 0.46), (0.56, 1.0)
_COLUMNS = 64
# The size of the lower panels on a laptop, in pixels.
_FLAT = (280.0, 135.0)
_NEEDS = {"bits": "bytes batch", "seen": "bytes batch"}
_NEEDS |= dict.fromkeys(("answer", "slow_change", "fast_norm", "answered"), "time batch")
_MAY = {"bytes": "time _", "noise": "time batch", "written": "time batch", "frozen_bits": "time batch"}
_KINDS = {"fact": ("truth", "told"), "answer": ("write", "asked for")}


def remembering(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """The amnesia lab: the text as a strip, what the model can see of it, what it would answer now, what has moved.

    Top: one cell a byte, coloured by the bits it cost; the fact and the answer asked for are framed, and a frame that
    moves holds the bytes in view. Lower left: the probability of the answer if the question were asked at that byte.
    Lower right: how far the slow weights are from where they began, and the norm of the fast ones.
    Signals, all [time, batch]: "bits" and "seen" (how many bytes back are in view) for every byte; "answer" (a
    probability), "slow_change" and "fast_norm" at their own times; "answered", the probability in the end. Tokens: one
    a byte, of kind "fact", "answer" or any other. Marks are drawn in the lower panels.
    Frames: the bytes. Opened at the first byte of the answer.
    Raises ValueError unless there is one visible token a byte, KeyError for a signal that was not recorded.
    """
    seen = enter(trace, _NEEDS, _MAY, stream=stream, theme=theme, kinds=("",))
    if seen.nothing:
        return unrecorded(seen, "byte")
    trace, stream, theme, _ = seen
    _check_bytes(trace)
    start = _first(trace, "answer")
    alts = _alts(trace, stream)
    figure = sheet(plain(_title(trace, stream), trace, "byte"), theme=theme)
    back = int(_seen(trace, stream).max())
    said = f"Dashed: what it can see, at most {back} bytes"
    page = code_page(figure, trace, "bits", up=_STRIP, heading=said, stream=stream, lines=8, columns=_COLUMNS)
    tracks = [*page.tracks, *_in_view(figure, page, trace, stream)]
    for kind in _KINDS:
        _framed(figure, page.grid, trace, kind)
    below = {"x": 0, "xanchor": "left", "y": _STRIP[0], "yanchor": "top", "bgcolor": CLEAR}
    # the strip of a short text keeps its letters' proportions; its rows are not lines of a file
    rows = {"range": [max(2, page.grid.lines) - 0.4, -0.6], "showticklabels": False, "title": {"text": ""}}
    figure.update_layout(legend=below, yaxis=rows)
    panels = _answers(figure, trace, stream), _weights(figure, trace, stream)
    links: list[Link | Span] = [*page.links]
    for here in panels:
        happened(figure, here, trace)
        tracks += cursor(figure, here, page.steps)
        links.append(Span(here.x, page.steps))
    # where nothing is fast there is no inner loop
    acts = ["inner" if column(trace["fast_norm"], stream).any() else ""] * len(alts)
    more = {"alts": alts, "links": links, "acts": acts}
    return animate(figure, tracks, _labels(trace, stream), noun="byte", start=start, **more)


def _check_bytes(trace: Trace) -> None:
    """A frame is a byte: each needs a token of its own that shows something."""
    spans = [(token.start, token.stop) for token in trace.tokens if token.text.strip()]
    count = len(trace["bits"].times)
    if spans != [(byte, byte + 1) for byte in range(count)]:
        raise ValueError(f"{len(spans)} tokens show something of {count} bytes; expected one a byte, blanks as '·'")


def _seen(trace: Trace, stream: int) -> np.ndarray:
    """How many bytes back are in view, [bytes]; none where it is not known, and never more than there are."""
    return np.clip(np.nan_to_num(column(trace["seen"], stream)), 0, np.arange(len(trace["seen"].times)))


def _first(trace: Trace, kind: str) -> int:
    """The first byte of that kind, the last of all if there is none."""
    return next((token.start for token in trace.tokens if token.kind == kind), len(trace.tokens) - 1)


def _answer_now(trace: Trace, stream: int) -> np.ndarray:
    """P(answer) if asked at each byte: what was measured last, [bytes]."""
    times, chance = np.asarray(trace["answer"].times), column(trace["answer"], stream)
    at = np.searchsorted(times, np.arange(len(trace["bits"].times)), side="right") - 1
    return chance[at.clip(0)]


def _title(trace: Trace, stream: int) -> str:
    asked = _first(trace, "answer")
    chance = column(trace["answered"], stream)[0]
    said = f"Told once, asked {asked - _first(trace, 'fact')} bytes later: P(answer) = {two(chance)}"
    return f"{said}; no slow weight moved" if not column(trace["slow_change"], stream).any() else said


def _alts(trace: Trace, stream: int) -> list[str]:
    """In words what each frame shows: what is in view, what it would answer, what has moved."""
    seen, now = _seen(trace, stream), _answer_now(trace, stream)
    slow, fast = (column(trace[name], stream)[-1] for name in ("slow_change", "fast_norm"))
    told, asked = _first(trace, "fact"), _first(trace, "answer")
    held = f"the fast ones have norm {fast:.3g}" if fast else "there are no fast ones"
    ends = f"In the end the slow weights have moved by {slow:g}, and {held}"
    return [
        f"A text of {len(now)} bytes with a fact at byte {told} that is asked for at byte {asked}. At byte {byte} the "
        f"last {back:.0f} bytes are in view; asked now, the answer would have probability {chance:.2f}. {ends}."
        for byte, (back, chance) in enumerate(zip(seen, now, strict=True))
    ]


def _labels(trace: Trace, stream: int) -> list[str]:
    bits, now = column(trace["bits"], stream), _answer_now(trace, stream)
    return [
        f"byte {token.start}: {token.text} · {bits[token.start]:.1f} bits · asked now: P(answer) {now[token.start]:.2f}"
        for token in trace.tokens
    ]


def _rows(grid: Grid, start: int, stop: int) -> list[tuple[int, int, int]]:
    """The bytes [start, stop) as (row, left, right) on the page."""
    row, place, _, _ = grid.text.cells[start:stop].T
    return [(int(one), int(place[row == one].min()), int(place[row == one].max()) + 1) for one in np.unique(row)]


def _framed(figure: go.Figure, grid: Grid, trace: Trace, kind: str) -> None:
    """A frame that stays round all bytes of a kind, and its name in the key."""
    role, name = _KINDS[kind]
    look, here = ROLES[role], grid.here
    steps = [token.start for token in trace.tokens if token.kind == kind]
    x: list[float] = []
    y: list[float] = []
    for row, left, right in _rows(grid, steps[0], steps[-1] + 1) if steps else []:
        x += [left - 0.5, right - 0.5, right - 0.5, left - 0.5, left - 0.5, np.nan]
        y += [row - 0.42, row - 0.42, row + 0.42, row + 0.42, row - 0.42, np.nan]
    line = {"color": look.color, "dash": "solid", "width": 3}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, name=name, hoverinfo="skip", **here.axes()))


def _in_view(figure: go.Figure, page: CodePage, trace: Trace, stream: int) -> list[Track]:
    """The frame that moves: the bytes the model sees while it predicts the one at the cursor; a part for each row."""
    seen = _seen(trace, stream).astype(int)
    spans = [_rows(page.grid, byte - back, byte) for byte, back in enumerate(seen)]
    tracks, look = [], ROLES["slow"]
    for part in range(max(map(len, spans))):
        # what has no such part stands where nobody sees it
        rows = [span[part] if part < len(span) else (-9, 0, 0) for span in spans]
        row, left, right = np.array(rows, dtype=float).T
        edges = {"x0": left - 0.5, "x1": right - 0.5, "y0": row - 0.5, "y1": row + 0.5}
        number = len(list(figure.select_shapes()))
        where = {"xref": page.grid.here.x, "yref": page.grid.here.y}
        figure.add_shape(type="rect", **where, line={"color": look.color, "width": 2, "dash": look.dash})
        tracks += [Track(LAYOUT, f"shapes[{number}].{side}", values) for side, values in edges.items()]
    return tracks


def _answers(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    """P(answer), if the question were asked now."""
    end = len(trace["bits"].times) - 0.5
    x = {"title": {"text": "byte read"}, "range": [-0.5, end], "nticks": 8}
    y = {"title": {"text": "probability"}, "range": [-0.04, 1.04], "nticks": 6}
    said = ", ".join(["P(answer) if asked now", *(f"{mark.label} at {mark.time}" for mark in trace.marks)])
    here = panel(figure, _LEFT, _BELOW, heading=said, x=x, y=y)
    drawn = Drawn(np.asarray(trace["answer"].times), column(trace["answer"], stream), 1)
    curve(figure, here, drawn, role="truth", name="P(answer)", legend=False, dash="solid")
    return here


def _weights(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    """How far the slow weights are from where they began, and the norm of the fast ones."""
    top = max(reach(trace["fast_norm"].values[:, stream], trace), reach(trace["slow_change"].values[:, stream], trace))
    x = {"title": {"text": "byte read"}, "range": [-0.5, len(trace["bits"].times) - 0.5], "nticks": 8}
    y = {"title": {"text": "norm"}, "range": [-0.06 * top, 1.1 * top], "nticks": 5}
    here = panel(figure, _RIGHT, _BELOW, x=x, y=y)
    said = {"slow_change": ("slow: ‖Wₜ − W₀‖", "slow"), "fast_norm": ("fast: ‖θ_f‖", "fast")}
    # without fast weights there is no line of theirs
    lines = {name: column(trace[name], stream) for name in said}
    lines = {name: values for name, values in lines.items() if name == "slow_change" or values.any()}
    room = Room(figure, here, _FLAT)
    for mark in trace.marks:
        room.upright(mark.time)
    for name, values in lines.items():
        words, role = said[name]
        curve(figure, here, Drawn(trace[name].times, values, 1), role=role, name=words, legend=False)
        room.curve(trace[name].times, values)
    for name, values in lines.items():
        words, role = said[name]
        room.name(words, trace[name].times, values, role)
    return here
