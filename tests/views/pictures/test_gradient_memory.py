"""The ball and its way, what is left of every gradient, and how many make half of the momentum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from seeing import at, at_frame, downwards, every, named, traces_of
from traces import layout, rolled_trace

from nlviz import views
from nlviz.trace import Mark, Trace
from nlviz.views.drawing.theme import ROLES


def _place(figure: Any, words: str) -> int:
    return next(place for place, one in enumerate(every(figure)) if one.name == words)


def test_the_ball_stands_where_its_way_ends() -> None:
    trace = rolled_trace(6)
    figure = views.gradient_memory(trace)
    way, ball = _place(figure, "the way"), _place(figure, "the ball")
    for frame in range(6):
        x, y = (at(figure, way, axis, frame) for axis in "xy")
        assert (x[0], y[0]) == (-2, 1), "from the start"
        assert np.isfinite(x).sum() == frame + 2, "what comes later has not happened"
        here = trace["way"].values[frame, 0]
        np.testing.assert_allclose([x[frame + 1], y[frame + 1]], here, atol=1e-6)
        np.testing.assert_allclose([at(figure, ball, axis, frame)[0] for axis in "xy"], here, atol=1e-6)
    assert named(figure, "the way").line.color == ROLES["fast"].color


def test_the_ground_is_the_valley_and_its_axes_are_r_and_phi() -> None:
    figure = views.gradient_memory(rolled_trace(6))
    grounds = traces_of(figure, "contour")
    assert len(grounds) == 3, "one large, one for every β"
    for _, ground in grounds:
        assert (list(ground.x), list(ground.y)) == ([*range(-3, 4)], [*range(-2, 3)])
        # r² + φ², as powers of ten of one more: row φ = 2, column r = −3
        assert np.asarray(ground.z)[4, 0] == pytest.approx(np.log10(1 + 13), abs=1e-6)
    assert layout(figure).xaxis.title.text == "weight r"
    assert layout(figure).yaxis.title.text == "weight φ"


def test_the_small_valleys_are_the_others_in_order() -> None:
    trace = rolled_trace(6)
    figure = views.gradient_memory(trace)
    for place, beta in enumerate((0, 0.9)):
        way = named(figure, f"the way with β = {beta}")
        np.testing.assert_allclose(way.x[1:], trace["beside"].values[:, place, 0])
        np.testing.assert_allclose(way.y[1:], trace["beside"].values[:, place, 1])
        end = named(figure, f"its end with β = {beta}")
        assert (end.x[0], end.y[0]) == (way.x[-1], way.y[-1])
    headings = [note.text for note in layout(figure).annotations if note.text.startswith("β")]
    assert headings == ["β = 0", "β = 0.9"]


def test_a_row_is_a_gradient_and_fades_to_the_right() -> None:
    figure = views.gradient_memory(rolled_trace(6, beta=0.5))
    [(_, cells)] = traces_of(figure, "heatmap")
    z = np.asarray(cells.z)
    assert z[2, 4] == pytest.approx(0.25), "gradient 2 after step 4 is two steps old"
    assert np.isnan(z[4, 2])
    assert downwards(layout(figure)[cells.yaxis.replace("y", "yaxis")])
    for frame in range(6):
        assert layout(at_frame(figure, frame)).shapes[0].x0 == frame + 0.5, "the curtain"


def test_the_shares_add_up_and_are_marked_where_they_reach_a_half_and_99_percent() -> None:
    """Of β = ½ after many steps: one gradient makes half, 99 % need seven: 1 − 2⁻⁷ = .9922."""
    figure = views.gradient_memory(rolled_trace(40, beta=0.5))
    shares = at(figure, _place(figure, "share of the momentum"), "y", 39)
    np.testing.assert_allclose(shares[:7], 1 - 0.5 ** np.arange(1, 8), atol=1e-6)
    marks = _place(figure, "a half, and 99 %")
    assert at(figure, marks, "x", 39).tolist() == [1, 7]
    assert at(figure, marks, "text", 39).tolist() == ["1", "7"]
    assert list(every(figure)[marks].y) == [0.5, 0.99]
    assert at(figure, marks, "x", 0).tolist() == [1, 1], "there is one gradient yet"


@pytest.mark.parametrize(
    ("beta", "title"),
    [
        (0.0, "The newest gradient alone moves the ball: nothing older is left"),
        (0.5, "The newest gradient alone makes half of what moves the ball"),
        (0.9, "At the end the last 7 gradients make half of what moves the ball"),
    ],
)
def test_the_title_says_how_old_the_momentum_is(beta: float, title: str) -> None:
    figure = views.gradient_memory(rolled_trace(100, beta=beta))
    assert title in layout(figure).title.text.replace("<br>", " ")


def test_a_gradient_that_stays_is_told() -> None:
    trace = rolled_trace(6)
    held = np.array(trace["age_spectrum"].values)
    held[-1, 0, 4] = 0.9
    figure = views.gradient_memory(trace.merge({"age_spectrum": trace["age_spectrum"]._replace(values=held)}))
    assert "stays until others like it come" in layout(figure).title.text.replace("<br>", " ")


def test_it_is_told_in_words() -> None:
    figure = views.gradient_memory(rolled_trace(40, beta=0.9))
    moving = views.frames(figure)
    assert moving is not None
    # 1 − .9³⁶ is .9775, and 99 % of all there is, of 1 − .9⁴⁰, is .9753
    assert moving["labels"][39] == "step 39: the last 7 make half of the momentum, the last 36 make 99 %"
    assert moving["labels"][0] == "step 0: nothing older is carried"
    assert "The ball is at r −1.0, φ 0.50, at height 1.2 after step 19" in moving["alts"][19]


def test_a_ball_that_is_lost_has_no_picture_after_that() -> None:
    trace = rolled_trace(6)
    gone = {}
    for name in ("way", "height", "age_spectrum"):
        values = np.array(trace[name].values)
        values[4:] = np.nan
        gone[name] = trace[name]._replace(values=values)
    figure = views.gradient_memory(
        Trace({**trace.signals, **gone}, marks=(Mark(4, "diverged", "diverged at step 4: why"),))
    )
    moving = views.frames(figure)
    assert moving is not None
    assert moving["start"] == 3
    assert moving["labels"][5] == "step 5: the ball is lost"
    assert moving["alts"][5] == "The ball has left the valley."
    assert layout(figure).title.text.startswith("Diverged at step 4: why")
