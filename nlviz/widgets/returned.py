"""What a student's own functions give back, looked at before anything believes it. What is wrong raises ValueError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure

from nlviz.door.words import call, count, refuse, text
from nlviz.trace import Trace
from nlviz.widgets.progress import Progress

__all__ = ["figure_of", "in_words", "progress_of", "reasons_of", "trace_of", "words_of"]

_LONG = 1000


def trace_of(value: Any, whose: str = "the run") -> Trace:
    """The Trace that a run returned."""
    if isinstance(value, Trace):
        return value
    if value is None:
        remedy = "end it with `return trace`"
    elif isinstance(getattr(value, "trace", None), Trace):
        remedy = "return its .trace"
    elif isinstance(value, Mapping):
        remedy = "return Trace(…) of it"
    else:
        remedy = 'return Trace({"name": Signal(values, times)})'
    refuse(f"what {whose} returned", value, "a Trace", remedy)


def progress_of(value: Any) -> Progress:
    """The Progress that a run yielded on its way, in plain numbers."""
    remedy = "yield Progress(done, total), and return the Trace at the end"
    if isinstance(value, Trace) or not isinstance(value, Progress):
        refuse("what the run yielded", value, "a Progress", remedy)
    done = count("done of Progress", value.done, least=0)
    total = count("total of Progress", value.total, least=0)
    partial = None if value.partial is None else call("partial of Progress", value.partial, "a function or None")
    return Progress(done, total, text("noun of Progress", value.noun), partial)


def figure_of(value: Any, name: str = "what the view returned") -> go.Figure:
    """A figure of plotly; a FigureWidget is one."""
    if isinstance(value, go.Figure):
        return value
    if isinstance(value, BaseFigure):
        return go.Figure(value)
    remedy = "end it with `return figure`" if value is None else "give one go.Figure(…) of plotly"
    refuse(name, value, "a Figure", remedy)


def words_of(value: Any) -> str:
    """The line that a summary returned."""
    if not isinstance(value, str):
        refuse("what the summary returned", value, "a text", 'return one line, as f"{share:.0%} remembered"')
    return value


def reasons_of(value: Any) -> dict[str, str]:
    """The knobs that do nothing and why, as `dead` returned them; "" or None stands for no reason."""
    remedy = 'return {"knob": "why"}, or {} where every knob does something'
    if not isinstance(value, Mapping):
        refuse("what dead returned", value, "a table of reasons", remedy)
    return {name: text(f"why {name} is dead", why) for name, why in value.items() if why is not None}


def in_words(problem: BaseException) -> str:
    """A problem as its kind and what it says, for a page: not a word of it can be a problem again."""
    # str() of a KeyError is the repr of its message, quotes and all.
    said: Any = problem.args[0] if isinstance(problem, KeyError) and problem.args else problem
    try:
        words = str(said)
    except Exception:
        words = ""
    kind = type(problem).__name__
    return f"{kind}: {words if len(words) <= _LONG else words[:_LONG] + '…'}" if words else kind
