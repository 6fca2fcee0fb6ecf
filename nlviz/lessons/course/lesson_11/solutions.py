"""Solutions of notebook 11."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

__all__ = ["half_life", "rates", "suspects", "taken"]


def rates(surprise: Tensor, told: Tensor, consent: Tensor, theta: float, gate: float) -> Tensor:
    """11.1"""
    return theta * (told & consent & (surprise >= gate))


def half_life(theta: float, alpha: float, width: int) -> float:
    """11.2"""
    kept = (1 - alpha) * (1 - theta / width)
    return float(np.log(0.5) / np.log(kept))


def taken(share: Tensor, said: Tensor, known: Tensor) -> Tensor:
    """11.3"""
    return torch.outer(share, said - known)


def suspects(surprise: Tensor, topic: Tensor, factor: float) -> Tensor:
    """11.4"""
    found = torch.zeros(len(surprise), dtype=torch.bool)
    for i in range(len(surprise)):
        earlier = surprise[:i][topic[:i] == topic[i]]
        if len(earlier):
            found[i] = surprise[i] > factor * earlier.median()
    return found
