"""The linear memories against the equations they print, and against one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nlviz import memory
from nlviz.inner import unroll
from nlviz.memory import (
    DeepMemory,
    Delta,
    GatedDelta,
    Gates,
    GradientDescent,
    Hebbian,
    LinearMemory,
    LinearState,
    Oja,
    Omega,
    Pairs,
    Titans,
    squared_error,
)

from .. import reference
from ..strategies import Case, cases, make

EXACT = 1e-12


def _widths(case: Case) -> dict[str, int]:
    return {"d_key": case.pairs.keys.shape[-1], "d_value": case.pairs.values.shape[-1]}


def _token(case: Case) -> tuple[LinearState, Pairs, Gates]:
    """Only the first token of a case."""
    assert case.state is not None
    return case.state, Pairs(*(x[:, :1] for x in case.pairs)), Gates(*(x[:, :1] for x in case.gates))


CASE = make(1, (2, 10, 3, 4))


@pytest.mark.parametrize("name", sorted(reference.RULES))
def test_one_write_is_the_line_of_the_paper(name: str) -> None:
    rule: LinearMemory = getattr(memory, name)(**_widths(CASE))
    state, pairs, gates = _token(CASE)
    after = rule.write(state, pairs, gates)
    arrays = CASE.arrays()
    for b in range(2):
        M, S = (part[b].numpy() for part in state)
        M, S = reference.RULES[name](
            M, S, arrays["keys"][b, 0], arrays["values"][b, 0], *(gate[b, 0] for gate in arrays["gates"])
        )
        np.testing.assert_allclose(after.memory[b], M, rtol=0, atol=EXACT)
        np.testing.assert_allclose(after.past_surprise[b], S, rtol=0, atol=EXACT)


def test_delta_takes_the_gradient_of_half_the_squared_error() -> None:
    """No factor of 2: by autograd of the objective itself, and by hand."""
    state, pairs, gates = _token(CASE)

    def loss(matrices: Tensor) -> Tensor:
        answers = torch.einsum("bvk,btk->btv", matrices, pairs.keys)
        return squared_error.loss(answers, pairs.values).sum()

    gradient = torch.func.grad(loss)(state.memory)
    after = Delta(**_widths(CASE)).write(state, pairs, gates)
    expected = state.memory - gates.inner_lr[..., None] * gradient
    torch.testing.assert_close(after.memory, expected, rtol=0, atol=EXACT)

    by_hand = Delta(1, 1).write(Delta(1, 1).init(1), Pairs(torch.ones(1, 1, 1), torch.full((1, 1, 1), 3.0)), _ones())
    assert by_hand.memory.item() == 3.0
    assert squared_error.loss(torch.zeros(1), torch.full((1,), 3.0)).item() == 4.5


def _ones() -> Gates:
    return Gates(torch.ones(1, 1), torch.zeros(1, 1), torch.zeros(1, 1))


def test_hebbian_and_oja_take_the_gradients_their_docstrings_name() -> None:
    state, pairs, _ = _token(CASE)
    gates = Gates.constant(pairs, inner_lr=0.7)

    def stored(matrices: Tensor) -> Tensor:
        return torch.einsum("btv,bvk,btk->", pairs.values, matrices, pairs.keys)

    def spread(matrices: Tensor) -> Tensor:
        return 0.5 * torch.einsum("bvk,btv->btk", matrices, pairs.values).square().sum()

    for rule, loss in ((Hebbian, lambda m: -stored(m)), (Oja, lambda m: -stored(m) + spread(m))):
        expected = state.memory - 0.7 * torch.func.grad(loss)(state.memory)
        after = rule(**_widths(CASE)).write(state, pairs, gates)
        torch.testing.assert_close(after.memory, expected, rtol=0, atol=EXACT)


@given(case=cases())
def test_titans_without_momentum_and_forgetting_is_delta(case: Case) -> None:
    gates = Gates.constant(case.pairs, case.gates.inner_lr)
    start = None if case.state is None else case.state._replace(past_surprise=torch.zeros_like(case.state.memory))
    one, other = (unroll(rule(**_widths(case)), case.pairs, gates, state=start) for rule in (Titans, Delta))
    scale = 1 + float(other.outputs.abs().max())
    torch.testing.assert_close(one.outputs / scale, other.outputs / scale, rtol=0, atol=EXACT)


@given(seed=st.integers(0, 99))
def test_titans_without_momentum_is_not_the_gated_delta_rule(seed: int) -> None:
    """One erases from M, the other from (1 − α) M: they differ by αθ M k kᵀ, to the letter."""
    case = make(seed, (2, 1, 3, 4))
    state, pairs, gates = _token(case)
    gates = gates._replace(momentum=torch.zeros_like(gates.momentum))
    titans, gated = (rule(**_widths(case)).write(state, pairs, gates).memory for rule in (Titans, GatedDelta))
    k = pairs.keys[:, 0, :, None]
    expected = (gates.forget * gates.inner_lr)[..., None] * (state.memory @ k @ k.mT)
    torch.testing.assert_close(gated - titans, expected, rtol=0, atol=EXACT)
    assert float(expected.abs().max()) > 0


def test_hebbian_is_linear_attention() -> None:
    """All at once, from the causal score matrix, with no memory anywhere."""
    case = make(4, (2, 12, 3, 5), gates=("random", "random", "zero"), state=False)
    assert case.queries is not None
    scores = torch.tril(case.queries @ case.pairs.keys.mT) * case.gates.inner_lr[:, None, :]
    found = unroll(Hebbian(3, 5), case.pairs, case.gates, case.queries).outputs
    torch.testing.assert_close(found, scores @ case.pairs.values, rtol=0, atol=EXACT)


@pytest.mark.parametrize("period", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("gates", [("random", "random", "random"), ("one", "edges", "edges"), ("random", "one", "one")])
@pytest.mark.parametrize("read_first", [False, True])
def test_chunks_are_titans_equations_16_to_18(period: int, gates: tuple[str, str, str], read_first: bool) -> None:
    case = make(5, (2, 14, 3, 4), "unit", gates)
    assert case.queries is not None
    assert case.state is not None
    rule = Titans(3, 4)
    whole = 14 - 14 % period
    run = unroll(rule, *case[:3], state=case.state, period=period, read_first=read_first)
    arrays = case.arrays()
    for b in range(2):
        start = (case.state.memory[b].numpy(), case.state.past_surprise[b].numpy())
        stream = arrays["keys"][b], arrays["values"][b], tuple(gate[b] for gate in arrays["gates"])
        after, _ = reference.titans_in_chunks(*stream, period, start)
        seen = [start[0], *after[period - 1 :: period]]
        seen = [seen[t // period] for t in range(14)] if read_first else after
        expected = [M @ q for M, q in zip(seen, arrays["queries"][b], strict=True)]
        np.testing.assert_allclose(run.outputs[b], expected, rtol=0, atol=EXACT)

        cut = stream[0][:whole], stream[1][:whole], tuple(gate[:whole] for gate in stream[2])
        after, S = reference.titans_in_chunks(*cut, period, start)
        end = run.state if whole == 14 else run.state.state
        np.testing.assert_allclose(end.memory[b], after[-1], rtol=0, atol=EXACT)
        np.testing.assert_allclose(end.past_surprise[b], S, rtol=0, atol=EXACT)


def test_a_gate_of_one_token_is_a_chunk_of_one() -> None:
    """The short cut for single tokens and the sum over many are one formula."""
    case = make(6, (2, 1, 3, 4))
    state, pairs, gates = _token(case)
    padded = Pairs(*(torch.cat([x, torch.zeros_like(x)], 1) for x in pairs))
    added = zip(gates, (0.0, 1.0, 1.0), strict=True)
    still = Gates(*(torch.cat([gate, torch.full_like(gate, fill)], 1) for gate, fill in added))
    one, two = Titans(3, 4).write(state, pairs, gates), Titans(3, 4).write(state, padded, still)
    # the second token carries S on whole and forgets all of M, so M becomes S
    torch.testing.assert_close(two.past_surprise, one.past_surprise, rtol=0, atol=EXACT)
    torch.testing.assert_close(two.memory, one.past_surprise, rtol=0, atol=EXACT)


@pytest.mark.parametrize(
    ("built", "limit"),
    [
        (Hebbian(1, 1), None),
        (Oja(1, 1), None),
        (Delta(1, 1), 2.0),
        (GatedDelta(1, 1), 1 + 1 / 0.75),
        (Titans(1, 1), 1.75 * 1.5),
        (Omega(1, 1, window=3, fade=0.5), 1.75 * 1.5 / 1.75),
        (DeepMemory(1, 1), 1.75 * 1.5),
        (DeepMemory(1, 1, rule=GradientDescent()), 1.75),
    ],
    ids=lambda one: type(one).__name__ if hasattr(one, "write") else "",
)
def test_the_limit_of_stability_is_where_one_pair_begins_to_grow(built: Any, limit: float | None) -> None:
    """Said for η = ½ and α = ¼; a hundredth below it a written pair settles, a hundredth above it runs away."""
    pairs = Pairs(*torch.ones(2, 1, 600, 1, dtype=torch.float64))
    gates = Gates.constant(pairs, 1.0, momentum=0.5, forget=0.25)
    said = built.stable_below(gates)
    if limit is None:
        assert said is None
        return
    torch.testing.assert_close(said, torch.full((1, 600), limit, dtype=torch.float64), rtol=1e-15, atol=0)
    for share, grows in ((0.99, False), (1.01, True)):
        end = unroll(built, pairs, gates._replace(inner_lr=share * said)).outputs[0, -1].abs()
        assert bool(end > 1e3) == grows


@pytest.mark.parametrize("widths", [(0, 2), (2, 0), (-1, 2)])
def test_a_memory_of_no_width_is_refused(widths: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"d_(key|value) is -?\d; expected a whole number, at least 1"):
        Delta(*widths)


def test_constant_gates_broadcast_numbers_and_tensors() -> None:
    pairs = CASE.pairs
    per_token = torch.linspace(0, 1, 10, dtype=torch.float64)
    gates = Gates.constant(pairs, per_token, momentum=0.5)
    assert [gate.shape for gate in gates] == [(2, 10)] * 3
    assert torch.equal(gates.inner_lr[1], per_token)
    assert gates.momentum.unique().tolist() == [0.5]
    assert gates.forget.unique().tolist() == [0.0]
    assert all(gate.dtype == pairs.keys.dtype for gate in gates)
