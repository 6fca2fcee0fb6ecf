"""Solutions of notebook 02."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["attend", "crosstalk", "read", "write"]


def write(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    """02.1"""
    return M + inner_lr * torch.outer(v, k)


def read(M: Tensor, k: Tensor) -> Tensor:
    """02.2"""
    return M @ k


def crosstalk(keys: Tensor) -> Tensor:
    """02.3"""
    return (keys @ keys.T).square().sum(-1) - 1


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """02.4"""
    return torch.tril(queries @ keys.T) @ values
