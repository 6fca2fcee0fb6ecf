"""Solutions of notebook 08."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["dgd_step", "own_step", "remember", "slow_memory"]


def remember(M: Tensor, x: Tensor, delta: Tensor, beta: float) -> Tensor:
    """08.1"""
    return beta * M + torch.outer(delta, x)


def dgd_step(W: Tensor, x: Tensor, slope: Tensor, lr: float) -> Tensor:
    """08.2"""
    rate = lr / (1 + lr * x @ x)
    return W - rate * torch.outer(W @ x + slope, x)


def slow_memory(M2: Tensor, waiting: Tensor, gradient: Tensor, step: int, period: int, beta: float) -> list[Tensor]:
    """08.3"""
    if step and step % period == 0:
        M2, waiting = M2 + beta * waiting, torch.zeros_like(waiting)
    return [M2, waiting + gradient]


def own_step(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    """08.4"""
    past = beta * past + gradient
    return weight - lr * (gradient + beta * past), past
