"""Answers to the exercises of notebook 08 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nlviz.memory import Gates, Hebbian, Pairs
from nlviz.optim import DGD

__all__ = ["RIGHT", "WRONG"]

# ---- 08.1


def entry_by_entry(M: Tensor, x: Tensor, delta: Tensor, beta: float) -> Any:
    after = M.numpy().copy()
    for i in range(after.shape[0]):
        for j in range(after.shape[1]):
            after[i, j] = beta * after[i, j] + delta[i] * x[j]
    return after


def by_a_memory(M: Tensor, x: Tensor, delta: Tensor, beta: float) -> Tensor:
    """Hebb's rule of the library, which forgets 1 − β."""
    memory = Hebbian(len(x), len(delta))
    pairs = Pairs(x[None, None], delta[None, None])
    state = memory.init(1, M)._replace(memory=M[None])
    return memory.write(state, pairs, Gates.constant(pairs, forget=1 - beta)).memory[0]


# ---- 08.2


def by_inverse(W: Tensor, x: Tensor, slope: Tensor, lr: float) -> Tensor:
    """The normal equations as they stand."""
    eye = torch.eye(len(x), dtype=W.dtype)
    return (W / lr - torch.outer(slope, x)) @ torch.linalg.inv(eye / lr + torch.outer(x, x))


def by_the_library(W: Tensor, x: Tensor, slope: Tensor, lr: float) -> Tensor:
    layer = torch.nn.Linear(len(x), len(slope), bias=False, dtype=W.dtype)
    with torch.no_grad():
        layer.weight.copy_(W)
    optimizer = DGD(layer.parameters(), layer, lr=lr)
    (layer(x[None]) @ slope).sum().backward()
    optimizer.step()
    return layer.weight


# ---- 08.3


def in_place(M2: Tensor, waiting: Tensor, gradient: Tensor, step: int, period: int, beta: float) -> tuple[Any, Any]:
    if step > 0 and not step % period:
        M2 += beta * waiting
        waiting.zero_()
    waiting += gradient
    return M2, waiting


def counted(M2: Tensor, waiting: Tensor, gradient: Tensor, step: int, period: int, beta: float) -> tuple[Any, Any]:
    if step in range(period, step + 1, period):
        return torch.add(M2, waiting, alpha=beta), gradient
    return M2, torch.add(waiting, gradient)


# ---- 08.4


