"""Memories that rewrite themselves as plain NumPy, a token at a time, and the small layers that are held against it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.outer import SelfModifying

__all__ = ["BATCH", "LONG", "TIME", "WIDTH", "X", "by_hand", "layer", "leaves", "starts"]

WIDTH, TIME, BATCH = 3, 11, 2
X = torch.randn(BATCH, TIME, WIDTH, dtype=torch.float64, generator=Generator().manual_seed(4))
LONG = torch.randn(BATCH, 45, WIDTH, dtype=torch.float64, generator=Generator().manual_seed(5))


def layer(seed: int = 0, **how: Any) -> SelfModifying:
    made = SelfModifying(WIDTH, generator=Generator().manual_seed(seed), **how).double()
    with torch.no_grad():
        made.biases["forgets"].fill_(-1.0)
        for own in made.starts:
            # of a net the last matrix begins at zero: here it is to do something
            list(own.parameters())[-1].add_(0.3 * torch.randn(WIDTH, 1, generator=Generator().manual_seed(9)))
    return made


def starts(made: SelfModifying) -> dict[str, Tensor]:
    """The first matrix of every memory."""
    return {name: next(own.parameters()) for name, own in zip(made.names, made.starts, strict=True)}


def by_hand(made: SelfModifying, x: np.ndarray) -> np.ndarray:
    """One text, one matrix to each memory: the equations, a token at a time."""
    weights = {name: one.detach().numpy().copy() for name, one in starts(made).items()}
    bias = {name: one.item() for name, one in made.biases.items()}
    out = made.out.weight.detach().numpy()
    old, answers, past = dict(weights), [], {name: np.zeros((WIDTH, WIDTH)) for name in weights}

    def gate(name: str, token: np.ndarray) -> float:
        return 1 / (1 + np.exp(-(old[name] @ token).mean() - bias[name]))

    for t, token in enumerate(x):
        if t % made.period == 0:
            old = dict(weights)
        k = old["keys"] @ token
        k, v = k / np.linalg.norm(k), old["values"] @ token
        eta, alpha = made.rate * gate("rates", token), gate("forgets", token)
        mu = gate("momenta", token) if made.momentum else 0.0
        q = (old["queries"] if made.own_queries else made.queries.weight.detach().numpy()) @ token
        for name in made.names:
            if name in made.frozen:
                continue
            target = old[name] @ v if made.own_targets else v
            slope = -np.outer(target, k) + (np.outer(old[name] @ k, k) if made.loss == "literal" else 0)
            left = (1 - alpha) * weights[name]
            seen = {"error first": weights[name], "forget first": left, "no erasing": 0 * left}[made.order]
            past[name] = mu * past[name] - eta * (seen @ np.outer(k, k) + slope)
            weights[name] = left + past[name]
        answers.append(out @ weights["memory"] @ q)
    return np.stack(answers)


def leaves(state: Any) -> list[Tensor]:
    if isinstance(state, Tensor):
        return [state]
    return [x for part in state for x in leaves(part)] if isinstance(state, tuple) else []
