"""Answers to the exercises of notebook 02 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention as attention

__all__ = ["RIGHT", "WRONG"]


def explicit_write(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    for i in range(len(v)):
        for j in range(len(k)):
            M[i, j] += inner_lr * v[i] * k[j]
    return M


def explicit_attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    M, answers = torch.zeros(values.shape[1], keys.shape[1], dtype=keys.dtype), []
    for q, k, v in zip(queries, keys, values, strict=True):
        M = M + torch.outer(v, k)
        answers.append(M @ q)
    return torch.stack(answers)


def no_diagonal(keys: Tensor) -> Tensor:
    cosines = keys @ keys.T
    return cosines.fill_diagonal_(0).pow(2).sum(1)


RIGHT: dict[str, list[Any]] = {
    "02.1": [
        explicit_write,
        lambda M, k, v, lr: M + lr * v[:, None] * k[None],
        lambda M, k, v, lr: torch.addr(M, v, k, alpha=lr),
        lambda M, k, v, lr: torch.einsum("i,j->ij", lr * v, k) + M,
        lambda M, k, v, lr: M.numpy() + lr * np.outer(v, k),
    ],
    "02.2": [
        lambda M, k: k @ M.T,
        lambda M, k: torch.einsum("ij,j->i", M, k),
        lambda M, k: (M * k).sum(1),
        lambda M, k: torch.mv(M, k).tolist(),
        lambda M, k: [row @ k for row in M],
    ],
    "02.3": [
        no_diagonal,
        lambda keys: ((keys @ keys.T) ** 2).sum(0) - 1,
        lambda keys: (keys @ keys.T - torch.eye(len(keys))).square().sum(-1),
        lambda keys: (keys @ keys.T).norm(dim=1) ** 2 - keys.norm(dim=1) ** 4,
        lambda keys: ((keys @ keys.T @ keys) * keys).sum(-1) - 1,
    ],
    "02.4": [
        explicit_attend,
        lambda q, k, v: (q @ k.T * torch.ones(len(q), len(q)).tril()) @ v,
        lambda q, k, v: torch.stack([(k[: t + 1] @ q[t]) @ v[: t + 1] for t in range(len(q))]),
        lambda q, k, v: torch.einsum("tik,tk->ti", torch.einsum("ti,tk->tik", v, k).cumsum(0), q),
    ],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "02.1": [
        (lambda M, k, v, lr: M, "unchanged"),
        (lambda M, k, v, lr: lr * v[:, None] * k, "dropped"),
        (lambda M, k, v, lr: M + lr * k[:, None] @ v[None], "swapped"),
        (lambda M, k, v, lr: torch.addr(M, v, k), "no_lr"),
        (lambda M, k, v, lr: M * lr + lr * torch.outer(v, k), "scaled"),
        (lambda M, k, v, lr: M + lr * (k * v), "elementwise"),
        (lambda M, k, v, lr: M - torch.outer(lr * v, k), "removed"),
        (lambda M, k, v, lr: M - lr * torch.outer(M @ k - v, k), "delta"),
    ],
    "02.2": [
        (lambda M, k: torch.zeros(len(M)), "nothing"),
        (lambda M, k: k @ M, "transposed"),
        (lambda M, k: M * k[None], "unsummed"),
        (lambda M, k: (M @ k) / (M @ k).norm(), "unit"),
    ],
    "02.3": [
        (lambda keys: (keys * keys).sum(1), "alone"),
        (lambda keys: torch.ones(len(keys)), "alone"),
        (lambda keys: (keys @ keys.T).pow(2).sum(1), "itself"),
        (lambda keys: (keys @ keys.T).sum(0) - 1, "unsquared"),
        (lambda keys: (keys @ keys.T).sum(1), "unsquared_itself"),
        (lambda keys: (keys @ keys.T).abs().sum(1) - 1, "absolute"),
        (lambda keys: (no_diagonal(keys)) / (len(keys) - 1), "mean"),
        (lambda keys: (keys @ keys.T).square().sum() - len(keys), "total"),
        (lambda keys: (keys @ keys.T).fill_diagonal_(0).norm(dim=1), "root"),
    ],
    "02.4": [
        (lambda q, k, v: 0 * v, "nothing"),
        (lambda q, k, v: (q @ k.T) @ v, "future"),
        (lambda q, k, v: torch.stack([(k[:t] @ q[t]) @ v[:t] for t in range(len(q))]), "strict"),
        (lambda q, k, v: torch.triu(q @ k.T) @ v, "past_hidden"),
        (lambda q, k, v: torch.tril(k @ q.T) @ v, "swapped"),
        (lambda q, k, v: attention(q[None], k[None], v[None], is_causal=True, scale=1.0)[0], "softmax"),
    ],
}  # fmt: skip
