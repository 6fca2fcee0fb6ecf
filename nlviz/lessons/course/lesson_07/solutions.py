"""Solutions of notebook 07."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from nlviz.experiments.learning_to_learn import Family, error_of
from nlviz.outer import Learner

__all__ = ["my_family", "outer_loss", "outer_step", "slopes"]


def outer_loss(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    """07.1"""
    W = W0
    for k, v in zip(keys, values, strict=True):
        W = W - theta * torch.outer(W @ k - v, k)
    return (W @ query - target).square().sum() / 2


def slopes(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """07.2"""
    e = (W0 - theta * torch.outer(W0 @ k - v, k)) @ q - target
    return torch.outer(e, q - theta * (k @ q) * k), torch.outer(e, q)


def outer_step(learner: Learner, optimizer: torch.optim.Optimizer, family: Family, generator: Generator) -> Tensor:
    """07.3"""
    given = family.draw(32, generator)
    optimizer.zero_grad()
    loss = error_of(learner, given)
    loss.backward()
    optimizer.step()
    return loss


def my_family(clean: Family) -> Family:
    """07.4"""
    return clean.but(strangers=0.3, jitter=0.3, nuisance=1.0, writes=48)
