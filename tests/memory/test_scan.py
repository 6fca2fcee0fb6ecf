"""One write of many tokens against the two lines it stands for, token by token."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nlviz.memory.scan import accumulate, acts, products, scale

from ..strategies import make

CASE = make(8, (2, 4, 3, 5), gates=("random", "random", "edges"))


def double(rows: object) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ([2.0, 3.0, 5.0], [[1.0, 0, 0], [3, 1, 0], [15, 5, 1]]),
        ([2.0, 0.0, 5.0], [[1.0, 0, 0], [0, 1, 0], [0, 5, 1]]),
        ([-2.0, -3.0, 5.0], [[1.0, 0, 0], [-3, 1, 0], [-15, 5, 1]]),
        ([7.0], [[1.0]]),
    ],
)
def test_products_by_hand(factors: list[float], expected: list[list[float]]) -> None:
    assert torch.equal(products(double(factors)), double(expected))
    assert torch.equal(products(double([[factors, factors]])), double([[expected, expected]]))


@pytest.mark.parametrize("tokens", [0, 1, 2, 4])
@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize("still", [False, True])
def test_a_chunk_is_its_tokens_one_after_the_other(tokens: int, momentum: bool, forget: bool, still: bool) -> None:
    """S ← η S + u κᵀ, M ← (1 − α) M + S; a gate that is zero throughout is a gate, one that is absent is zero."""
    assert CASE.state is not None
    memory, past = CASE.state
    u, k = (x[:, :tokens] for x in (CASE.pairs.values, CASE.pairs.keys))
    eta, alpha = (gate[:, :tokens] * (not still) for gate in (CASE.gates.momentum, CASE.gates.forget))
    found = accumulate(memory, past, u, k, eta if momentum else None, 1 - alpha if forget else None)
    for t in range(tokens):
        past = eta[:, t, None, None] * momentum * past + u[:, t, :, None] * k[:, t, None]
        memory = (1 - alpha[:, t, None, None] * forget) * memory + past
    for one, other in zip(found, (memory, past), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-13)


def test_a_gate_scales_its_stream() -> None:
    assert torch.equal(scale(double([2.0, 3.0]), double([5.0, 7.0])), double([10.0, 21.0]))
    assert torch.equal(scale(double([2.0, 3.0]), torch.ones(2, 2, 3)), double([[[2.0] * 3] * 2, [[3.0] * 3] * 2]))


def test_a_gate_acts_unless_it_is_seen_to_be_zero() -> None:
    assert not acts(None)
    assert not acts(torch.zeros(2, 3))
    assert acts(double([[0.0, 0.5]]))
    # zero now, but its slope is asked for
    assert acts(torch.zeros(2, 3, requires_grad=True))
