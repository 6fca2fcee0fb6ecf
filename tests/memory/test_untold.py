"""With `init`, `read` and `write` alone every probe, metric and gate is right, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import (
    Gates,
    Pairs,
    State,
    SurpriseGate,
    gradient_norm,
    prediction_error,
)
from nlviz.memory.able import Able, by_autograd

from .untold import (
    BATCH,
    D_KEY,
    D_VALUE,
    GATES,
    PAIRS,
    TIME,
    Bare,
    Blind,
    Curved,
    Empty,
    InADataclass,
    Named,
    TwoSheets,
    Unread,
    tanh_answer,
    tanh_written,
)

OWN: dict[str, Callable[[], Any]] = {
    "bare": Bare,
    "named": Named,
    "curved": lambda: Curved(D_KEY, D_VALUE),
    "in a dataclass": InADataclass,
}
every_own = pytest.mark.parametrize("build", OWN.values(), ids=OWN)


def _by_hand(period: int = 1) -> dict[str, np.ndarray]:
    """All norms by the formulas of tanh(M k), in a loop of its own."""
    weights = PAIRS.keys.new_zeros(BATCH, D_VALUE, D_KEY)
    found: dict[str, list[Tensor]] = {name: [] for name in ("surprise", "inner_loss", "write_norm", "memory_norm")}
    for first in range(0, TIME, period):
        now = Pairs(*(x[:, first : first + period] for x in PAIRS))
        how = Gates(*(x[:, first : first + period] for x in GATES))
        answer = tanh_answer(weights, now.keys)
        slope = (answer - now.values) * (1 - answer**2)
        after = tanh_written(weights, now, how)
        found["surprise"] += (slope.norm(dim=-1) * now.keys.norm(dim=-1)).unbind(1)
        found["inner_loss"] += (0.5 * (answer - now.values).square().sum(-1)).unbind(1)
        found["write_norm"].append((after - weights).flatten(1).norm(dim=1))
        found["memory_norm"].append(after.flatten(1).norm(dim=1))
        weights = after
    return {name: torch.stack(rows).numpy() for name, rows in found.items()}


MEASURED = [probes.surprise, probes.inner_loss, probes.write_norm, probes.memory_norm]


@every_own
@pytest.mark.parametrize("period", [1, 3])
def test_three_methods_are_enough_for_every_probe(build: Callable[[], Any], period: int) -> None:
    items = PAIRS.keys[0], PAIRS.values[0]
    run = unroll(build(), PAIRS, GATES, period=period, probes=[*MEASURED, probes.recall(*items), probes.weights()])
    for name, expected in _by_hand(period).items():
        np.testing.assert_allclose(run.trace[name].values, expected, atol=1e-13, err_msg=name)
    assert run.trace["weights"].values.shape == (TIME // period, BATCH, D_VALUE, D_KEY)
    assert np.isfinite(run.trace["recall"].values).all()


def test_weights_in_several_tensors_are_all_counted() -> None:
    """Two halves of one matrix: each has the whole's slope, so surprise is √2 of it and a write's norm 1/√2."""
    run, expected = unroll(TwoSheets(), PAIRS, GATES, probes=MEASURED), _by_hand()
    np.testing.assert_allclose(run.trace["surprise"].values, expected["surprise"] * 2**0.5, atol=1e-13)
    np.testing.assert_allclose(run.trace["write_norm"].values, expected["write_norm"] / 2**0.5, atol=1e-13)
    np.testing.assert_allclose(run.trace["inner_loss"].values, expected["inner_loss"], atol=1e-13)


def test_what_a_memory_cannot_answer_is_said() -> None:
    with pytest.raises(ValueError, match=r"cannot be answered by Bare: state .* names its past_surprise"):
        unroll(Bare(), PAIRS, GATES, probes=[probes.past_surprise])


def test_weights_that_are_not_read_have_no_slope() -> None:
    run = unroll(Unread(), PAIRS, GATES, probes=[probes.surprise])
    np.testing.assert_allclose(run.trace["surprise"].values, _by_hand()["surprise"], atol=1e-13)
    assert not unroll(Blind(), PAIRS, GATES, probes=[probes.surprise]).trace["surprise"].values.any()
    assert Able(Blind()).surprise(Blind().init(BATCH), PAIRS).shape == (BATCH, TIME)


def test_one_number_for_each_stream_is_a_weight() -> None:
    """read = w k, so ∂ℓ/∂w = ⟨w k − v, k⟩."""

    class Scaled(Bare):
        d_key = d_value = D_VALUE

        def init(self, batch: int, like: Tensor | None = None) -> Any:
            return PAIRS.keys.new_full((batch,), 2.0)

        def read(self, state: Any, queries: Tensor) -> Tensor:
            return state[:, None, None] * queries

    pairs = Pairs(PAIRS.values.flip(1), PAIRS.values)
    expected = ((2 * pairs.keys - pairs.values) * pairs.keys).sum(-1).abs()
    torch.testing.assert_close(Able(Scaled()).surprise(Scaled().init(BATCH), pairs), expected)


def test_no_tokens_have_no_surprise() -> None:
    none = Pairs(*(x[:, :0] for x in PAIRS))
    assert by_autograd(Able(Bare()), Bare().init(BATCH, like=PAIRS.keys), none).shape == (BATCH, 0)


def test_a_memory_without_weights_has_no_norm_and_no_surprise() -> None:
    what = r"state is .*; expected one that names its fast weights; let init and write give State\("
    for asked in (Able(Empty()).memory_norm, lambda state: Able(Empty()).surprise(state, PAIRS)):
        with pytest.raises(ValueError, match=what):
            asked(())


def test_what_holds_where_nothing_is_told() -> None:
    one = Bare()
    able, state = Able(one), one.init(BATCH)
    assert (able.answer, able.store) == (one.read, one.write)
    assert able.objective.name == "squared error"
    assert able.obeys == {"inner_lr", "momentum", "forget"}
    assert able.factor(5) == 1
    assert able.stable_below(GATES) is able.sharpness(state, PAIRS.keys) is able.collapsed(state) is None
    assert torch.equal(able.opening(state, PAIRS), torch.ones(BATCH, TIME, dtype=torch.float64))


@every_own
def test_metrics_and_gates_take_it_too(build: Callable[[], Any]) -> None:
    built, state = build(), build().init(BATCH, like=PAIRS.keys)
    first = torch.from_numpy(_by_hand(TIME)["surprise"]).mT
    torch.testing.assert_close(gradient_norm(built, state, PAIRS), first)
    torch.testing.assert_close(prediction_error(built, state, PAIRS), PAIRS.values.norm(dim=-1))
    gated = unroll(SurpriseGate(built, 1e9), PAIRS, GATES, probes=[probes.surprise, probes.written])
    assert not gated.trace["written"].values.any()
    open_wide = unroll(SurpriseGate(built, -1.0), PAIRS, GATES, probes=[probes.surprise])
    np.testing.assert_allclose(open_wide.trace["surprise"].values, _by_hand()["surprise"], atol=1e-13)


def test_an_outer_gradient_goes_through_a_gradient_by_autograd() -> None:
    threshold = torch.tensor(1.0, dtype=torch.float64)

    def outputs(keys: Tensor, values: Tensor, start: Tensor, level: Tensor) -> Tensor:
        gate: Any = SurpriseGate(Named(), level, softness=0.5)
        state = gate.init(BATCH, like=keys)._replace(inner=State(start, torch.zeros_like(start)))
        return unroll(gate, Pairs(keys, values), GATES, state=state).outputs

    start = 0.3 * torch.randn(BATCH, D_VALUE, D_KEY, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    given = [x.clone().requires_grad_() for x in (*PAIRS, start, threshold)]
    assert torch.autograd.gradcheck(outputs, given, fast_mode=True)
