"""DeepMomentum: the memory it is, the same by autograd, and what it does with noise."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlviz.memory import MLP, DeepMemory, Gates, GradientDescent, Objective, Pairs, dot_product, squared_error
from nlviz.memory.state import parts
from nlviz.optim import DeepMomentum

from .every import chance

EXACT = 1e-12
OBJECTIVES = (squared_error, dot_product)


def _gradients(steps: int) -> Tensor:
    return torch.randn(steps, 4, 3, dtype=torch.float64, generator=chance(1))


def _started(objective: Objective, hidden: int) -> tuple[nn.Parameter, DeepMomentum]:
    weight = nn.Parameter(torch.ones(4, 3, dtype=torch.float64))
    how: dict[str, Any] = {"lr": 0.1, "momentum": 0.9, "write": 0.7, "hidden": hidden}
    return weight, DeepMomentum([weight], objective=objective.name, generator=chance(), **how)


def _start(hidden: int) -> list[Tensor]:
    """The same first layer, drawn again; the last one at zero."""
    if not hidden:
        return [torch.zeros(3, 3, dtype=torch.float64)]
    first = torch.randn(hidden, 3, dtype=torch.float64, generator=chance()) / 3**0.5
    return [first, torch.zeros(3, hidden, dtype=torch.float64)]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: one.name)
@pytest.mark.parametrize("hidden", [0, 6])
def test_it_is_a_deep_memory(objective: Objective, hidden: int) -> None:
    """The net after every step is `DeepMemory` after a write of the rows, and the step is its answer."""
    weight, optimizer = _started(objective, hidden)
    start = _start(hidden)
    net = MLP((hidden,) if hidden else ())
    initial = start if hidden else start[0]
    memory = DeepMemory(3, 3, objective, initial, net=net, rule=GradientDescent())
    state = memory.init(1, like=torch.zeros(1, dtype=torch.float64))
    for gradient in _gradients(12):
        size = gradient.square().mean().sqrt()
        pairs = Pairs((gradient / size)[None], -(gradient / size)[None])
        inputs = [one.inputs for one in memory.gradients(state, pairs)]
        rate = 0.7 / sum(float(one.square().sum()) for one in inputs)
        once = torch.tensor([1 - 0.9, 0.0, 0.0, 0.0], dtype=torch.float64)
        state = memory.write(state, pairs, Gates.constant(pairs, rate, forget=once))
        weight.grad, before = gradient, weight.detach().clone()
        optimizer.step()
        for found, expected in zip(optimizer.state[weight]["net"], parts(state.memory), strict=True):
            torch.testing.assert_close(found, expected[0], rtol=0, atol=EXACT)
        step = 0.1 * size * memory.read(state, pairs.keys)[0]
        torch.testing.assert_close(weight - before, step, rtol=0, atol=EXACT)
        torch.testing.assert_close(optimizer.carried(weight), -step / 0.1, rtol=0, atol=1e-11)


def test_the_same_by_autograd_and_torchs_own_layers() -> None:
    weight, optimizer = _started(squared_error, 6)
    start = _start(6)
    net = nn.Sequential(nn.Linear(3, 6, bias=False), nn.GELU(), nn.Linear(6, 3, bias=False)).double()
    with torch.no_grad():
        for one, first in zip(net.parameters(), start, strict=True):
            one.copy_(first)
    for gradient in _gradients(12):
        rows = gradient / gradient.square().mean().sqrt()
        hidden = net[1](net[0](rows))
        net.zero_grad()
        (0.5 * (net(rows) + rows).square().sum()).backward()
        rate = 0.7 / (rows.square().sum() + hidden.square().sum()).detach()
        with torch.no_grad():
            for one, first in zip(net.parameters(), start, strict=True):
                assert one.grad is not None
                one.copy_(first + 0.9 * (one - first) - rate * one.grad)
        weight.grad = gradient
        optimizer.step()
    for found, expected in zip(optimizer.state[weight]["net"], net.parameters(), strict=True):
        torch.testing.assert_close(found, expected.detach(), rtol=0, atol=EXACT)


def test_a_net_that_has_learned_steps_as_sgd_does() -> None:
    """The same gradient again and again: m(u) = −u, so W moves by −lr·g."""
    gradient = _gradients(1)[0]
    weight = nn.Parameter(torch.zeros(4, 3, dtype=torch.float64))
    optimizer = DeepMomentum([weight], lr=0.1, momentum=1.0, write=1.0, hidden=0)
    for _ in range(400):
        weight.grad = gradient
        optimizer.step()
    before = weight.detach().clone()
    optimizer.step()
    torch.testing.assert_close(before - weight, 0.1 * gradient, rtol=0, atol=1e-6)


def test_a_direction_met_often_is_answered_and_one_met_once_hardly() -> None:
    """Rows along the first axis a hundred times, then one along the second: it answers a twentieth of it, `write`."""
    often, once = (torch.zeros(4, 3, dtype=torch.float64) for _ in range(2))
    often[:, 0], once[:, 1] = 1.0, 1.0
    weight = nn.Parameter(torch.zeros(4, 3, dtype=torch.float64))
    optimizer = DeepMomentum([weight], lr=1.0, momentum=0.99, write=0.05, hidden=0)
    shares = []
    for gradient in [*[often] * 100, once]:
        weight.grad, before = gradient, weight.detach().clone()
        optimizer.step()
        shares.append(float(((before - weight.detach()) * gradient).sum() / gradient.square().sum()))
    assert shares[0] == pytest.approx(0.05, abs=1e-9)
    assert shares[-2] > 0.8
    assert shares[-1] == pytest.approx(0.05, abs=1e-9)


def test_a_step_does_not_depend_on_the_size_of_gradients_but_in_its_length() -> None:
    moved = []
    for size in (1.0, 1e-6):
        weight, optimizer = _started(squared_error, 6)
        for gradient in _gradients(5):
            weight.grad = size * gradient
            optimizer.step()
        moved.append((weight.detach() - 1) / size)
    torch.testing.assert_close(*moved, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"momentum": -0.1}, "momentum is -0.1"),
        ({"write": 1.5}, "write is 1.5"),
        ({"hidden": 2.5}, "hidden is 2.5; expected a whole number of units, at least 0"),
        ({"objective": "huber"}, "objective is 'huber'; expected one of 'squared error', 'dot product'"),
        ({"generator": 3}, r"use torch.Generator\(\).manual_seed\(3\)"),
    ],
)
def test_options_that_are_none(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DeepMomentum([nn.Parameter(torch.ones(2, 2))], **wrong)
