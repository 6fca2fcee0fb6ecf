"""Optimizers side by side: the same start and batches for all, and what each makes of a small task."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, nn

from nlviz import optim
from nlviz.experiments.optimizers import (
    CONTENDERS,
    ROLLERS,
    TASKS,
    Bytes,
    Digits,
    contender,
    interrupted,
    race,
    roll,
    valley,
)
from nlviz.inner import probes

RATES = {
    "SGD": 0.3,
    "momentum": 0.1,
    "AdamW": 0.01,
    "Muon": 0.03,
    "DGD": 1.0,
    "DeltaMomentum": 0.3,
    "DeepMomentum": 1.0,
    "M3": 1e-3,
    "M3, averages": 3e-4,
}
"""Rates at which each learns the digits; what the benchmark's search finds may be better ones."""


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_one_learns_the_digits(name: str) -> None:
    """From one in ten to six in ten, or more, in a hundred steps."""
    first, last = race(name, "digits", RATES[name], steps=100, every=100)
    assert (first.step, last.step) == (0, 100)
    assert first.accuracy < 0.2
    assert last.accuracy > 0.6
    assert last.loss < first.loss
    assert 0 == first.seconds < last.seconds


def test_dgd_is_right_with_small_answers() -> None:
    """Its rest is y = −∇_yL, not the least loss: answers within −1 and 1 leave a loss that others are far below."""
    *_, last = race("DGD", "digits", 1.0, steps=300, every=300)
    *_, other = race("SGD", "digits", 0.3, steps=300, every=300)
    assert last.accuracy > 0.9
    assert last.loss > 1.5 > 0.5 > other.loss


@pytest.mark.parametrize("rate", [1e-8, 1e-7, 1e-6, 1e-5, 1e-4])
def test_m3_with_adams_epsilon_learns_the_digits_at_no_rate(rate: float) -> None:
    """What its docstring says: with ε = 1e-8 weights of tiny gradients run away before the others have moved."""
    losses = {}
    for eps in (1e-8, 1e-3):
        task = Digits(Generator().manual_seed(0))
        optimizer = optim.M3(task.model.parameters(), lr=rate if eps < 1e-4 else 1e-3, eps=eps)
        for _ in range(60):
            optimizer.zero_grad()
            task.loss().backward()
            optimizer.step()
        losses[eps] = task.asked().loss
    assert losses[1e-8] > 2.2
    assert losses[1e-3] < 1.0


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_is_the_same_start_and_another_another(task: str) -> None:
    firsts = {next(race(name, task, 1e-3, steps=1, seed=3)) for name in CONTENDERS}
    assert len({one.loss for one in firsts}) == 1
    assert next(race("SGD", task, 1e-3, steps=1, seed=4)).loss not in {one.loss for one in firsts}


@pytest.mark.parametrize("name", CONTENDERS)
def test_the_same_seed_is_the_same_run(name: str) -> None:
    runs = [[one._replace(seconds=0) for one in race(name, "digits", 1e-3, steps=3, every=1)] for _ in range(2)]
    assert runs[0] == runs[1]


def test_the_valley_is_the_equation_and_least_where_it_says() -> None:
    r, phi = np.random.default_rng(0).normal(size=(2, 500))
    expected = r**2 + 10 * (r - phi + np.sin(2 * r)) ** 2
    np.testing.assert_allclose(valley(torch.tensor(r), torch.tensor(phi)), expected, rtol=1e-12)
    assert expected.min() > 0 == float(valley(torch.tensor(0.0), torch.tensor(0.0)))


def test_a_valley_has_no_right_answers_and_starts_near_its_place() -> None:
    task = TASKS["valley"](Generator().manual_seed(0))
    assert math.isnan(task.asked().accuracy)
    (weight,) = task.model.parameters()
    torch.testing.assert_close(weight.detach(), torch.tensor([[-3.5, 2.0]]), rtol=0, atol=0.5)


@pytest.mark.parametrize("task", TASKS)
def test_every_weight_is_a_matrix(task: str) -> None:
    assert {one.dim() for one in TASKS[task](Generator().manual_seed(0)).model.parameters()} == {2}


def test_a_byte_is_told_from_the_eight_before_it() -> None:
    task = Bytes(Generator().manual_seed(0))
    assert task.text.shape[1] == task.test.shape[1] == 9
    assert torch.equal(task.text[1, :-1], task.text[0, 1:])
    assert bytes(task.text[0].tolist()).isascii()
    assert task.model(task.test[:2, :-1]).shape == (2, 256)


def test_a_run_that_diverges_ends_there() -> None:
    *_, last = race("SGD", "valley", 1.0, steps=500, every=10)
    assert last.step < 500
    assert last.loss == math.inf


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "Adamw"}, "did you mean 'AdamW'"),
        ({"task": "digit"}, "did you mean 'digits'"),
        ({"lr": -1.0}, "lr is -1.0"),
        ({"steps": 0}, "steps is 0; expected a whole number of steps, at least 1"),
        ({"every": 0}, "every is 0"),
        ({"seed": 0.5}, "seed is 0.5"),
    ],
)
def test_what_is_refused_before_the_first_step(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        race(**{"name": "SGD", "task": "valley", "lr": 0.01, "steps": 3, **wrong})


def test_a_contender_wants_a_model_and_a_generator() -> None:
    with pytest.raises(ValueError, match="model is 3; expected a Module"):
        contender("SGD", 3, 0.1, generator=Generator())  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"generator is 0; expected a torch.Generator"):
        contender("SGD", nn.Linear(2, 2), 0.1, generator=0)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ROLLERS)
