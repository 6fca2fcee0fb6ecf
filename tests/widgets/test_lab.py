"""A lab runs, shows, and fails in words; the newest knobs win."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from traitlets import link

from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import alt_text, describe
from nlviz.widgets import Choice, Lab, Number, Player, Switch, Whole


def run(height: float, count: int) -> Trace:
    if height == 2.0:
        raise ValueError("height 2 is too high; give less")
    return Trace({"value": Signal(np.full((count, 1), height), np.arange(count), "m")})


def view(trace: Trace) -> go.Figure:
    values = trace["value"].values[:, 0]
    return describe(go.Figure(go.Scatter(y=values)), f"{len(values)} points at {values[0]:g} m")


def counted(trace: Trace) -> str:
    return f"{len(trace['value'].values)} points"


def lab(**options: Any) -> Lab:
    knobs = {"height": Number(1.0, 0.0, 2.0, unit="m"), "count": Whole(3, 1, 9)}
    return Lab(run, view, title="Hill", summary=counted, **{**knobs, **options})


def test_the_first_run_happens_at_once() -> None:
    shown = lab()
    assert shown.trace is not None
    assert shown.figure is not None
    assert alt_text(shown.figure) == "3 points at 1 m"
    assert shown.knobs == {"height": 1.0, "count": 3}
    assert shown.summary == "3 points"


def test_set_turns_only_what_is_named_and_waits() -> None:
    shown = lab()
    shown.set(count=5)
    assert shown.trace is not None
    assert shown.trace["value"].values.shape == (5, 1)
    assert shown.knobs == {"height": 1.0, "count": 5}
    assert shown.picture["data"][0]["y"]["shape"] == [5]


def test_knobs_are_a_trait_that_can_be_set_observed_and_linked() -> None:
    one, other = lab(), lab(knobs={"count": 7})
    heard: list[dict[str, Any]] = []
    other.observe(lambda change: heard.append(change["new"]), "knobs")
    one.knobs = {"count": 5}
    assert one.knobs == {"height": 1.0, "count": 5}
    assert one.summary == "5 points"
    linked = link((one, "knobs"), (other, "knobs"))
    assert other.summary == "5 points"
    other.set(count=2)
    assert (one.summary, one.knobs["count"]) == ("2 points", 2)
    linked.unlink()
    other.set(count=4)
    assert one.summary == "2 points"
    assert [knobs["count"] for knobs in heard] == [5, 2, 4], "once for each turn"


def test_a_trait_that_is_no_knob_is_refused_and_changes_nothing() -> None:
    shown = lab()
    with pytest.raises(ValueError, match="this lab has no knob 'depth'; its knobs are height, count"):
        shown.knobs = {"depth": 3}
    with pytest.raises(ValueError, match="count is 99; expected"):
        shown.knobs = {"count": 99}
    assert shown.knobs == {"height": 1.0, "count": 3}
    assert shown.summary == "3 points"


def test_an_error_is_said_and_the_last_good_picture_stays() -> None:
    shown = lab()
    good = shown.trace, shown.figure, shown.picture
    shown.set(height=2.0)
    assert shown.error == "ValueError: height 2 is too high; give less"
    assert isinstance(shown.problem, ValueError)
    assert (shown.trace, shown.figure, shown.picture) == good
    shown.set(height=0.5)
    assert (shown.error, shown.problem) == ("", None)


def test_a_lab_whose_first_run_fails_can_still_be_shown() -> None:
    broken = lab(height=Number(2.0, 0.0, 2.0))
    assert broken.trace is None
    assert "height 2 is too high" in repr(broken)


def test_a_view_that_fails_leaves_trace_and_picture_together() -> None:
    def picky(trace: Trace) -> go.Figure:
        trace["nothing"]
        return view(trace)

    shown = Lab(run, picky, height=Number(1.0, 0.0, 1.5), count=Whole(3, 1, 9))
    assert (shown.trace, shown.figure) == (None, None)
    assert shown.error.startswith("KeyError: 'nothing' was not recorded; this trace holds value")


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"hieght": 1.0}, "no knob 'hieght'; its knobs are height, count"),
        ({"height": 3.0}, "height is 3.0; expected a finite number of at least 0 and up to 2"),
    ],
)
def test_bad_knobs_raise_and_change_nothing(knobs: dict[str, Any], said: str) -> None:
    shown = lab()
    answers = shown.answers
    with pytest.raises(ValueError, match=said):
        shown.set(**knobs)
    assert shown.knobs == {"height": 1.0, "count": 3}
    assert shown.answers == answers


def test_a_bad_knob_from_the_page_is_answered_in_words() -> None:
    shown = lab()
    answers = shown.answers
    shown._hear(None, {"kind": "knobs", "knobs": {"height": 7}}, [])
    assert "height is 7; expected" in shown.error
    assert shown.answers == answers + 1


def test_presets_set_knobs_and_are_checked() -> None:
    assert lab(presets={"low": {"height": 0.0}}, preset="low").knobs == {"height": 0.0, "count": 3}
    with pytest.raises(ValueError, match="no preset 'high'; its presets are 'low'"):
        lab(presets={"low": {"height": 0.0}}, preset="high")
    with pytest.raises(ValueError, match=r"height is -1.0; expected"):
        lab(presets={"low": {"height": -1.0}})


@pytest.mark.parametrize(
    ("controls", "said"),
    [
        ({"height": 1.0, "count": Whole(1, 1, 2)}, r"height = 1.0 is no control; give Number"),
        ({"height": Number(1.0, 0.0, 2.0)}, "missing a required argument: 'count'"),
        ({f"k{i}": Switch(True) for i in range(6)}, "6 visible knobs .* at most 5: give the others hidden=True"),
    ],
)
def test_a_lab_that_cannot_work_is_refused_when_made(controls: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Lab(run, view, **controls)


def test_hidden_knobs_reach_the_run_and_not_the_page() -> None:
    shown = lab(count=Whole(4, 1, 9, hidden=True))
    assert [control["name"] for control in shown.form["controls"]] == ["height"]
    assert shown.trace is not None
    assert len(shown.trace["value"].values) == 4


def test_turns_that_waited_behind_a_newer_one_are_dropped() -> None:
    started, go_on, ran = threading.Event(), threading.Event(), []

    def slow(count: int) -> Trace:
        ran.append(count)
        if count == 1:
            started.set()
            assert go_on.wait(10)
        return Trace({"value": Signal(np.zeros((count, 1)), np.arange(count), "")})

    shown = Lab(slow, view, count=Whole(9, 1, 9))
    turns = []
    for count in (1, 2, 3, 4):
        turns.append(threading.Thread(target=shown.set, kwargs={"count": count}))
        turns[-1].start()
        assert started.wait(10)
        while (newest := shown._turns._newest) is None or newest.knobs != {"count": count}:
            time.sleep(0.001)
    go_on.set()
    for turn in turns:
        turn.join(10)
    assert ran == [9, 1, 4]
    assert shown.knobs == {"count": 4}
    assert shown.answers == 5


def test_the_text_is_the_same_for_the_same_lab() -> None:
    first, second = lab(), lab()
    data, _ = first._repr_mimebundle_()
    assert data["text/plain"] == "Hill\nheight 1 m · count 3\n3 points\n3 points at 1 m"
    assert data["text/plain"] == second._repr_mimebundle_()[0]["text/plain"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == first.model_id


def test_a_choice_reaches_the_run_as_it_was_given() -> None:
    seen: list[object] = []

    def chosen(rule: str) -> Trace:
        seen.append(rule)
        return run(1.0, 2)

    Lab(chosen, view, rule=Choice("delta", ["hebbian", "delta"])).set(rule="hebbian")
    assert seen == ["delta", "hebbian"]


def test_a_player_shows_and_replaces_a_figure() -> None:
    player = Player(view(run(1.0, 2)))
    assert repr(player) == "2 points at 1 m"
    player.show(view(run(1.0, 4)))
    assert repr(player) == "4 points at 1 m"
    with pytest.raises(ValueError, match="theme is 'neon'; expected one of 'auto'"):
        Player(view(run(1.0, 2)), theme="neon")


def test_a_preset_sets_every_knob_on_the_page_and_reset_those_of_the_start() -> None:
    presets = {"high": {"height": 1.5}, "many": {"count": 9}}
    shown = lab(presets=presets, preset="high", knobs={"count": 4})
    assert shown.form["presets"] == {"high": {"height": 1.5, "count": 3}, "many": {"height": 1.0, "count": 9}}
    assert shown.form["start"] == shown.knobs == {"height": 1.5, "count": 4}
    # who asks from Python gets what was written
    assert shown.presets == presets
