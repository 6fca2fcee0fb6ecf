"""Solutions of notebook 10."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["cascade", "effective_context", "kv_bytes", "matryoshka_loss"]


def kv_bytes(tokens: int, layers: int, heads: int, width: int, number: int) -> list[int]:
    """10.1"""
    cache = 2 * tokens * layers * heads * width * number
    state = layers * heads * width * width * number
    return [cache, state]


def effective_context(ages: Any, recall: Any, threshold: float) -> float:
    """10.2"""
    below = np.flatnonzero(recall < threshold)
    if len(below) == 0:
        return np.inf
    i = below[0]
    if i == 0:
        return 0.0
    share = (recall[i - 1] - threshold) / (recall[i - 1] - recall[i])
    return ages[i - 1] + share * (ages[i] - ages[i - 1])


def matryoshka_loss(z: Tensor, W_short: Tensor, W_long: Tensor, labels: Tensor) -> Tensor:
    """10.3"""
    loss = torch.nn.functional.cross_entropy
    short = z[:, : W_short.shape[1]]
    return loss(short @ W_short.T, labels) + loss(z @ W_long.T, labels)


def cascade(chances: Tensor, sizes: tuple[int, ...], sure: float) -> list[list[float]]:
    """10.4"""
    answers, read = [], []
    for item in range(chances.shape[1]):
        for place, size in enumerate(sizes):
            best = chances[place, item].max()
            if best >= sure or size == sizes[-1]:
                answers.append(chances[place, item].argmax().item())
                read.append(size)
                break
    return [answers, read]
