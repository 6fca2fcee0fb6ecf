"""A panel for each text, the arm that is shown heavy, R filling row by row, and what fast and slow weights hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from nights import NIGHT_ARMS, TEXTS, nights_trace
from seeing import at, every, named, traces_of
from traces import layout

from nlviz import views
from nlviz.trace import Mark, Trace

RUN = nights_trace()
FIGURE = views.sleep(RUN)
ENDS = [0, 3, 7, 10, 14]


def moving(figure: go.Figure = FIGURE) -> dict[str, Any]:
    found = views.frames(figure)
    assert found is not None
    return found


def titled(trace: Trace) -> str:
    return layout(views.sleep(trace)).title.text.replace("<br>", " ")


def test_every_text_has_a_panel_with_a_curve_for_each_arm_day_by_day_and_what_was_known_before_last() -> None:
    known = RUN["known"].values[:, 0]
    for yaxis, text in (("y", 1), ("y2", 2), ("y3", 0)):
        lines = {line.name: line for line in every(FIGURE) if line.type == "scatter" and line.yaxis == yaxis}
        assert set(lines) == set(NIGHT_ARMS)
        for arm, name in enumerate(NIGHT_ARMS):
            np.testing.assert_allclose(lines[name].y, known[:, arm, text])
    titles = [layout(FIGURE)[axis].title.text for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert titles == [
        f"{what}<br>bits per byte" for what in ("<b>email</b>, day 1", "<b>json</b>, day 2", "known before")
    ]
    tops = [layout(FIGURE)[axis].domain[1] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert tops == sorted(tops, reverse=True)


@pytest.mark.parametrize("arm", NIGHT_ARMS)
def test_the_arm_that_is_shown_is_heavy_and_its_matrix_and_weights_are_drawn(arm: str) -> None:
    figure, place = views.sleep(nights_trace(arm)), NIGHT_ARMS.index(arm)
    heavy = {line.name for line in every(figure) if line.type == "scatter" and line.line.width == 4}
    assert heavy == {arm}
    ((_, cells),) = traces_of(figure, "heatmap")
    bits = nights_trace(arm)["known"].values[ENDS, 0, place]
    assert np.asarray(cells.text).tolist() == [[f"{one:.2f}" for one in row] for row in bits.tolist()]
    np.testing.assert_allclose(cells.z, bits[:1] - bits, atol=1e-6)
    for words, name in (("fast: ", "fast_norm"), ("slow: ", "slow_moved")):
        np.testing.assert_allclose(named(figure, words).y, RUN[name].values[:, 0, place])


def test_all_arms_look_different_without_colour_too() -> None:
    lines = [line for line in every(FIGURE) if line.type == "scatter" and line.yaxis == "y"]
    assert len({(line.line.dash, line.line.width) for line in lines}) == 5


def test_nights_are_shaded_from_the_evening_to_the_morning_in_every_panel() -> None:
    bands = [(shape.x0, shape.x1) for shape in layout(FIGURE).shapes if shape.type == "rect"]
    assert sorted(bands) == [(3, 7)] * 5 + [(10, 14)] * 5
    assert "nights shaded" in layout(FIGURE).xaxis3.title.text
    assert layout(FIGURE).xaxis3.ticktext == ("start", "day 1, read", "night 1", "day 2, read", "night 2")
    assert layout(FIGURE).xaxis3.tickvals == tuple(ENDS)


def test_the_matrix_fills_row_by_row_and_the_cursors_stand_at_the_look() -> None:
    ((place, _),) = traces_of(FIGURE, "heatmap")
    rows = [int(np.isfinite(at(FIGURE, place, "z", look)).all(1).sum()) for look in range(15)]
    assert rows == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5]
    assert at(FIGURE, place, "text", 3).tolist()[2:] == [["", "", ""]] * 3
    cursors = [track for track in moving()["tracks"] if track["path"].endswith(".x0")]
    assert len(cursors) == 5
    assert all(cursor["values"].tolist() == list(range(15)) for cursor in cursors)
    assert [link["times"].tolist() for link in moving()["links"]] == [list(range(15))] * 5


def test_labels_say_the_time_and_what_the_shown_arm_knows() -> None:
    labels = moving()["labels"]
    assert labels[0] == "before day 1 · before 2.00, email 2.50, json 2.25"
    assert labels[3].startswith("day 1, 3 of 3 parts read · before 2.15, email 2.20")
    assert labels[4].startswith("night 1, 0 of 3 parts over")
    assert labels[14] == "night 2, 3 of 3 parts over · before 2.15, email 2.35, json 2.10"
    assert moving()["start"] == 14
    assert "no sleep 2.15, 2.35, 2.10" in views.alt_text(FIGURE)
    assert "Its fast weights are 0 from the slow head, its slow weights 6.0 from" in views.alt_text(FIGURE)


def test_the_inner_loop_writes_by_day_and_the_outer_one_where_slow_weights_move() -> None:
    day, night = ["inner write"] * 3, ["", *["outer write"] * 3]
    assert moving()["acts"] == ["", *day, *night, *day, *night]
    # the last arm's slow weights stay
    assert moving(views.sleep(nights_trace("only fast")))["acts"] == ["", *day, *[""] * 4, *day, *[""] * 4]


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (
            RUN,
            "Sleep: replay, after night 2. Bits per byte since the start: email −0.15, json −0.15, known before +0.15",
        ),
        (nights_trace("only fast", looks=4), "Only fast, after day 1. Bits per byte since the start: email −0.30"),
        (
            nights_trace(looks=6),
            "Sleep: replay, in night 1. Bits per byte since the start: email −0.15, json as it was",
        ),
        (nights_trace(looks=1), "Sleep: replay, before the first day. Bits per byte since the start: email as it was"),
        (RUN.merge(marks=[Mark(5, "diverged", "the night of fine-tuning ran away")]), "Diverged at look 5"),
    ],
)
def test_titles_are_of_this_run_as_far_as_it_came(trace: Trace, said: str) -> None:
    assert titled(trace).startswith(said)


def test_a_run_that_was_stopped_opens_at_the_last_look_there_is() -> None:
    assert moving(views.sleep(nights_trace(looks=6)))["start"] == 5


def test_without_a_note_the_first_arm_is_shown() -> None:
    assert titled(replace(RUN, notes={})).startswith("No sleep, after night 2")


def test_what_cannot_be_drawn_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="note 'arm' says 'naps'; expected one of no sleep, "):
        views.sleep(RUN.merge(notes={"arm": "naps"}))
    with pytest.raises(ValueError, match="0 names of arms, 'known' 3 of texts"):
        views.sleep(RUN.merge({"fast_norm": RUN["fast_norm"]._replace(names=())}))
    six = {name: RUN[name]._replace(values=np.repeat(RUN[name].values[:, :, :1], 6, 2)) for name in RUN}
    more = {name: one._replace(names=one.names if name == "known" else tuple("abcdef")) for name, one in six.items()}
    with pytest.raises(ValueError, match="'fast_norm' has 6 arms; expected at most 5"):
        views.sleep(Trace(more, RUN.tokens))


def test_texts_are_the_columns() -> None:
    ((_, cells),) = traces_of(FIGURE, "heatmap")
    axis = layout(FIGURE)[cells.xaxis.replace("x", "xaxis")]
    assert axis.ticktext == TEXTS
