"""The architect's lab: months are lived once, what is shown is what the engine measured, a stop keeps what there is."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlviz import labs, views
from nlviz.agents import architect
from nlviz.labs.architect import PRESETS, Lives, _run
from nlviz.trace import Trace
from nlviz.widgets import Progress

SMALL: dict[str, Any] = {"size": 8_000, "text": "json", "question": 1, "show": "Week 1 again", "gate": 2.0, "week": 5}


@pytest.fixture(scope="module")
def lives() -> Lives:
    """Every test turns knobs of the same lab."""
    return Lives(None, seed=0)


def turned(lives: Lives, **more: Any) -> tuple[list[Progress], Trace]:
    """A turn of the knobs: what it told on its way, and what it gave."""
    pieces, told = _run(lives, **{"arm": "continuum", **SMALL, **more}), []
    while True:
        try:
            told.append(next(pieces))
        except StopIteration as end:
            return told, end.value


def months_of(lives: Lives) -> architect.Months:
    return next(iter(lives.done.values()))


def test_what_is_pictured_is_what_the_engine_measured(lives: Lives) -> None:
    told, trace = turned(lives)
    assert [piece.done for piece in told] == [*range(1, 61)]
    months = months_of(lives)
    assert trace["paid"].names == ("frozen", "one rate", "continuum")
    np.testing.assert_allclose(trace["paid"].values[:, 0].mean(0), months.bits.mean(-1), rtol=1e-5)
    np.testing.assert_allclose(trace["again"].values[:, 0], [look.known[:, 0] for look in months.checkpoints])
    assert trace["again"].times.tolist() == [5, 20, 60]
    assert trace["paid"].values[4, 0, 1] == pytest.approx(months.bits[1, months.legacy.day(4)].mean(), rel=1e-5)


def test_turning_what_is_shown_lives_through_nothing_again(lives: Lives) -> None:
    turned(lives)
    for more in ({"show": "memory"}, {"show": "questions"}, {"question": 3}):
        assert turned(lives, **more)[0] == []


def test_a_gate_and_a_clock_are_those_of_the_engine_and_of_their_arm_alone() -> None:
    lives, small = Lives(None, 0), {**SMALL, "size": 4_000}
    project = lives.project("json", 4_000)
    own = architect.read_months(project, {
        "surprise-gated": lambda head: architect.Head(head, threshold=4.0),
        "continuum": lambda head: architect.Continuum(head, clocks=architect.Clocks(week=2)),
    }, each=0)  # fmt: skip
    for place, (arm, knob) in enumerate({"surprise-gated": {"gate": 4.0}, "continuum": {"week": 2}}.items()):
        trace = turned(lives, **{**small, "arm": arm, **knob})[1]
        paid = own.bits[place].reshape(60, -1).mean(-1)
        np.testing.assert_allclose(trace["paid"].values[:, 0, -1], paid, rtol=1e-5)
        assert abs(turned(lives, **{**small, "arm": arm})[1]["paid"].values[:, 0, -1] - paid).max() > 0.01
    many = len(lives.done)
    assert turned(lives, **{**small, "arm": "continuum", "gate": 3.0})[0] == []
    assert len(lives.done) == many


def test_the_small_panel_holds_levels_or_the_way_from_the_slow_weights(lives: Lives) -> None:
    levels = turned(lives, show="memory")[1]["kept"]
    assert levels.names == ("day", "week", "month")
    np.testing.assert_allclose(levels.values[:, 0], months_of(lives).levels)
    moved = turned(lives, show="memory", arm="one rate")[1]["kept"]
    assert moved.names == ("one rate",)
    assert (np.diff(moved.values[:20, 0, 0]) > 0).mean() > 0.8


def test_shares_of_right_answers_are_those_of_the_arm(lives: Lives) -> None:
    trace, months = turned(lives, show="questions")[1], months_of(lives)
    if "right" not in trace:
        pytest.skip("this text has no questions at this size")
    about = np.array([one.about for one in months.questions])
    for look, answers in enumerate(months.answers):
        for column, name in enumerate(trace["right"].names):
            right = answers.right[2, about == name]
            found = trace["right"].values[look, 0, column]
            assert np.isnan(found) if not np.isfinite(right).any() else found == pytest.approx(np.nanmean(right))


def test_a_question_says_where_it_stands_and_who_taught_its_answer() -> None:
    lab = labs.architect(preset="one rate", knobs={"question": 2})
    assert lab.trace is not None
    said = lab.trace.noted("asked")
    assert len(said) == 4
    assert said[0].startswith("asked on days 5, 20, 60:\n")
    for look, name in zip(said[1:], ("Week 1", "Week 4", "Month 3"), strict=True):
        rows = look.splitlines()
        assert rows[0].startswith(f"{name}: ")
        assert "▢" in rows[1]
        assert rows[2].startswith("one rate: “")
        assert ("✓" in rows[2]) != ("✗ right: “" in rows[2])
        assert rows[3].startswith("one rate: ")
        assert all(row[0] in "+−" and ".py:" in row for row in rows[4:])


def test_a_stop_shows_the_days_so_far() -> None:
    piece = list(islice(_run(Lives(None, 0), **{"arm": "one rate", **SMALL}), 7))[-1]
    assert piece.partial is not None
    trace = piece.partial()
    assert len(trace["paid"].times) == 7
    assert trace["again"].times.tolist() == [5]
    views.timeline(trace)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        body = "\n".join(f"def {name}_{at}(value, other):\n    return value + other * {at}\n" for at in range(40))
        (tmp_path / f"{name}.py").write_text(body, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (", encoding="utf-8")
    lab = labs.architect(tmp_path, knobs={"size": 4_000})
    assert lab.problem is None
    assert lab.knobs["text"] == f"{tmp_path.name} (folder)"
    assert "1 files could not be read" in lab.summary
    assert labs.from_state(lab.state(), path=tmp_path).summary == lab.summary


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="path is 3; expected a folder of Python code"):
        labs.architect(3)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_an_arm(preset: str) -> None:
    assert PRESETS[preset]["arm"] in architect.USUAL