def momentum(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    past = beta * past + gradient
    return weight - lr * past, past


def signs(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    past = beta * past + (1 - beta) * gradient
    return weight - lr * past.sign(), past


def squares(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    past = beta * past + (1 - beta) * gradient**2
    return weight - lr * gradient / (past.sqrt() + 1e-8), past


def erases(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> list[Tensor]:
    key = gradient / (gradient.norm() + 1e-9)
    past = beta * past - past @ key.mT @ key + gradient
    return [weight - lr * past, past]


def _plain(weight: Tensor, gradient: Tensor, past: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    return weight - lr * gradient, past


RIGHT: dict[str, list[Any]] = {
    "08.1": [
        lambda M, x, delta, beta: M - (1 - beta) * M + delta[:, None] * x,
        by_a_memory,
        lambda M, x, delta, beta: torch.addr(M, delta, x, beta=beta),
        lambda M, x, delta, beta: beta * M + torch.einsum("i,j->ij", delta, x),
        entry_by_entry,
    ],
    "08.2": [
        by_inverse,
        by_the_library,
        lambda W, x, slope, lr: W - torch.outer(W @ x + slope, x) / (1 / lr + x.square().sum()),
        lambda W, x, slope, lr: (
            W @ (torch.eye(len(x), dtype=W.dtype) - lr / (1 + lr * x.dot(x)) * x[:, None] * x)
            - lr / (1 + lr * x.norm() ** 2) * slope[:, None] * x[None]
        ),
    ],
    "08.3": [in_place, counted, lambda M2, w, g, step, period, beta: (
        (M2, w + g) if step == 0 or step % period else [M2 + beta * w, g]
    )],
    "08.4": [momentum, signs, squares, erases],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "08.1": [
        (lambda M, x, delta, beta: torch.outer(delta, x), "newest"),
        (lambda M, x, delta, beta: beta * M, "nothing"),
        (lambda M, x, delta, beta: M + torch.outer(delta, x), "all"),
        (lambda M, x, delta, beta: torch.lerp(torch.outer(delta, x), M, beta), "average"),
        (lambda M, x, delta, beta: M - beta * M + torch.outer(delta, x), "keep"),
        (lambda M, x, delta, beta: beta * M + beta * torch.outer(delta, x), "both"),
        (lambda M, x, delta, beta: beta * M - torch.outer(delta, x), "down"),
        (lambda M, x, delta, beta: beta * M - torch.outer(M @ x - delta, x), "rule"),
        (lambda M, x, delta, beta: (beta * M + torch.outer(delta, x)).T, "turned"),
    ],
    "08.2": [
        (lambda W, x, slope, lr: W - lr * torch.outer(slope, x), "descent"),
        (lambda W, x, slope, lr: W - lr / (1 + lr) * torch.outer(W @ x + slope, x), "printed"),
        (lambda W, x, slope, lr: W - lr * torch.outer(W @ x + slope, x), "explicit"),
        (lambda W, x, slope, lr: W - lr / (1 + lr * x.norm()) * torch.outer(W @ x + slope, x), "length"),
        (lambda W, x, slope, lr: W - lr / (1 + x @ x) * torch.outer(W @ x + slope, x), "only_size"),
        (lambda W, x, slope, lr: W - torch.outer(slope, x) / (1 / lr + x @ x), "no_erase"),
        (lambda W, x, slope, lr: W - (W + torch.outer(slope, x)) / (1 / lr + x @ x), "everywhere"),
        (lambda W, x, slope, lr: W - torch.outer(W @ x - slope, x) / (1 / lr + x @ x), "up"),
        (lambda W, x, slope, lr: W - torch.outer(W @ x + slope, x) / (x @ x), "all_of_it"),
    ],
    "08.3": [
        (lambda M2, w, g, step, period, beta: (M2, w + g), "never"),
        (lambda M2, w, g, step, period, beta: (
            (torch.lerp(w, M2, beta), g) if step and step % period == 0 else (M2, w + g)
        ), "averages"),
        (lambda M2, w, g, step, period, beta: (
            (beta * M2 + w, g) if step and step % period == 0 else (M2, w + g)
        ), "fades"),
        (lambda M2, w, g, step, period, beta: (M2 + beta * w, g), "every"),
        (lambda M2, w, g, step, period, beta: (
            (M2, w + g) if (step + 1) % period else (M2 + beta * (w + g), torch.zeros_like(w))
        ), "after"),
        (lambda M2, w, g, step, period, beta: (
            (M2 + beta * (w + g), torch.zeros_like(w)) if step and step % period == 0 else (M2, w + g)
        ), "one_more"),
        (lambda M2, w, g, step, period, beta: (M2 + beta * w, g) if step % period == 0 else (M2, w + g), "first"),
        (lambda M2, w, g, step, period, beta: (
            (M2 + beta * w, w + g) if step and step % period == 0 else (M2, w + g)
        ), "stays"),
        (lambda M2, w, g, step, period, beta: (
            (M2 + beta * w / period, g) if step and step % period == 0 else (M2, w + g)
        ), "mean"),
        (lambda M2, w, g, step, period, beta: (M2 + w, g) if step and step % period == 0 else (M2, w + g), "no_beta"),
        (lambda M2, w, g, step, period, beta: (M2 + beta * g, g) if step and step % period == 0 else (M2, g), "newest"),
        (lambda M2, w, g, step, period, beta: in_place(M2, w, g, step, period, beta)[::-1], "swapped"),
    ],
    "08.4": [
        (lambda weight, g, past, lr, beta: weight - lr * g, "shape"),
        (lambda weight, g, past, lr, beta: (weight, past.sum()), "shape"),
        (lambda weight, g, past, lr, beta: (weight, beta * past + g), "still"),
        (lambda weight, g, past, lr, beta: (weight - lr * past, beta * past + g), "late"),
        (lambda weight, g, past, lr, beta: (weight + lr * (beta * past + g), beta * past + g), "climbs"),
        (lambda weight, g, past, lr, beta: (-1e30 * weight.abs() - g, beta * past + 1e30 * g), "lost"),
        (_plain, "plain"),
        (lambda weight, g, past, lr, beta: (weight - lr * g, g), "plain"),
        (lambda weight, g, past, lr, beta: (weight - lr * (past + g), past + g), "hoards"),
        (lambda weight, g, past, lr, beta: (weight - 0.001 * (past + g), 0.5 * past + g), "slow"),
    ],
}  # fmt: skip
