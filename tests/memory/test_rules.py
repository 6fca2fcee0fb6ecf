"""Update rules: known algorithms found again, to rounding or to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from torch import Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import (
    Adam,
    DeepMemory,
    Delta,
    GatedDelta,
    Gates,
    Gradient,
    GradientDescent,
    Hebbian,
    Memory,
    MemoryRule,
    Momentum,
    Oja,
    Pairs,
    Titans,
    UpdateRule,
    dot_product,
    squared_error,
)
from nlviz.memory.state import parts

from ..strategies import Case, cases, make
from .catalogue import leaves, mlp

EXACT = 1e-12


def _same(found: Memory, expected: Memory, case: Case, gates: Gates, period: int) -> None:
    runs = [unroll(one, case.pairs, gates, case.queries, period=period) for one in (found, expected)]
    scale = 1 + float(runs[1].outputs.abs().max())
    torch.testing.assert_close(runs[0].outputs / scale, runs[1].outputs / scale, rtol=0, atol=EXACT)
    ends = [next(leaves(run.state)) for run in runs]
    scale = 1 + float(ends[1].abs().max())
    torch.testing.assert_close(ends[0] / scale, ends[1] / scale, rtol=0, atol=EXACT)


@pytest.mark.parametrize("period", [1, 3])
@given(case=cases())
def test_one_matrix_under_gradient_descent_is_the_delta_rule(period: int, case: Case) -> None:
    widths = case.pairs.keys.shape[-1], case.pairs.values.shape[-1]
    never = case.gates._replace(forget=torch.zeros_like(case.gates.forget))
    _same(DeepMemory(*widths, squared_error, rule=GradientDescent()), Delta(*widths), case, never, period)


@pytest.mark.parametrize("period", [1, 3])
@given(case=cases())
def test_one_matrix_under_the_dot_product_is_hebbian(period: int, case: Case) -> None:
    widths = case.pairs.keys.shape[-1], case.pairs.values.shape[-1]
    _same(DeepMemory(*widths, dot_product, rule=GradientDescent()), Hebbian(*widths), case, case.gates, period)


def _on_a_grid(gates: Gates) -> Gates:
    """η to 2⁻²⁰, where 1 − (1 − η) is η in floating point."""
    return gates._replace(momentum=(gates.momentum * 2**20).round() / 2**20)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_hebbian_memory_of_gradients_is_momentum_to_the_last_bit(layers: int, dtype: torch.dtype) -> None:
    case = make(3, (2, 60, 3, 4))
    gentle = case.gates._replace(inner_lr=0.1 * case.gates.inner_lr)
    pairs, gates = Pairs(*(x.to(dtype) for x in case.pairs)), Gates(*(x.to(dtype) for x in _on_a_grid(gentle)))
    asked = [probes.past_surprise, probes.write_norm, probes.surprise]
    runs = []
    for rule in (Momentum(), MemoryRule(Hebbian)):
        memory = mlp(5, rule=rule) if layers == 2 else DeepMemory(3, 4, rule=rule)
        runs.append(unroll(memory, pairs, gates, probes=asked))
    assert torch.isfinite(runs[0].outputs).all()
    assert torch.equal(runs[0].outputs, runs[1].outputs)
    for one, other in zip(*(parts(run.state.memory) for run in runs), strict=True):
        assert torch.equal(one, other)
    for name in runs[0].trace:
        np.testing.assert_array_equal(runs[0].trace[name].values, runs[1].trace[name].values)


@given(case=cases())
def test_in_chunks_it_is_momentum_up_to_rounding(case: Case) -> None:
    widths = case.pairs.keys.shape[-1], case.pairs.values.shape[-1]
    _same(DeepMemory(*widths, rule=MemoryRule(Hebbian)), DeepMemory(*widths), case, case.gates, period=4)


def test_a_delta_optimiser_takes_back_what_it_said_before() -> None:
    """One gradient again and again: a Hebbian optimiser adds it up, a delta optimiser stops at its size."""
    case = make(0, (1, 1, 3, 4))
    pairs = Pairs(*(x.expand(-1, 40, -1) for x in case.pairs))
    gates = Gates.constant(pairs, 0.5, momentum=0.9)
    sizes = {}
    for kind in (Hebbian, GatedDelta):
        memory = DeepMemory(3, 4, dot_product, rule=MemoryRule(kind))
        sizes[kind] = unroll(memory, pairs, gates, probes=[probes.past_surprise]).trace["past_surprise"].values[-1, 0]
    size = float(pairs.values[0, 0].norm())
    assert sizes[Hebbian] == pytest.approx(0.5 * size / (1 - 0.9), rel=0.02)
    assert sizes[GatedDelta] == pytest.approx(0.5 * size / (1 - 0.9 * 0.5), rel=1e-6)


def test_adam_is_torch_optim_adam() -> None:
    """Token by token, one stream: against torch's own, which knows nothing of memories."""
    case = make(6, (1, 30, 3, 4))
    gates = Gates.constant(case.pairs, 0.05)
    run = unroll(DeepMemory(3, 4, rule=Adam()), case.pairs, gates)
    weight = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([weight], lr=0.05)
    for k, v in zip(*(x[0] for x in case.pairs), strict=True):
        optimiser.zero_grad()
        squared_error.loss(weight @ k, v).backward()
        optimiser.step()
    torch.testing.assert_close(run.state.memory[0], weight.detach(), rtol=0, atol=EXACT)


