"""What a cache holds: stems by kind, circles on what is kept, recall by room, and what the title compares."""

from __future__ import annotations

import numpy as np
import pytest
from budgets import kept_trace
from seeing import at, every, named
from traces import layout

from nlviz import views
from nlviz.trace import Trace


def title(trace: Trace) -> str:
    return layout(views.keeping(trace)).title.text.replace("<br>", " ")


def by_room(*shares: float) -> Trace:
    """All ways to choose alike, by room."""
    held = kept_trace()["by_room"]
    return kept_trace().merge({"by_room": held._replace(values=np.repeat(np.array(shares), 3).reshape(3, 1, 3))})


def test_every_token_is_as_high_as_it_was_written_in_the_colour_of_its_kind() -> None:
    figure = views.keeping(kept_trace())
    common, rare = named(figure, "common"), named(figure, "rare")
    assert [*rare.x[::3]] == [3, 7]
    assert [*rare.y[1::3]] == [1.0, 1.0]
    assert [*common.y[1::3]] == [0.5] * 6
    assert common.line.color != rare.line.color


def test_circles_stand_on_what_is_kept_after_every_token() -> None:
    figure = views.keeping(kept_trace())
    place = next(place for place, one in enumerate(every(figure)) if one.name == "kept")
    for row, kept in enumerate([[0], [0, 1], [0, 1], [0, 3], [0, 3], [0, 3], [0, 3], [3, 7]]):
        assert np.flatnonzero(np.isfinite(at(figure, place, "y", row))).tolist() == kept


def test_recall_by_room_is_drawn_as_recorded() -> None:
    figure = views.keeping(kept_trace())
    np.testing.assert_allclose(named(figure, "largest write, by room").y, [0.5, 0.8, 0.9])
    np.testing.assert_allclose(named(figure, "newest, by room").y, [0.5, 0.55, 0.6])
    np.testing.assert_allclose(named(figure, "random, by room").y, [0.5, 0.65, 0.7])


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (kept_trace(), "A cache of the largest writes recalls 0.80, a cache by dice 0.65, the memory alone 0.50"),
        (
            kept_trace().merge(notes={"keep": "random"}),
            "A cache by dice recalls 0.65, a cache of the largest writes 0.80, the memory alone 0.50",
        ),
        (
            kept_trace(room=4).merge(notes={"keep": "newest"}),
            "A cache of the newest recalls 0.60, a cache by dice 0.70, the memory alone 0.50",
        ),
        (kept_trace(room=0), "Nothing is kept beside the memory: it recalls 0.50"),
        (by_room(0.5, np.nan, 0.5), "What is recalled in this run is no number"),
    ],
)
def test_the_title_compares_with_dice_and_with_the_memory_alone(trace: Trace, said: str) -> None:
    assert title(trace) == said


def test_labels_say_what_is_read_and_what_is_kept_of_it() -> None:
    moving = views.frames(views.keeping(kept_trace()))
    assert moving is not None
    assert moving["labels"][3] == "token 3 (rare): write 1.00, kept · in the cache: 1 common, 1 rare"
    assert moving["labels"][2] == "token 2 (common): write 0.50, not kept · in the cache: 2 common, 0 rare"


def test_kinds_and_ways_to_choose_need_names() -> None:
    with pytest.raises(ValueError, match="expected a name for each kind and at most 2"):
        views.keeping(kept_trace().merge(notes={"kinds": ("one",)}))
    bare = kept_trace()["by_room"]._replace(names=())
    with pytest.raises(ValueError, match=r"has 3 ways to choose, named \[\]; expected at most 3 and a name for each"):
        views.keeping(kept_trace().merge({"by_room": bare}))
