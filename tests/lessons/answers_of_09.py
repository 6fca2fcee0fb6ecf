"""Answers to the exercises of notebook 09 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nlviz.memory import Continuum, DeepMemory, Gates, Level, Pairs

__all__ = ["RIGHT", "WRONG"]

Score = Callable[[bool, bool], float]

# ---- 09.1


def in_place(M: Tensor, waiting: Tensor, gradient: Tensor, token: int, period: int, inner_lr: float) -> Any:
    waiting += gradient
    if not token % period:
        M -= inner_lr / period * waiting
        waiting.zero_()
    return M, waiting


def counted(M: Tensor, waiting: Tensor, gradient: Tensor, token: int, period: int, inner_lr: float) -> Tensor:
    over = token // period > (token - 1) // period
    gathered = waiting + gradient
    return torch.stack([M - over * inner_lr * gathered / period, (not over) * gathered])


# ---- 09.2


def by_autograd(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> Any:
    levels = [one.clone().requires_grad_() for one in (W1, W2, W3)]
    loss = 0.5 * (levels[2] @ levels[1] @ levels[0] @ k - v).square().sum()
    return torch.autograd.grad(loss, levels)


def as_rows(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> Any:
    error = W3 @ W2 @ W1 @ k - v
    return [
        (error @ W3 @ W2)[:, None] * k,
        (error @ W3)[:, None] * (W1 @ k),
        error[:, None] * (W2 @ W1 @ k),
    ]


def by_func(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> Any:
    return torch.func.grad(lambda w: (w[2] @ (w[1] @ (w[0] @ k)) - v).square().sum() / 2)((W1, W2, W3))


def _chain(errors: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> Callable[..., Any]:
    def gradients(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> Any:
        a = W1 @ k
        b = W2 @ a
        e1, e2, e3 = errors(W1, W2, W3, W3 @ b - v)
        return torch.outer(e1, k), torch.outer(e2, a), torch.outer(e3, b)

    return gradients


def own_targets(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> Any:
    found = []
    for W in (W1, W2, W3):
        found.append(torch.outer(W @ k - v, k))
        k = W @ k
    return found


def _beside_the_key(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> Any:
    e = W3 @ W2 @ W1 @ k - v
    return torch.outer(W2.T @ W3.T @ e, k), torch.outer(W3.T @ e, k), torch.outer(e, k)


# ---- 09.5


def by_name(score: Score) -> Any:
    of = {both: score(*both) for both in [(True, True), (True, False), (False, True)]}
    return torch.tensor([of[True, True] - of[False, True], of[True, True] - of[True, False]], dtype=torch.float64)


# ---- 09.3


def by_the_library(M: Tensor, rates: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A continuum of levels side by side."""
    levels = [
        Level(DeepMemory(len(k), len(v), initial=one), rate=float(rate)) for one, rate in zip(M, rates, strict=True)
    ]
    built, pairs = Continuum(levels, "independent"), Pairs(k[None, None], v[None, None])
    return torch.stack([*built.write(built.init(1), pairs, Gates.constant(pairs)).memory]).sum(0)[0]


def level_by_level(M: Tensor, rates: Tensor, k: Tensor, v: Tensor) -> Any:
    error = (M @ k).sum(0) - v
    after = M.numpy().copy()
    for place in range(len(M)):
        after[place] -= (float(rates[place]) * error[:, None] * k).numpy()
    return after.sum(axis=0)


