"""Where every view begins: its trace is looked at once, and what holds nothing to draw is drawn in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import choice, count, instance
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import plain, sheet
from nlviz.views.drawing.theme import NAMES

__all__ = ["Entry", "a_trace", "enter", "unrecorded"]

NOTHING = "Nothing was recorded that could be drawn"


class Entry(NamedTuple):
    """What a view draws from. nothing: in words why there is nothing to draw, "" if there is.

    trace: without those optional signals that are empty: they are as if not recorded.
    """

    trace: Trace
    stream: int
    theme: str
    nothing: str


def enter(
    trace: Any,
    needs: Mapping[str, str],
    may: Mapping[str, str] | None = None,
    *,
    stream: Any = 0,
    theme: Any = "light",
    kinds: Sequence[str] = (),
) -> Entry:
    """The trace, stream and theme that a view was given, looked at.

    needs, may: signals that must and may be recorded, each with its axes in words, "time batch d_value d_key". A word
    has one length in all signals, but for "time", "batch" and "_"; a number is that length; "batch" must hold the
    stream; a word with "?" may have length 0. The first of `needs` must hold a finite number.
    kinds: of the tokens there must be, "" for any that shows something.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, another theme, or what is no trace.
    """
    theme, stream, trace = choice("theme", theme, NAMES), count("stream", stream, least=0), a_trace(trace)
    every = {name: (trace[name], axes) for name, axes in needs.items()}
    every |= {name: (trace[name], axes) for name, axes in (may or {}).items() if name in trace}
    empty = [name for name, (signal, axes) in every.items() if _is_empty(signal, axes)]
    lengths: dict[str, tuple[int, str]] = {}
    for name, (signal, axes) in every.items():
        if name not in empty:
            _fits(name, signal, axes, lengths)
            if "batch" in axes.split():
                count("stream", stream, least=0, most=signal.values.shape[1] - 1, of=f"the streams of {name!r}")
    left = {name: signal for name, signal in trace.items() if name in needs or name not in empty}
    shown = trace if len(left) == len(trace) else replace(trace, signals=left)
    return Entry(shown, stream, theme, _nothing(shown, needs, empty, kinds, stream))


def a_trace(trace: Any) -> Trace:
    """A trace; a run that carries one says so."""
    carried = isinstance(getattr(trace, "trace", None), Trace)
    return instance("trace", trace, Trace, "that is a run, give its trace: run.trace" if carried else "")


def unrecorded(seen: Entry, noun: str) -> go.Figure:
    """A picture of words: that nothing was recorded, and why; led by what went wrong if the run diverged."""
    title = plain(NOTHING, seen.trace, noun)
    figure = sheet(title, f"An empty picture of {len(seen.trace)} signals. {title}: {seen.nothing}.", theme=seen.theme)
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    words = "<br>".join(wrap(escape(seen.nothing, quote=False), 60))
    return figure.add_annotation(text=words, x=0.5, y=0.6, xref="paper", yref="paper")


def _is_empty(signal: Signal, axes: str) -> bool:
    """Without rows or streams, or of no length along an axis that needs one."""
    words, shape = axes.split(), signal.values.shape
    legal = [place for place, word in enumerate(words) if word.endswith("?")]
    return any(length == 0 for place, length in enumerate(shape) if place not in legal)


def _fits(name: str, signal: Signal, axes: str, lengths: dict[str, tuple[int, str]]) -> None:
    """Refuses a signal with other axes than those, or lengths that no other signal of the run has."""
    words, shape = [word.rstrip("?") for word in axes.split()], signal.values.shape
    if len(words) != len(shape):
        raise ValueError(f"signal {name!r} has shape {list(shape)}; expected [{', '.join(words)}], give it those axes")
    for word, length in zip(words, shape, strict=True):
        known = (int(word), "this view") if word.isdigit() else lengths.setdefault(word, (length, name))
        if word not in ("time", "batch", "_") and length != known[0]:
            whose = known[1] if word.isdigit() else f"signal {known[1]!r}"
            raise ValueError(
                f"signal {name!r} has shape {list(shape)}, [{', '.join(words)}]; expected {known[0]} of {word!r}, "
                f"as {whose} has; give signals of one run"
            )


def _nothing(trace: Trace, needs: Mapping[str, str], empty: Sequence[str], kinds: Sequence[str], stream: int) -> str:
    for name in needs:
        if name in empty:
            shape = list(trace[name].values.shape)
            return f"signal {name!r} is empty, of shape {shape}; read a longer stream, or measure more often"
    for kind in kinds:
        if kind and not any(token.kind == kind for token in trace.tokens):
            return f"the trace has no token of kind {kind!r}; add it: trace.merge(tokens=…)"
        if not kind and not any(token.stop > token.start and token.text.strip() for token in trace.tokens):
            return "the trace has no tokens, so there is no text to colour; add them: trace.merge(tokens=source.tokens)"
    first = next(iter(needs), None)
    if first and not np.isfinite(_of_stream(trace[first], needs[first], stream)).any():
        return f"signal {first!r} holds no finite number"
    return ""


def _of_stream(signal: Signal, axes: str, stream: int) -> np.ndarray:
    return signal.values[:, stream] if "batch" in axes.split() else signal.values
