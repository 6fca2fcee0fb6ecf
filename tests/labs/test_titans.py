"""The Titans console: presets, knobs, the regimes by name, the student's own step, and divergence in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown
from torch import Tensor

from nlviz import labs
from nlviz.inner import unroll, unroll_blocks
from nlviz.labs.forget_first import ForgetFirst
from nlviz.memory import GatedDelta, Gates, Pairs


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
    if name != "the other side":  # its band may be too full of curves for words
        assert f"<b>{name}</b>" in words
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


def pairs(seed: int, time: int = 60) -> Pairs:
    source = torch.Generator().manual_seed(seed)
    draw = torch.randn(2, 1, time, 8, generator=source, dtype=torch.float64)
    return Pairs(*torch.nn.functional.normalize(draw, dim=-1))


@pytest.mark.parametrize("seed", range(3))
def test_forget_first_is_the_gated_delta_rule_without_momentum_and_a_plain_loop_with_it(seed: int) -> None:
    told = pairs(seed)
    for momentum in (0.0, 0.6):
        gates = Gates.constant(told, 0.4, momentum, 0.1)
        M = S = torch.zeros(8, 8, dtype=torch.float64)
        for k, v in zip(told.keys[0], told.values[0], strict=True):
            left = 0.9 * M
            S = momentum * S - 0.4 * torch.outer(left @ k - v, k)
            M = left + S
        for form in (unroll, unroll_blocks):
            torch.testing.assert_close(form(ForgetFirst(8, 8), told, gates).state.memory[0], M)
        gated = unroll(GatedDelta(8, 8), told, gates).state.memory[0]
        assert torch.allclose(gated, M) == (momentum == 0)


@pytest.mark.parametrize(("momentum", "forget"), [(0.0, 0.1), (0.6, 0.1), (0.3, 0.5)])
def test_forget_first_is_stable_up_to_its_own_limit(momentum: float, forget: float) -> None:
    one = Pairs(*(part[:, :1].expand(-1, 2000, -1) for part in pairs(0, 1)))
    limit = (2 - forget) * (1 + momentum) / (1 - forget)
    for inner_lr in (0.98 * limit, 1.02 * limit):
        run = unroll_blocks(ForgetFirst(8, 8), one, Gates.constant(one, inner_lr, momentum, forget))
        assert bool(run.trace.marked("diverged")) == (inner_lr > limit)


@pytest.mark.parametrize("event", ["once", "always", "new value"])
def test_in_either_order_the_mean_is_what_theory_expects(event: str) -> None:
    lab = labs.titans(preset="always", about="order", knobs={"event": event})
    recalls = {}
    for order in ("error first", "forget first"):
        lab.set(order=order)
        recall, expected = (of(lab, name) for name in ("recall", "expected"))
        assert np.abs(recall - expected).max() < 0.06
        recalls[order] = recall[-1]
    # the newest value, which is still being written, is the better known
    assert recalls["forget first"][-1] >= recalls["error first"][-1]


def test_forgetting_first_leaves_the_steady_recall_higher_and_the_map_says_by_which_law() -> None:
    lab = labs.titans(preset="always", about="order")
    assert "recall in the end 0.88, expected 0.88" in lab.summary
    lab.set(order="forget first")
    assert "recall in the end 0.97, expected 0.97" in lab.summary
    assert "steady θ/(θ(1 − α) + α(1 − η)) = 0.97" in lab.summary
    names = shown(lab)["map"].names
    assert names == ("swings about it", "one key: (2 − α)(1 + η)/(1 − α)")
    at = np.argmin(np.abs(of(lab, "map_momentum") - 0.6))
    assert of(lab, "map")[at, 1] == pytest.approx((2 - 0.1) * (1 + of(lab, "map_momentum")[at]) / 0.9)


def test_where_nothing_is_forgotten_the_order_is_a_dead_knob() -> None:
    lab = labs.titans(preset="always", about="order")
    assert not lab.dead.get("order")
    lab.set(forget=0.0)
    assert lab.dead["order"] == "forget is 0"
    before = of(lab, "recall")
    lab.set(order="forget first")
    np.testing.assert_allclose(of(lab, "recall"), before, atol=1e-6)
    lab.set(forget=1.0)
    assert lab.problem is None


def test_a_step_of_ones_own_says_itself_when_it_forgets() -> None:
    with pytest.raises(ValueError, match="about is 'order'; expected 'gates' with a step of your own"):
        labs.titans(titans, about="order")
    assert "pulsed" in labs.titans(titans).knobs
