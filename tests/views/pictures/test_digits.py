"""R row by row, and every learner at the end."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at, downwards, signal, traces_of
from traces import layout, tasks_trace

from nlviz import views
from nlviz.trace import Token, Trace
from nlviz.views.drawing.theme import ROLES


def test_tasks_are_asked_across_and_learned_down() -> None:
    R = np.array([[[0.9, np.nan], [np.nan, np.nan]], [[0.25, 0.75], [0.5, 0.8]]])
    numbers = [[[0.5, 0.01], [0.6, 0.02], [0.7, 0.03]], [[0.1, 0], [0.2, 0], [0.3, 0]]]
    tokens = (
        Token("one", 0, 1, "task"),
        Token("two", 1, 2, "task"),
        Token("EWC", 0, 1, "chosen"),
        Token("replay", 1, 2, "arm"),
    )
    trace = Trace({"R": signal(R), "standing": signal(numbers)}, tokens)
    figure = views.tasks(trace)
    [(place, _)] = traces_of(figure, "heatmap")
    assert at(figure, place, "z", 1) == pytest.approx(R[1])
    assert layout(figure).xaxis.title.text == "asked about (task)"
    assert layout(figure).yaxis.title.text == "after learning (task)"
    assert downwards(layout(figure).yaxis)
    [(_, bars)] = traces_of(figure, "bar")
    assert list(bars.x) == [0.7, 0.3]
    assert list(bars.marker.color) == [ROLES["fast"].color, ROLES["slow"].color]
    assert "stability 0.50, plasticity 0.60, accuracy over all 0.70" in views.alt_text(figure)


def test_tasks_fill_frame_by_frame_with_names_and_accuracies() -> None:
    trace = tasks_trace(3, 2)
    figure = views.tasks(trace)
    moving = views.frames(figure)
    assert moving is not None
    [(place, cells)] = traces_of(figure, "heatmap")
    for frame in range(6):
        assert at(figure, place, "z", frame) == pytest.approx(trace["R"].values[frame, 0], nan_ok=True)
    assert moving["labels"] == [f"step {10 * n}: learning task {n // 2}" for n in range(6)]
    # after the first look at the second task, halfway, the row of it says 0.45
    assert "Accuracy on each task then: task 0: 0.22, task 1: 0.45" in moving["alts"][2]
    axis = layout(figure)[cells.xaxis.replace("x", "xaxis")]
    assert list(axis.ticktext) == ["task 0", "task 1", "task 2"]
    [(_, bars)] = traces_of(figure, "bar")
    dots = views.standings(trace)
    assert list(bars.x) == [dot.accuracy[0] for dot in dots]
    assert list(bars.error_x.array) == [dot.accuracy[1] for dot in dots]
    written = {note.y: note.text for note in layout(figure).annotations if note.yref == bars.yaxis}
    for row, dot in enumerate(dots, 1):
        assert written[row - 0.18] == dot.name
    assert downwards(layout(figure)[bars.yaxis.replace("y", "yaxis")]), "the first is on top"
