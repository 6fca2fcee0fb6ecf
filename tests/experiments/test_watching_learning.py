"""A learner while it learns: credits that add up, looks that change nothing, errors token by token."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator

from nlviz.experiments.learning_to_learn import (
    LOOKS,
    Drawn,
    Family,
    Look,
    arm,
    error_of,
    errors_by_token,
    learn,
    watch,
)
from nlviz.memory import Pairs
from nlviz.outer import Learner

FAMILY, RATES = Family(), (0.2, 0.3, 0.001)


def drawn(seed: int = 1, batch: int = 16, family: Family = FAMILY) -> Drawn:
    return family.draw(batch, Generator().manual_seed(seed))


def everything() -> Learner:
    model = arm("gates", FAMILY, RATES)
    model.free("start", "rates", "gates")
    return model


def watched(model: Learner, steps: int = 10) -> tuple[Look, ...]:
    *_, (_, looks) = watch(model, FAMILY, drawn(), steps=steps, batch=8)
    return looks


@pytest.mark.parametrize("name", ["start", "gates", "plastic", "net", "all"])
def test_credits_add_up_to_the_fall_of_the_loss(name: str) -> None:
    looks = watched(arm(name, FAMILY, RATES))
    assert [look.step for look in looks] == [0, 1, 2, 4, 7, 10]
    assert looks[-1].loss < looks[0].loss
    for look in looks[1:]:
        fall = looks[0].loss - look.loss
        assert sum(look.credit.values()) == pytest.approx(fall, abs=0.02 * (looks[0].loss - looks[-1].loss))


def test_the_loss_and_the_weights_are_those_of_plain_learning() -> None:
    """To look changes nothing, to the bit."""
    looked, plain = everything(), everything()
    looks = watched(looked)
    for report in learn(plain, FAMILY, steps=10, batch=8):
        for look in looks:
            if look.step == report.step:
                assert all(torch.equal(a, b) for a, b in zip(look.weights["gates"], plain.slow("gates"), strict=True))
                assert look.loss == error_of(plain, drawn()).item()
    assert all(torch.equal(a, b) for a, b in zip(looked.parameters(), plain.parameters(), strict=True))


def test_the_credit_of_one_straight_step_is_its_own_fall() -> None:
    """By hand: with one number that moves, its credit is the fall, whatever the way."""
    model = arm("rates", FAMILY, RATES)
    looks = watched(model, steps=4)
    before, after = (looks[place].onto(arm("rates", FAMILY, RATES)) for place in (0, -1))
    fall = error_of(before, drawn()) - error_of(after, drawn())
    assert looks[-1].credit["rates"] == pytest.approx(fall.item(), rel=1e-3)


def test_a_look_puts_its_weights_back() -> None:
    model = everything()
    looks = watched(model, steps=4)
    assert not torch.equal(model.start, torch.zeros_like(model.start))
    looks[0].onto(model)
    assert torch.equal(model.start, torch.zeros_like(model.start))
    assert error_of(model, drawn()).item() == looks[0].loss


def test_where_nothing_may_move_all_looks_are_alike() -> None:
    model = everything()
    model.free()
    steps = [step for step, _ in watch(model, FAMILY, drawn(), steps=10)]
    looks = watched(model)
    assert steps == [look.step for look in looks] == [0, 1, 2, 4, 7, 10]
    assert {look.loss for look in looks} == {error_of(model, drawn()).item()}
    assert all(look.credit == look.weights == {} for look in looks)


def test_every_step_is_told_and_the_last_one_is_always_a_look() -> None:
    told = [(step, looks[-1].step) for step, looks in watch(everything(), FAMILY, drawn(), steps=6, batch=2)]
    assert told == [(0, 0), (1, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 6)]
    assert tuple(sorted(set(LOOKS))) == LOOKS


def test_errors_by_token_are_those_of_streams_that_end_there() -> None:
    """The same streams, cut off after each token: what `error_of` says of them."""
    model, whole = everything(), drawn(batch=6)
    watched(model, steps=3)
    found = errors_by_token(model, whole)
    assert found.shape == (24,)
    for stop in (3, 11, 24):
        run = model(Pairs(whole.keys[:, :stop], whole.values[:, :stop]), whole.cues[:, :stop], whole.context)
        known, truth = whole.knowns[:, stop - 1], whole.truths[:, stop - 1]
        missed = (model.recalled(run.state, whole.asked) - truth).square().sum(-1)
        expected = (missed * known).sum() / (truth.square().sum(-1) * known).sum()
        assert found[stop - 1] == pytest.approx(expected.item(), rel=1e-5)
    assert found[-1] == pytest.approx(error_of(model, whole).item(), rel=1e-5)
    np.testing.assert_array_equal(errors_by_token(model, whole, every=8), found[7::8])


def test_an_empty_memory_has_an_error_of_one_and_what_was_never_shown_has_none() -> None:
    silent = arm("rates", FAMILY, (1e-6, 0.001, 0.001))
    np.testing.assert_allclose(errors_by_token(silent, drawn()), 1.0, atol=1e-4)
    strangers = drawn(batch=1, family=Family(strangers=0.999))
    assert np.isnan(errors_by_token(silent, strangers)).all()


def test_truth_and_what_is_known_are_told_for_every_token() -> None:
    given = drawn(batch=4)
    assert torch.equal(given.truths[:, -1], given.truth)
    assert torch.equal(given.knowns[:, -1], given.known)
    assert (given.knowns.diff(dim=1) >= 0).all(), "what was shown stays shown"
    shown = given.knowns[:, 0].sum(-1)
    assert set(shown.tolist()) <= {0.0, 1.0}, "after one token one item, or none"


def test_a_run_that_goes_away_is_infinite_and_no_warning() -> None:
    model = arm("rates", FAMILY, RATES)
    with torch.no_grad():
        model.start.fill_(1e30)
    assert not np.isfinite(errors_by_token(model, drawn())).any() or errors_by_token(model, drawn())[-1] > 1e20