def test_a_ball_that_rolls_is_the_optimizer_on_the_valley(name: str) -> None:
    """What is told of every step: where it is, how high, how steep, how far it went."""
    trace = roll(name, 0.003, 0.9, steps=15, seed=2)
    way = np.concatenate([trace["start"].values[0], trace["way"].values[:, 0]])
    places = torch.tensor(way, requires_grad=True)
    heights = valley(*places.unbind(-1))
    heights.sum().backward()
    assert places.grad is not None
    np.testing.assert_allclose(trace["height"].values[:, 0], heights.detach()[1:], rtol=1e-5)
    # the gradient of a step is the slope where it begins
    np.testing.assert_allclose(trace["surprise"].values[:, 0], places.grad[:-1].norm(dim=1), rtol=1e-4)
    np.testing.assert_allclose(
        trace["write_norm"].values[:, 0], np.linalg.norm(np.diff(way, axis=0), axis=1), rtol=1e-3
    )


def test_noise_is_what_is_added_to_a_gradient() -> None:
    """The first step of SGD: off by lr·noise, with the deviation that was asked for."""
    off = []
    for seed in range(200):
        still, shaken = (roll("momentum", 0.01, 0.0, steps=1, noise=noise, seed=seed)["way"].values for noise in (0, 5))
        off.append((shaken - still).ravel() / 0.01)
    assert np.std(off) == pytest.approx(5, rel=0.15)
    assert np.mean(off) == pytest.approx(0, abs=1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "M3"}, "expected one of 'momentum', 'DeltaMomentum', 'AdamW', 'Muon'"),
        ({"momentum": 1.0}, "momentum is 1.0"),
        ({"noise": -1.0}, "noise is -1.0"),
        (
            {"asked": [probes.surprise.sampled(2)]},
            "every of the probe 'surprise' is 2; expected 1, a look at every step",
        ),
        ({"asked": 3}, "probes is 3; expected a list of probes"),
    ],
)
def test_what_rolls_nowhere(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        roll(**{"name": "AdamW", "lr": 0.01, "momentum": 0.9, **wrong})


def test_one_probe_may_be_asked_alone() -> None:
    alone, listed = (roll("AdamW", 0.01, 0.9, steps=3, asked=asked) for asked in (probes.surprise, [probes.surprise]))
    assert set(alone) == set(listed) == {"surprise", "way", "height", "start"}
    np.testing.assert_array_equal(alone["surprise"].values, listed["surprise"].values)


def test_a_training_that_is_not_interrupted_is_the_race() -> None:
    """Its losses, its first and last gradient's size, and what a step writes, by hand."""
    run = interrupted("momentum", "digits", 0.1, steps=12, at=None, seed=3)
    raced = [moment.loss for moment in race("momentum", "digits", 0.1, steps=12, every=1, seed=3)][1:]
    np.testing.assert_allclose(run["loss"].values[:, 0], raced, rtol=1e-6)
    assert run.marks == ()
    # plain momentum writes lr times what it carries
    np.testing.assert_allclose(run["write_norm"].values, 0.1 * run["past_surprise"].values, rtol=1e-3)
    np.testing.assert_allclose(run["surprise"].values[0], run["past_surprise"].values[0], rtol=1e-6)


@pytest.mark.parametrize(("name", "rate"), [("momentum", 0.1), ("AdamW", 0.01), ("M3", 1e-3)])
def test_thrown_away_the_state_is_that_of_a_beginning_and_the_weights_go_on(name: str, rate: float) -> None:
    kept, run = (interrupted(name, "digits", rate, steps=60, at=at) for at in (None, 50))
    assert [(mark.time, mark.label) for mark in run.marks] == [(50, "state thrown away")]
    for signal in run:
        np.testing.assert_array_equal(run[signal].values[:50], kept[signal].values[:50])
    assert run["surprise"].values[50] == kept["surprise"].values[50], "the same weights, the same batch"
    assert run["past_surprise"].values[50] < kept["past_surprise"].values[50]
    assert [run[one].values[50, 0] for one in ("make half", "make 99 %")] == [1, 1]
    assert [run[one].values[52, 0] for one in ("make half", "make 99 %")] == [2, 3]


def test_seven_and_44_gradients_make_the_momentum_of_a_real_training() -> None:
    run = interrupted("momentum", "digits", 0.1, steps=101, at=None)
    assert [run[one].values[-1, 0] for one in ("make half", "make 99 %")] == [7, 44]
    assert run["make 99 %"].values[:3, 0].tolist() == [1, 2, 3]


def test_only_late_steps_are_told_where_they_are_asked_for() -> None:
    whole, late = (interrupted("momentum", "digits", 0.1, steps=12, at=8, since=since) for since in (0, 5))
    for name, signal in late.items():
        np.testing.assert_array_equal(signal.values, whole[name].values[5:])
        assert signal.times.tolist() == [*range(5, 12)]
    assert late.marks == whole.marks


def test_where_nothing_is_carried_no_gradient_makes_it() -> None:
    """Plain descent carries the newest gradient alone; and a ball that stands still carries nothing."""
    assert set(interrupted("SGD", "valley", 0.01, steps=5, at=None)["make 99 %"].values[:, 0]) == {1}
    with pytest.raises(ValueError, match="what DeepMomentum carries is no sum of past gradients"):
        interrupted("DeepMomentum", "digits", 0.1, at=None)
