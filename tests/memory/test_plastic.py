"""Plastic weights: Miconi's equations as a plain loop, and gradient descent where every coefficient is one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz.inner import unroll
from nlviz.memory import DeepMemory, Gates, GradientDescent, Plastic, dot_product, squared_error

from ..strategies import make

CASE = make(7, (2, 6, 3, 4))
CHANCE = torch.Generator().manual_seed(1)
W0, A = torch.randn(2, 4, 3, dtype=torch.float64, generator=CHANCE)


@pytest.mark.parametrize("period", [1, 3])
def test_it_is_differentiable_plasticity(period: int) -> None:
    """Effective weights w + A ∘ H, with H ← (1 − η) H + η v kᵀ, in plain NumPy; values do not wait for an answer."""
    eta = 0.3
    plastic = DeepMemory(3, 4, dot_product, W0, rule=Plastic(A))
    run = unroll(plastic, CASE.pairs, Gates.constant(CASE.pairs, eta, forget=eta), period=period)
    keys, values, w, a = (one.numpy() for one in (*CASE.pairs, W0, A))
    for row in range(2):
        H = np.zeros((4, 3))
        for t in range(6):
            H = (1 - eta) * H + eta * np.outer(values[row, t], keys[row, t])
            np.testing.assert_allclose(run.outputs[row, t].numpy(), (w + a * H) @ keys[row, t], atol=1e-12)
        np.testing.assert_allclose(run.state.memory[row].numpy(), w + a * H, atol=1e-12)


@pytest.mark.parametrize("period", [1, 3])
def test_with_ones_it_is_gradient_descent(period: int) -> None:
    rules = GradientDescent(), Plastic(torch.ones_like(A))
    runs = [unroll(DeepMemory(3, 4, squared_error, W0, rule=rule), *CASE[:2], period=period) for rule in rules]
    torch.testing.assert_close(runs[0].outputs, runs[1].outputs, rtol=0, atol=1e-12)
    torch.testing.assert_close(runs[0].state, runs[1].state, rtol=0, atol=1e-12)


def test_a_weight_without_plasticity_never_moves() -> None:
    fixed = A.clone()
    fixed[0, 1] = 0.0
    run = unroll(DeepMemory(3, 4, initial=W0, rule=Plastic(fixed)), *CASE[:2])
    moved = (run.state.memory != W0).all(0)
    assert not moved[0, 1]
    assert moved.sum() == A.numel() - 1


def test_coefficients_of_another_matrix_are_refused_before_any_write() -> None:
    memory = DeepMemory(4, 3, rule=Plastic(A))
    with pytest.raises(ValueError, match=r"coefficients is Tensor \[4, 3\].*; expected \[3, 4\], one for each weight"):
        memory.init(1)