def test_adam_that_forgets_is_torch_optim_adamw() -> None:
    """Its decay, decoupled too, is lr times weight_decay: our α."""
    case = make(6, (1, 30, 3, 4))
    gates = Gates.constant(case.pairs, 0.05, forget=0.1)
    run = unroll(DeepMemory(3, 4, rule=Adam(0.8, 0.95, 1e-3)), case.pairs, gates)
    weight = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.AdamW([weight], lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1 / 0.05)
    for k, v in zip(*(x[0] for x in case.pairs), strict=True):
        optimiser.zero_grad()
        squared_error.loss(weight @ k, v).backward()
        optimiser.step()
    torch.testing.assert_close(run.state.memory[0], weight.detach(), rtol=0, atol=EXACT)


def test_a_chunk_is_one_step_of_adam() -> None:
    """By hand: −g/(|g| + ε) times the mean θ, g the mean of the gradients by their θ; what is kept multiplies up."""
    weights = torch.tensor([[[1.0, -2.0]]], dtype=torch.float64)
    errors, inputs = torch.tensor([[[[1.0], [2.0]]], [[[3.0], [-1.0]]]], dtype=torch.float64)
    gradient = Gradient(errors, torch.cat([inputs, -inputs], -1))
    lr, forget = torch.tensor([[[0.1, 0.3]], [[0.5, 0.2]]], dtype=torch.float64)
    rule = Adam(epsilon=0.5)
    after, carried = rule.step(weights, rule.init(weights), gradient, Gates(lr, torch.zeros_like(lr), forget))
    # (0.1·3 − 0.3·2)/0.4 = −¾ in the first column and ¾ in the second
    g = torch.tensor([[[-0.75, 0.75]]], dtype=torch.float64)
    torch.testing.assert_close(after, 0.5 * 0.8 * weights - 0.2 * g / (0.75 + 0.5), rtol=EXACT, atol=0)
    torch.testing.assert_close(carried.first, 0.1 * g, rtol=EXACT, atol=0)
    torch.testing.assert_close(carried.second, 0.001 * g.square(), rtol=1e-10, atol=0)
    assert carried.steps.tolist() == [1]


@pytest.mark.parametrize("period", [1, 4])
def test_adam_takes_no_step_where_nothing_is_written(period: int) -> None:
    case = make(6, (2, 12, 3, 4))
    lr = torch.where(torch.arange(12) // 4 == 1, 0.0, 0.1).double().expand(2, 12)
    gates = Gates.constant(case.pairs, lr)
    kept = [t for t in range(12) if t // 4 != 1]
    parts_ = Pairs(*(x[:, kept] for x in case.pairs)), Gates(*(x[:, kept] for x in gates))
    memory = DeepMemory(3, 4, rule=Adam())
    whole, without = unroll(memory, case.pairs, gates, period=period), unroll(memory, *parts_, period=period)
    for one, other in zip(leaves(whole.state), leaves(without.state), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=EXACT)


def test_which_gates_a_memory_of_gradients_obeys() -> None:
    assert MemoryRule(Hebbian).obeys == {"inner_lr", "momentum", "forget"}
    assert MemoryRule(Titans).obeys == {"inner_lr", "momentum", "forget"}
    assert MemoryRule(Delta).obeys == {"inner_lr", "forget"}
    assert MemoryRule(Oja).obeys == {"inner_lr", "momentum", "forget"}


def test_adam_that_carries_everything_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Adam's second is 1; expected .* below 1; it is the share carried on"):
        Adam(second=1)


def test_a_kind_that_is_no_matrix_is_named() -> None:
    with pytest.raises(ValueError, match=r"^kind is the function .*; expected a memory that is one matrix, such as"):
        MemoryRule(lambda d_key, d_value: mlp(4, widths=(d_key, d_value)))


@pytest.mark.parametrize("make_rule", [GradientDescent, Momentum, Adam, partial(MemoryRule, GatedDelta)])
def test_a_rule_is_a_value_that_nobody_changes(make_rule: Callable[[], UpdateRule]) -> None:
    assert make_rule() == make_rule()
    assert hash(make_rule()) == hash(make_rule())


@pytest.mark.parametrize("rule", [GradientDescent(), Momentum(), Adam(), MemoryRule(GatedDelta)])
def test_the_inner_loss_of_a_repeated_pair_falls(rule: UpdateRule) -> None:
    """On two layers, whatever the rule."""
    case = make(1, (2, 1, 3, 4))
    pairs = Pairs(*(x.expand(-1, 60, -1) for x in case.pairs))
    lr = 0.02 if isinstance(rule, Adam) else 0.1
    run = unroll(mlp(5, rule=rule), pairs, Gates.constant(pairs, lr), probes=[probes.inner_loss])
    loss: Tensor = torch.from_numpy(run.trace["inner_loss"].values)
    assert (loss[-1] < 0.05 * loss[0]).all()
