"""Three months on one axis: what a day costs, Week 1 again or what else stands beside it, and who taught an answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from monthly import MONTH_ARMS, months_trace
from seeing import at, every, traces_of
from traces import layout

from nlviz import views
from nlviz.trace import Trace
from nlviz.views.drawing.theme import ROLES

FIGURE = views.timeline(months_trace())


def titled(trace: Trace) -> str:
    return layout(views.timeline(trace)).title.text.replace("<br>", " ")


def lines(figure: go.Figure, yaxis: str) -> dict[str, Any]:
    return {line.name: line for line in every(figure) if line.type == "scatter" and line.yaxis == yaxis}


def strip(figure: go.Figure, day: int) -> str:
    place = next(place for place, one in traces_of(figure, "scatter") if one.name == "asked")
    return "\n".join(at(figure, place, "text", day - 1)).replace("\u00a0", " ").strip()


def test_every_arm_has_a_curve_whose_points_are_means_of_five_days() -> None:
    paid = months_trace()["paid"].values[:, 0]
    drawn = lines(FIGURE, "y")
    assert set(drawn) == set(MONTH_ARMS)
    for place, name in enumerate(MONTH_ARMS):
        np.testing.assert_array_equal(drawn[name].x, np.arange(1, 61))
        assert drawn[name].y[0] == pytest.approx(paid[0, place])
        assert drawn[name].y[9] == pytest.approx(paid[5:10, place].mean())
    assert "mean of 5 days" in layout(FIGURE).yaxis.title.text


@pytest.mark.parametrize("arm", MONTH_ARMS)
def test_the_arm_that_is_shown_is_heavy_and_frozen_is_cold(arm: str) -> None:
    drawn = lines(views.timeline(months_trace(arm)), "y")
    assert [name for name, line in drawn.items() if line.line.width == 4] == [arm]
    assert drawn["frozen"].line.color == ROLES["slow"].color
    assert len({(line.line.color, line.line.dash) for line in drawn.values()}) == 3


def test_the_looks_are_upright_lines_with_their_names() -> None:
    dotted = [shape.x0 for shape in layout(FIGURE).shapes if shape.line.dash == "dot"]
    assert dotted == [5, 20, 60]
    said = [note.text for note in layout(FIGURE).annotations]
    assert {"Week 1", "Week 4", "Month 3"} <= set(said)


def test_beside_it_week_1_again_at_the_looks_in_the_colours_of_the_arms() -> None:
    above, below = lines(FIGURE, "y"), lines(FIGURE, "y2")
    again = months_trace()["again"].values[:, 0]
    for place, name in enumerate(MONTH_ARMS):
        np.testing.assert_array_equal(below[name].x, [5, 20, 60])
        np.testing.assert_allclose(below[name].y, again[:, place])
        assert below[name].line.color == above[name].line.color


@pytest.mark.parametrize(("shows", "parts"), [("right", 3), ("kept", 2)])
def test_or_shares_of_right_answers_or_what_is_held(shows: str, parts: int) -> None:
    trace = months_trace(shows=shows)
    figure = views.timeline(trace)
    drawn = lines(figure, "y2")
    assert tuple(drawn) == trace[shows].names
    assert len(drawn) == parts
    for place, name in enumerate(trace[shows].names):
        np.testing.assert_allclose(drawn[name].y, trace[shows].values[:, 0, place])
    assert layout(figure).yaxis2.title.text == trace[shows].unit
    if shows == "right":
        low, high = layout(figure).yaxis2.range
        assert low < 0 < 1 < high


def test_the_question_is_that_of_the_last_look_by_then() -> None:
    assert strip(FIGURE, 1).startswith("asked on days 5, 20, 60")
    assert strip(FIGURE, 4) == strip(FIGURE, 1)
    assert strip(FIGURE, 5).startswith("Week 1: tool.py:32")
    assert strip(FIGURE, 19) == strip(FIGURE, 5)
    assert "✗ right: “lantern”" in strip(FIGURE, 20)
    assert strip(FIGURE, 60).endswith("+1.4 tool.py:165 if (a &lt; b):")


def test_long_lines_are_cut_and_there_are_as_many_as_there_is_room_for() -> None:
    long = replace(months_trace(), notes={**months_trace().notes, "asked": ["\n".join(["x" * 90] * 12)] * 4})
    said = strip(views.timeline(long), 60).splitlines()
    assert len(said) == 8
    assert {len(line) for line in said} == {48}
    assert all(line.endswith("…") for line in said)


def test_the_title_compares_with_frozen_and_says_what_week_1_costs() -> None:
    said = titled(months_trace())
    assert said == (
        "Over 60 days of json, “one rate” pays 1.50 bits per byte, frozen weights 2.00; "
        "Month 3: Week 1 again costs 2.25, frozen 2.00"
    )
    assert "nothing is written" in titled(months_trace("frozen"))
    early = titled(months_trace(days=3))
    assert early.startswith("Over 3 days")
    assert "again" not in early
    assert "Week 4: Week 1 again costs 1.50" in titled(months_trace(days=30))


def test_the_label_and_the_words_of_a_day_are_of_that_day() -> None:
    found = views.frames(FIGURE)
    assert found is not None
    assert found["labels"][19] == "day 20, end of Week 4: 1.68 bits per byte, frozen 2.00"
    assert found["labels"][20].startswith("day 21: ")
    assert found["start"] == 59
    assert "lantern" in found["alts"][25]
    assert re.search(r"inner write", str(found["acts"]))


def test_a_run_that_was_stopped_is_drawn_as_far_as_it_went() -> None:
    figure = views.timeline(months_trace(days=12))
    assert len(lines(figure, "y")["frozen"].x) == 12
    assert layout(figure).xaxis.range[1] > 60
    assert list(lines(figure, "y2")["one rate"].x) == [5]


def test_arms_without_names_are_refused() -> None:
    trace = months_trace()
    bare = trace.merge({"paid": trace["paid"]._replace(names=())})
    with pytest.raises(ValueError, match="'paid' has no names"):
        views.timeline(bare)
