"""The march's own backward pass: gradients and gradients of gradients are the token loop's, gates at 0 and 1 too."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad

from nlviz import memory
from nlviz.door.tensors import goes_back
from nlviz.inner import unroll, unroll_blocks
from nlviz.inner.blocks import marching
from nlviz.memory import Gates, LinearState, Pairs
from nlviz.memory.scan import products

TIME, BLOCK = 23, 4
RULES = ["Hebbian", "Delta", "GatedDelta", "Titans", "MomentumDelta", "Comba", "KDA", "RWKV7"]


def _leaves(by_channel: bool, seed: int = 0) -> list[Tensor]:
    """Keys, values, gates, queries, M and S, all asking for gradients; some gates are exactly 0 or 1."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(2, *shape, generator=generator, dtype=torch.float64)

    gates = [torch.rand(2, TIME, generator=generator, dtype=torch.float64) for _ in range(3)]
    for gate in gates[1:]:
        gate[0, 5], gate[0, 9], gate[1, 3], gate[1, 4] = 0, 1, 1, 0
    if by_channel:
        gates[2] = gates[2][..., None] * torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    given = [0.5 * normal(TIME, 3), normal(TIME, 4), *gates, normal(TIME, 3), normal(4, 3), normal(4, 3)]
    return [one.requires_grad_() for one in given]


def _run(execute: Any, rule: Any, leaves: list[Tensor], read_first: bool) -> Any:
    how = {"block": BLOCK} if execute is unroll_blocks else {}
    pairs, gates = Pairs(*leaves[:2]), Gates(*leaves[2:5])
    return execute(rule, pairs, gates, leaves[5], state=LinearState(*leaves[6:]), read_first=read_first, **how)


def _gradients(loss: Tensor, leaves: list[Tensor], **how: Any) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True, **how)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("read_first", [False, True])
def test_gradients_and_those_of_gradients(name: str, read_first: bool) -> None:
    assert TIME // BLOCK >= marching.MANY
    rule = getattr(memory, name)(3, 4)
    leaves, found = _leaves("forget" in rule.by_channel), []
    for execute in (unroll, unroll_blocks):
        run = _run(execute, rule, leaves, read_first)
        loss = run.outputs.square().sum() + run.state.memory.sin().sum() + run.state.past_surprise.cos().sum()
        slopes = _gradients(loss, leaves, create_graph=True)
        bent = _gradients(sum((one.sin().sum() for one in slopes), loss), leaves)
        # nothing asks for the state: the march's end has no slope
        plain = _gradients(_run(execute, rule, leaves, read_first).outputs.square().sum(), leaves)
        found.append((*slopes, *bent, *plain))
    for loop, blocks in zip(*found, strict=True):
        torch.testing.assert_close(blocks, loop, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("wanted", range(8))
def test_one_gradient_alone(wanted: int) -> None:
    """What nobody asks for is not worked out, and what is asked for is the same."""
    leaves = _leaves(False)
    every = _gradients(_run(unroll_blocks, memory.Titans(3, 4), leaves, False).outputs.sum(), leaves)
    alone = [one.detach().requires_grad_(i == wanted) for i, one in enumerate(leaves)]
    (found,) = _gradients(_run(unroll_blocks, memory.Titans(3, 4), alone, False).outputs.sum(), [alone[wanted]])
    torch.testing.assert_close(found, every[wanted], rtol=1e-12, atol=1e-12)


def test_few_blocks_go_autograds_way(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves, found = _leaves(False), []
    for many in (1, 1000):
        monkeypatch.setattr(marching, "MANY", many)
        found.append(_gradients(_run(unroll_blocks, memory.Titans(3, 4), leaves, False).outputs.sum(), leaves))
    for written_out, autograds in zip(*found, strict=True):
        torch.testing.assert_close(written_out, autograds, rtol=1e-12, atol=1e-12)


def test_products_have_a_backward_pass_without_division() -> None:
    factors = torch.tensor([[0.5, 0.0, 0.75, 0.0, 1.0], [1.0, 1e-200, 0.5, 1e-200, 2.0]], dtype=torch.float64)
    factors.requires_grad_()
    assert torch.autograd.gradcheck(products, factors)
    assert torch.autograd.gradgradcheck(products, factors)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
def test_tangents_go_forward_by_autograd() -> None:
    leaves = _leaves(False)
    rate, tangent = leaves[2].detach(), torch.ones(2, TIME, dtype=torch.float64)

    def outputs(inner_lr: Tensor) -> Tensor:
        return _run(unroll_blocks, memory.Titans(3, 4), [*leaves[:2], inner_lr, *leaves[3:]], False).outputs

    with forward_ad.dual_level():
        moved = forward_ad.unpack_dual(outputs(forward_ad.make_dual(rate, tangent))).tangent
    assert moved is not None
    step = 1e-6
    torch.testing.assert_close(moved, (outputs(rate + step) - outputs(rate - step)) / (2 * step), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(torch.func.jvp(outputs, (rate,), (tangent,))[1], moved)


def test_when_it_may_go_back() -> None:
    leaf = torch.ones(3, requires_grad=True)
    assert goes_back(leaf)
    assert not goes_back(leaf.detach())
    with torch.no_grad():
        assert not goes_back(leaf)
    inside: list[bool] = []
    torch.func.vmap(lambda x: inside.append(goes_back(leaf)) or x)(torch.ones(2))
    assert inside == [False]
