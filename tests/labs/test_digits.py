"""The lab of digits: R as a course fills it, dots that stay, a replay of one's own, progress and Stop."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from showing import shown
from torch import Tensor

from nlviz import labs, measure, streams, views
from nlviz.experiments.continual import FORGETTING, arms, course
from nlviz.labs.digits import Courses, World, _run
from nlviz.widgets import Lab


def names(lab: Lab) -> list[str]:
    return [dot.name for dot in views.standings(shown(lab))]


def test_the_first_frame_already_teaches() -> None:
    lab = labs.digits()
    assert names(lab) == ["fine-tuning", "replay", "Hebbian", "delta"]
    assert "fine-tuning, mean of 2 seeds · ACC 0.19" in lab.summary
    stability = {dot.name: dot.stability[0] for dot in views.standings(shown(lab))}
    assert stability["replay"] > 0.8 > 0.1 > stability["fine-tuning"]


@pytest.mark.parametrize("arm", ["Hebbian", "fine-tuning"])
def test_r_is_what_the_course_gives(arm: str) -> None:
    lab = labs.digits(beside=(), knobs={"arm": arm, "seeds": 1}, seed=4)
    source = torch.Generator().manual_seed(4)
    *_, last = course(arms()[arm], streams.digits(generator=source), generator=source)
    filled = shown(lab)["R"].values[:, 0]
    np.testing.assert_allclose(filled[-1], last.matrix)
    (dot,) = views.standings(shown(lab))
    assert dot.stability == (pytest.approx(measure.balance(last.matrix).stability), 0)
    assert dot.accuracy[0] == pytest.approx(measure.average_accuracy(last.matrix))
    # rows fill from above, the one being learned is live, and what is over never changes
    rows = np.isfinite(filled).all(2)
    assert (np.diff(rows.sum(1)) >= 0).all()
    tasks = [token for token in shown(lab).tokens if token.kind == "task"]
    assert [token.text for token in tasks] == ["0, 1", "2, 3", "4, 5", "6, 7", "8, 9"]
    assert tasks[0].start == 0
    assert all(one.stop == other.start for one, other in pairwise(tasks))


def test_every_arm_you_choose_stays_as_a_dot_of_its_own_world() -> None:
    lab = labs.digits(beside=(), knobs={"seeds": 1})
    lab.set(arm="Hebbian")
    assert names(lab) == ["fine-tuning", "Hebbian"]
    lab.set(scale=1.0)
    assert names(lab) == ["Hebbian"], "features of another scale are another experiment"
    lab.set(scale=2.0, arm="delta")
    assert names(lab) == ["fine-tuning", "Hebbian", "delta"]


@pytest.mark.parametrize(
    ("knob", "value"), [("arm", "Hebbian"), ("scenario", "domain-incremental"), ("scale", 1.0), ("seeds", 2)]
)
def test_every_knob_changes_the_picture(knob: str, value: Any) -> None:
    lab = labs.digits(beside=(), knobs={"arm": "delta", "seeds": 1})
    before = shown(lab)
    lab.set(**{knob: value})
    after = shown(lab)
    assert not np.array_equal(before["standing"].values, after["standing"].values)


def test_learned_gates_are_learned_first() -> None:
    lab = labs.digits(beside=(), knobs={"arm": "Titans, learned", "seeds": 1})
    lab_forgetting = labs.digits(beside=(), knobs={"arm": FORGETTING, "seeds": 1})
    learned, forgetting = (views.standings(shown(one))[0] for one in (lab, lab_forgetting))
    assert learned.stability[0] > forgetting.stability[0] + 0.2


def newest(origin: Tensor, room: int) -> Tensor:
    return torch.arange(len(origin))[-room:]


def test_your_own_replay_is_an_arm() -> None:
    lab = labs.digits(keep=newest, beside=["replay"], knobs={"seeds": 1})
    assert names(lab) == ["replay", "your replay"]
    replay, yours = views.standings(shown(lab))
    assert yours.chosen
    assert yours.stability[0] < replay.stability[0] - 0.2
    assert "keep=own" in lab.state()


def test_a_slip_in_your_replay_is_said() -> None:
    lab = labs.digits(keep=lambda origin, room: torch.arange(len(origin)), beside=(), knobs={"seeds": 1})
    assert "returned shape [291], expected at most 100 row numbers from 0 to 290" in lab.error


def test_an_unknown_arm_is_named() -> None:
    with pytest.raises(ValueError, match=r"beside is .memory.; expected one of .fine-tuning."):
        labs.digits(beside=["memory"])


def test_it_tells_how_far_it_is_and_what_it_has_can_be_shown() -> None:
    pieces = _run(Courses(None), ["Hebbian", "delta"], "delta", World("class-incremental", 2.0), range(1))
    told = list(pieces)
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert str(told[-1]) == "1 of 2 courses"
    assert told[0].partial is None
    partial = told[-1].partial
    assert partial is not None
    assert [dot.name for dot in views.standings(partial())] == ["delta"]


@pytest.mark.parametrize(("arm", "loop"), [("fine-tuning", "outer"), ("replay", "outer"), ("Hebbian", "inner")])
def test_it_says_which_loop_learns(arm: str, loop: str) -> None:
    lab = labs.digits(knobs={"arm": arm, "seeds": 1}, beside=())
    assert shown(lab).noted("loop") == (loop,)
