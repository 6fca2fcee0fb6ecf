"""Reading twice: the two loops, the text with what writing was worth, and how far the fast weights have moved."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Token, Trace
from nlviz.views.drawing.code_grid import Pages, lay_out
from nlviz.views.drawing.frames import LAYOUT, NOWHERE, Link, Span, Track, animate
from nlviz.views.drawing.sheet import Panel, column, mean, newest, panel, plain, sheet
from nlviz.views.drawing.theme import DIVERGING, ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.loops import PARTS, draw_loops

__all__ = ["two_loops"]

_LEFT, _RIGHT = (0.0, 0.42), (0.5, 1.0)
_TEXT, _CURVE = (0.6, 0.92), (0.0, 0.42)
_COLUMNS = 44
# Letters are read on the colours, so the strongest gain gets half of what the scale could show.
_PALE = 2.0
# bits below which nobody would speak of a gain
_SEEN = 0.05
# the least scale of the drift: rounding is not drawn as a way
_STILL = 0.01
_SIGNS = {" ": "a blank", "\n": "the line's end"}
_NEEDS = {name: "time batch" for name in ("bits", "frozen_bits", "drift_norm", "written")}


def two_loops(trace: Trace, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """A text that is read again and again, with the part of the loop drawn that acts at every letter.

    Left: the outer loop, which trained the slow weights before, and the inner loop, which writes the fast ones now; the
    part that acts is thick. Right: the text, each byte coloured by its gain (bits of the frozen reader − bits of the
    one that writes) once its error is known; below, ‖M − M₀‖ as far as it was written.
    Signals, a row for every byte: "bits", "frozen_bits", "drift_norm", "written" (0 or 1), all [time, batch], and
    "bytes" [time, 1] if recorded. Tokens: the letters, their kind the reading they belong to ("reading 1", …). A note
    "trained" says what the outer loop did; without one it never acts.
    Frames: the outer loop's parts, then those of every letter. Opened in the middle of the second reading.
    Raises ValueError for a signal with other axes, KeyError for one that was not recorded.
    """
    seen = enter(trace, _NEEDS, {"bytes": "time _"}, stream=stream, theme=theme, kinds=("",))
    if seen.nothing:
        return unrecorded(seen, "byte")
    trace, stream, theme, _ = seen
    run = _course(trace, stream)
    title = plain(_title(run), trace, "byte")
    figure = sheet(title, _alt(title, run, run.start), theme=theme)
    acts = _acts(run)
    tracks = draw_loops(figure, _LEFT, (0.0, 1.0), acts)
    text = lay_out(trace, _COLUMNS)
    tracks += _page(figure, text, run)
    below = _moved(figure, run)
    tracks += below[1]
    links = [_link(figure, text, run), Span(below[0].x, run.byte)]
    alts = [_alt(title, run, frame) for frame in range(len(run.byte))]
    more = {"alts": alts, "links": links, "parts": PARTS, "acts": acts}
    return animate(figure, tracks, _labels(run), noun="letter", start=run.start, **more)


class _Course(NamedTuple):
    """A run, frame by frame.

    letters: the tokens that were read. bits, frozen, drift, written: per byte. before: frames of the outer loop, which
    come first. trained: what it did, in words. start: the frame to open at.
    """

    letters: list[Token]
    bits: np.ndarray
    frozen: np.ndarray
    drift: np.ndarray
    written: np.ndarray
    before: int
    trained: str
    start: int

    @property
    def gain(self) -> np.ndarray:
        """What writing was worth, in bits per byte."""
        return self.frozen - self.bits

    @property
    def byte(self) -> np.ndarray:
        """[frames] The last byte of the letter that is read; the first while the outer loop acts."""
        return self._by_part(*[[letter.stop - 1 for letter in self.letters]] * len(PARTS))

    @property
    def known(self) -> np.ndarray:
        """[frames] Of how many bytes the error is known: a letter is read first."""
        ends = [letter.stop for letter in self.letters]
        return self._by_part([letter.start for letter in self.letters], ends, ends)

    @property
    def moved(self) -> np.ndarray:
        """[frames] How many bytes have been written."""
        starts = [letter.start for letter in self.letters]
        return self._by_part(starts, starts, [letter.stop for letter in self.letters])

    def _by_part(self, *parts: list[int]) -> np.ndarray:
        return np.concatenate([np.zeros(self.before, int), np.stack(parts, 1).ravel()]).astype(np.int32)

    def mean_of(self, values: np.ndarray, *, again: bool) -> float:
        """The mean per byte of the first reading, or of those after it; NaN where there are none."""
        spans = [values[one.start : one.stop] for one in self.letters if (one.kind != self.letters[0].kind) == again]
        return mean(np.concatenate([*spans, [np.nan]]))


def _course(trace: Trace, stream: int) -> _Course:
    letters = [token for token in trace.tokens if token.stop > token.start]
    trained = " ".join(trace.noted("trained"))
    before = len(PARTS) * bool(trained)
    kinds = list(dict.fromkeys(letter.kind for letter in letters))
    second = [place for place, letter in enumerate(letters) if letter.kind == kinds[min(1, len(kinds) - 1)]]
    start = before + len(PARTS) * second[len(second) // 2] + len(PARTS) - 1
    bits, frozen, drift, written = (column(trace[name], stream) for name in _NEEDS)
    return _Course(letters, bits, frozen, drift, written, before, trained, start)


def _title(run: _Course) -> str:
    """What happened in this run, with the two numbers that say it."""
    readings = len({letter.kind for letter in run.letters})
    again, average = readings > 1, " on average" if readings > 2 else ""
    writing, frozen = (run.mean_of(values, again=again) for values in (run.bits, run.frozen))
    if not np.isfinite(writing):
        when = " when the line comes again" if again else ""
        return f"What it says{when} is lost; without the inner loop {frozen:.1f} bits a byte"
    if not run.written.any():
        times = "read again" if again else "read once"
        return f"The inner loop stands still: {times}, {frozen:.1f} bits a byte, as frozen"
    if not again:
        return f"Read once, so nothing comes back yet: {writing:.1f} bits a byte, frozen {frozen:.1f}"
    if writing < frozen - 0.05:
        return f"Read again, it costs {writing:.1f} bits a byte{average}; without the inner loop {frozen:.1f}"
    if writing > frozen + 0.05:
        return (
            f"The writes did harm: read again, {writing:.1f} bits a byte{average}; without the inner loop {frozen:.1f}"
        )
    return f"The writes changed little: read again, {writing:.1f} bits a byte{average}, as without the inner loop"


def _acts(run: _Course) -> list[str]:
    """Which part of which loop acts in every frame; a byte that is not written has no write."""
    outer = [f"outer {part}" for part in PARTS] if run.before else []
    writes = ["inner write" if run.written[letter.start : letter.stop].any() else "" for letter in run.letters]
    return [*outer, *(act for write in writes for act in ("inner read", "inner error", write))]


def _labels(run: _Course) -> list[str]:
    said = [f"before you came: outer loop, {part} · {run.trained}" for part in PARTS] if run.before else []
    for letter in run.letters:
        gain = _tenths(mean(run.gain[letter.start : letter.stop]))
        cost = f"{run.bits[letter.start : letter.stop].mean():.1f} bits, {gain:+.1f} saved".replace("-", "−")
        kept = f"‖M − M₀‖ = {run.drift[letter.stop - 1]:.2f}"
        tail = ("which byte comes?", cost, kept if run.written[letter.stop - 1] else "not written")
        head = f"{letter.kind}, byte {letter.start}: {_SIGNS.get(letter.text, letter.text)}"
        said += [f"{head} · {part} · {words}" for part, words in zip(PARTS, tail, strict=True)]
    return said


def _alt(title: str, run: _Course, frame: int) -> str:
    known, moved = run.known[frame], run.moved[frame]
    saved = _tenths(float(np.nansum(run.gain[:known])))
    worth = f"has saved {saved:.1f} bits" if saved >= 0 else f"has cost {-saved:.1f} bits"
    drift = run.drift[moved - 1] if moved else 0.0
    return (
        f"Two loops: an outer one that trains slow weights, in it an inner one that writes fast weights. {title}. "
        f"After {known} of {len(run.bits)} bytes writing {worth}, and the fast weights have moved by {drift:.2f}."
    )


def _tenths(bits: float) -> float:
    """Rounded as it is written, and never a minus before nothing."""
    return round(bits, 1) + 0.0


def _page(figure: go.Figure, text: Pages, run: _Course) -> list[Track]:
    """The text on the colours of its gain, as far as that is known, and a box round the letter that is read."""
    best, most = (float(np.nanmax(values, initial=0.0)) for values in (run.gain, np.abs(run.gain)))
    # rounding is not to look like a gain
    rows, deepest = len(text.lines), max(most, _SEEN)
    width = 1 + max(12, int(text.cells[:, 1].max()))
    x = {"range": [-0.7, width - 0.3], "showticklabels": False, "ticks": "", "showgrid": False, "showline": False}
    y = {"range": [rows - 0.4, -0.6], "showticklabels": False, "ticks": "", "showgrid": False, "showline": False}
    said = f"Warm: cheaper, by up to {best:.1f} bits" if best >= _SEEN else "No letter is cheaper"
    here = panel(figure, _RIGHT, _TEXT, heading=said, x=x | {"title": {"text": ""}}, y=y | {"title": {"text": ""}})
    figure.layout[DIVERGING] = {"cmin": -_PALE * deepest, "cmax": _PALE * deepest, "cmid": 0, "showscale": False}
    row, place, step, _ = text.cells.T
    whole = np.full((rows, width), np.nan, dtype=np.float32)
    whole[row, place] = run.gain[step]
    when = np.full((rows, width), len(run.gain))
    when[row, place] = step
    states = np.where(when < np.arange(len(run.gain) + 1)[:, None, None], whole, np.nan).astype(np.float32)
    hover = "%{z:.2f} bits saved<extra></extra>"
    cells = go.Heatmap(z=states[0], coloraxis=DIVERGING, hovertemplate=hover, hoverongaps=False)
    figure.add_trace(cells.update(here.axes()))
    tracks = [Track(newest(figure), "z", states, run.known)]
    letters = [(one.column, one.row, escape(one.text, quote=False)) for one in text.glyphs]
    across, down, words = zip(*letters, strict=True)
    plain_text = {"mode": "text", "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=across, y=down, text=words, **plain_text, **here.axes()))
    return [*tracks, *_box(figure, here, text, run)]


def _box(figure: go.Figure, here: Panel, text: Pages, run: _Course) -> list[Track]:
    row, place = (np.zeros(len(run.gain)) for _ in range(2))
    row[text.cells[:, 2]], place[text.cells[:, 2]] = text.cells[:, 0], text.cells[:, 1]
    first = run._by_part(*[[letter.start for letter in run.letters]] * len(PARTS))
    edges = {"x0": place[first] - 0.5, "x1": place[run.byte] + 0.5}
    edges |= {"y0": row[first] - 0.45, "y1": row[first] + 0.45}
    number = len(list(figure.select_shapes()))
    figure.add_shape(type="rect", xref=here.x, yref=here.y)
    return [Track(LAYOUT, f"shapes[{number}].{side}", values) for side, values in edges.items()]


def _link(figure: go.Figure, text: Pages, run: _Course) -> Link:
    """A click on a letter goes to its write."""
    cells = next(place for place, trace in enumerate(figure.data) if trace.type == "heatmap")
    shape = np.shape(figure.data[cells].z)
    frame_of = np.full(len(run.gain), NOWHERE)
    for place, letter in enumerate(run.letters):
        frame_of[letter.start : letter.stop] = run.before + len(PARTS) * (place + 1) - 1
    frames = np.full(shape, NOWHERE, dtype=np.int32)
    frames[text.cells[:, 0], text.cells[:, 1]] = frame_of[text.cells[:, 2]]
    return Link(cells, frames[None])


def _moved(figure: go.Figure, run: _Course) -> tuple[Panel, list[Track]]:
    """How far the fast weights are from where they began, as far as the reading has come."""
    count, top = len(run.drift), max(float(np.nanmax(run.drift, initial=0.0)), _STILL)
    x: dict[str, Any] = {"title": {"text": "byte read"}, "range": [-0.5, count - 0.5], "nticks": 6, "showgrid": False}
    y = {"title": {"text": "‖M − M₀‖"}, "range": [-0.04 * top, 1.1 * top], "nticks": 5}
    here = panel(figure, _RIGHT, _CURVE, heading="How far the fast weights have moved", x=x, y=y)
    whole = np.where(np.arange(count) < np.arange(count + 1)[:, None], run.drift, np.nan).astype(np.float32)
    line = {"color": ROLES["fast"].color, "dash": "solid"}
    hover = "byte %{x}: %{y:.2f}<extra></extra>"
    curve = go.Scatter(x=np.arange(count), y=whole[0], mode="lines", line=line, name="‖M − M₀‖")
    figure.add_trace(curve.update({"showlegend": False, "hovertemplate": hover, **here.axes()}))
    tracks = [Track(newest(figure), "y", whole, run.moved)]
    for letter, before in zip(run.letters[1:], run.letters, strict=False):
        if letter.kind != before.kind:
            edge = {"x0": letter.start - 0.5, "x1": letter.start - 0.5, "y0": 0, "y1": 1}
            look = {"color": ROLES["theory"].color, "dash": ROLES["theory"].dash}
            figure.add_shape(type="line", xref=here.x, yref=f"{here.y} domain", **edge, line=look)
            corner = {"x": letter.start, "y": 0, "xanchor": "left", "yanchor": "bottom"}
            figure.add_annotation(text="again", xref=here.x, yref=f"{here.y} domain", **corner)
    return here, tracks
