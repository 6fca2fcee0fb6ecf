"""Reading: a memory reads code; what surprised it, what that was worth, what is still known of the first page."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.decimate import Drawn, envelope, trailing_mean
from nlviz.views.frames import Track, animate
from nlviz.views.lines import cursor, curve, happened
from nlviz.views.sheet import Panel, column, counted, panel, plain, sheet
from nlviz.views.surprise_on_tokens import code_page

__all__ = ["reading"]

_BELOW = (0.0, 0.27)


def reading(trace: Trace, threshold: float | None = None, *, stream: int = 0, theme: str = "light") -> go.Figure:
    """The surprise lab: code coloured by surprise, bits per byte against the frozen model, and what is kept of page 1.

    Top: code, one cell a byte, coloured by "bits"; underlined bytes were written. Bottom left: bits per byte, the mean
    of the last bytes, of the reader that writes and of the frozen one; below the frozen line is what fast weights are
    worth; the share written.
    Bottom right: "known", bits per byte on the first page, re-read without writing; rising means forgetting.
    Signals, all [time, batch]: "bits", and if recorded "frozen_bits", "written" (0 or 1), "noise" (1 where a byte
    counts in no mean), "known" at its own times, "frozen_known" (one row).
    Unit: bits per byte. Frames: the tokens; the cursors are linked.
    Raises ValueError if the trace has no tokens, KeyError if "bits" was not recorded.
    """
    figure = sheet(plain(_title(trace, stream), trace, "byte"), _alt(trace, threshold, stream), theme=theme)
    above = "" if threshold is None else f" (above {threshold:g} bits)"
    written = f"; underlined: written{above}" if "written" in trace else ""
    page = code_page(
        figure, trace, "bits", up=(0.45, 0.93), heading=f"The code, by bits{written}", stream=stream, lines=14
    )
    left = _gain(figure, trace, stream, (0.0, 0.42 if "known" in trace else 1.0))
    panels = [left]
    if "known" in trace:
        panels.append(_kept(figure, trace, stream, (0.58, 1.0)))
    tracks: list[Track] = list(page.tracks)
    for here in panels:
        tracks += cursor(figure, here, page.steps)
    return animate(figure, tracks, page.labels, noun="token")


def _gain(figure: go.Figure, trace: Trace, stream: int, across: tuple[float, float]) -> Panel:
    """Running means: bits per byte of the reader that writes and of the frozen one, and the share of bytes written."""
    times = np.asarray(trace["bits"].times)
    window = max(20, len(times) // 12)
    means = {
        name: trailing_mean(counted(trace, name, stream), window) for name in ("bits", "frozen_bits") if name in trace
    }
    # The first few bytes have no mean yet worth a line, and would set the range.
    settled = min(window // 2, len(times) - 1)
    heights = np.concatenate([mean[settled:] for mean in means.values()])
    top = 1.12 * float(np.nanmax(heights, initial=0.0)) or 1.0
    x = {"title": {"text": "byte read"}, "range": [times[0] - 0.5, times[-1] + 0.5], "nticks": 6}
    y = {"title": {"text": "bits per byte"}, "range": [0, top], "nticks": 5}
    here = panel(figure, across, _BELOW, x=x, y=y)
    names = {"bits": ("writing", "fast"), "frozen_bits": ("frozen", "slow")}
    for name, mean in means.items():
        said, role = names[name]
        drawn = envelope(times[settled:], mean[settled:])
        curve(figure, here, drawn, role=role, name=said, legend="legend2")
    said = f"Mean of {window} bytes" + (", noise left out" if "noise" in trace else "")
    if "written" in trace:
        share = trailing_mean(column(trace["written"], stream), window)
        drawn = envelope(np.asarray(trace["written"].times)[settled:], share[settled:])
        aside = _aside(figure, here, "share written")
        curve(figure, aside, drawn, role="write", name="written (right)", legend="legend2")
    happened(figure, here, trace)
    _heading(figure, here, said, across, "legend2")
    return here


def _aside(figure: go.Figure, here: Panel, title: str) -> Panel:
    """A second axis at the panel's right, for a share from 0 to 1."""
    figure.layout["yaxis9"] = {
        "overlaying": here.y,
        "anchor": here.x,
        "side": "right",
        "range": [0, 1.05],
        "tickformat": ".0%",
        "tickvals": [0, 0.5, 1],
        "showgrid": False,
        "title": {"text": title},
    }
    return Panel(here.x, "y9")


def _kept(figure: go.Figure, trace: Trace, stream: int, across: tuple[float, float]) -> Panel:
    """Bits per byte on the first page as the reading goes on, and those of the frozen model."""
    known, times = column(trace["known"], stream), np.asarray(trace["known"].times)
    frozen = column(trace["frozen_known"], stream)[:1] if "frozen_known" in trace else np.array([])
    high = float(np.nanmax(np.append(known, frozen), initial=0.0)) or 1.0
    low = float(np.nanmin(np.append(known, frozen), initial=high))
    end = max(float(trace["bits"].times[-1]), float(times[-1]))
    gap = (high - low) * 0.2 or 0.1 * high
    x = {"title": {"text": "bytes read so far"}, "range": [-0.02 * end, 1.02 * end], "nticks": 6}
    y = {"title": {"text": "bits per byte"}, "range": [low - gap, high + gap], "nticks": 5}
    here = panel(figure, across, _BELOW, x=x, y=y)
    curve(figure, here, Drawn(times, known, 1), role="fast", name="memory", legend="legend3", mode="lines+markers")
    if frozen.size:
        flat = Drawn(np.array([0.0, end]), np.repeat(frozen, 2), 1)
        curve(figure, here, flat, role="slow", name="frozen", legend="legend3")
    _heading(figure, here, "Page 1, re-read: rising = forgetting", across, "legend3")
    return here


def _heading(figure: go.Figure, here: Panel, said: str, across: tuple[float, float], legend: str) -> None:
    """A panel's words, and under them its legend, both above its left corner."""
    figure.layout[legend] = {"x": across[0], "xanchor": "left", "y": _BELOW[1], "yanchor": "bottom", "orientation": "h"}
    place = {"x": across[0], "y": _BELOW[1], "xanchor": "left", "yanchor": "bottom", "yshift": 24}
    figure.add_annotation(text=escape(said, quote=False), xref="paper", yref="paper", **place)


def _title(trace: Trace, stream: int) -> str:
    """What to see, with the two numbers that say it, measured on this run."""
    if "frozen_bits" not in trace:
        return "The stronger the colour, the more a byte surprised the reader"
    adapted, frozen = (np.nanmean(counted(trace, name, stream)) for name in ("bits", "frozen_bits"))
    word = "fewer" if adapted < frozen else "more"
    byte = "byte of code" if "noise" in trace else "byte"
    return f"Writing while it reads, the model needs {word} bits: {adapted:.2f} per {byte}, frozen {frozen:.2f}"


def _alt(trace: Trace, threshold: float | None, stream: int) -> str:
    said = [f"Code of {len(trace.tokens)} tokens coloured by surprise", _title(trace, stream)]
    if "written" in trace:
        above = "" if threshold is None else f", those above {threshold:g} bits"
        said.append(f"{np.nanmean(column(trace['written'], stream)):.0%} of the bytes were written{above}")
    if "known" in trace:
        known = column(trace["known"], stream)
        said.append(f"Page 1, re-read, costs {known[0]:.2f} bits per byte at first and {known[-1]:.2f} at the end")
    said += [f"{mark.label or mark.kind} at byte {mark.time}" for mark in trace.marks]
    return ". ".join(said) + "."
