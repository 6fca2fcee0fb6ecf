"""Exercises of notebook 09: a level, errors in a chain, equal periods, periods for bursts, what a half is worth."""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_09 import bursts
from nlviz.lessons.course.lesson_09.halves import WORTH

__all__ = ["EXERCISES"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _drawn(generator: Generator, dtype: torch.dtype, **shapes: tuple[int, ...]) -> dict[str, Any]:
    """Normal numbers of these shapes, by name."""
    return {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for name, shape in shapes.items()
    }


# ---- 09.1

_TIMES = ((1, 1), (2, 2), (3, 2), (8, 4), (4, 3), (6, 6))


def _token_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    token, period = _TIMES[generator.initial_seed() + (3 if dtype == torch.float32 else 0)]
    drawn = _drawn(generator, dtype, M=(2, 3), waiting=(2, 3), gradient=(2, 3))
    return drawn | {"token": token, "period": period, "inner_lr": 0.4}


def _level(M: Tensor, waiting: Tensor, gradient: Tensor, token: int, period: int, inner_lr: float) -> Tensor:
    """By how many ticks there have been: one more now, or none."""
    due = float(token // period - (token - 1) // period)
    gathered = waiting + gradient
    return torch.stack([M - due * inner_lr / period * gathered, (1 - due) * gathered])


def _told(M: Tensor, written: Tensor, gathered: Tensor, due: bool, left: Any = 0.0) -> Tensor:
    """Where it is due what is written and what waits on; elsewhere M, and all that has gathered."""
    return torch.stack([written, left * gathered] if due else [M, gathered])


_SMALL = {"M": _t([1, 0]), "waiting": _t([2, 4]), "gradient": _t([2, 0])}

CMS_STEP = Exercise(
    "09.1",
    "cms_step",
    truth=_level,
    cases=cases(
        [_SMALL | {"token": 4, "period": 4, "inner_lr": 0.5}, _SMALL | {"token": 3, "period": 4, "inner_lr": 0.5}],
        _token_case,
    ),
    slips={
        "never": lambda M, w, g, token, period, lr: torch.stack([M, w + g]),
        "nothing": lambda M, w, g, token, period, lr: torch.stack([M, w]),
        "every": [
            lambda M, w, g, token, period, lr: torch.stack([M - lr * g, 0 * w]),
            lambda M, w, g, token, period, lr: torch.stack([M - lr * g, w]),
        ],
        "all_along": lambda M, w, g, token, period, lr: torch.stack(
            [M - lr * g / period, (w + g) * float(token % period > 0)]
        ),
        "sum": lambda M, w, g, token, period, lr: _told(M, M - lr * (w + g), w + g, token % period == 0),
        "newest": lambda M, w, g, token, period, lr: _told(M, M - lr * g, w + g, token % period == 0),
        "newest_share": lambda M, w, g, token, period, lr: _told(M, M - lr * g / period, w + g, token % period == 0),
        "late": lambda M, w, g, token, period, lr: torch.stack(
            [M, w + g] if token % period else [M - lr * w / period, g]
        ),
        "first": lambda M, w, g, token, period, lr: _told(
            M, M - lr * (w + g) / period, w + g, (token - 1) % period == 0
        ),
        "stays": lambda M, w, g, token, period, lr: _told(
            M, M - lr * (w + g) / period, w + g, token % period == 0, 1.0
        ),
        "ascent": lambda M, w, g, token, period, lr: _told(M, M + lr * (w + g) / period, w + g, token % period == 0),
        "no_lr": lambda M, w, g, token, period, lr: _told(M, M - (w + g) / period, w + g, token % period == 0),
        "swapped": lambda M, w, g, token, period, lr: _level(M, w, g, token, period, lr).flip(0),
    },
)  # fmt: skip


# ---- 09.2


def _chain_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return _drawn(generator, dtype, W1=(3, 3), W2=(3, 3), W3=(3, 3), k=(3,), v=(3,))


def _by_autograd(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    with torch.enable_grad():
        chain = [one.detach().clone().requires_grad_() for one in (W1, W2, W3)]
        answer = chain[2] @ (chain[1] @ (chain[0] @ k))
        return torch.autograd.grad((answer - v).square().sum() / 2, chain)


def _along(errors: Any) -> Any:
    """error ⊗ what came in, for each of the three, with errors made by a function of the matrices and of e."""

    def gradients(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        comes = k, W1 @ k, W2 @ (W1 @ k)
        found = errors((W1, W2, W3), W3 @ comes[2] - v, comes, v)
        return tuple(torch.outer(error, one) for error, one in zip(found, comes, strict=True))

    return gradients


_CHAIN = {"W1": _t([1, 0], [1, 1]), "W2": _t([0, 2], [1, 0]), "W3": _t([1, 1], [0, 1]), "k": _t(1, 0), "v": _t(1, 0)}

CHAIN = Exercise(
    "09.2",
    "chain_gradients",
    truth=_by_autograd,
    cases=cases([_CHAIN], _chain_case),
    slips={
        "shared": _along(lambda W, e, comes, v: (e, e, e)),
        "own": _along(lambda W, e, comes, v: [one @ at - v for one, at in zip(W, comes, strict=True)]),
        "once": _along(lambda W, e, comes, v: (W[2].mT @ e, W[2].mT @ e, e)),
        "skipped": _along(lambda W, e, comes, v: (W[1].mT @ e, W[2].mT @ e, e)),
        "own_matrix": _along(lambda W, e, comes, v: (W[0].mT @ (W[1].mT @ (W[2].mT @ e)), W[1].mT @ (W[2].mT @ e), e)),
        "forwards": _along(lambda W, e, comes, v: (W[1] @ (W[2] @ e), W[2] @ e, e)),
        "keys": lambda W1, W2, W3, k, v: _at_the_key(W1, W2, W3, k, v),
        "ascent": lambda *given: tuple(-one for one in _by_autograd(*given)),
        "twice": lambda *given: tuple(2 * one for one in _by_autograd(*given)),
        "backwards": lambda *given: _by_autograd(*given)[::-1],
    },
)  # fmt: skip


def _at_the_key(W1: Tensor, W2: Tensor, W3: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    """The right errors, each beside the key rather than beside what its level was given."""
    e = W3 @ (W2 @ (W1 @ k)) - v
    return tuple(torch.outer(error, k) for error in (W2.mT @ (W3.mT @ e), W3.mT @ e, e))


# ---- 09.3


def _levels_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    count = 2 + generator.initial_seed()
    drawn = _drawn(generator, dtype, M=(count, 2, 3), k=(3,), v=(2,))
    return drawn | {"rates": 0.1 + torch.rand(count, generator=generator, dtype=torch.float64).to(dtype)}


def _all_at_once(M: Tensor, rates: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Every level by the error of them all, and their sum after it."""
    error = sum(one @ k for one in M) - v
    return torch.stack([one - rate * torch.outer(error, k) for one, rate in zip(M, rates, strict=True)]).sum(0)


def _one(M: Tensor, rate: Any, k: Tensor, v: Tensor) -> Tensor:
    return M - rate * torch.outer(M @ k - v, k)


ONE_LEVEL = Exercise(
    "09.3",
    "one_level",
    truth=_all_at_once,
    cases=cases(
        [{"M": _t([[1, 0]], [[2, 1]]), "rates": _t(0.5, 0.25), "k": _t(1, 2), "v": _t(3)}], _levels_case
    ),
    slips={
        "unwritten": lambda M, rates, k, v: M.sum(0),
        "first": lambda M, rates, k, v: _one(M[0], rates[0], k, v),
        "mean_rate": lambda M, rates, k, v: _one(M.sum(0), rates.mean(), k, v),
        "largest": lambda M, rates, k, v: _one(M.sum(0), rates.max(), k, v),
        "product": lambda M, rates, k, v: _one(M.sum(0), rates.prod(), k, v),
        "mean": lambda M, rates, k, v: _one(M.mean(0), rates.sum(), k, v),
        "both_means": lambda M, rates, k, v: _one(M.mean(0), rates.mean(), k, v),
        "own_errors": lambda M, rates, k, v: sum(_one(one, rate, k, v) for one, rate in zip(M, rates, strict=True)),
        "rates_first": lambda M, rates, k, v: _one((rates[:, None, None] * M).sum(0), 1.0, k, v),
        "hebbian": lambda M, rates, k, v: M.sum(0) + rates.sum() * torch.outer(v, k),
        "ascent": lambda M, rates, k, v: _one(M.sum(0), -rates.sum(), k, v),
        "each": lambda M, rates, k, v: torch.stack(
            [one - rate * torch.outer(M.sum(0) @ k - v, k) for one, rate in zip(M, rates, strict=True)]
        ),
    },
)  # fmt: skip

EXERCISES = (CMS_STEP, CHAIN, ONE_LEVEL, Judged("09.4", "my_periods", bursts.judge, bursts.SLIPS), WORTH)
