"""Learning to learn: streams whose truth is known, a search by hand, and arms that learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Generator

from nlviz.experiments.learning_to_learn import (
    ARMS,
    Drawn,
    Family,
    HandSet,
    arm,
    error_of,
    hand_set,
    learn,
    recall_error,
)
from nlviz.experiments.learning_to_learn.arms import least, tried
from nlviz.outer import OUTER_GRADIENTS

CLEAN = Family(jitter=0.0, nuisance=0.0, blurred=0.0)
RATES = (0.1, 0.3, 0.001)
every_arm = pytest.mark.parametrize("name", ARMS)


def _drawn(family: Family, seed: int = 0, batch: int = 16) -> Drawn:
    return family.draw(batch, Generator().manual_seed(seed))


def test_the_truth_is_what_was_shown_last_and_strangers_are_never_asked() -> None:
    given, changed = _drawn(CLEAN), 0
    for row in range(16):
        last: dict[int, torch.Tensor] = {}
        for t in range(CLEAN.writes):
            same = (given.asked[row] - given.keys[row, t]).norm(dim=-1) < 1e-6
            assert bool(same.any()) == (given.cues[row, t, 0] == 1)
            if same.any():
                item = int(same.nonzero()[0])
                changed += item in last and not torch.equal(last[item], given.values[row, t])
                last[item] = given.values[row, t]
        assert set(last) == set(given.known[row].nonzero()[:, 0].tolist())
        assert all(torch.equal(given.truth[row, item], value) for item, value in last.items())
    assert changed > 0


def test_every_stream_has_an_order_of_its_own() -> None:
    cues = _drawn(CLEAN).cues[..., 0]
    assert len({tuple(row.tolist()) for row in cues}) == 16


def test_what_all_share_is_a_map_of_the_key() -> None:
    """With nothing of its own, each value is (A_0 + Σ c_i A_i/√4) k/√2, for every stream drawn."""
    family = Family(common=1.0)
    given = _drawn(family, seed=3)
    for row in range(4):
        of_context = sum((float(c) * one for c, one in zip(given.context[row], family.maps[1:], strict=True)))
        expected = given.asked[row] @ ((family.maps[0] + of_context / 2) / 2**0.5).mT
        torch.testing.assert_close(given.truth[row], expected, rtol=1e-4, atol=1e-5)
    assert not torch.equal(Family(seed=1).maps, family.maps)


def test_noise_lies_where_it_is_said_to() -> None:
    """The first half of a key's channels is clean, and what is added to a value is as large as told."""
    one = Family(strangers=0.0, items=1, changes=0.0, writes=200, nuisance=1.0, jitter=0.5)
    given = _drawn(one)
    aside = given.keys - given.asked
    assert not aside[..., :4].any()
    assert float(aside[..., 4:].std()) == pytest.approx(1 / 8**0.5, rel=0.05)
    assert float((given.values - given.truth).norm(dim=-1).square().mean() ** 0.5) == pytest.approx(0.5, rel=0.05)
    assert float(_drawn(Family(strangers=0.6, writes=400, blurred=0.0)).cues.mean()) == pytest.approx(-0.2, abs=0.03)


def test_an_empty_memory_has_error_one_and_a_perfect_one_none() -> None:
    made, family = arm("start", Family(common=1.0), RATES), Family(common=1.0)
    with torch.no_grad():
        made.rates[0] = -40.0
        given = _drawn(family)
        assert float(error_of(made, given)) == pytest.approx(1, abs=1e-5)
        made.start.copy_(family.maps[0] / 2**0.5)
        assert float(error_of(made, given._replace(context=0 * given.context))) == pytest.approx(0.5, abs=0.1)


def test_the_search_by_hand_finds_the_least_of_its_grid() -> None:
    family = Family()
    found, gated = (hand_set(family, gated=one, batch=64) for one in (False, True))
    given = family.draw(64, Generator().manual_seed(100))
    with torch.no_grad():
        assert float(error_of(found.learner(family), given)) == pytest.approx(found.error)
        assert float(error_of(gated.learner(family), given)) == pytest.approx(gated.error)
        for rates in ((0.5, 0.001, 0.001), (0.02, 0.6, 0.1), (1.0, 0.3, 0.01)):
            assert found.error <= float(error_of(found._replace(rates=rates).learner(family), given))
    assert gated.error < found.error
    assert gated.steep > 0


