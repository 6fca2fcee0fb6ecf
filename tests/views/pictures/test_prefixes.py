"""The prefix slider: every share, the bars that lie in one another, what is found by each length, and what is said."""

from __future__ import annotations

import numpy as np
import pytest
from prefixed import PLANS, WAYS, prefixed_trace
from seeing import named
from traces import layout

from nlviz import views
from nlviz.trace import Trace


def title(trace: Trace) -> str:
    return layout(views.prefixes(trace)).title.text.replace("<br>", " ")


def texts(trace: Trace, row: int) -> list[str]:
    """What is asked and what is found, as the picture says it at a length."""
    moving = views.frames(views.prefixes(trace))
    assert moving is not None
    said = next(track["values"] for track in moving["tracks"] if track["path"] == "text")
    return [one.replace("\u00a0", " ") for one in said[row]]


def test_every_share_is_drawn_as_it_was_recorded() -> None:
    trace = prefixed_trace()
    figure = views.prefixes(trace)
    for way, name in enumerate(WAYS):
        np.testing.assert_allclose(named(figure, name).x, [1, 2, 3])
        np.testing.assert_allclose(named(figure, name).y, trace["right"].values[:, 0, way])
    for plan, name in enumerate(PLANS):
        np.testing.assert_allclose(named(figure, name).x, np.log2(trace["plan cost"].values[:, 0, plan]))
        np.testing.assert_allclose(named(figure, name).y, trace["plan right"].values[:, 0, plan])


def test_every_prefix_begins_at_the_first_number_and_ends_in_the_next() -> None:
    figure = views.prefixes(prefixed_trace())
    bars = [named(figure, f"prefix of {size}").x for size in (2, 4, 8)]
    assert bars == [(0, 1), (0, 2), (0, 3)]
    said = [note.text for note in layout(figure).annotations]
    assert "“Nested” here: every prefix is a part of the next" in said


def test_what_moves_shows_the_length_of_the_frame() -> None:
    trace = prefixed_trace()
    moving = views.frames(views.prefixes(trace))
    assert moving is not None
    figure = views.prefixes(trace)
    names = [one.name for one in figure.data]
    by_path = {
        (names[track["trace"]], track["path"]): track["values"] for track in moving["tracks"] if track["trace"] >= 0
    }
    np.testing.assert_allclose(by_path["compared", "x"], [[0, 1], [0, 2], [0, 3]])
    np.testing.assert_allclose(by_path["this length", "y"], trace["plan right"].values[:, 0])
    np.testing.assert_allclose(2 ** by_path["this length", "x"], trace["plan cost"].values[:, 0], rtol=1e-5)


def test_images_stand_side_by_side_the_one_asked_about_first() -> None:
    trace = prefixed_trace()
    moving = views.frames(views.prefixes(trace))
    assert moving is not None
    cells = next(track["values"] for track in moving["tracks"] if track["path"] == "z")
    np.testing.assert_allclose(cells[:, :, :2], [[[1.0, 0.0], [0.5, 0.25]]] * 3)
    np.testing.assert_allclose(cells[1, :, 4:6], trace["found image"].values[1, 0, 0].reshape(2, 2), rtol=1e-6)
    assert np.isnan(cells[:, :, 2:4]).all()
    assert texts(trace, 0) == ["asked: 7", "nearest ✗ 4", "second ✗ 1", "third ✓ 0"]


def test_code_stands_in_lines_and_is_no_markup() -> None:
    said = texts(prefixed_trace(images=False), 1)
    assert said[0] == "asked     return ⟨part_9⟩"
    assert said[1:] == [
        "nearest ✓ for ⟨part_2⟩ in &lt;self&gt;",
        "second ✗  for ⟨part_4⟩ in &lt;self&gt;",
        "third ✗   for ⟨part_1⟩ in &lt;self&gt;",
    ]


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (0.3, "Matryoshka is furthest ahead at 2 numbers: 0.60 right, “plain, cut off” 0.30"),
        (0.01, "At no length does Matryoshka find 0.02 more than “plain, cut off”"),
        (-0.2, "At no length does Matryoshka find 0.02 more than “plain, cut off”"),
        (np.nan, "What is found by the first numbers in this run is no number"),
    ],
)
def test_the_title_is_true_of_the_run(lead: float, said: str) -> None:
    assert title(prefixed_trace(lead=lead)) == said


def test_it_opens_where_the_lead_is_largest_and_says_every_share() -> None:
    moving = views.frames(views.prefixes(prefixed_trace(lead=-0.3)))
    assert moving is not None
    assert moving["start"] == 2
    opened = views.frames(views.prefixes(prefixed_trace()))
    assert opened is not None
    assert opened["start"] == 0
    shares = "plain, cut off 0.30, plain, turned by PCA 0.45, Matryoshka 0.60, a net for each length 0.66"
    assert opened["labels"][0] == f"the first 2 of 8 numbers: {shares}"
    assert "funnel 0.70 for 220" in opened["alts"][0]
    assert "Asked: 7; found, nearest ✗: 4; second ✗: 1; third ✓: 0." in opened["alts"][0]


def test_plans_that_there_are_not_are_not_drawn() -> None:
    trace = prefixed_trace()
    only = {
        name: trace[name]._replace(values=np.where(np.arange(3) > 0, np.nan, trace[name].values))
        for name in ("plan right", "plan cost")
    }
    figure = views.prefixes(trace.merge(only))
    assert np.isnan(named(figure, "funnel").y).all()
    assert "funnel" not in views.alt_text(figure)


def test_ways_without_names_are_refused() -> None:
    trace = prefixed_trace()
    with pytest.raises(ValueError, match=r"have the names \[\]"):
        views.prefixes(trace.merge({"right": trace["right"]._replace(names=())}))
