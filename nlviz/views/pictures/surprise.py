"""Reading: a memory reads code; what surprised it, what that was worth, what is still known of the first page."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import number, text
from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn, envelope, trailing_mean
from nlviz.views.drawing.frames import Link, Span, Track, animate, handle
from nlviz.views.drawing.labels import Room
from nlviz.views.drawing.lines import cursor, curve, happened
from nlviz.views.drawing.sheet import Panel, column, counted, mean, panel, plain, sheet, with_unit
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.line_bars import line_bars
from nlviz.views.surprise_on_tokens import CodePage, code_page

__all__ = ["reading"]

_CODE, _BARS, _CURVES = (0.66, 0.94), (0.39, 0.56), (0.0, 0.28)
# The size of the curves' panel on a laptop, in pixels.
_FLAT = (520.0, 115.0)


def reading(
    trace: Trace, threshold: float | None = None, *, by: str = "bits", stream: int = 0, theme: str = "light"
) -> go.Figure:
    """The surprise lab: code coloured by surprise, the line being read in bars, and what writing is worth over time.

    Top: code, one cell a byte, coloured by `by`; underlined bytes were written. Middle: the line being read, three
    bars a byte: its surprise for the reader that writes and for the frozen one, and the size of its write; the
    threshold is a level that can be dragged. Bottom: bits per byte, mean of the last bytes, of both readers; below
    the frozen line is what fast weights are worth; and "known", bits per byte on page 1, re-read without writing:
    rising means forgetting.
    by: the surprise to show, with its own unit. threshold: in that unit; None if no single level decides.
    Signals, all [time, batch]: `by`, and if recorded "frozen_" + by, "bits", "frozen_bits", "first_bits" (those before
    the write, where "bits" are scored after it), "write", "written" (0 or 1), "noise" (1 where a byte counts in no
    mean), "known" at its own times, "frozen_known" (one row).
    Frames: the tokens; the cursors are linked.
    Raises ValueError for a signal with other axes, KeyError if `by` was not recorded.
    """
    threshold = None if threshold is None else number("threshold", threshold)
    by = text("by", by)
    seen = enter(trace, {by: "time batch"}, _may(by), stream=stream, theme=theme, kinds=("",))
    if seen.nothing:
        return unrecorded(seen, "byte")
    trace, stream, theme, _ = seen
    figure = sheet(plain(_title(trace, stream), trace, "byte"), _alt(trace, by, threshold, stream), theme=theme)
    above = f" (above {threshold:g})" if threshold else ""
    written = f"; underlined: written{above}" if "written" in trace else ""
    page = code_page(figure, trace, by, up=_CODE, heading=f"The code{written}", stream=stream, lines=7)
    bars = line_bars(figure, page.grid, by, _BARS, threshold)
    tracks: list[Track] = [*page.tracks, *bars.tracks]
    links: list[Link | Span] = [*page.links, *bars.links]
    if "bits" in trace:
        here = _worth(figure, trace, stream)
        tracks += cursor(figure, here, page.steps)
        links.append(Span(here.x, page.steps))
    animate(figure, tracks, page.labels, noun="token", links=links, acts=_acts(page))
    return figure if bars.level is None else handle(figure, bars.level)


def _acts(page: CodePage) -> list[str] | None:
    """What acts at every token: the inner loop, without its write where no byte of the token was written."""
    if "written" not in page.grid.trace:
        return None
    written = page.grid.at_steps("written", np.arange(page.grid.text.last))
    return [
        "inner" if np.nansum(written[piece.start : piece.stop]) else "inner read error"
        for piece in page.grid.text.pieces
    ]


def _may(by: str) -> dict[str, str]:
    names = (f"frozen_{by}", "bits", "first_bits", "frozen_bits", "write", "written", "noise", "known", "frozen_known")
    return {name: "time batch" for name in names if name != by} | {"bytes": "time _"}


def _worth(figure: go.Figure, trace: Trace, stream: int) -> Panel:
    """Running means of the bits per byte of the reader that writes and of the frozen one, and page 1 re-read."""
    times = np.asarray(trace["bits"].times)
    window = max(20, len(times) // 12)
    # The first few bytes have no mean yet worth a line, and would set the range.
    settled = min(window // 2, len(times) - 1)
    lines = {
        name: trailing_mean(counted(trace, name, stream), window)[settled:]
        for name in ("bits", "first_bits", "frozen_bits")
        if name in trace
    }
    known = {name: column(trace[name], stream) for name in ("known", "frozen_known") if name in trace}
    heights = np.concatenate([*lines.values(), *known.values()])
    low, high = (
        float(end(heights[np.isfinite(heights)], initial=start)) for end, start in ((np.min, 99.0), (np.max, 0.0))
    )
    gap = 0.1 * (high - low) or 0.1 * high or 1.0
    counting = f"byte read; lines are means of the last {window} bytes" + (
        ", noise left out" if "noise" in trace else ""
    )
    x = {"title": {"text": counting}, "range": [times[0] - 0.5, times[-1] + 0.5], "nticks": 10}
    y = {"title": {"text": "bits per byte"}, "range": [min(low, high) - gap, high + gap], "nticks": 5}
    here = panel(figure, (0.0, 1.0), _CURVES, x=x, y=y)
    named = _named("first_bits" in trace)
    drawn = {named[name]: envelope(times[settled:], settling) for name, settling in lines.items()}
    _curves(figure, here, trace, drawn | _page_one(trace, known, float(times[-1])))
    return here


def _curves(figure: go.Figure, here: Panel, trace: Trace, drawn: dict[tuple[str, str], Drawn]) -> None:
    """Every curve with its name where there is room for it, and what happened."""
    room = Room(figure, here, _FLAT)
    for (said, role), line in drawn.items():
        # page 1 is asked for now and then: a marker each time
        mode = "lines+markers" if role == "truth" else "lines"
        curve(figure, here, line, role=role, name=said, legend=False, mode=mode)
        room.curve(line.x, line.y)
    happened(figure, here, trace, room=room)
    for (said, role), line in drawn.items():
        room.name(said, line.x, line.y, role)


def _named(later: bool) -> dict[str, tuple[str, str]]:
    """What each line is called, and its role; later: whether bytes are scored after their own write."""
    writing = {"bits": ("written first", "write"), "first_bits": ("scored first", "fast")}
    return (writing if later else {"bits": ("writing", "fast")}) | {"frozen_bits": ("frozen", "slow")}


def _page_one(trace: Trace, known: dict[str, np.ndarray], end: float) -> dict[tuple[str, str], Drawn]:
    """Bits per byte on the first page as the reading goes on: rising is forgetting; and those of the frozen model."""
    drawn = {}
    if "known" in known:
        drawn["page 1 re-read (rising = forgetting)", "truth"] = Drawn(trace["known"].times, known["known"], 1)
    if "frozen_known" in known:
        level = np.repeat(known["frozen_known"][:1], 2)
        drawn["page 1, frozen", "theory"] = Drawn(np.array([0.0, end]), level, 1)
    return drawn


def _title(trace: Trace, stream: int) -> str:
    """What to see, with the two numbers that say it, measured on this run."""
    if "frozen_bits" not in trace:
        return "The stronger the colour, the more a byte surprised the reader"
    adapted, frozen = (mean(counted(trace, name, stream)) for name in ("bits", "frozen_bits"))
    byte = "byte of code" if "noise" in trace else "byte"
    if "first_bits" in trace:
        first = mean(counted(trace, "first_bits", stream))
        return f"Scored once written: {adapted:.2f} bits per {byte}; scored first {first:.2f}, frozen {frozen:.2f}"
    return f"Writing as it reads, it needs {adapted:.2f} bits per {byte}; frozen {frozen:.2f}"


def _alt(trace: Trace, by: str, threshold: float | None, stream: int) -> str:
    said = [f"Code of {len(trace.tokens)} tokens coloured by {with_unit(by, trace[by].unit)}", _title(trace, stream)]
    if "written" in trace:
        above = f", those above {threshold:g}" if threshold else ""
        said.append(f"{mean(column(trace['written'], stream)):.0%} of the bytes were written{above}")
    if "known" in trace:
        known = column(trace["known"], stream)
        said.append(f"Page 1, re-read, costs {known[0]:.2f} bits per byte at first and {known[-1]:.2f} at the end")
    said += [f"{mark.label or mark.kind} at byte {mark.time}" for mark in trace.marks]
    return ". ".join(said) + "."