def test_settings_tried_side_by_side_are_as_far_off_as_each_by_itself() -> None:
    """To the bit; one that runs away is no number, and the others do not mind."""
    family, settings = Family(), [(RATES, 0.0), ((1.0, 0.6, 0.001), 4.0), ((0.3, 0.001, 0.03), 0.5)] * 3
    given = _drawn(family, seed=5)
    given = given._replace(keys=3 * given.keys)
    with torch.no_grad():
        apart = [float(error_of(HandSet(*one, 0.0).learner(family), given)) for one in settings]
    found = tried(family, given, settings)
    assert [(one.rates, one.steep) for one in found] == settings
    assert [one.error for one in found] == apart
    assert least([found[1]._replace(error=float("nan")), *found[:1]]) == found[0]


def test_a_hand_set_theta_is_as_tried_where_the_cue_is_one() -> None:
    learner = hand_set(Family(), batch=8)._replace(rates=RATES, steep=2.0).learner(Family())
    theta = learner.gated(torch.tensor([[[1.0], [-1.0]]])).inner_lr[0].detach()
    assert float(theta[0]) == pytest.approx(0.1, rel=1e-5)
    assert float(theta[1]) < 0.005


@every_arm
def test_an_arm_moves_what_is_free_and_nothing_else(name: str) -> None:
    made = arm(name, Family(), RATES)
    before = {of: one.detach().clone() for of, one in made.named_parameters()}
    reports = list(learn(made, Family(), steps=2, batch=8))
    assert [report.step for report in reports] == [1, 2]
    moved = {of.split(".")[0] for of, one in made.named_parameters() if not torch.equal(one, before[of])}
    assert moved == set(ARMS[name].free)


@pytest.mark.parametrize("name", ["start", "gates", "plastic", "net", "generated"])
def test_an_arm_learns(name: str) -> None:
    """On tasks it has not seen, drawn from another seed."""
    family = Family(seed=3)
    made = arm(name, family, RATES, seed=3)
    before = recall_error(made, family)
    for _ in learn(made, family, steps=60, seed=3):
        pass
    assert recall_error(made, family) < before - 0.02


@pytest.mark.parametrize("algorithm", OUTER_GRADIENTS)
def test_the_outer_gradient_of_that_name_is_followed(algorithm: str) -> None:
    """One step from the same weights on the same task: the loss is the same, only the gradient differs."""
    (report,) = learn(arm("start", Family(), RATES), Family(), steps=1, algorithm=algorithm)
    (exact,) = learn(arm("start", Family(), RATES), Family(), steps=1)
    (uncut,) = learn(arm("start", Family(), RATES), Family(), steps=1, algorithm=algorithm, cut=24)
    assert report.loss == exact.loss
    assert (report.gradient_norm == exact.gradient_norm) == (algorithm == "second order")
    assert (uncut.gradient_norm == exact.gradient_norm) == (algorithm != "first order")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Family(items=0), "items is 0"),
        (lambda: Family(strangers=1.0), "strangers is 1.0"),
        (lambda: Family().but(common=1.5), "common is 1.5"),
        (lambda: Family().draw(0, Generator()), "batch is 0"),
        (lambda: arm("gate", Family(), RATES), "name is 'gate'; .*did you mean 'gates'"),
        (lambda: learn(hand_set(Family(), batch=4).learner(Family()), Family(), lr=0.0), "lr is 0.0"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_where_no_item_was_ever_shown_there_is_no_error() -> None:
    given = _drawn(Family(writes=2))
    nothing = given._replace(known=torch.zeros_like(given.known))
    with pytest.raises(ValueError, match=r"items ever shown is 0; expected some, in 16 × 2 tokens; draw more streams"):
        error_of(arm("start", Family(), RATES), nothing)
    one = given._replace(known=torch.zeros_like(given.known).index_fill(0, torch.tensor([3]), 1.0))
    assert torch.isfinite(error_of(arm("start", Family(), RATES), one))


def test_with_every_switch_off_there_is_nothing_to_learn() -> None:
    made = arm("rates", Family(), RATES)
    made.free()
    with pytest.raises(ValueError, match=r"expected a learner in which some slow weight may move; use model.free"):
        learn(made, Family())
