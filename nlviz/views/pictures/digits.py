"""Tasks: R filling row by row for one learner, where all learners stand, and how accurate each is in the end."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Token, Trace
from nlviz.views.drawing.frames import Track, animate
from nlviz.views.drawing.sheet import newest, panel, plain, sheet, square
from nlviz.views.drawing.theme import RECALL, ROLES
from nlviz.views.entry import enter, unrecorded
from nlviz.views.pictures.standings import Standing, standing_panel, standings

__all__ = ["tasks"]

_LEFT, _RIGHT = (0.0, 0.5), (0.62, 1.0)
_ABOVE, _BELOW = (0.5, 0.97), (0.0, 0.36)
# Of the dots, on a laptop, in pixels.
_SIZE = (240.0, 190.0)
_NEEDS = {"R": "time 1 tasks tasks", "standing": "_ 1 3 2"}


def tasks(trace: Trace, *, theme: str = "light") -> go.Figure:
    """Continual learning: what is known of each task (column) after each task (row), as it happens.

    Left: R; a column that fades downwards is a task being forgotten. The row of the task being learned is live. Right:
    stability and plasticity of every learner run so far, with spread; below, their accuracy over all tasks in the end.
    The chosen one is warm.
    Signals: "R" [time, 1, tasks, tasks], NaN where a task has not been learned yet; "standing" as `standings` takes it.
    Tokens: one of kind "task" for every task, over the time it was learned; and the learners'. A note "loop" says for
    the emblem which loop learns, "outer" where weights are trained.
    Frames: one per row of "R"; opened at the last.
    Raises ValueError if "R" is not square or has not one token a task, KeyError if it was not recorded.
    """
    seen = enter(trace, _NEEDS, theme=theme, kinds=("task", "chosen"))
    if seen.nothing:
        return unrecorded(seen, "step")
    trace, _, theme, _ = seen
    values, times = np.asarray(trace["R"].values, np.float32)[:, 0], np.asarray(trace["R"].times)
    named, dots = [token for token in trace.tokens if token.kind == "task"], standings(trace)
    chosen = next(dot for dot in dots if dot.chosen)
    if len(named) != values.shape[1]:
        raise ValueError(f"{len(named)} tokens of kind 'task' for {values.shape[1]} tasks; expected one each")
    title = f"{chosen.name}: a column that fades downwards is a task being forgotten"
    labels = [_label(named, time) for time in times.tolist()]
    alts = [_alt(chosen, row, label, named) for row, label in zip(values, labels, strict=True)]
    figure = sheet(plain(title[0].upper() + title[1:], trace, "step"), theme=theme)
    track = _matrix(figure, values, [token.text for token in named])
    standing_panel(figure, trace, _RIGHT, _ABOVE, _SIZE)
    _accuracies(figure, dots)
    acts = [*trace.noted("loop")] * len(labels) or None
    return animate(figure, [track], labels, noun="step", start=len(times) - 1, alts=alts, acts=acts)


def _matrix(figure: go.Figure, values: np.ndarray, names: list[str]) -> Track:
    x = {"title": {"text": "asked about (task)"}, "showgrid": False, "tickvals": list(range(len(names)))}
    y = {"title": {"text": "after learning (task)"}, "showgrid": False, "tickvals": list(range(len(names)))}
    most = len(names) - 0.5
    here = panel(
        figure,
        _LEFT,
        (0.0, 0.97),
        x=x | {"ticktext": names, "range": [-0.5, most]},
        y=y | {"ticktext": names, "range": [most, -0.5]},
    )
    square(figure, here)
    # the numbers stand in the cells, so the colours need no key
    figure.layout[RECALL] = {"cmin": -1, "cmax": 1, "cmid": 0, "showscale": False}
    hover = "after task %{y}, of task %{x}: %{z:.2f}<extra></extra>"
    cells = go.Heatmap(z=values[0], coloraxis=RECALL, texttemplate="%{z:.2f}", xgap=2, ygap=2)
    figure.add_trace(cells.update({"hovertemplate": hover, "hoverongaps": False, **here.axes()}))
    return Track(newest(figure), "z", values)


def _accuracies(figure: go.Figure, dots: list[Standing]) -> None:
    """A lying bar for every learner, its name above it."""
    x = {"title": {"text": "right in the end (ACC, share)"}, "range": [0, 1.05], "nticks": 4}
    y = {"range": [len(dots) + 0.5, 0.4], "showticklabels": False, "ticks": "", "showgrid": False}
    here = panel(figure, _RIGHT, _BELOW, x=x, y=y)
    rows = list(range(1, len(dots) + 1))
    spread = {"array": [dot.accuracy[1] for dot in dots], "thickness": 1.5, "width": 3}
    bars = go.Bar(x=[dot.accuracy[0] for dot in dots], y=rows, orientation="h", error_x=spread, width=0.35)
    shape = ["" if dot.chosen else "/" for dot in dots]
    look = {"color": [ROLES[dot.role].color for dot in dots], "pattern": {"shape": shape}}
    said = {"customdata": [dot.name for dot in dots], "hovertemplate": "%{customdata}: %{x:.2f}<extra></extra>"}
    figure.add_trace(bars.update({"marker": look, "showlegend": False, **said, **here.axes()}))
    for row, dot in zip(rows, dots, strict=True):
        corner = {"x": 0, "xanchor": "left", "y": row - 0.18, "yanchor": "bottom", "xshift": 3, "yshift": -1}
        figure.add_annotation(text=escape(dot.name, quote=False), xref=here.x, yref=here.y, **corner)


def _label(named: list[Token], time: int) -> str:
    at = next((token for token in named if token.start <= time < token.stop), named[-1])
    return f"step {time}: learning {at.text}"


def _alt(chosen: Standing, row: np.ndarray, label: str, named: list[Token]) -> str:
    learned = int(np.isfinite(row).all(1).sum())
    last = row[learned - 1] if learned else row[0]
    known = ", ".join(
        f"{token.text}: {value:.2f}" for token, value in zip(named, last, strict=True) if np.isfinite(value)
    )
    return (
        f"{chosen.name}, {label}. Accuracy on each task then: {known}. Over all seeds, stability "
        f"{chosen.stability[0]:.2f}, plasticity {chosen.plasticity[0]:.2f}, accuracy over all {chosen.accuracy[0]:.2f}."
    )
