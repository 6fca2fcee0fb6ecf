"""Learning to write: two loops in one slider, titles true in every regime, and what a click leads to."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from seeing import at, every, named, words_in
from traces import layout, learned_trace

from nlviz import views
from nlviz.trace import Mark, Trace

RUN = learned_trace()
FIGURE = views.learning(RUN)
# three looks, after 0, 2 and 10 outer steps; five frames each: before any token, then after 3, 6, 9 and 12
SECOND, THIRD = 5, 10


def place(name: str, figure: go.Figure = FIGURE) -> int:
    return [one.name for one in every(figure)].index(name)


def moving(figure: go.Figure = FIGURE) -> dict[str, Any]:
    found = views.frames(figure)
    assert found is not None
    return found


def ending(before: float, after: float, asked: str = "") -> Trace:
    """A run whose error at the end is that before and after learning."""
    errors = np.full((3, 1, 4), before)
    errors[2] = after
    run = learned_trace(asked)
    return run.merge({"recall_error": run["recall_error"]._replace(values=errors)})


def titled(trace: Trace) -> str:
    return layout(views.learning(trace)).title.text.replace("<br>", " ")


def test_the_slider_walks_through_all_tokens_of_a_look_and_then_on_to_the_next() -> None:
    labels = moving()["labels"]
    assert len(labels) == 15
    assert [label.split(" · ")[0] for label in labels[::5]] == [f"outer step {step} of 10" for step in (0, 2, 10)]
    assert [label.split(" · ")[1] for label in labels[SECOND:THIRD]] == [
        "slow weights moved, no token read yet",
        *(f"token {token} of 12" for token in (3, 6, 9, 12)),
    ]
    assert labels[0].split(" · ")[1] == "as set by hand, no token read yet"
    assert moving()["start"] == 14


def test_the_outer_loop_writes_where_a_look_begins_and_the_inner_one_at_every_token() -> None:
    assert moving()["acts"] == ["", *["inner"] * 4, "outer write", *["inner"] * 4, "outer write", *["inner"] * 4]
    assert "outer write" not in moving(views.learning(learned_trace(groups=())))["acts"], "nothing has moved"


def test_the_curve_is_that_of_the_look_and_grows_with_the_tokens() -> None:
    errors = RUN["recall_error"].values[:, 0]
    np.testing.assert_allclose(at(FIGURE, place("read so far"), "y", SECOND + 3), [*errors[1, :3], np.nan], rtol=1e-6)
    assert np.isnan(at(FIGURE, place("read so far"), "y", SECOND)).all()
    np.testing.assert_allclose(at(FIGURE, place("at this outer step"), "y", SECOND), errors[1], rtol=1e-6)
    token = place("this token")
    assert at(FIGURE, token, "x", THIRD + 2).tolist() == [6.0]
    np.testing.assert_allclose(at(FIGURE, token, "y", THIRD + 2), errors[2, 1:2], rtol=1e-6)
    assert np.isnan(at(FIGURE, token, "y", THIRD)).all(), "nothing is read yet"
    np.testing.assert_array_equal(named(FIGURE, "at outer step 0").y, errors[0])


def test_a_click_leads_to_the_token_and_to_the_outer_step() -> None:
    ghost, now, above, below = moving()["links"]
    assert (ghost["trace"], now["trace"]) == (place("at outer step 0"), place("at this outer step"))
    assert ghost["frames"].tolist() == [[1, 2, 3, 4]]
    assert now["frames"][now["index"][SECOND]].tolist() == [6, 7, 8, 9]
    assert {above["axis"], below["axis"]} == {"x2", "x3"}
    # looks are evenly spaced on both axes; a click goes to the last frame of one
    assert above["times"].tolist() == below["times"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert layout(FIGURE).xaxis2.ticktext == ("0", "2", "10")


def test_the_cursors_stand_at_the_look() -> None:
    cursors = [track for track in moving()["tracks"] if track["path"].endswith(".x0")]
    assert len(cursors) == 2
    assert all(cursor["values"][SECOND + 3] == 1.0 for cursor in cursors)


def test_credits_are_drawn_by_name_and_told_at_every_look() -> None:
    for name, values in zip(("start", "gates"), RUN["credit"].values[:, 0].T, strict=True):
        np.testing.assert_array_equal(named(FIGURE, name).y, values)
        assert any(words.endswith(f" {name}") for words in words_in(FIGURE, "y3"))
    assert named(FIGURE, "start").line.dash != named(FIGURE, "gates").line.dash
    assert "earned so far: start 0.040, gates 0.010" in moving()["alts"][SECOND]
    assert moving()["labels"][SECOND].endswith("θ 0.30 at an item, 0.10 elsewhere")


def test_a_gate_that_never_moved_is_not_told() -> None:
    same = RUN["theta"]._replace(values=np.full((3, 1, 2), 0.2))
    assert not any("θ" in label for label in moving(views.learning(RUN.merge({"theta": same})))["labels"])


@pytest.mark.parametrize(
    ("run", "title"),
    [
        (ending(0.5, 0.3), "Learned in 10 outer steps: the error of recall falls from 0.50 to 0.30"),
        (ending(0.5, 0.496), "10 outer steps change little: error of recall 0.50, before 0.50"),
        (ending(0.5, 0.6), "10 outer steps did harm: error of recall 0.60, before 0.50"),
        (learned_trace(groups=()), "Every slow weight is frozen: 10 outer steps move nothing, the error stays 0.50"),
        (learned_trace("on long ones", groups=()), "On long ones, every slow weight is frozen: 10 outer steps move"),
        (ending(0.5, 0.3, "on long ones"), "On long ones, learning helps: error of recall 0.30, before 0.50"),
        (ending(0.5, 0.5, "on long ones"), "On long ones, learning changes little: error of recall 0.50, before 0.50"),
        (ending(0.5, 0.9, "on long ones"), "On long ones, learning did harm: error of recall 0.90, before 0.50"),
        (ending(0.5, 3.0, "on long ones"), "On long ones, worse than an empty memory: error 3.0, before 0.50"),
        (ending(6.0, 3.0, "on long ones"), "On long ones, worse than an empty memory, learned (3.0) or not (6.0)"),
        (ending(0.5, np.inf, "on long ones"), "On long ones, lost: the memory runs away: error of recall not known"),
    ],
)
def test_the_title_is_true_of_the_run(run: Trace, title: str) -> None:
    assert titled(run).startswith(title)


def test_a_training_that_ran_away_says_so_first() -> None:
    run = RUN.merge(marks=[Mark(2, "diverged", "the outer loop ran away")])
    assert titled(run).startswith("Diverged at outer step 2: the outer loop ran away. Learned in 10 outer steps")


def test_asked_elsewhere_both_errors_are_drawn_and_the_outer_loss_stays_what_it_was() -> None:
    figure = views.learning(ending(0.5, 3.0, "on long ones"))
    np.testing.assert_array_equal(named(figure, "as trained").y, RUN["outer_loss"].values[:, 0])
    np.testing.assert_array_equal(named(figure, "as asked").y, [0.5, 0.5, 3.0])
    assert "as asked" not in [one.name for one in every(FIGURE)]


def test_errors_far_above_an_empty_memorys_get_an_axis_of_powers() -> None:
    assert layout(FIGURE).yaxis.type is None
    assert layout(FIGURE).yaxis.range[1] > 1.0, "the line of an empty memory is in sight"
    far = layout(views.learning(ending(0.5, 3000.0, "on long ones"))).yaxis
    assert far.type == "log"
    assert far.range[0] < np.log10(0.5) < np.log10(3000) < far.range[1]
    assert 3 <= len(far.tickvals) <= 7


def test_where_nothing_is_free_nothing_is_earned_and_there_is_one_curve() -> None:
    figure = views.learning(learned_trace(groups=()))
    assert "nothing is free" in words_in(figure, "y3")
    assert any(words.endswith(" at every outer step") for words in words_in(figure, "y"))
    assert not any("outer step 0" in words for words in words_in(figure, "y"))
    assert all("nothing is free" in words for words in moving(figure)["alts"])


def test_of_more_groups_than_dashes_all_are_drawn_and_those_without_names_are_numbered() -> None:
    credit = RUN["credit"]._replace(values=np.ones((3, 1, 7)), names=())
    figure = views.learning(RUN.merge({"credit": credit}))
    assert [one.name for one in every(figure)][-7:] == [f"group {place}" for place in range(1, 8)]
