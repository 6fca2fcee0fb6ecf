"""The Titans console: presets, knobs, the regimes by name, the student's own step, and divergence in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown
from torch import Tensor

from nlviz import labs


def titans(M: Tensor, S: Tensor, g: Tensor, inner_lr: float, momentum: float, forget: float) -> tuple[Tensor, Tensor]:
    S = momentum * S - inner_lr * g
    return (1 - forget) * M + S, S


def sgd(M: Tensor, S: Tensor, g: Tensor, inner_lr: float, momentum: float, forget: float) -> tuple[Tensor, Tensor]:
    return M - inner_lr * g, S


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ("event", "peak 0.67: under-writing"),
        ("always", "recall in the end 0.88, expected 0.88 · balanced for 79 tokens in a row"),
        ("unstable", "diverged at write 75: inner_lr·‖k‖² = 3.9 ≥ 3.8"),
        ("hold it", "balanced for 7 tokens in a row"),
        ("switch", "under-writing"),
    ],
)
def test_presets_say_what_happened(preset: str, said: str) -> None:
    lab = labs.titans(preset=preset)
    assert said in lab.summary
    assert lab.figure is not None
    title = lab.figure.to_dict()["layout"]["title"]["text"]
    assert title.startswith("Diverged at write 75" if preset == "unstable" else "What became of the event?")


@pytest.mark.parametrize("preset", ["event", "always", "hold it", "switch"])
def test_the_mean_of_the_streams_is_what_theory_expects(preset: str) -> None:
    recall, expected = (of(labs.titans(preset=preset), name) for name in ("recall", "expected"))
    # the mean of 64 streams, each as far off as noise carries it
    assert np.abs(recall - expected).max() < 0.06


@pytest.mark.parametrize(
    ("knob", "value"), [("inner_lr", 0.5), ("momentum", 0.3), ("forget", 0.3), ("event", "every 10"), ("pulsed", True)]
)
def test_every_knob_changes_the_recall(knob: str, value: Any) -> None:
    lab = labs.titans(preset="switch")
    before = of(lab, "recall")
    lab.set(**{knob: value})
    after = of(lab, "recall")
    assert after.shape != before.shape or not np.allclose(after, before)


def test_a_pulse_forgets_at_the_switch_and_nowhere_else() -> None:
    lab = labs.titans(preset="switch", knobs={"forget": 1.0, "momentum": 0.0, "pulsed": True})
    old, new = of(lab, "recall").T
    never = of(labs.titans(preset="switch", knobs={"forget": 0.0, "momentum": 0.0}), "recall")
    np.testing.assert_allclose(old[:40], never[:40, 0], rtol=1e-5)
    # eq. 13 takes the error before eq. 14 forgets: θ of the old value is erased from a memory that is empty by then
    assert old[39] > 0.7
    assert old[40] == pytest.approx(-0.3 * old[39], abs=0.02)
    assert new[40] == pytest.approx(0.3, abs=0.02)
    assert shown(lab)["event"].values.nonzero()[0].tolist() == [40]


def test_forgetting_everywhere_cannot_hold_what_a_pulse_can() -> None:
    constant, pulsed = (
        of(labs.titans(preset="switch", knobs={"pulsed": pulsed}), "recall")[-8:, 1].mean() for pulsed in (False, True)
    )
    assert pulsed > constant + 0.15


@pytest.mark.parametrize(
    ("knobs", "name"),
    [
        ({"inner_lr": 0.3, "momentum": 0.0}, "under-writing"),
        ({"inner_lr": 1.0, "momentum": 0.0}, "balanced"),
        ({"inner_lr": 0.3, "momentum": 0.8}, "overshoot"),
        ({"inner_lr": 0.3, "momentum": 0.9}, "the other side"),
    ],
)
def test_regimes_are_named_on_the_plot(knobs: dict[str, float], name: str) -> None:
    lab = labs.titans(knobs=knobs)
    assert lab.figure is not None
    words = [annotation["text"] for annotation in lab.figure.to_dict()["layout"]["annotations"]]
    assert f"<b>◀ {name}</b>" in words
    assert [word for word in words if word.endswith(name) and word[0] not in "<" and word != name]


def test_the_map_shows_the_limits_and_where_the_knobs_are() -> None:
    trace = shown(labs.titans(knobs={"forget": 0.1}))
    eta, lines = trace["map_momentum"].values[:, 0], trace["map"].values[:, 0]
    np.testing.assert_allclose(lines[:, 0], 1 - eta)
    np.testing.assert_allclose(lines[:, 2], 1.9 * (1 + eta))
    assert (lines[:, 1] <= lines[:, 2]).all()
    assert trace["knobs"].values.ravel().tolist() == [0.3, 0.6, 0.1]
    assert len(trace.noted("areas")) == lines.shape[1] + 1


@pytest.mark.parametrize("preset", ["event", "always", "switch"])
def test_your_own_step_is_run_as_it_is(preset: str) -> None:
    mine, ours = labs.titans(step=titans, preset=preset), labs.titans(preset=preset)
    np.testing.assert_allclose(of(mine, "recall"), of(ours, "recall"), atol=0.12)
    np.testing.assert_allclose(of(mine, "expected"), of(ours, "expected"))
    assert "your own step" in repr(mine)


def test_without_momentum_your_step_ignores_the_knob() -> None:
    lab = labs.titans(step=sgd)
    before = of(lab, "recall")
    lab.set(momentum=0.95)
    np.testing.assert_array_equal(of(lab, "recall"), before)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda M, S, g, inner_lr, momentum, forget: M, "expected two matrices; end with `return M, S`"),
        (lambda M, S, g, inner_lr, momentum, forget: (M @ g[0], S), r"returned shape [32], expected [32, 32]"),
        (lambda M, S, g, inner_lr, momentum, forget: (M / 0, S), "does it divide by zero?"),
        (lambda M, S, g, inner_lr, momentum, forget: (M + "x", S), "raised TypeError"),
    ],
)
def test_what_is_wrong_with_your_own_step_is_said_in_the_lab(step: Any, said: str) -> None:
    lab = labs.titans(step=step)
    assert said in lab.error
    assert lab.trace is None


def test_the_state_string_makes_it_again() -> None:
    lab = labs.titans(preset="hold it", seed=3, knobs={"inner_lr": 0.06, "momentum": 0.9})
    again = labs.from_state(lab.state())
    assert again.knobs == lab.knobs
    np.testing.assert_array_equal(of(again, "recall"), of(lab, "recall"))


def test_nothing_is_written_at_no_rate() -> None:
    for event in ("once", "always"):
        lab = labs.titans(knobs={"inner_lr": 0.0, "event": event})
        assert not of(lab, "recall").any()
        assert torch.isfinite(torch.as_tensor(of(lab, "expected"))).all()
