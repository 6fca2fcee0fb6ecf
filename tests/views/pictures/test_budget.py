"""The race on a budget: curves, bars and windows as recorded, where costs meet, and who is said to reach further."""

from __future__ import annotations

import numpy as np
import pytest
from budgets import raced_trace
from seeing import at, every, named
from traces import layout

from nlviz import views
from nlviz.trace import Trace


def title(trace: Trace) -> str:
    return layout(views.race(trace)).title.text.replace("<br>", " ")


def labels(trace: Trace) -> list[str]:
    moving = views.frames(views.race(trace))
    assert moving is not None
    return moving["labels"]


def place(figure: object, name: str) -> int:
    return next(at for at, one in enumerate(every(figure)) if one.name == name)


def test_every_curve_is_drawn_as_recorded_for_every_length_that_was_read() -> None:
    trace = raced_trace()
    figure = views.race(trace)
    for line, name in enumerate(("small", "a window of equal bytes", "full attention")):
        for row in range(4):
            drawn = at(figure, place(figure, name), "y", row)
            np.testing.assert_allclose(drawn, trace["recall"].values[row, 0, :, line], rtol=1e-6)
    np.testing.assert_allclose(2 ** named(figure, "small").x, np.arange(16) + 0.5)


def test_bars_end_at_the_effective_context_and_squares_stand_at_the_window() -> None:
    figure = views.race(raced_trace())
    for row, (whole, small, large) in enumerate([(2, 2, 2), (4, 4, 4), (8, 6, 5), (16, 6, 5)]):
        ends = [2 ** at(figure, place(figure, f"{name}, bar"), "x", row)[-1] for name in ("full attention", "small")]
        np.testing.assert_allclose(ends, [whole, small], rtol=1e-6)
        np.testing.assert_allclose(2 ** at(figure, place(figure, "large, bar"), "x", row)[-1], large, rtol=1e-6)
        windows = 2 ** at(figure, place(figure, "windows"), "x", row)
        np.testing.assert_allclose(windows, [whole, 2, min(4, whole)], rtol=1e-6)
        ends = 2 ** at(figure, place(figure, "effective context"), "x", row)
        np.testing.assert_allclose(ends, [small, 2, whole], rtol=1e-6)


def test_costs_meet_where_a_cache_of_all_has_become_as_large_as_the_state() -> None:
    figure = views.race(raced_trace())
    np.testing.assert_allclose(2 ** named(figure, "full attention, cost").y, [64, 128, 256, 512])
    np.testing.assert_allclose(2 ** named(figure, "small, cost").y, [64] * 4)
    assert any("equal at 2 tokens" in note.text for note in layout(figure).annotations)


def test_a_memory_that_is_never_dearer_meets_nothing() -> None:
    trace = raced_trace()
    dear = trace["cost"]._replace(values=trace["cost"].values * [1.0, 100.0, 1.0])
    figure = views.race(trace.merge({"cost": dear}))
    assert not any("equal at" in note.text for note in layout(figure).annotations)
    assert layout(figure).title.text == "Full attention costs no more than small"


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (6.0, "Small reaches further: 6 tokens, a window of equal bytes 2"),
        (2.2, "Small reaches about as far as a window of equal bytes: 2.2 and 2 tokens"),
        (1.0, "A window of equal bytes reaches further: 2 tokens, small 1"),
        (np.nan, "What small reaches is no number"),
    ],
)
def test_the_title_says_who_reaches_further_once_all_is_read(reach: float, said: str) -> None:
    assert title(raced_trace(reach)) == said
    assert labels(raced_trace(reach))[-1].lower() == f"16 tokens read: {said}".lower()


def test_while_a_cache_of_all_is_no_larger_nobody_is_said_to_win() -> None:
    assert labels(raced_trace())[0] == "2 tokens read: full attention costs no more than small"
    assert labels(raced_trace())[1] == "4 tokens read: small reaches further: 4 tokens, a window of equal bytes 2"
    assert "a window of equal work" in labels(raced_trace(unit="products a token"))[1]


def test_names_that_do_not_fit_are_refused() -> None:
    lines = raced_trace()["recall"]._replace(names=("other", "window", "full attention"))
    with pytest.raises(ValueError, match=r"expected a memory, its window and full attention, both of them among"):
        views.race(raced_trace().merge({"recall": lines}))
