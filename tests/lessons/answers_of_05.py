"""Answers to the exercises of notebook 05 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["RIGHT", "WRONG"]

Both = tuple[Tensor, Tensor]


def in_place(M: Tensor, S: Tensor, g: Tensor, lr: float, momentum: float, forget: float) -> Both:
    S *= momentum
    S -= lr * g
    M *= 1 - forget
    M += S
    return M, S


def by_torch(M: Tensor, S: Tensor, g: Tensor, lr: float, momentum: float, forget: float) -> Both:
    """torch.optim.SGD keeps S / −lr in its buffer."""
    weight = M.clone().requires_grad_()
    weight.grad = g.clone()
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum)
    optimizer.state[weight]["momentum_buffer"] = -S / lr
    optimizer.step()
    gained = weight.detach() - M
    return (1 - forget) * M + gained, gained


def entry_by_entry(M: Tensor, S: Tensor, g: Tensor, lr: float, momentum: float, forget: float) -> Any:
    after = np.empty((2, *M.shape))
    for i in range(M.shape[0]):
        for j in range(M.shape[1]):
            after[1, i, j] = momentum * S[i, j] - lr * g[i, j]
            after[0, i, j] = M[i, j] - forget * M[i, j] + after[1, i, j]
    return after


def by_last_row(seen: Tensor) -> str:
    if seen.numel() == 0:
        return "LMM"
    tokens, columns = seen.shape
    if columns - tokens > tokens:
        return "MAC"
    return "MAG" if seen[tokens - 1][0] else "MAL"


def by_first_column(seen: Tensor) -> str:
    columns = seen.shape[1]
    if columns == 0:
        return "lmm"
    whole = bool(seen[:, 0].all())
    return ("mac" if columns > 2 * len(seen) else "mag") if whole else "mal"


def by_counting(seen: Tensor) -> str:
    counts = seen.sum(0)
    if not len(counts):
        return "LMM"
    if int(counts[0]) < len(seen):
        return "MAL"
    return "MAC" if seen.shape[1] >= 2 * len(seen) else "MAG"


def by_numpy(seen: Tensor) -> str:
    table = seen.numpy()
    if table.size == 0:
        return "LMM"
    always = table.all(0).sum()
    return "MAL" if not always else "MAC" if table.shape[1] == always + 2 * len(table) else "MAG"


def swings(momentum: float, forget: float, length: float) -> float:
    """Where −1 becomes an eigenvalue: 1 + (1 − α + η − θ) + η(1 − α) = 0."""
    return (1 + (1 - forget) + momentum + momentum * (1 - forget)) / (length * length)


def by_halving(momentum: float, forget: float, length: float) -> float:
    low, high = 0.0, 10 / length**2
    for _ in range(50):
        middle = (low + high) / 2
        roots = np.roots([1, -(1 - forget + momentum - middle * length**2), momentum * (1 - forget)])
        low, high = (middle, high) if abs(roots).max() < 1 else (low, middle)
    return high


RIGHT: dict[str, list[Any]] = {
    "05.1": [
        in_place,
        by_torch,
        entry_by_entry,
        lambda M, S, g, lr, momentum, forget: [M - forget * M + momentum * S - lr * g, momentum * S - lr * g],
        lambda M, S, g, lr, momentum, forget: (
            torch.lerp(momentum * S - lr * g, M + momentum * S - lr * g, 1 - forget), torch.add(momentum * S, -lr * g)
        ),
    ],
    "05.2": [(0.06, 0.9, 0.0), [0.05, 0.9, 0], torch.tensor([0.08, 0.9, 0.0]), lambda: (0.04, 0.95, 0.0),
             {"inner_lr": 0.06, "momentum": 0.9, "forget": 0.0}],
    "05.4": [by_last_row, by_first_column, by_counting, by_numpy],
    "05.3": [
        swings,
        by_halving,
        lambda momentum, forget, length: (2 + 2 * momentum - forget - forget * momentum) / length**2,
        lambda momentum, forget, length: torch.tensor((2 - forget) * (1 + momentum) / length**2),
        lambda momentum, forget, length: math.exp(
            math.log(2 - forget) + math.log1p(momentum) - 2 * math.log(length)
        ),
    ],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "05.1": [
        (lambda M, S, g, lr, momentum, forget: (M - lr * g, S), "plain"),
        (lambda M, S, g, lr, momentum, forget: (M - forget * M - lr * g, S), "decayed"),
        (lambda M, S, g, lr, momentum, forget: (M + momentum * S - lr * g, momentum * S - lr * g), "no_forget"),
        (lambda M, S, g, lr, momentum, forget: ((1 - forget) * M - lr * g, -lr * g), "no_past"),
        (lambda M, S, g, lr, momentum, forget: ((1 - forget) * M + S, momentum * S - lr * g), "old"),
        (
            lambda M, S, g, lr, momentum, forget: ((1 - forget) * M + momentum * S + lr * g, momentum * S + lr * g),
            "ascent",
        ),
        (lambda M, S, g, lr, momentum, forget: (forget * M + momentum * S - lr * g, momentum * S - lr * g), "keep"),
        (
            lambda M, S, g, lr, momentum, forget: ((1 - forget) * (M + momentum * S - lr * g), momentum * S - lr * g),
            "late",
        ),
        (
            lambda M, S, g, lr, momentum, forget: [
                (1 - forget) * x for x in (M + momentum * S - lr * g, momentum * S - lr * g)
            ],
            "both",
        ),
        (lambda M, S, g, lr, momentum, forget: ((1 - forget) * M - lr * (g - momentum * S), momentum * S - g), "torch"),
        (
            lambda M, S, g, lr, momentum, forget: ((1 - forget) * M - lr * (momentum * S + g), momentum * S + g),
            "torch",
        ),
        (lambda M, S, g, lr, momentum, forget: ((1 - forget) * M + momentum * S - g, momentum * S - g), "no_lr"),
        (
            lambda M, S, g, lr, momentum, forget: (
                (1 - forget) * M + momentum * S - (1 - momentum) * lr * g,
                momentum * S - (1 - momentum) * lr * g,
            ),
            "mean",
        ),
        (
            lambda M, S, g, lr, momentum, forget: (
                momentum * S - lr * g,
                (1 - forget) * M + momentum * S - lr * g,
            ),
            "swapped",
        ),
    ],
    "05.2": [
        ("much", "shape"),
        ((0.06, 0.9), "shape"),
        (lambda: (0.06, None, 0.0), "shape"),
        ((0.06, 1.0, 0.0), "outside"),
        ((-0.1, 0.5, 0.0), "outside"),
        ((0.0, 0.9, 0.0), "nothing"),
        ((2.0, 0.9, 0.0), "lost"),
        ((0.06, 0.9, 0.05), "leaks"),
        ((0.3, 0.9, 0.0), "over"),
        ((0.5, 0.0, 0.0), "tooth"),
        ((0.88, 0.18, 0.0), "tooth"),
        ((0.02, 0.5, 0.0), "under"),
        ((0.11, 0.85, 0.0), "other"),
    ],
    "05.4": [
        (lambda seen: "attention", "word"),
        (lambda seen: ["MAC", "MAG"], "word"),
        (lambda seen: "MAG", "always"),
        (lambda seen: by_last_row(seen) if seen.numel() else "MAL", "empty"),
        (lambda seen: by_last_row(seen).replace("MAC", "MAG"), "segments"),
        (lambda seen: by_last_row(seen).replace("MAL", "MAG"), "slides"),
        (lambda seen: by_last_row(seen).replace("MAG", "MAL"), "stays"),
        (lambda seen: by_last_row(seen) if len(seen) == 12 or not seen.numel() else "MAG", "sizes"),
    ],
    "05.3": [
        (lambda momentum, forget, length: 2.0, "constant"),
        (lambda momentum, forget, length: 2 / length**2, "plain"),
        (lambda momentum, forget, length: 2 * (1 + momentum) / length**2, "no_forget"),
        (lambda momentum, forget, length: (2 - forget) / length**2, "no_momentum"),
        (lambda momentum, forget, length: (2 - forget) * (1 + momentum), "no_length"),
        (lambda momentum, forget, length: (2 - forget) * (1 + momentum) / length, "root"),
        (lambda momentum, forget, length: (1 + forget) * (1 + momentum) / length**2, "keep"),
        (lambda momentum, forget, length: (2 - forget) * (1 - momentum) / length**2, "smaller"),
        (lambda momentum, forget, length: 2 * (1 - momentum) / length**2, "unrelated"),
        (lambda momentum, forget, length: (2 - forget) * (1 + momentum) / length**2 / 2, "half"),
    ],
}
