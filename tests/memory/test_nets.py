"""The backward pass written out, against torch.func: every activation, depth, residual and norm; and twice over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.inner import unroll
from nlviz.memory import (
    MLP,
    Activation,
    DeepMemory,
    Function,
    Gates,
    LayerNorm,
    Objective,
    Pairs,
    cross_entropy,
    dot_product,
    gelu,
    gelu_tanh,
    huber,
    l_p,
    silu,
    squared_error,
)

from ..strategies import make

EXACT = 1e-12
WIDTH = 4
CURVES: dict[str, Callable[[Tensor], Tensor]] = {
    gelu.name: F.gelu,
    gelu_tanh.name: lambda z: F.gelu(z, approximate="tanh"),
    silu.name: F.silu,
}
OBJECTIVES = [squared_error, dot_product, cross_entropy, huber(0.7), l_p(3), l_p(1.5)]
GAIN = torch.linspace(0.5, 1.5, 4, dtype=torch.float64)
NORM = LayerNorm(GAIN, -GAIN)

activations = pytest.mark.parametrize("activation", [gelu, gelu_tanh, silu], ids=CURVES)
objectives = pytest.mark.parametrize("objective", OBJECTIVES, ids=[one.name for one in OBJECTIVES])
forms = pytest.mark.parametrize(
    "form",
    [{}, {"bias": True}, {"residual": True}, {"norm": NORM}, {"residual": True, "norm": NORM, "bias": True}],
    ids=["plain", "bias", "residual", "norm", "all"],
)
depths = pytest.mark.parametrize("hidden", [(), (6,), (5, 3)], ids=["one layer", "two layers", "three layers"])


def twin(net: MLP) -> Function:
    """The same net as a function of one token, in plain torch; what it shares with `MLP` is its description."""

    def call(weights: tuple[Tensor, ...], x: Tensor) -> Tensor:
        at = x
        for i, weight in enumerate(weights):
            at = CURVES[net.activation.name](at) if i else at
            at = weight[:, :-1] @ at + weight[:, -1] if net.bias else weight @ at
        if net.norm is not None:
            assert net.norm.gain is not None
            assert net.norm.shift is not None
            spread = ((at - at.mean()) ** 2).mean()
            at = net.norm.gain * (at - at.mean()) / (spread + net.norm.epsilon).sqrt() + net.norm.shift
        return x + at if net.residual else at

    return Function(call, net.shapes(WIDTH, WIDTH))


def two(hidden: tuple[int, ...], activation: Activation, form: dict[str, Any], objective: Objective) -> Any:
    """A memory on our net and one on its twin, with the same initial weights, which both expect outer gradients for."""
    net = MLP(hidden, activation, **form)
    drawn = [one.double().requires_grad_() for one in net.draw(WIDTH, WIDTH, torch.Generator().manual_seed(0))]
    columns = [one.reshape(-1, 1) for one in drawn]
    return drawn, (
        DeepMemory(WIDTH, WIDTH, objective, drawn, net=net),
        DeepMemory(WIDTH, WIDTH, objective, columns, net=twin(net)),
    )


def stream(objective: Objective, time: int = 3) -> tuple[Pairs, Gates]:
    case = make(4, (2, time, WIDTH, WIDTH))
    values = case.pairs.values.softmax(-1) if objective is cross_entropy else case.pairs.values
    return Pairs(case.pairs.keys, values), case.gates


@activations
@depths
@forms
def test_the_closed_form_is_the_gradient(hidden: tuple[int, ...], activation: Activation, form: dict[str, Any]) -> None:
    pairs, _ = stream(squared_error)
    _, (closed, automatic) = two(hidden, activation, form, squared_error)
    found = closed.gradients(closed.init(2), pairs)
    expected = automatic.gradients(automatic.init(2), pairs)
    assert len(found) == len(hidden) + 1
    for one, other in zip(found, expected, strict=True):
        matrices = one.errors[..., :, None] * one.inputs[..., None, :]
        torch.testing.assert_close(matrices.flatten(2), other.errors, rtol=0, atol=EXACT)


@objectives
@forms
def test_a_run_and_its_outer_gradients_agree(form: dict[str, Any], objective: Objective) -> None:
    """Through three writes of momentum and forgetting: outputs, and what an outer loss asks of W_0, keys and gates."""
    pairs, gates = stream(objective)
    given = [x.requires_grad_() for x in (*pairs, *gates)]
    found = []
    drawn, memories = two((5,), silu, form, objective)
    for memory in memories:
        outputs = unroll(memory, pairs, gates, period=2).outputs
        asked = torch.autograd.grad(outputs.square().sum(), [*given, *drawn])
        found.append([outputs.detach(), *asked])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)
    assert all(bool(one.abs().max() > 0) for one in found[0])


def test_drawn_weights_keep_the_size_of_what_they_are_given() -> None:
    net = MLP((2000,), bias=True)
    first, second = net.draw(1000, 500, torch.Generator().manual_seed(0))
    assert first.shape == (2000, 1001)
    assert second.shape == (500, 2001)
    assert not first[:, -1].any()
    x = torch.randn(1000, generator=torch.Generator().manual_seed(1))
    assert float((first[:, :-1] @ x).square().mean()) == pytest.approx(float(x.square().mean()), rel=0.1)


def test_a_residual_needs_equal_widths() -> None:
    with pytest.raises(ValueError, match=r"d_key is 3 and d_value 4; make them equal, or residual=False"):
        DeepMemory(3, 4, net=MLP(residual=True))
