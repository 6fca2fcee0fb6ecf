"""Sleep: what is known of each text through days and nights, R of one arm, and what its fast and slow weights hold."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Trace
from nlviz.views.drawing.decimate import Drawn
from nlviz.views.drawing.frames import Link, Span, Track, animate
from nlviz.views.drawing.lines import cursor, curve
from nlviz.views.drawing.sheet import Panel, newest, panel, plain, sheet
from nlviz.views.drawing.theme import RECALL, ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.sleep_course import NEEDS, Course, acts, alts, course, labels, title

__all__ = ["sleep"]

_LEFT, _RIGHT = (0.0, 0.6), (0.71, 1.0)
_TOP = 0.9
_GAP = 0.05
_MATRIX, _FAST, _SLOW = (0.52, _TOP), (0.23, 0.37), (0.0, 0.14)
_ROLES = ("theory", "truth", "slow", "write", "fast")
_SHADE = 0.14


def sleep(trace: Trace, *, theme: str = "light") -> go.Figure:
    """Days and nights: what each arm knows of every text, and of the arm that is shown where it is kept.

    Left, a panel for each text and one for what was known before: bits per byte, lower is better; nights are shaded,
    and the arm that is shown is drawn heavy. Right, above: R of this arm, a row for the start and the end of every day
    and night, a column for each text; green costs less than at the start, purple more. Below: how far its fast weights
    are from the slow head, and its slow weights from where they began.
    Signals: "known" [looks, 1, arms, texts], named by text, the one from before first; "fast_norm" and "slow_moved"
    [looks, 1, arms], named by arm, at most five. Tokens of the kinds "day" and "night", in looks. A note "arm" says
    which is shown, the first if there is none.
    Frames: the looks; opened at the last one there is.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, more arms, or no names.
    """
    seen = enter(trace, NEEDS, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "look")
    run = course(seen.trace)
    if len(run.arms) > len(_ROLES):
        raise ValueError(f"'fast_norm' has {len(run.arms)} arms; expected at most {len(_ROLES)}, leave some out")
    said = plain(title(run), seen.trace, "look")
    figure = sheet(said, theme=seen.theme)
    tracks, links = list[Track](), list[Link | Span]()
    for here in (*_texts(figure, run), *_weights(figure, run)):
        tracks += cursor(figure, here, np.arange(len(run.known), dtype=np.float32))
        links.append(Span(here.x, np.arange(len(run.known))))
    tracks += _matrix(figure, run)
    _key(figure)
    more: dict[str, Any] = {"links": links, "alts": alts(run, said), "acts": acts(run)}
    return animate(figure, tracks, labels(run), noun="look", start=_last(run), **more)


def _last(run: Course) -> int:
    """The last look at which something is known of the arm that is shown."""
    known = np.flatnonzero(np.isfinite(run.known[:, run.chosen]).any(1))
    return int(known[-1]) if len(known) else 0


def _texts(figure: go.Figure, run: Course) -> list[Panel]:
    """A panel for each text, day by day, and below them what was known before the first."""
    order, count = [*range(1, len(run.texts)), 0], len(run.texts)
    high = (_TOP - _GAP * (count - 1)) / count
    found = []
    for row, text in enumerate(order):
        low = _TOP - high - row * (high + _GAP)
        name = escape(run.texts[text], quote=False)
        what = "known before" if text == 0 else f"<b>{name}</b>, day {text}"
        y = {"title": {"text": f"{what}<br>bits per byte"}, **_range(run.known[:, :, text])}
        here = panel(figure, _LEFT, (max(0.0, low), low + high), x=_time(run, last=row == count - 1), y=y)
        _nights(figure, here, run)
        _curves(figure, here, run, text, legend=row == 0)
        found.append(here)
    return found


def _range(values: np.ndarray) -> dict[str, Any]:
    known = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
    low, high = float(known.min()), float(known.max())
    air = 0.1 * (high - low) or 0.5
    return {"range": [low - air, high + air], "nticks": 4}


def _time(run: Course, *, last: bool) -> dict[str, Any]:
    """The axis of looks, told by the days and nights that end there."""
    said = {"title": {"text": "time (looks), nights shaded"}, "ticktext": run.rows}
    ticks = {"tickvals": run.ends, **(said if last else {"showticklabels": False})}
    return {"range": [-0.2, len(run.known) - 0.8], "showgrid": False, **ticks}


def _nights(figure: go.Figure, here: Panel, run: Course) -> None:
    """Nights are shaded, from the evening on."""
    look = {"fillcolor": ROLES["theory"].color, "opacity": _SHADE, "line": {"width": 0}}
    for span in run.spans:
        if span.kind == "night":
            ends = {"x0": span.start - 1, "x1": span.stop - 1, "xref": here.x}
            figure.add_shape(type="rect", layer="below", y0=0, y1=1, yref=f"{here.y} domain", **ends, **look)


def _curves(figure: go.Figure, here: Panel, run: Course, text: int, *, legend: bool) -> None:
    """A curve for each arm, the one that is shown last and heavy."""
    looks = np.arange(len(run.known))
    for arm in [*(at for at in range(len(run.arms)) if at != run.chosen), run.chosen]:
        line, shown = run.known[:, arm, text], arm == run.chosen
        look: dict[str, Any] = {"mode": "lines+markers", "dash": "solid"} if shown else {}
        name = escape(run.arms[arm], quote=False)
        curve(figure, here, Drawn(looks, line, 1), role=_ROLES[arm], name=name, legend=legend, **look)
        figure.data[newest(figure)].update(legendrank=arm, legendgroup=name, line={"width": 4 if shown else 2})


def _matrix(figure: go.Figure, run: Course) -> list[Track]:
    """R of the arm that is shown, filling row by row; the numbers are bits, the colours what was saved."""
    ends, texts = run.ends, [*run.texts]
    bits = run.known[ends, run.chosen]
    saved = bits[:1] - bits
    x = {
        "title": {"text": "asked about (text)"},
        "tickvals": list(range(len(texts))),
        "ticktext": texts,
        "range": [-0.5, len(texts) - 0.5],
        "side": "bottom",
    }
    y = {
        "title": {"text": "bits per byte after"},
        "tickvals": list(range(len(ends))),
        "ticktext": run.rows,
        "range": [len(ends) - 0.5, -0.5],
    }
    here = panel(figure, _RIGHT, _MATRIX, x=x | {"showgrid": False}, y=y | {"showgrid": False})
    most = max(0.1, float(np.nanmax(np.abs(saved), initial=0.0)))
    figure.layout[RECALL] = {"cmin": -most, "cmax": most, "cmid": 0, "showscale": False}
    cells = go.Heatmap(z=saved, text=_cells(bits), coloraxis=RECALL, texttemplate="%{text}", xgap=2, ygap=2)
    hover = "%{y}, %{x}: %{text} bits per byte<extra></extra>"
    figure.add_trace(cells.update({"hovertemplate": hover, "hoverongaps": False, **here.axes()}))
    # what has not happened yet is not there
    looks = np.arange(len(run.known))[:, None, None]
    now = np.asarray(ends)[None, :, None] <= looks
    filled = np.where(now, saved[None], np.nan).astype(np.float32)
    words = [_cells(np.where(one, bits, np.nan)) for one in now]
    return [Track(newest(figure), "z", filled), Track(newest(figure), "text", words)]


def _cells(bits: np.ndarray) -> list[list[str]]:
    return [[f"{one:.2f}" if np.isfinite(one) else "" for one in row] for row in bits.tolist()]


def _weights(figure: go.Figure, run: Course) -> list[Panel]:
    """What the fast weights of the arm hold, and how far its slow weights have moved."""
    parts = (
        (_FAST, run.fast, "fast", "fast<br>‖W − W₀‖"),
        (_SLOW, run.slow, "slow", "slow<br>‖θ − θ₀‖"),
    )
    found = []
    for up, values, role, words in parts:
        line = values[:, run.chosen]
        top = float(np.nanmax(line, initial=0.0)) or 1.0
        y = {"title": {"text": words}, "range": [-0.1 * top, 1.15 * top], "nticks": 3, "zeroline": True}
        x = {"range": [-0.2, len(line) - 0.8], "showgrid": False, "tickvals": run.ends, "showticklabels": False}
        here = panel(figure, _RIGHT, up, x=x, y=y)
        _nights(figure, here, run)
        drawn = Drawn(np.arange(len(line)), line, 1)
        curve(
            figure,
            here,
            drawn,
            role=role,
            name=words.replace("<br>", ": "),
            legend=False,
            mode="lines+markers",
            dash="solid",
        )
        found.append(here)
    return found


def _key(figure: go.Figure) -> None:
    """The arms' names, above all: at the curves they would meet."""
    figure.update_layout(legend={"x": 0.0, "xanchor": "left", "y": 1.0, "yanchor": "top", "traceorder": "normal"})
