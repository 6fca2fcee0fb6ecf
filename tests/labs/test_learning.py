"""The lab of learning to write: what may move moves, asking trains nothing anew, every number is that of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown

from nlviz import labs, views
from nlviz.experiments.learning_to_learn import Family, error_of, hand_set
from nlviz.labs.learning import ASKED, HAND_SET, PRESETS, Plan, School, _run
from nlviz.outer import Learner
from nlviz.trace import Trace
from nlviz.widgets import Lab, Progress

FEW: dict[str, Any] = {"steps": 4}


def lab_of(preset: str = "gates", **more: Any) -> Lab:
    return labs.learning(preset, knobs=FEW, **more)


def test_the_first_frame_already_teaches() -> None:
    lab = labs.learning()
    errors = of(lab, "recall_error")
    assert errors.shape == (11, 24)
    assert errors[-1, -1] < 0.92 * errors[0, -1]
    assert "Learned in 80 outer steps: the error of recall falls" in repr(lab)
    item, stranger = of(lab, "theta")[-1]
    assert item > 1.5 * stranger


@pytest.mark.parametrize("preset", PRESETS)
def test_only_what_is_free_moves_and_its_credits_add_up(preset: str) -> None:
    lab, chosen = lab_of(preset), PRESETS[preset]
    free = [name for name in ("start", "rates", "gates") if chosen[name]]
    free += ["rule"] if chosen["rule"] != "gradient" else []
    assert list(shown(lab)["credit"].names) == free
    losses, credit = of(lab, "outer_loss"), of(lab, "credit")
    if free:
        np.testing.assert_allclose(credit.sum(1), losses[0] - losses, atol=2e-4)
    else:
        assert np.ptp(losses) == 0
        assert np.ptp(of(lab, "recall_error"), axis=0).max() == 0
        assert "nothing is free" in lab.summary
    theta = of(lab, "theta")
    assert (np.ptp(theta, axis=1).max() > 0) == bool(chosen["gates"])
    assert (np.ptp(theta, axis=0).max() > 0) == bool(chosen["gates"] or chosen["rates"])


def run_of(school: School, asked: str = "as trained", **more: Any) -> tuple[list[Progress], Trace]:
    """A turn of the knobs: what it told on its way, and what it gave."""
    switches = {"start": True, "rates": False, "gates": False, "rule": "gradient", "steps": 6, **more}
    pieces, told = _run(school, asked=asked, **switches), []
    while True:
        try:
            told.append(next(pieces))
        except StopIteration as end:
            return told, end.value


def test_asked_on_other_streams_the_same_weights_are_asked_and_nothing_is_trained() -> None:
    school, found = School(seed=0), {}
    for asked in ASKED:
        told, found[asked] = run_of(school, asked)
        trained = sum(one.done < one.total for one in told)
        assert trained == (6 if asked == "as trained" else 0)
    assert len(school.done) == 1
    for trace in found.values():
        np.testing.assert_array_equal(trace["outer_loss"].values, found["as trained"]["outer_loss"].values)
        np.testing.assert_array_equal(trace["credit"].values, found["as trained"]["credit"].values)
    assert len({trace["recall_error"].values.tobytes() for trace in found.values()}) == len(ASKED)
    assert found["4 × as long"].noted("asked") == ("on streams 4 × as long",)


def test_the_large_panel_ends_at_the_outer_loss_where_it_is_asked_as_trained() -> None:
    lab = lab_of()
    np.testing.assert_allclose(of(lab, "recall_error")[:, -1], of(lab, "outer_loss"), rtol=1e-5)
    assert of(lab, "read")[0].tolist() == [*range(1, 25)]
    lab.set(asked="4 × as long")
    assert of(lab, "read")[0].tolist() == [*range(4, 97, 4)]


def test_step_0_is_the_rule_set_by_hand_and_the_line_beside_it_is_measured() -> None:
    school = School(seed=3)
    lab = lab_of("start", seed=3)
    untrained = school.learner(Plan("gradient", (), 4))
    assert of(lab, "outer_loss")[0] == pytest.approx(error_of(untrained, school.streams("as trained")).item())
    gate = error_of(HAND_SET.learner(Family(seed=3)), school.streams("as trained")).item()
    assert of(lab, "by_hand")[0] == pytest.approx(gate)


@pytest.mark.parametrize("seed", [0, 3])
def test_what_is_set_by_hand_is_what_a_search_by_hand_finds(seed: int) -> None:
    family = Family(seed=seed)
    assert hand_set(family, seed=100 + seed).rates == HAND_SET.rates
    best = hand_set(family, gated=True, seed=100 + seed)
    given = family.draw(256, torch.Generator().manual_seed(100 + seed))
    with torch.no_grad():
        assert error_of(HAND_SET.learner(family), given).item() < best.error + 0.01


def test_the_streams_are_none_of_the_training() -> None:
    school = School(seed=0)
    first = school.family.draw(16, torch.Generator().manual_seed(0))
    held = school.streams("as trained")
    assert not torch.isclose(held.asked[:16], first.asked).all(-1).any()
    assert torch.equal(school.streams("noise × 3").cues, held.cues), "but for the noise they are the same ones"


def test_a_seed_gives_the_same_numbers_and_another_others() -> None:
    one, again, other = (lab_of("net", seed=seed) for seed in (1, 1, 2))
    for name in shown(one):
        np.testing.assert_array_equal(shown(one)[name].values, shown(again)[name].values)
    assert not np.array_equal(of(one, "outer_loss"), of(other, "outer_loss"))


def test_the_numbers_do_not_hang_on_the_number_of_threads() -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(lab_of("everything"))
    finally:
        torch.set_num_threads(before)
    for name in shown(found[0]):
        np.testing.assert_array_equal(of(found[0], name), of(found[1], name))


def test_it_trains_in_pieces_and_shows_what_it_has_when_it_is_stopped() -> None:
    told, whole = run_of(School(seed=0))
    assert [str(one) for one in told[:2]] == ["0 of 6 outer steps", "1 of 6 outer steps"]
    partial = told[5].partial
    assert partial is not None
    assert partial()["recall_error"].times.tolist() == [0, 1, 2, 4]
    np.testing.assert_array_equal(partial()["credit"].values, whole["credit"].values[:4])


class Wild(School):
    """Where a training starts so far off that its first step is none."""

    def learner(self, plan: Plan) -> Learner:
        made = super().learner(plan)
        with torch.no_grad():
            made.start.fill_(1e30)
        return made


def test_a_training_that_runs_away_is_told_with_what_there_was() -> None:
    _, trace = run_of(Wild(seed=0))
    assert [(mark.time, mark.kind) for mark in trace.marks] == [(0, "diverged")]
    assert "Diverged at outer step 0: the outer loop ran away. " in views.alt_text(views.learning(trace))


def test_made_again_from_its_state_it_is_the_same_lab() -> None:
    lab = lab_of("net, 4 × as long", seed=5)
    assert labs.from_state(lab.state()).summary == lab.summary
