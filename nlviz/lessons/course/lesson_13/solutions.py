"""Solutions of notebook 13."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["gates_for", "kda", "never_told", "said_by"]


def kda(M: Tensor, k: Tensor, v: Tensor, keep: Tensor, theta: float) -> Tensor:
    """13.1"""
    M = M * keep
    return M - theta * torch.outer(M @ k - v, k)


def gates_for(rule: str, alpha: Tensor, theta: float) -> tuple[Tensor, Tensor, Tensor]:
    """13.2"""
    ones = torch.ones_like(alpha)
    keep = ones - alpha if rule == "KDA" else ones * (1 - alpha.mean())
    if rule == "delta":
        keep = ones
    erase = 0 * ones if rule == "Hebbian" else theta * ones
    return keep, erase, theta * ones


def said_by(shares: Tensor, values: Tensor) -> Tensor:
    """13.3"""
    answers = shares @ values
    along = shares * (answers @ values.T)
    return along / (answers * answers).sum(1, keepdim=True)


def never_told(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    """13.4"""
    M = torch.zeros(values.shape[1], keys.shape[1], dtype=keys.dtype)
    for t in range(len(keys)):
        if t != token:
            M = M - theta * torch.outer(M @ keys[t] - values[t], keys[t])
    return M
