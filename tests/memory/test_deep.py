"""DeepMemory: closed forms against autograd."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from torch import Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import DeepMemory, Gates, Objective, Pairs, Titans, cross_entropy, squared_error

from ..strategies import Case, cases, make

EXACT = 1e-12
OBJECTIVES = [squared_error, cross_entropy]

by_objective = pytest.mark.parametrize("objective", OBJECTIVES, ids=[objective.name for objective in OBJECTIVES])


def _case(objective: Objective, time: int = 6) -> Case:
    case = make(1, (2, time, 3, 4))
    values = case.pairs.values.softmax(-1) if objective is cross_entropy else case.pairs.values
    return case._replace(pairs=Pairs(case.pairs.keys, values))


@by_objective
@pytest.mark.parametrize("from_slow", [False, True])
def test_a_write_is_a_gradient_step(objective: Objective, from_slow: bool) -> None:
    """S ← η S − θ ∂ℓ/∂M;  M ← M_0 + (1 − α)(M − M_0) + S, the gradient by autograd of the loss."""
    case = _case(objective, time=1)
    assert case.state is not None
    slow = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) if from_slow else None
    memory = DeepMemory(3, 4, objective, slow)
    state = memory.init(2, like=case.pairs.keys)._replace(**case.state._asdict())

    def loss(matrices: Tensor) -> Tensor:
        answers = torch.einsum("bvk,btk->btv", matrices, case.pairs.keys)
        return objective.loss(answers, case.pairs.values).sum()

    lr, momentum, forget = (gate[..., None] for gate in case.gates)
    past = momentum * state.past_surprise - lr * torch.func.grad(loss)(state.memory)
    base = torch.zeros(4, 3, dtype=torch.float64) if slow is None else slow
    expected = base + (1 - forget) * (state.memory - base) + past
    after = memory.write(state, case.pairs, case.gates)
    torch.testing.assert_close(after.memory, expected, rtol=0, atol=EXACT)
    torch.testing.assert_close(after.past_surprise, past, rtol=0, atol=EXACT)


@pytest.mark.parametrize("period", [1, 3])
@given(case=cases())
def test_under_squared_error_from_zero_it_is_titans(period: int, case: Case) -> None:
    widths = case.pairs.keys.shape[-1], case.pairs.values.shape[-1]
    standard = [probes.surprise, probes.inner_loss, probes.past_surprise, probes.write_norm, probes.memory_norm]
    deep, titans = (
        unroll(memory, *case[:3], period=period, read_first=case.read_first, probes=standard)
        for memory in (DeepMemory(*widths), Titans(*widths))
    )
    scale = 1 + float(titans.outputs.abs().max())
    torch.testing.assert_close(deep.outputs / scale, titans.outputs / scale, rtol=0, atol=EXACT)
    for name in titans.trace:
        found, expected = (torch.from_numpy(run.trace[name].values) for run in (deep, titans))
        scale = 1 + float(expected.abs().max()) if expected.numel() else 1.0
        torch.testing.assert_close(found / scale, expected / scale, rtol=0, atol=EXACT)


@by_objective
def test_the_inner_loss_falls_on_a_repeated_pair(objective: Objective) -> None:
    case = _case(objective, time=1)
    pairs = Pairs(*(x.expand(-1, 30, -1) for x in case.pairs))
    run = unroll(DeepMemory(3, 4, objective), pairs, Gates.constant(pairs, 0.5), probes=[probes.inner_loss])
    losses = run.trace["inner_loss"].values
    assert (losses[1:] <= losses[:-1] + EXACT).all()
    assert (losses[-1] < losses[0]).all()


def test_forgetting_leads_back_to_the_slow_weights() -> None:
    slow = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    memory = DeepMemory(3, 4, initial=slow)
    pairs = Pairs(torch.zeros(2, 40, 3), torch.zeros(2, 40, 4))
    start = memory.init(2)
    torch.testing.assert_close(start.memory, slow.expand(2, 4, 3))
    moved = start._replace(memory=start.memory + 1)
    end = unroll(memory, pairs, Gates.constant(pairs, forget=0.5), state=moved).state
    torch.testing.assert_close(end.memory, start.memory, rtol=0, atol=1e-6)


def test_initial_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \[3, 4\], expected \[d_value, d_key\] = \[4, 3\]; transpose"):
        DeepMemory(3, 4, initial=torch.zeros(3, 4))


def test_surprise_under_cross_entropy_is_the_gradient_norm() -> None:
    case = _case(cross_entropy, time=1)
    memory = DeepMemory(3, 4, cross_entropy)

    def loss(matrices: Tensor) -> Tensor:
        answers = torch.einsum("bvk,btk->btv", matrices, case.pairs.keys)
        return cross_entropy.loss(answers, case.pairs.values).sum()

    start = memory.init(2, like=case.pairs.keys)
    expected = torch.func.grad(loss)(start.memory).flatten(1).norm(dim=1)
    run = unroll(memory, case.pairs, case.gates, probes=[probes.surprise])
    torch.testing.assert_close(torch.from_numpy(run.trace["surprise"].values[0]), expected, rtol=0, atol=EXACT)


def test_what_is_not_finite_in_a_start_is_named_with_its_place() -> None:
    start = torch.zeros(2, 3)
    start[1, 2] = float("nan")
    with pytest.raises(ValueError, match=r"^initial at \[1, 2\] is nan; expected finite numbers$"):
        DeepMemory(3, 2, initial=start)


@pytest.mark.parametrize("wrong", ["keys", "values"])
def test_of_keys_and_values_the_wrong_one_is_named(wrong: str) -> None:
    memory, widths = DeepMemory(3, 2), {"keys": 3, "values": 2, wrong: 5}
    pairs = Pairs(torch.ones(1, 4, widths["keys"]), torch.ones(1, 4, widths["values"]))
    with pytest.raises(ValueError, match=rf"^{wrong} is Tensor \[1, 4, 5\]"):
        memory.write(memory.init(1), pairs, Gates.constant(pairs))
