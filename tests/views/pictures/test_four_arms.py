"""A curve for each arm, broken between sessions; above zero is saved; every session has its name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from seeing import every, named, words_in
from sessions import four_arms_trace
from traces import layout

from nlviz import views
from nlviz.trace import Token, Trace
from nlviz.views.drawing.theme import ROLES

RUN = four_arms_trace()
DRAWN = views.four_arms(RUN)


def test_every_arm_is_a_curve_of_its_own_gains() -> None:
    for place, name in enumerate(RUN["gain"].names):
        line = named(DRAWN, name)
        known = np.isfinite(line.y)
        np.testing.assert_allclose(line.y[known], RUN["gain"].values[:, 0, place])
        np.testing.assert_allclose(line.x[known], RUN["gain"].times)
    looks = {(one.line.color, one.line.dash) for one in every(DRAWN)}
    assert len(looks) == 4
    assert named(DRAWN, "test-time training").line.color == ROLES["fast"].color


def test_a_curve_is_broken_between_two_sessions() -> None:
    line = named(DRAWN, "dynamic evaluation")
    assert np.flatnonzero(~np.isfinite(line.y)).tolist() == [3, 7]
    assert not line.connectgaps


def test_sessions_are_bands_with_their_names_and_every_second_is_shaded() -> None:
    (band,) = layout(DRAWN).shapes
    assert (band.x0, band.x1) == (300, 600)
    words = words_in(DRAWN, "y")
    assert [words[f"<b>{name}</b>"].x for name in ("email", "json", "again")] == [150, 450, 750]
    assert layout(DRAWN).xaxis.range == (0, 900)
    for name in RUN["gain"].names:
        assert any(said.endswith(f" {name}") for said in words), "a name at its curve"


def test_the_title_is_of_the_last_session_and_the_words_are_of_all() -> None:
    assert "In “again” dynamic evaluation saves most: 0.70 bits" in layout(DRAWN).title.text
    assert "json: fine-tuning −0.10, dynamic evaluation 0.50" in views.alt_text(DRAWN)
    last = RUN["session_gain"]._replace(values=-np.abs(RUN["session_gain"].values))
    costs = views.four_arms(RUN.merge({"session_gain": last}))
    assert layout(costs).title.text.startswith("In “again” no arm pays less")


def test_one_arm_that_pays_more_does_not_hide_the_best() -> None:
    first = RUN["session_gain"]._replace(values=RUN["session_gain"].values[[2, 0, 1]])
    title = layout(views.four_arms(RUN.merge({"session_gain": first}))).title.text
    assert "dynamic evaluation saves most: 0.50" in title


def test_all_of_every_curve_is_in_sight_and_zero_is_a_line() -> None:
    axis = layout(DRAWN).yaxis
    low, high = axis.range
    assert low < -0.2
    assert high > 0.7
    assert axis.zeroline
    assert axis.title.text == "bits per byte saved"
    level = views.four_arms(RUN.merge({"gain": RUN["gain"]._replace(values=0 * RUN["gain"].values)}))
    assert layout(level).yaxis.range[0] < 0 < layout(level).yaxis.range[1]


def test_the_names_of_sessions_stand_above_the_panel() -> None:
    for name in ("email", "json", "again"):
        note = words_in(DRAWN, "y")[f"<b>{name}</b>"]
        assert (note.yref, note.y, note.yanchor) == ("y domain", 1, "bottom")
    (band,) = layout(DRAWN).shapes
    assert (band.yref, band.y0, band.y1, band.layer) == ("y domain", 0, 1, "below")


def test_a_name_is_no_markup() -> None:
    odd = replace(RUN, tokens=tuple(Token("<b>a", t.start, t.stop, t.kind) for t in RUN.tokens))
    assert "<b>&lt;b&gt;a</b>" in words_in(views.four_arms(odd), "y")


def test_what_does_not_fit_is_said() -> None:
    nameless = RUN.merge({"gain": RUN["gain"]._replace(names=())})
    with pytest.raises(ValueError, match="'gain' has 0 names of arms"):
        views.four_arms(nameless)
    with pytest.raises(ValueError, match="2 tokens of kind 'session' for 3 sessions"):
        views.four_arms(replace(RUN, tokens=RUN.tokens[:2]))
    empty = views.four_arms(Trace(RUN.signals))
    assert "no token of kind 'session'" in views.alt_text(empty)
