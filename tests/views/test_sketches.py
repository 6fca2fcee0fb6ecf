"""Every picture is the one that was looked at: axes, order, sign, before and after, words, frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from sketches import GOLDEN, differences, kept, sketch
from variants import PICTURES

from nlviz import views

REMEDY = "if the picture is to change: look at it, then python -m tests.views.sketches"


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_view_draws_what_it_drew(name: str) -> None:
    assert differences(kept(name), sketch(PICTURES[name]())) == [], REMEDY


def test_no_sketch_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(PICTURES)


MATRIX = np.arange(12.0).reshape(3, 4) ** 1.5
FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exchanged": np.transpose,
    "upside down": lambda x: x[::-1],
    "left for right": lambda x: x[:, ::-1],
    "a sign": lambda x: -x,
    "one later": lambda x: np.roll(x, 1, 0),
    "two rows exchanged": lambda x: x[[1, 0, 2]],
    "cumulated": lambda x: np.cumsum(x, 0),
    "a gap": lambda x: np.where(x == x.max(), np.nan, x),
    "a twentieth larger": lambda x: 1.05 * x,
}


LATER: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "one frame later": lambda x: np.roll(x, 1),
    "one later": lambda x: x + 1,
    "backwards": lambda x: x[::-1],
    "two frames exchanged": lambda x: x[[0, 2, 1, *range(3, len(x))]],
}


@pytest.mark.parametrize("name", LATER)
def test_a_frame_that_is_another_changes_the_sketch(name: str) -> None:
    times = np.arange(2000.0) % 7

    def drawn(values: np.ndarray) -> dict[str, Any]:
        figure = go.Figure(go.Scatter(y=[0, 1]), layout={"shapes": [{"type": "line"}]})
        track = views.Track(views.LAYOUT, "shapes[0].x0", values)
        return sketch(views.animate(figure, [track], [f"token {at}" for at in range(len(values))], noun="token"))

    assert differences(drawn(times), drawn(LATER[name](times)))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_the_sketch(name: str) -> None:
    good, bad = (sketch(go.Figure(go.Heatmap(z=z))) for z in (MATRIX, FAULTS[name](MATRIX)))
    assert differences(good, bad)


def test_rounding_does_not() -> None:
    good, bad = (sketch(go.Figure(go.Heatmap(z=z))) for z in (MATRIX, MATRIX * (1 + 1e-6) + 1e-9))
    assert not differences(good, bad)


def test_numbers_in_words_count() -> None:
    one, other, same = (sketch(go.Figure(layout={"title": {"text": f"peak {x:.2f}"}})) for x in (2.0, 3.0, 2.001))
    assert differences(one, other)
    assert not differences(one, same)
