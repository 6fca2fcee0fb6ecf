"""Outer gradients by name: each is the exact derivative of what its definition says, by finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import DeepMemory, Delta, Gates, Gradient, Learned, Momentum, Pairs, Plastic
from nlviz.outer import OUTER_GRADIENTS, unroll_by

from ..memory.catalogue import leaves, mlp
from ..strategies import make

CASE = make(11, (2, 5, 3, 4))
PAIRS, GATES = CASE.pairs, CASE.gates
CHANCE = torch.Generator().manual_seed(5)
ASKED = torch.randn(2, 4, 3, dtype=torch.float64, generator=CHANCE)
START, A = 0.3 * torch.randn(2, 4, 3, dtype=torch.float64, generator=CHANCE)
NET = [0.3 * one.double() + 0.1 for one in Learned.draw(3, CHANCE).slow]
SLOW = {
    "start, momentum": ([START], lambda start: DeepMemory(3, 4, initial=start)),
    "start, plastic": ([START, A], lambda start, a: DeepMemory(3, 4, initial=start, rule=Plastic(a))),
    "start, learned": ([START, *NET], lambda start, *net: DeepMemory(3, 4, initial=start, rule=Learned(*net))),
}
every_kind = pytest.mark.parametrize("kind", SLOW)
Loss = Callable[..., Tensor]


def _given(kind: str) -> list[Tensor]:
    """The slow weights, those of the memory first, then θ, η and α of every token."""
    return [one.clone().requires_grad_() for one in (*SLOW[kind][0], *GATES)]


def _loss(memory: DeepMemory, state: Any) -> Tensor:
    return memory.read(state, ASKED).square().sum()


def _run(kind: str, *slow: Tensor, algorithm: str = "second order", cut: int = 2) -> Tensor:
    memory = SLOW[kind][1](*slow[:-3])
    return _loss(memory, unroll_by(algorithm, memory, PAIRS, Gates(*slow[-3:]), cut=cut).state)


def _slopes(loss: Tensor, of: list[Tensor]) -> list[Tensor]:
    return list(torch.autograd.grad(loss, of, allow_unused=True, materialize_grads=True))


def _differences(loss: Loss, at: list[Tensor], step: float = 1e-5) -> list[Tensor]:
    """Central differences, number by number: no graph, no autograd."""
    found = []
    with torch.no_grad():
        for which, one in enumerate(at):
            slope = torch.zeros_like(one)
            for place in range(one.numel()):
                ends = []
                for sign in (step, -step):
                    moved = [other.detach().clone() for other in at]
                    moved[which].view(-1)[place] += sign
                    ends.append(float(loss(*moved)))
                slope.view(-1)[place] = (ends[0] - ends[1]) / (2 * step)
            found.append(slope)
    return found


def _same(found: list[Tensor], expected: list[Tensor]) -> None:
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


@every_kind
def test_second_order_is_the_derivative_of_the_run(kind: str) -> None:
    given = _given(kind)
    _same(_slopes(_run(kind, *given), given), _differences(lambda *slow: _run(kind, *slow), given))


@every_kind
def test_first_order_is_the_derivative_of_a_run_with_frozen_gradients(kind: str) -> None:
    """The gradients of one run are written down; the run is made again from these constants, and differenced."""
    given, noted = _given(kind), list[tuple[Gradient, ...]]()
    state = SLOW[kind][1](*given[:-3]).init(2)
    for t in range(5):
        memory, now = SLOW[kind][1](*given[:-3]), Pairs(*(x[:, t : t + 1] for x in PAIRS))
        noted.append(memory.gradients(state, now))
        state = memory.write(state, now, Gates(*(x[:, t : t + 1] for x in given[-3:])))

    def frozen(*slow: Tensor) -> Tensor:
        memory, gates = SLOW[kind][1](*slow[:-3]), Gates(*slow[-3:])
        state = memory.init(2)
        for t, gradients in enumerate(noted):
            state = memory.step(state, gradients, Gates(*(x[:, t : t + 1] for x in gates)))
        return _loss(memory, state)

    _same(_slopes(_run(kind, *given, algorithm="first order"), given), _differences(frozen, given))


@every_kind
def test_truncated_is_the_derivative_of_the_last_writes(kind: str) -> None:
    """Five writes cut in twos: the last one alone, from a state that is a constant."""
    given = _given(kind)
    memory = SLOW[kind][1](*given[:-3])
    behind, last = (Pairs(*(x[:, part] for x in PAIRS)) for part in (slice(0, 4), slice(4, 5)))
    there = unroll(memory, behind, Gates(*(x[:, :4] for x in given[-3:]))).state
    there = there._replace(memory=there.memory.detach(), past_surprise=there.past_surprise.detach())

    def ended(*slow: Tensor) -> Tensor:
        memory = SLOW[kind][1](*slow[:-3])
        run = unroll(memory, last, Gates(*(x[:, 4:] for x in slow[-3:])), state=there)
        return _loss(memory, run.state)

    found = _slopes(_run(kind, *given, algorithm="truncated"), given)
    _same(found, _differences(ended, given))
    assert not any(gate[:, :4].any() for gate in found[-3:])


@pytest.mark.parametrize("algorithm", OUTER_GRADIENTS)
@pytest.mark.parametrize("hidden", [(), (4,)])
def test_what_is_computed_is_the_same(algorithm: str, hidden: tuple[int, ...]) -> None:
    memory, asked = mlp(*hidden, rule=Momentum()), [probes.surprise, probes.write_norm, probes.weights()]
    runs = [unroll(memory, PAIRS, GATES, probes=asked), unroll_by(algorithm, memory, PAIRS, GATES, probes=asked)]
    assert all(torch.equal(*both) for both in zip(leaves(runs[0][:2]), leaves(runs[1][:2]), strict=True))
    for name, signal in runs[0].trace.items():
        assert (signal.values == runs[1].trace[name].values).all()


@pytest.mark.parametrize("cut", [5, 6])
def test_with_no_cut_before_the_end_it_is_exact(cut: int) -> None:
    given = _given("start, momentum")
    runs = [_slopes(_run("start, momentum", *given, algorithm=name, cut=cut), given) for name in OUTER_GRADIENTS[::2]]
    assert all(torch.equal(*both) for both in zip(*runs, strict=True))


def test_the_shortcut_forgets_that_a_write_takes_out_what_was_there() -> None:
    """One pair at θ = 1, delta rule: its old answer is wholly gone. First order believes the start still matters."""
    start = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    memory, one = DeepMemory(1, 1, initial=start), torch.ones(1, 1, 1, dtype=torch.float64)
    gates = Gates.constant(Pairs(one, one))
    slopes = []
    for algorithm in OUTER_GRADIENTS[:2]:
        run = unroll_by(algorithm, memory, Pairs(one, one), gates)
        slopes.append(torch.autograd.grad(run.state.memory.sum(), start)[0].item())
    assert slopes == [0.0, 1.0]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"algorithm is 'first-order'; .*; did you mean 'first order'"):
        unroll_by("first-order", DeepMemory(3, 4), PAIRS, GATES)
    with pytest.raises(ValueError, match=r"memory is Delta\(.*; expected one that tells its gradients"):
        unroll_by("first order", Delta(3, 4), PAIRS, GATES)
    with pytest.raises(ValueError, match="cut is 0"):
        unroll_by("truncated", Delta(3, 4), PAIRS, GATES, cut=0)
