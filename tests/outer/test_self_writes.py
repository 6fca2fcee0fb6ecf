"""Long chunks in one block beside the same token by token, and momentum where it is zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from .self_modifying_by_hand import LONG, by_hand, layer, leaves


@pytest.mark.parametrize("order", ["error first", "forget first", "no erasing"])
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"loss": "literal"},
        {"hidden": 5},
        {"frozen": ("values",)},
        {"momentum": True, "hidden": 5},
        {"momentum": True, "frozen": ("values",)},
        {"own_queries": True},
    ],
)
def test_a_long_chunk_in_one_block_is_the_chunk_token_by_token(order: str, how: dict[str, Any]) -> None:
    made = layer(order=order, period=20, rate=0.4, unit_values=True, convolution=3, **how)
    y, state = made(LONG)
    run = made.watched(LONG)
    torch.testing.assert_close(run.outputs, y, rtol=0, atol=1e-11)
    for one, other in zip(leaves(run.state), leaves(state), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)
    slow = list(made.parameters())
    found = [torch.autograd.grad(one.square().sum(), slow) for one in (y, run.outputs)]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-9)


@pytest.mark.parametrize("more", [{}, {"momentum": True, "own_queries": True}])
@pytest.mark.parametrize("order", ["error first", "forget first", "no erasing"])
def test_a_long_chunk_is_the_equations_too(order: str, more: dict[str, Any]) -> None:
    made, x = layer(order=order, period=20, rate=0.4, **more), 0.3 * LONG
    np.testing.assert_allclose(made(x)[0][0].detach(), by_hand(made, x[0].numpy()), atol=1e-11)


@pytest.mark.parametrize("order", ["error first", "forget first", "no erasing"])
@pytest.mark.parametrize("period", [1, 20])
def test_momentum_that_is_zero_is_none(order: str, period: int) -> None:
    made, plain = layer(momentum=True, order=order, period=period), layer(order=order, period=period)
    with torch.no_grad():
        made.biases["momenta"].fill_(-torch.inf)
    first = dict(zip(made.names, made.starts, strict=True))
    for name, own in zip(plain.names, plain.starts, strict=True):
        assert torch.equal(*(next(one.parameters()) for one in (own, first[name])))
    x = 0.3 * LONG
    torch.testing.assert_close(made(x)[0], plain(x)[0], rtol=0, atol=1e-12)
