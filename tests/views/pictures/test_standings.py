"""Keeping across, learning up; names at the dots; the chosen one warm and on top."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from seeing import every, named, place_of, signal, words_in
from traces import layout

from nlviz import views
from nlviz.trace import Signal, Token, Trace
from nlviz.views.drawing.theme import ROLES
from nlviz.views.pictures.standings import standing_panel

SIZE = (240.0, 190.0)
# [learners, (stability, plasticity, accuracy), (mean, spread)]
NUMBERS = [[[0.2, 0.01], [0.9, 0.02], [0.3, 0.03]], [[0.8, 0.04], [0.4, 0.0], [0.5, 0.06]]]


def drawn(numbers: Any, chosen: int = 0, path: Any = None) -> go.Figure:
    """Only the panel, of learners "a", "b", …"""
    tokens = tuple(Token("ab<cd"[n : n + 1], n, n + 1, "chosen" if n == chosen else "arm") for n in range(len(numbers)))
    trace = Trace({"standing": signal(numbers)}, tokens)
    if path is not None:
        trace = trace.merge({"path": Signal(np.array(path)[:, None], np.arange(len(path)))})
    figure = go.Figure()
    standing_panel(figure, trace, (0.0, 1.0), (0.0, 1.0), SIZE)
    return figure


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


def test_every_dot_bears_its_name_and_the_chosen_one_is_bold() -> None:
    figure = drawn([*NUMBERS, [[0.5, 0], [0.95, 0], [0.1, 0]]])
    words = words_in(figure, "y")
    for name, x, y in (("<b>a</b>", 0.2, 0.9), ("b", 0.8, 0.4), ("&lt;", 0.5, 0.95)):
        assert place_of(figure, words[name]) == pytest.approx((x, y), abs=0.12)
    assert not list(layout(figure).shapes), "names beside their dots need no line"


NEAR = {"Titans": (0.19, 0.97), "GatedDelta": (0.34, 1.0), "Delta": (0.41, 1.0), "Hebbian": (0.58, 0.82)}


def test_a_name_stands_nearest_to_its_own_dot_or_has_a_line_to_it() -> None:
    """Four learners as near as they come: a name beside another's dot would be read as that one's."""
    tokens = tuple(Token(name, n, n + 1, "chosen" if name == "Delta" else "arm") for n, name in enumerate(NEAR))
    figure = go.Figure()
    numbers = [[[x, 0.0], [y, 0.0], [0.0, 0.0]] for x, y in NEAR.values()]
    standing_panel(figure, Trace({"standing": signal(numbers)}, tokens), (0.0, 1.0), (0.0, 1.0), SIZE)
    dots = {name: ((x + 0.06) / 1.16 * SIZE[0], (y + 0.06) / 1.16 * SIZE[1]) for name, (x, y) in NEAR.items()}
    for text, (left, right, low, high) in zip(words_in(figure, "y"), boxes(figure), strict=True):
        far = [
            (np.hypot(max(left - x, 0, x - right), max(low - y, 0, y - high)), name) for name, (x, y) in dots.items()
        ]
        name = text.replace("<b>", "").replace("</b>", "")
        x, y = (place / size for place, size in zip(dots[name], SIZE, strict=True))
        led = any((one.x1, one.y1) == pytest.approx((x, y)) for one in layout(figure).shapes)
        assert led or min(far)[1] == name


def boxes(figure: go.Figure) -> list[tuple[float, float, float, float]]:
    """Where names are, in pixels: left, right, low, high; five pixels a letter are fewer than there are."""
    found = []
    for text, note in words_in(figure, "y").items():
        wide = 5 * len(text.replace("<b>", "").replace("</b>", ""))
        left, y = note.x * SIZE[0] - (wide if note.xanchor == "right" else 0), note.y * SIZE[1]
        found.append((left, left + wide, y - 5, y + 5))
    return found


def test_names_of_near_dots_do_not_lie_on_each_other_and_far_ones_have_a_line() -> None:
    figure = drawn([[[0.5 + 0.001 * n, 0], [0.5, 0], [0, 0]] for n in range(5)])
    placed = boxes(figure)
    assert len(placed) == 5
    for number, (left, right, low, high) in enumerate(placed):
        for other in placed[:number]:
            assert right <= other[0] or other[1] <= left or high <= other[2] or other[3] <= low
    crowd = drawn([[[0.97, 0], [1.0, 0], [0, 0]] for _ in range(5)])
    lines = [shape for shape in layout(crowd).shapes if shape.type == "line"]
    assert all(line.xref == "x domain" for line in lines)


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
