"""Momentum is a Hebbian memory to the last bit, and a delta momentum a delta-rule memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlviz.memory import Gates, Hebbian, Pairs, Titans
from nlviz.optim import DeltaMomentum

from .every import chance

EXACT = 1e-12
SHAPE = (4, 3)


def _gradients(steps: int, rank: int | None = None, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    source = chance()
    if rank is None:
        return [torch.randn(SHAPE, dtype=dtype, generator=source) for _ in range(steps)]
    parts = [[torch.randn(n, rank, dtype=dtype, generator=source) for n in SHAPE] for _ in range(steps)]
    return [left @ right.mT for left, right in parts]


def _moved(make: Any, gradients: list[Tensor]) -> Tensor:
    weight = nn.Parameter(torch.ones_like(gradients[0]))
    optimizer = make([weight])
    for gradient in gradients:
        weight.grad = gradient.clone()
        optimizer.step()
    return weight.detach()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_torchs_momentum_is_a_hebbian_memory_to_the_last_bit(dtype: torch.dtype) -> None:
    """A layer is taught one pair a step; a Hebbian memory stores (input, error), forgets 1 − β, and moves the layer."""
    source, momentum, rate = chance(), 0.875, 0.03
    layer, twin = nn.Linear(3, 4, bias=False, dtype=dtype), nn.Linear(3, 4, bias=False, dtype=dtype)
    twin.load_state_dict(layer.state_dict())
    optimizer = torch.optim.SGD(layer.parameters(), lr=rate, momentum=momentum)
    memory = Hebbian(3, 4)
    state = memory.init(1, like=layer.weight)
    for _ in range(40):
        x, y = (torch.randn(1, n, dtype=dtype, generator=source) for n in SHAPE[::-1])
        optimizer.zero_grad()
        (0.5 * (layer(x) - y).square().sum()).backward()
        optimizer.step()
        with torch.no_grad():
            pairs = Pairs(x[None], (twin(x) - y)[None])
            state = memory.write(state, pairs, Gates.constant(pairs, forget=1 - momentum))
            twin.weight.add_(state.memory[0], alpha=-rate)
        assert torch.equal(optimizer.state[layer.weight]["momentum_buffer"], state.memory[0])
        assert torch.equal(layer.weight, twin.weight)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("maximize", [False, True])
def test_a_delta_momentum_that_erases_nothing_is_torchs_momentum_to_the_last_bit(
    dtype: torch.dtype, maximize: bool
) -> None:
    gradients = _gradients(30, dtype=dtype)
    how = {"lr": 0.03, "momentum": 0.9, "maximize": maximize}
    found = _moved(lambda params: DeltaMomentum(params, erase=0.0, **how), gradients)
    assert torch.equal(found, _moved(lambda params: torch.optim.SGD(params, **how), gradients))


@pytest.mark.parametrize(("momentum", "erase"), [(0.9, 1.0), (1.0, 0.5), (0.0, 2.0)])
def test_a_delta_momentum_is_a_delta_rule_memory(momentum: float, erase: float) -> None:
    """Of one write a step: keys the rows of √ε ĝ, and for the i-th of them ‖g‖/√ε times the i-th unit vector.

    The memory forgets 1 − α once and erases from what it was: `Titans` without a past surprise.
    """
    memory = Titans(SHAPE[1], SHAPE[0])
    state = memory.init(1, like=torch.zeros(1, dtype=torch.float64))
    weight = nn.Parameter(torch.zeros(SHAPE, dtype=torch.float64))
    optimizer = DeltaMomentum([weight], lr=1.0, momentum=momentum, erase=erase)
    for gradient in _gradients(20):
        weight.grad, before = gradient, weight.detach().clone()
        optimizer.step()
        size = gradient.norm() / erase**0.5
        pairs = Pairs((gradient / size)[None], size * torch.eye(4, dtype=torch.float64)[None])
        gates = Gates.constant(pairs, forget=torch.tensor([1 - momentum, 0, 0, 0], dtype=torch.float64))
        state = memory.write(state, pairs, gates)
        torch.testing.assert_close(before - weight, state.memory[0], rtol=0, atol=EXACT)


def test_what_it_erases_is_the_slope_of_a_regression() -> None:
    """Eq. 49 of NL from its objective ½‖m gᵀ + η I‖², by autograd, with its own sign: m there carries −η."""
    rate, keep = 0.3, 0.8
    weight = nn.Parameter(torch.zeros(SHAPE, dtype=torch.float64))
    optimizer = DeltaMomentum([weight], lr=rate, momentum=keep, normalise=False)
    m = torch.zeros_like(weight, requires_grad=True)
    for gradient in _gradients(10):
        gradient = gradient / 3
        weight.grad = gradient
        before = weight.detach().clone()
        optimizer.step()
        loss = 0.5 * (m @ gradient.mT + rate * torch.eye(4, dtype=torch.float64)).square().sum()
        m = (keep * m - torch.autograd.grad(loss, m)[0]).detach().requires_grad_()
        torch.testing.assert_close(weight - before, m, rtol=0, atol=EXACT)


@pytest.mark.parametrize("erase", [0.0, 0.5, 1.0])
def test_one_gradient_again_and_again_ends_where_it_says(erase: float) -> None:
    (gradient,) = _gradients(1)
    weight = nn.Parameter(torch.zeros(SHAPE, dtype=torch.float64))
    optimizer = DeltaMomentum([weight], momentum=0.9, erase=erase)
    for _ in range(4000):
        weight.grad = gradient
        optimizer.step()
    left, sizes, right = torch.linalg.svd(gradient, full_matrices=False)
    expected = sizes / (1 - 0.9 + erase * (sizes / gradient.norm()).square())
    torch.testing.assert_close(optimizer.carried(weight), left @ expected.diag() @ right, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("size", "grows"), [(1.3, False), (1.45, True)])
def test_unnormalised_it_is_bounded_below_its_limit_only(size: float, grows: bool) -> None:
    """‖g‖² < 1 + α = 1.9, of a gradient of rank one: 1.3² = 1.69, 1.45² = 2.10."""
    (gradient,) = _gradients(1, rank=1)
    weight = nn.Parameter(torch.zeros(SHAPE, dtype=torch.float64))
    optimizer = DeltaMomentum([weight], momentum=0.9, normalise=False)
    for _ in range(400):
        weight.grad = size * gradient / gradient.norm()
        optimizer.step()
    assert (float(optimizer.carried(weight).norm()) > 1e6) == grows


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"momentum": 1.1}, "momentum is 1.1; expected a finite number of at least 0 and up to 1"),
        ({"erase": 2.5}, "erase is 2.5"),
        ({"normalise": "yes"}, "normalise is 'yes'; expected True or False"),
    ],
)
def test_options_that_are_none(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DeltaMomentum([nn.Parameter(torch.ones(2, 2))], **wrong)
