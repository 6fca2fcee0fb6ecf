"""Keeping across, learning up; numbers at the dots; the chosen one warm and on top."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from seeing import every, named, signal
from traces import layout

from nlviz import views
from nlviz.trace import Signal, Token, Trace
from nlviz.views.drawing.theme import ROLES
from nlviz.views.pictures.standings import standing_panel

# [learners, (stability, plasticity, accuracy), (mean, spread)]
NUMBERS = [[[0.2, 0.01], [0.9, 0.02], [0.3, 0.03]], [[0.8, 0.04], [0.4, 0.0], [0.5, 0.06]]]


def drawn(numbers: Any, chosen: int = 0, path: Any = None) -> go.Figure:
    """Only the panel, of learners "a", "b", …"""
    tokens = tuple(Token("ab<cd"[n : n + 1], n, n + 1, "chosen" if n == chosen else "arm") for n in range(len(numbers)))
    trace = Trace({"standing": signal(numbers)}, tokens)
    if path is not None:
        trace = trace.merge({"path": Signal(np.array(path)[:, None], np.arange(len(path)))})
    figure = go.Figure()
    standing_panel(figure, trace, (0.0, 1.0), (0.0, 1.0))
    return figure


def numbered(figure: go.Figure) -> dict[str, tuple[float, float, int]]:
    """The numbers at the dots: text -> (x, y, shift)."""
    notes = [note for note in layout(figure).annotations if note.yshift in (13, -13)]
    return {note.text: (note.x, note.y, note.yshift) for note in notes}


def test_keeping_is_across_and_learning_up_with_their_own_spread() -> None:
    figure = drawn(NUMBERS)
    first, second = named(figure, "a"), named(figure, "b")
    assert (first.x[0], first.y[0], second.x[0], second.y[0]) == (0.2, 0.9, 0.8, 0.4)
    assert (first.error_x.array[0], first.error_y.array[0]) == (0.01, 0.02)
    assert second.error_x.array[0] == 0.04
    assert second.error_y.array is None, "no spread, no bar"
    assert layout(figure).xaxis.title.text.startswith("stability")
    assert layout(figure).yaxis.title.text.startswith("plasticity")


def test_the_chosen_one_is_warm_and_lies_on_top() -> None:
    figure = drawn(NUMBERS, chosen=0)
    assert [one.name for one in every(figure)] == ["b", "a"]
    assert named(figure, "a").marker.color == ROLES["fast"].color
    assert named(figure, "b").marker.color == ROLES["slow"].color


def test_every_dot_bears_its_number_below_or_above_where_it_is_high() -> None:
    high = [NUMBERS[0], NUMBERS[1], [[0.5, 0], [0.95, 0], [0.1, 0]]]
    assert numbered(drawn(high)) == {"1": (0.2, 0.9, -13), "2": (0.8, 0.4, -13), "3": (0.5, 0.95, 13)}


@pytest.mark.parametrize(("apart", "said"), [((0.1, 0.06), ["1 2"]), ((0.13, 0), ["1", "2"]), ((0, 0.08), ["1", "2"])])
def test_near_dots_share_a_line_of_numbers(apart: tuple[float, float], said: list[str]) -> None:
    numbers = [[[0.3, 0], [0.3, 0], [0, 0]], [[0.3 + apart[0], 0], [0.3 + apart[1], 0], [0, 0]]]
    found = numbered(drawn(numbers))
    assert list(found) == said
    if len(said) == 1:
        assert found["1 2"][:2] == pytest.approx((0.35, 0.33))


def test_the_path_leads_where_the_knob_leads() -> None:
    path = the_line(drawn(NUMBERS, path=[[0.9, 0.1], [0.5, 0.3], [0.2, 0.9]]))
    assert list(path.x) == [0.9, 0.5, 0.2]
    assert list(path.y) == [0.1, 0.3, 0.9]
    assert path.line.color == ROLES["fast"].color


def the_line(figure: go.Figure) -> Any:
    """The trace that is a line."""
    return next(one for one in every(figure) if one.mode == "lines")


def test_learners_without_a_token_each_are_refused() -> None:
    trace = Trace({"standing": signal(NUMBERS)}, (Token("a", 0, 1, "arm"),))
    with pytest.raises(ValueError, match="1 tokens of kind 'arm' or 'chosen' for 2 learners"):
        views.standings(trace)
