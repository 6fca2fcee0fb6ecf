"""Answers to the exercises of notebook 03 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["RIGHT", "WRONG"]


def stepped_by_autograd(M: Tensor, k: Tensor, v: Tensor) -> Tensor:
    M = M.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(0.5 * (M @ k - v).square().sum(), M)
    return gradient


def ttt_slopes(W1: Tensor, W2: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    W1, W2 = W1.detach().requires_grad_(), W2.detach().requires_grad_()
    loss = 0.5 * (W2 @ F.gelu(W1 @ k) - v).square().sum()
    return torch.autograd.grad(loss, [W1, W2])  # pyright: ignore[reportReturnType]


def ttt_by_hand(W1: Tensor, W2: Tensor, k: Tensor, v: Tensor, q: Tensor, lr: float) -> Tensor:
    g1, g2 = ttt_slopes(W1, W2, k, v)
    W1, W2 = W1 - lr * g1, W2 - lr * g2
    return W2 @ F.gelu(W1 @ q)


def ttt_by_func(W1: Tensor, W2: Tensor, k: Tensor, v: Tensor, q: Tensor, lr: float) -> Tensor:
    def loss(weights: dict[str, Tensor]) -> Tensor:
        return 0.5 * (weights["2"] @ F.gelu(weights["1"] @ k) - v).square().sum()

    weights = {"1": W1, "2": W2}
    slopes = torch.func.grad(loss)(weights)
    after = {name: weights[name] - lr * slopes[name] for name in weights}
    return after["2"] @ F.gelu(after["1"] @ q)


def ttt_in_turn(W1: Tensor, W2: Tensor, k: Tensor, v: Tensor, q: Tensor, lr: float) -> Tensor:
    W2 = W2 - lr * ttt_slopes(W1, W2, k, v)[1]
    W1 = W1 - lr * ttt_slopes(W1, W2, k, v)[0]
    return W2 @ F.gelu(W1 @ q)


def primal(W: Tensor, k: Tensor, v: Tensor, q: Tensor, lr: float, online: bool = False) -> Tensor:
    now, answers = W, []
    for t in range(len(q)):
        error = (now if online else W) @ k[t] - v[t]
        now = now - lr * torch.outer(error, k[t])
        answers.append(now @ q[t])
    return torch.stack(answers)


RIGHT: dict[str, list[Any]] = {
    "03.1": [
        lambda M, k, v, lr: M + lr * torch.outer(v - M @ k, k),
        lambda M, k, v, lr: M - lr * (M @ k - v)[:, None] * k,
        lambda M, k, v, lr: M - lr * stepped_by_autograd(M, k, v),
        lambda M, k, v, lr: torch.addr(M, v - M @ k, k, alpha=lr),
        lambda M, k, v, lr: M @ (torch.eye(len(k)).to(M) - lr * torch.outer(k, k)) + lr * torch.outer(v, k),
    ],
    "03.2": [
        lambda M, k, v: 0.5 * ((M @ k - v) ** 2).sum(),
        lambda M, k, v: 0.5 * F.mse_loss(M @ k, v, reduction="sum"),
        lambda M, k, v: (M @ k) @ (M @ k) / 2 - v @ (M @ k),
        lambda M, k, v: 3 + torch.linalg.vector_norm(M @ k - v) ** 2 / 2,
        lambda M, k, v: sum((row @ k - target) ** 2 for row, target in zip(M, v, strict=True)) / 2,
        lambda M, k, v: 0.5 * (M @ k - v)[None] @ (M @ k - v)[:, None],
    ],
    "03.4": [
        ttt_by_hand,
        ttt_by_func,
        lambda W1, W2, k, v, q, lr: ttt_by_hand(W1, W2, k, v, q, lr).tolist(),
    ],
    "03.5": [
        primal,
        lambda W, k, v, q, lr: q @ W.T + lr * (q @ k.T).tril() @ (v - k @ W.T),
        lambda W, k, v, q, lr: (
            q @ W.T - lr * torch.einsum("ti,tk->tik", k @ W.T - v, k).cumsum(0).matmul(q[..., None])[..., 0]
        ),
        lambda W, k, v, q, lr: [
            W @ q[t] - lr * (k[: t + 1] @ q[t]) @ (k[: t + 1] @ W.T - v[: t + 1]) for t in range(len(q))
        ],
    ],
    "03.3": [
        lambda keys: 2 / torch.linalg.eigvalsh(keys.T @ keys).max(),
        lambda keys: 2 / torch.linalg.svdvals(keys)[0] ** 2,
        lambda keys: 2 / np.linalg.norm(keys.numpy(), 2) ** 2,
        lambda keys: (2 / torch.linalg.matrix_norm(keys, 2).square()).item(),
        lambda keys: 2 / torch.linalg.eigvals(keys @ keys.T)[torch.linalg.eigvals(keys @ keys.T).real.argmax()],
    ],
}

WRONG: dict[str, list[tuple[Any, str]]] = {
    "03.1": [
        (lambda M, k, v, lr: M + lr * torch.outer(v, k), "hebbian"),
        (lambda M, k, v, lr: M, "unchanged"),
        (lambda M, k, v, lr: M - lr * torch.outer(v - M @ k, k), "ascent"),
        (lambda M, k, v, lr: M + torch.outer(v - M @ k, k), "no_lr"),
        (lambda M, k, v, lr: M + lr * k[:, None] * (v - M @ k), "swapped"),
        (lambda M, k, v, lr: M - lr * torch.outer(k @ M - v, k), "transposed"),
        (lambda M, k, v, lr: M - lr * 2 * (M @ k - v)[:, None] * k, "twice"),
        (lambda M, k, v, lr: lr * torch.outer(v - M @ k, k), "dropped"),
        (lambda M, k, v, lr: M - lr * torch.outer(M @ k, k), "erased"),
        (lambda M, k, v, lr: M - lr * torch.outer((M + lr * torch.outer(v, k)) @ k - v, k), "new"),
    ],
    "03.2": [
        (lambda M, k, v: -(M @ k) @ v, "hebbian"),
        (lambda M, k, v: ((M @ k - v) ** 2).sum(), "twice"),
        (lambda M, k, v: F.mse_loss(M @ k, v), "mean"),
        (lambda M, k, v: F.mse_loss(M @ k, v) / 2, "half_mean"),
        (lambda M, k, v: (M @ k - v).norm(), "root"),
        (lambda M, k, v: (M @ k - v).norm() / 2, "half_root"),
        (lambda M, k, v: (M @ k - v).abs().sum(), "absolute"),
        (lambda M, k, v: -((M @ k - v) ** 2).sum() / 2, "ascent"),
        (lambda M, k, v: (M @ k - v) ** 2 / 2, "vector"),
        (lambda M, k, v: ((M @ k - v) ** 2).sum().item() / 2, "cut"),
        (lambda M, k, v: ((M.detach() @ k - v) ** 2).sum() / 2, "cut"),
    ],
    "03.4": [
        (lambda W1, W2, k, v, q, lr: W2 @ F.gelu(W1 @ q), "unwritten"),
        (lambda W1, W2, k, v, q, lr: (W2 - lr * ttt_slopes(W1, W2, k, v)[1]) @ F.gelu(W1 @ q), "last_only"),
        (lambda W1, W2, k, v, q, lr: W2 @ F.gelu((W1 - lr * ttt_slopes(W1, W2, k, v)[0]) @ q), "first_only"),
        (lambda W1, W2, k, v, q, lr: ttt_by_hand(W1, W2, k, v, k, lr), "key"),
        (ttt_in_turn, "in_turn"),
        (lambda W1, W2, k, v, q, lr: ttt_by_hand(W1, W2, k, v, q, 2 * lr), "twice"),
        (lambda W1, W2, k, v, q, lr: ttt_by_hand(W1, W2, k, v, q, 2 * lr / len(v)), "mean"),
        (lambda W1, W2, k, v, q, lr: ttt_by_hand(W1, W2, k, v, q, -lr), "ascent"),
        (lambda W1, W2, k, v, q, lr: ttt_by_hand(W1, W2, k, v, q, 1.0), "no_lr"),
    ],
    "03.5": [
        (lambda W, k, v, q, lr: q @ W.T, "frozen"),
        (lambda W, k, v, q, lr: q @ W.T - lr * (q @ k.T) @ (k @ W.T - v), "future"),
        (lambda W, k, v, q, lr: q @ W.T - lr * (q @ k.T).tril(-1) @ (k @ W.T - v), "strict"),
        (lambda W, k, v, q, lr: q @ W.T + lr * (q @ k.T).tril() @ v, "from_zero"),
        (lambda W, k, v, q, lr: lr * (q @ k.T).tril() @ (v - k @ W.T), "no_start"),
        (lambda W, k, v, q, lr: q @ W.T + lr * (q @ k.T).tril() @ (k @ W.T - v), "ascent"),
        (lambda W, k, v, q, lr: q @ W.T - (q @ k.T).tril() @ (k @ W.T - v), "no_lr"),
        (lambda W, k, v, q, lr: q @ W.T - lr * (k @ q.T).tril() @ (k @ W.T - v), "swapped"),
        (lambda W, k, v, q, lr: primal(W, k, v, q, lr, online=True), "online"),
    ],
    "03.3": [
        (lambda keys: 2.0, "unit"),
        (lambda keys: 2 / (keys**2).sum(1).max(), "single"),
        (lambda keys: 2 / (keys**2).sum(1).mean(), "mean"),
        (lambda keys: 2 / (keys**2).sum(), "total"),
        (lambda keys: 2 / torch.linalg.eigvalsh(keys @ keys.T)[-1].sqrt(), "root"),
        (lambda keys: 1 / torch.linalg.eigvalsh(keys @ keys.T)[-1], "half"),
        (lambda keys: torch.linalg.eigvalsh(keys @ keys.T)[-1], "itself"),
        (lambda keys: 2 / torch.linalg.svdvals(keys).min() ** 2, "softest"),
    ],
}
