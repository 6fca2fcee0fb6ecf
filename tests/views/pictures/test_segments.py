"""The slider from one memory to attention: items, their means, the ends of segments, and what the title says."""

from __future__ import annotations

import numpy as np
import pytest
from budgets import slid_trace
from seeing import at, every, named
from traces import layout

from nlviz import views
from nlviz.trace import Trace


def title(trace: Trace) -> str:
    return layout(views.segments(trace)).title.text.replace("<br>", " ")


def place(name: str) -> int:
    return next(at for at, one in enumerate(every(views.segments(slid_trace()))) if one.name == name)


def with_recall(*shares: float) -> Trace:
    """All items recalled alike, by length."""
    held = slid_trace()["recall"]
    return slid_trace().merge({"recall": held._replace(values=np.repeat(np.array(shares), 8).reshape(4, 1, 8))})


def test_every_item_stands_at_its_place_as_high_as_it_is_recalled() -> None:
    figure = views.segments(slid_trace())
    np.testing.assert_allclose(named(figure, "common, items").x, [0, 2, 4, 6])
    np.testing.assert_allclose(named(figure, "rare, items").x, [1, 3, 5, 7])
    for row in range(4):
        np.testing.assert_allclose(at(figure, place("common, items"), "y", row), [1 - 0.1 * row] * 4, rtol=1e-6)
        np.testing.assert_allclose(at(figure, place("rare, items"), "y", row), [1 - 0.3 * row] * 4, rtol=1e-6)
        np.testing.assert_allclose(at(figure, place("shown rare"), "y", row), [1 - 0.3 * row], rtol=1e-6)


def test_a_mark_stands_at_the_end_of_every_segment() -> None:
    figure = views.segments(slid_trace())
    for row, ends in enumerate(([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 6, 8], [4, 8], [8])):
        drawn = at(figure, place("ends of segments"), "x", row)[::3]
        np.testing.assert_allclose(drawn[np.isfinite(drawn)] + 0.5, ends)


def test_shares_along_the_slider_and_what_is_kept_are_drawn_as_recorded() -> None:
    figure = views.segments(slid_trace())
    np.testing.assert_allclose(named(figure, "common, along").y, [1.0, 0.9, 0.8, 0.7])
    np.testing.assert_allclose(named(figure, "rare, along").y, [1.0, 0.7, 0.4, 0.1])
    np.testing.assert_allclose(2 ** named(figure, "states, kept").y, [128, 64, 32, 16])
    np.testing.assert_allclose(2 ** named(figure, "the tokens, kept").y, [64] * 4)


def test_labels_name_both_ends_and_count_what_is_kept() -> None:
    moving = views.frames(views.segments(slid_trace()))
    assert moving is not None
    assert moving["labels"] == [
        "every token by itself: 8 states, 128 numbers; recalled 1.00 (common), 1.00 (rare)",
        "segments of 2: 4 states, 64 numbers; recalled 0.90 (common), 0.70 (rare)",
        "segments of 4: 2 states, 32 numbers; recalled 0.80 (common), 0.40 (rare)",
        "one memory of all: 1 state, 16 numbers; recalled 0.70 (common), 0.10 (rare)",
    ]
    assert moving["start"] == 3


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (slid_trace(), "Most is recalled by every token by itself, 1.00; least by one memory of all, 0.40"),
        (with_recall(0.8, 0.5, 0.6, 0.9), "Most is recalled by one memory of all, 0.90; least by segments of 2, 0.50"),
        (with_recall(0.5, 0.5, 0.51, 0.52), "The length of a segment hardly matters: 0.50 to 0.52 is recalled"),
        (with_recall(0.5, np.nan, 0.5, 0.5), "What the segments recall in this run is no number"),
    ],
)
def test_the_title_says_where_most_and_least_is_recalled(trace: Trace, said: str) -> None:
    assert title(trace) == said


def test_one_kind_needs_no_legend_and_kinds_need_names() -> None:
    assert not any(one.showlegend for one in every(views.segments(slid_trace(("all",)))))
    with pytest.raises(ValueError, match="expected a name for each kind and at most 2"):
        views.segments(slid_trace().merge(notes={"kinds": ("one",)}))