RIGHT: dict[str, list[Any]] = {
    "09.1": [in_place, counted, lambda M, w, g, token, period, lr: (
        (M, w + g) if token % period else (M - lr * (w + g) / period, 0 * w)
    )],
    "09.2": [by_autograd, as_rows, by_func],
    "09.4": [
        lambda shortest, longest, apart: (1, 2 * longest),
        lambda shortest, longest, apart: [1, apart // 4],
        lambda shortest, longest, apart: torch.tensor([1.0, longest + 20.0]),
        lambda shortest, longest, apart: (1, longest),
        lambda shortest, longest, apart: (max(1, shortest // 12), apart // 5),
    ],
    "09.5": [
        by_name,
        lambda score: (score(True, True) - score(False, True), score(True, True) - score(True, False)),
        lambda score: [-(score(*one) - score(1, 1)) for one in ((0, 1), (1, 0))],
    ],
    "09.3": [
        by_the_library,
        level_by_level,
        lambda M, rates, k, v: sum(M) - sum(rates) * torch.outer(sum(M) @ k - v, k),
        lambda M, rates, k, v: (
            M.sum(0) @ (torch.eye(len(k), dtype=M.dtype) - rates.sum() * k[:, None] * k)
            + rates.sum() * v[:, None] * k
        ),
    ],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "09.1": [
        (lambda M, w, g, token, period, lr: (M, w + g), "never"),
        (lambda M, w, g, token, period, lr: (M, w), "nothing"),
        (lambda M, w, g, token, period, lr: (M - lr * g, torch.zeros_like(w)), "every"),
        (lambda M, w, g, token, period, lr: (M - lr * g, w), "every"),
        (lambda M, w, g, token, period, lr: (
            (M - lr / period * g, w + g) if token % period else (M - lr / period * g, 0 * w)
        ), "all_along"),
        (lambda M, w, g, token, period, lr: (M, w + g) if token % period else (M - lr * (w + g), 0 * w), "sum"),
        (lambda M, w, g, token, period, lr: (M, w + g) if token % period else (M - lr * g, 0 * w), "newest"),
        (lambda M, w, g, token, period, lr: (
            (M, w + g) if token % period else (M - lr / period * g, 0 * w)
        ), "newest_share"),
        (lambda M, w, g, token, period, lr: (M, w + g) if token % period else (M - lr * w / period, g), "late"),
        (lambda M, w, g, token, period, lr: (
            (M - lr * (w + g) / period, 0 * w) if token % period == 1 % period else (M, w + g)
        ), "first"),
        (lambda M, w, g, token, period, lr: (M - (token % period == 0) * lr * (w + g) / period, w + g), "stays"),
        (lambda M, w, g, token, period, lr: (
            (M, w + g) if token % period else (M + lr * (w + g) / period, 0 * w)
        ), "ascent"),
        (lambda M, w, g, token, period, lr: (M, w + g) if token % period else (M - (w + g) / period, 0 * w), "no_lr"),
        (lambda *given: in_place(*given)[::-1], "swapped"),
    ],
    "09.2": [
        (_chain(lambda W1, W2, W3, e: (e, e, e)), "shared"),
        (own_targets, "own"),
        (_chain(lambda W1, W2, W3, e: (e @ W3, e @ W3, e)), "once"),
        (_chain(lambda W1, W2, W3, e: (W2.T @ e, W3.T @ e, e)), "skipped"),
        (_chain(lambda W1, W2, W3, e: (e @ W3 @ W2 @ W1, e @ W3 @ W2, e)), "own_matrix"),
        (_chain(lambda W1, W2, W3, e: (W2 @ W3 @ e, W3 @ e, e)), "forwards"),
        (_beside_the_key, "keys"),
        (lambda W1, W2, W3, k, v: [-one for one in as_rows(W1, W2, W3, k, v)], "ascent"),
        (lambda W1, W2, W3, k, v: [2 * one for one in as_rows(W1, W2, W3, k, v)], "twice"),
        (lambda W1, W2, W3, k, v: as_rows(W1, W2, W3, k, v)[::-1], "backwards"),
    ],
    "09.4": [
        (lambda shortest, longest, apart: 2 * longest, "shape"),
        (lambda shortest, longest, apart: ("1", "8"), "shape"),
        (lambda shortest, longest, apart: (shortest / 7, longest), "whole"),
        (lambda shortest, longest, apart: (0, longest), "whole"),
        (lambda shortest, longest, apart: (2 * longest, 1), "swapped"),
        (lambda shortest, longest, apart: (shortest - 1, 2 * longest), "multiple"),
        (lambda shortest, longest, apart: (1, 1), "equal"),
        (lambda shortest, longest, apart: (shortest, shortest), "equal"),
        (lambda shortest, longest, apart: (shortest // 2, 12 * shortest // 2), "sluggish"),
        (lambda shortest, longest, apart: (1, shortest // 4), "inside"),
        (lambda shortest, longest, apart: (1, apart), "rare"),
        (lambda shortest, longest, apart: (1, 4 * apart), "rare"),
        (lambda shortest, longest, apart: (1, 12), "fixed"),
        (lambda shortest, longest, apart: (1, 10), "fixed"),
    ],
    "09.5": [
        (lambda score: (score(True, False), score(False, True)), "itself"),
        (lambda score: [score(True, True)] * 2, "whole"),
        (lambda score: [score(1, 0) - score(0, 0), score(0, 1) - score(0, 0)], "added"),
        (lambda score: [score(True, True) - score(True, False), score(True, True) - score(False, True)], "swapped"),
        (lambda score: [score(False, True) - score(True, True), score(True, False) - score(True, True)], "harm"),
        (lambda score: [score(True, True) - score(False, False)] * 2, "from_nothing"),
        (lambda score: [score(1, 0) - score(0, 1), score(0, 1) - score(1, 0)], "beside"),
        (lambda score: [(score(1, 1) - score(*one)) / score(1, 1) for one in ((0, 1), (1, 0))], "share"),
        (lambda score: [
            (score(1, 1) - score(*without) + score(*alone) - score(0, 0)) / 2
            for without, alone in (((0, 1), (1, 0)), ((1, 0), (0, 1)))
        ], "both_orders"),
    ],
    "09.3": [
        (lambda M, rates, k, v: sum(M), "unwritten"),
        (lambda M, rates, k, v: M[0] - rates[0] * torch.outer(M[0] @ k - v, k), "first"),
        (lambda M, rates, k, v: sum(M) - rates.mean() * torch.outer(sum(M) @ k - v, k), "mean_rate"),
        (lambda M, rates, k, v: sum(M) - max(rates) * torch.outer(sum(M) @ k - v, k), "largest"),
        (lambda M, rates, k, v: sum(M) - math.prod(rates) * torch.outer(sum(M) @ k - v, k), "product"),
        (lambda M, rates, k, v: M.mean(0) - rates.sum() * torch.outer(M.mean(0) @ k - v, k), "mean"),
        (lambda M, rates, k, v: M.mean(0) - rates.mean() * torch.outer(M.mean(0) @ k - v, k), "both_means"),
        (lambda M, rates, k, v: (M - rates[:, None, None] * (M @ k - v)[..., None] * k).sum(0), "own_errors"),
        (lambda M, rates, k, v: by_the_library(rates[:, None, None] * M, rates / rates.sum(), k, v), "rates_first"),
        (lambda M, rates, k, v: sum(M) + rates.sum() * torch.outer(v, k), "hebbian"),
        (lambda M, rates, k, v: sum(M) + rates.sum() * torch.outer(sum(M) @ k - v, k), "ascent"),
        (lambda M, rates, k, v: M - rates[:, None, None] * torch.outer(sum(M) @ k - v, k), "each"),
    ],
}  # fmt: skip
