"""The gradient-memory lab: every knob, what its ways and shares are, and what each preset is there to show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown
from torch import Tensor

from nlviz import labs
from nlviz.experiments.optimizers import Valley, roll, valley
from nlviz.labs.gradient_memory import PRESETS


def test_the_first_frame_already_teaches() -> None:
    lab = labs.gradient_memory()
    assert "4 gradients make half of the momentum, 21 make 99 %" in lab.summary
    assert "after 120 steps at height ψ = " in lab.summary
    lab.set(momentum=0.9)
    assert "7 gradients make half of the momentum, 44 make 99 %" in lab.summary


@pytest.mark.parametrize(
    ("knob", "value"), [("optimizer", "AdamW"), ("momentum", 0.9), ("lr", 0.001), ("noise", 20.0), ("steps", 60)]
)
def test_every_knob_changes_the_way(knob: str, value: Any) -> None:
    lab = labs.gradient_memory()
    before = of(lab, "way")
    lab.set(**{knob: value})
    after = of(lab, "way")
    assert len(before) != len(after) or np.abs(before - after).max() > 0.05


def test_the_way_is_torchs_own_momentum() -> None:
    """By hand: SGD with momentum on the valley, from the same start."""
    task = Valley(torch.Generator().manual_seed(4))
    optimizer = torch.optim.SGD(task.model.parameters(), lr=0.003, momentum=0.8)
    ways = []
    for _ in range(120):
        optimizer.zero_grad()
        task.loss().backward()
        optimizer.step()
        ways.append(task.model.weight.detach().numpy()[0].copy())
    lab = labs.gradient_memory(seed=4)
    np.testing.assert_array_equal(of(lab, "way"), np.stack(ways).astype(float))
    r, phi = torch.tensor(of(lab, "way")).unbind(-1)
    np.testing.assert_allclose(of(lab, "height"), valley(r, phi), rtol=1e-5)


def test_the_small_ways_are_the_same_run_with_their_own_beta() -> None:
    trace = shown(labs.gradient_memory(preset="Muon"))
    assert trace["beta"].values[0].tolist() == [0.0, 0.5, 0.9, 0.99]
    for place, beta in enumerate((0.0, 0.5, 0.9, 0.99)):
        expected = roll("Muon", 0.1, beta, steps=120)["way"].values[:, 0]
        np.testing.assert_array_equal(trace["beside"].values[:, place], expected)
    again = shown(labs.gradient_memory(preset="Muon", knobs={"momentum": 0.9}))
    np.testing.assert_array_equal(again["beside"].values[:, 2], again["way"].values[:, 0])


def test_what_is_left_of_a_gradient_is_a_power_of_beta() -> None:
    left = of(labs.gradient_memory(knobs={"momentum": 0.7}), "age_spectrum")[-1]
    np.testing.assert_allclose(left, 0.7 ** np.arange(120), rtol=1e-4)


def test_the_ground_is_the_valley() -> None:
    trace = shown(labs.gradient_memory())
    r, phi = trace["across"].values[0, 0], trace["along"].values[0, 0]
    expected = r**2 + 10 * (r - phi[:, None] + np.sin(2 * r)) ** 2
    np.testing.assert_allclose(trace["floor"].values[0, 0], expected, rtol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_the_presets_show_what_they_are_there_for(seed: int) -> None:
    """Momentum ends lower than none and than too long a one; a delta momentum as long ends lowest."""
    chosen = [PRESETS[name] for name in ("momentum", "no memory", "too long", "delta")]
    ends = [
        roll(one["optimizer"], one["lr"], one["momentum"], seed=seed, asked=())["height"].values[-1, 0]
        for one in chosen
    ]
    momentum, none, too_long, delta = ends
    assert delta < 0.1 * momentum
    assert momentum < 0.2 * none
    assert too_long > none


def test_a_ball_that_is_lost_is_told() -> None:
    lab = labs.gradient_memory(knobs={"lr": 0.03, "momentum": 0.9})
    (mark,) = shown(lab).marked("diverged")
    assert mark.label == f"diverged at step {mark.time}: lr 0.03 is too much for so curved a valley"
    assert np.isnan(of(lab, "way")[mark.time :]).all()
    assert np.isfinite(of(lab, "way")[: mark.time]).all()
    assert f"after {mark.time} steps" in lab.summary


def test_a_ball_that_is_lost_at_once_is_told_too() -> None:
    lab = labs.gradient_memory(knobs={"lr": 0.3})
    assert [mark.kind for mark in shown(lab).marks] == ["diverged"]


def own(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    """Momentum, as it is written by hand."""
    past = beta * past + gradient
    return weight - lr * past, past


@pytest.mark.parametrize("knobs", [{}, {"momentum": 0.9, "noise": 20.0, "lr": 0.001}])
def test_your_own_step_takes_the_place_of_momentum(knobs: dict[str, Any]) -> None:
    mine, torchs = labs.gradient_memory(step=own, knobs=knobs), labs.gradient_memory(knobs=knobs)
    for name in ("way", "beside", "age_spectrum", "past_surprise"):
        np.testing.assert_allclose(of(mine, name), of(torchs, name), rtol=1e-3, atol=1e-4)
    assert mine.knobs["optimizer"] == "yours"
    assert mine.summary == torchs.summary
    assert "with your own step" in repr(mine)
    mine.set(optimizer="Muon")
    assert mine.summary == labs.gradient_memory(knobs={**knobs, "optimizer": "Muon"}).summary


def test_what_your_own_step_leaves_of_a_gradient_is_found_without_knowing_it() -> None:
    """A past that erases as a delta momentum does, and one that is never written."""

    def erasing(weight: Tensor, g: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
        key = g / g.norm().clamp_min(1e-9)
        past = past @ (beta * torch.eye(2) - key.mT @ key) + g
        return weight - lr * past, past

    lab = labs.gradient_memory(step=erasing, preset="delta", knobs={"optimizer": "yours"})
    torchs = of(labs.gradient_memory(preset="delta"), "age_spectrum")
    # later on rounding leads the two balls apart
    np.testing.assert_allclose(of(lab, "age_spectrum")[:40], torchs[:40], atol=1e-3)
    plain = labs.gradient_memory(step=lambda weight, g, past, lr, beta: (weight - lr * g, past))
    assert "nothing older is carried" in plain.summary
    assert not of(plain, "age_spectrum").any()
    np.testing.assert_allclose(of(plain, "way"), of(labs.gradient_memory(preset="no memory"), "way"), atol=1e-4)


def test_your_own_step_gets_copies_and_may_give_numbers_of_any_kind() -> None:
    def given(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> Any:
        past *= beta
        past += gradient
        weight -= lr * past
        gradient.zero_()
        return weight.numpy().tolist(), past.double().numpy()

    assert labs.gradient_memory(step=given).summary == labs.gradient_memory(step=own).summary


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (lambda *_: None, "at step 0 your step returned None, expected two matrices; end with `return weight, past`"),
        (lambda weight, *_: weight, "your step returned Tensor, expected two matrices; end with"),
        (lambda weight, *_: (1, weight), "returned shape [], expected [1, 2] (weight, as the weight)"),
        (lambda weight, g, past, lr, beta: (weight / 0, past), "numbers that are not finite; does it divide by zero?"),
        (lambda weight, g, past, lr, beta: (weight @ g, past), "raised RuntimeError"),
    ],
)
def test_what_is_wrong_with_your_own_step_is_said_in_the_lab(step: Any, words: str) -> None:
    lab = labs.gradient_memory(step=step)
    assert words in lab.error
    assert lab.trace is None


def test_a_step_of_your_own_that_runs_away_is_a_result() -> None:
    lab = labs.gradient_memory(step=own, knobs={"lr": 0.3})
    assert lab.problem is None
    assert [mark.kind for mark in shown(lab).marks] == ["diverged"]


def test_a_step_that_makes_nothing_of_beta_says_so_at_its_knob() -> None:
    plain = labs.gradient_memory(step=lambda weight, g, past, lr, beta: (weight - lr * g, past))
    assert plain.dead["momentum"] == "your step makes nothing of beta"
    assert not labs.gradient_memory(step=own).dead.get("momentum")
    hoards = labs.gradient_memory(step=lambda weight, g, past, lr, beta: (weight - lr * g, beta * past + g))
    assert not hoards.dead.get("momentum"), "the ball goes the same way, but its past is another one"
    plain.set(optimizer="momentum")
    assert not plain.dead.get("momentum")
