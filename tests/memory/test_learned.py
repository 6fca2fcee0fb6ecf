"""The learned rule: as drawn it is momentum, and each weight is changed by a net that sees only what meets there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz.inner import unroll
from nlviz.memory import DeepMemory, Learned, Momentum

from ..strategies import make
from .catalogue import mlp

CASE = make(8, (2, 6, 3, 4))
CHANCE = torch.Generator().manual_seed(2)
DRAWN = Learned.draw(5, CHANCE)
SHAPES = ((5, 5), (5,), (5,), (5,))
FIRST, BIAS, LAST, SKIP = (0.3 * torch.randn(shape, dtype=torch.float64, generator=CHANCE) for shape in SHAPES)


@pytest.mark.parametrize("period", [1, 3])
@pytest.mark.parametrize("hidden", [(), (5,)])
def test_as_drawn_it_is_momentum(period: int, hidden: tuple[int, ...]) -> None:
    runs = [unroll(mlp(*hidden, rule=rule), *CASE[:3], period=period) for rule in (Momentum(), DRAWN)]
    torch.testing.assert_close(runs[0].outputs, runs[1].outputs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(runs[0].state, runs[1].state, rtol=1e-12, atol=1e-12)


def test_each_weight_by_hand() -> None:
    """f of (κ_j, u_i, u_i κ_j, W_ij, S_ij), weight by weight in plain NumPy; forgetting leads back to W_0."""
    run = unroll(DeepMemory(3, 4, rule=Learned(FIRST, BIAS, LAST, SKIP)), *CASE[:2])
    first, bias, last, skip = (one.numpy() for one in (FIRST, BIAS, LAST, SKIP))
    keys, values = (one.numpy() for one in CASE.pairs)
    for row in range(2):
        W, S = np.zeros((4, 3)), np.zeros((4, 3))
        for t in range(6):
            theta, eta, alpha = (float(gate[row, t]) for gate in CASE.gates)
            u, wish = W @ keys[row, t] - values[row, t], np.zeros((4, 3))
            for i, j in np.ndindex(4, 3):
                k = keys[row, t, j]
                x = np.array([k, u[i], u[i] * k, W[i, j], S[i, j]])
                wish[i, j] = skip @ x + last @ np.tanh(first @ x + bias)
            S = eta * S + theta * wish
            W = (1 - alpha) * W + S
        np.testing.assert_allclose(run.state.memory[row].numpy(), W, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(run.state.past_surprise[row].numpy(), S, rtol=1e-10, atol=1e-10)


def test_a_part_that_does_not_fit_says_what_the_net_sees() -> None:
    with pytest.raises(ValueError, match=r"skip is Tensor \[4\].*; expected \[5\]; the net sees input, error, "):
        Learned(FIRST, BIAS, LAST, SKIP[:4])
