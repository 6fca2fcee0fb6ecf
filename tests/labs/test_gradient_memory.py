"""The gradient-memory lab: every knob, what its ways and shares are, and what each preset is there to show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown

from nlviz import labs
from nlviz.experiments.optimizers import Valley, roll, valley
from nlviz.labs.gradient_memory import PRESETS


def test_the_first_frame_already_teaches() -> None:
    lab = labs.gradient_memory()
    assert "7 gradients make half of the momentum, 44 make 99 %" in lab.summary
    assert "after 120 steps at height ψ = " in lab.summary


@pytest.mark.parametrize(
    ("knob", "value"), [("optimizer", "AdamW"), ("momentum", 0.5), ("lr", 0.001), ("noise", 20.0), ("steps", 60)]
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
    optimizer = torch.optim.SGD(task.model.parameters(), lr=0.003, momentum=0.9)
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
    trace = shown(labs.gradient_memory("Muon"))
    assert trace["beta"].values[0].tolist() == [0.0, 0.5, 0.9, 0.99]
    for place, beta in enumerate((0.0, 0.5, 0.9, 0.99)):
        expected = roll("Muon", 0.1, beta, steps=120)["way"].values[:, 0]
        np.testing.assert_array_equal(trace["beside"].values[:, place], expected)
    np.testing.assert_array_equal(trace["beside"].values[:, 2], trace["way"].values[:, 0])


def test_what_is_left_of_a_gradient_is_a_power_of_beta() -> None:
    left = of(labs.gradient_memory(knobs={"momentum": 0.8}), "age_spectrum")[-1]
    np.testing.assert_allclose(left, 0.8 ** np.arange(120), rtol=1e-4)


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
    lab = labs.gradient_memory(knobs={"lr": 0.03})
    (mark,) = shown(lab).marked("diverged")
    assert mark.label == f"diverged at step {mark.time}: lr 0.03 is too much for so curved a valley"
    assert np.isnan(of(lab, "way")[mark.time :]).all()
    assert np.isfinite(of(lab, "way")[: mark.time]).all()
    assert f"after {mark.time} steps" in lab.summary


def test_a_ball_that_is_lost_at_once_is_told_too() -> None:
    lab = labs.gradient_memory(knobs={"lr": 0.3})
    assert [mark.kind for mark in shown(lab).marks] == ["diverged"]
