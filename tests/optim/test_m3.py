"""M3 by hand, and against a plain NumPy loop after the printed algorithm."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nlviz.optim import M3


def _scalar(steps: int) -> float:
    """What the quintic makes of a singular value 1."""
    x = 1.0
    for _ in range(steps):
        x = 3.4445 * x - 4.7750 * x**3 + 2.0315 * x**5
    return x


def test_the_first_two_steps_by_hand() -> None:
    """Gradients (3, 4), (0, 5): M₁ = .5 (3, 4), then .5 (3, 9); V = .25 (9, 16), then .25 (9, 41); M₂ = .9 (3, 4)."""
    weight = nn.Parameter(torch.zeros(1, 2, dtype=torch.float64))
    steps = M3([weight], lr=0.1, betas=(0.5, 0.25, 0.9), alpha=2.0, period=1, eps=0.0)
    one = _scalar(5)

    weight.grad = torch.tensor([[3.0, 4.0]]).double()
    steps.step()
    # (.6, .8)/(1.5, 2) = (.4, .4)
    first = -0.1 * one * np.array([0.4, 0.4])
    np.testing.assert_allclose(weight.detach()[0], first, atol=1e-12)

    weight.grad = torch.tensor([[0.0, 5.0]]).double()
    steps.step()
    fast = np.array([3, 9]) / math.sqrt(90)
    size = np.array([1.5, math.sqrt(41) / 2])
    np.testing.assert_allclose(
        weight.detach()[0], first - 0.1 * one * (fast + 2 * np.array([0.6, 0.8])) / size, atol=1e-12
    )


def _orthogonal(matrix: np.ndarray, steps: int) -> np.ndarray:
    x = matrix / np.linalg.norm(matrix) if matrix.any() else matrix
    for _ in range(steps):
        x = 3.4445 * x - 4.7750 * x @ x.T @ x + 2.0315 * x @ x.T @ x @ x.T @ x
    return x


def _plain(
    gradients: np.ndarray, lr: float, betas: tuple[float, ...], alpha: float, period: int, averages: bool
) -> Any:
    """Algorithm 1 of NL with the loops it has: slow iterations k, each of `period` steps."""
    first, second, slow = betas
    weight, fast, squares, old = (np.zeros_like(gradients[0]) for _ in range(4))
    for k in range(len(gradients) // period):
        if k:
            told = sum(gradients[(k - 1) * period : k * period])
            old = slow * old + (1 - slow) * told if averages else old + slow * told
        for t in range(k * period, (k + 1) * period):
            g = gradients[t]
            fast = first * fast + (1 - first) * g if averages else fast + first * g
            squares = second * squares + (1 - second) * g**2 if averages else squares + second * g**2
            grown = 1 - second ** (t + 1) if averages else 1.0
            step = _orthogonal(fast, 5) + alpha * _orthogonal(old, 5)
            weight = weight - lr * step / (np.sqrt(squares / grown) + 1e-8)
    return weight


@pytest.mark.parametrize("memories", ["sums", "averages"])
@pytest.mark.parametrize("period", [1, 3])
def test_it_is_the_printed_algorithm(memories: Any, period: int) -> None:
    gradients = np.random.default_rng(0).normal(size=(9, 3, 4))
    weight = nn.Parameter(torch.zeros(3, 4, dtype=torch.float64))
    betas = (0.9, 0.99, 0.7)
    steps = M3([weight], lr=0.1, betas=betas, alpha=0.5, period=period, memories=memories, eps=1e-8)
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        steps.step()
    expected = _plain(gradients, 0.1, betas, 0.5, period, memories == "averages")
    np.testing.assert_allclose(weight.detach(), expected, atol=1e-12)


def test_in_sums_the_first_beta_changes_nothing_and_steps_shrink() -> None:
    """NS looks at no size, so β₁ does not count; V only grows."""
    ends = []
    for beta in (0.1, 0.9):
        weight, lengths = nn.Parameter(torch.zeros(3, 4, dtype=torch.float64)), []
        steps = M3([weight], betas=(beta, 0.999, 0.9))
        for _ in range(8):
            weight.grad, before = torch.ones(3, 4).double(), weight.detach().clone()
            steps.step()
            lengths.append(float((weight.detach() - before).norm()))
        ends.append(weight.detach())
        assert all(late < early for early, late in pairwise(lengths))
    torch.testing.assert_close(*ends, rtol=0, atol=1e-12)


def test_a_weight_that_never_had_a_gradient_does_not_move() -> None:
    """Without ε its step would be 0/0."""
    weight = nn.Parameter(torch.ones(2, 3, dtype=torch.float64))
    steps = M3([weight], lr=0.1, eps=0.0)
    weight.grad = torch.tensor([[1.0, 0.0, 2.0], [3.0, 0.0, 1.0]]).double()
    steps.step()
    assert weight[:, 1].tolist() == [1, 1]
    assert (weight[:, ::2] != 1).all()
    assert torch.isfinite(weight).all()


def test_in_averages_a_memory_that_has_faded_away_is_no_step_out_of_bounds() -> None:
    """One gradient, then none: after some hundred steps the squares of the fast memory are nothing in float32."""
    weight = nn.Parameter(torch.zeros(2, 2))
    steps = M3([weight], memories="averages")
    for at in range(1200):
        weight.grad = torch.eye(2) if at == 0 else torch.zeros(2, 2)
        steps.step()
    assert torch.isfinite(weight).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"betas": (0.9, 0.9)}, "betas"),
        ({"betas": (0.9, 0.9, 0.9, 0.9)}, "expected three numbers"),
        ({"betas": (0.9, 1.0, 0.9)}, r"betas\[1\] is 1.0"),
        ({"betas": 0.9}, "betas is 0.9; expected a list"),
        ({"alpha": -1}, "alpha is -1"),
        ({"period": 0}, "period is 0; expected a whole number of steps, at least 1"),
        ({"eps": -1e-8}, "eps"),
        ({"ns_steps": 2.5}, "ns_steps is 2.5"),
        ({"form": "septic"}, "form is 'septic'"),
        ({"memories": "sum"}, "did you mean 'sums'"),
    ],
)
def test_options_that_are_none(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        M3([nn.Parameter(torch.ones(2, 2))], **wrong)
