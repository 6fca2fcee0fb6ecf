"""Exercises of notebook 03: a gradient step of a matrix, of a small net, of a mini-batch; and how far it may go."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_03 import cost, loss

__all__ = ["EXERCISES"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _normal(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def _delta_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    square = generator.initial_seed() == 0
    M = _normal(generator, dtype, 4, 4 if square else 3)
    k, v = _normal(generator, dtype, M.shape[1]), _normal(generator, dtype, 4)
    return {"M": M, "k": k, "v": v, "inner_lr": 0.3 + 0.2 * generator.initial_seed()}


def _delta(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    """The gated-delta form: take out what the key answers, then write."""
    kept = torch.eye(len(k), dtype=M.dtype) - inner_lr * k[:, None] * k
    return M @ kept + inner_lr * v[:, None] * k


DELTA = Exercise(
    "03.1",
    "delta",
    truth=_delta,
    cases=cases([{"M": _t([1, 0], [2, 1]), "k": _t(1, 2), "v": _t(3, 0.5), "inner_lr": 0.5}], _delta_case),
    slips={
        "hebbian": lambda M, k, v, inner_lr: M + inner_lr * torch.outer(v, k),
        "unchanged": lambda M, k, v, inner_lr: M,
        "ascent": lambda M, k, v, inner_lr: M + inner_lr * torch.outer(M @ k - v, k),
        "no_lr": lambda M, k, v, inner_lr: M - torch.outer(M @ k - v, k),
        "swapped": lambda M, k, v, inner_lr: M - inner_lr * torch.outer(k, M @ k - v),
        "transposed": lambda M, k, v, inner_lr: M - inner_lr * torch.outer(M.T @ k - v, k),
        "twice": lambda M, k, v, inner_lr: M - 2 * inner_lr * torch.outer(M @ k - v, k),
        "dropped": lambda M, k, v, inner_lr: -inner_lr * torch.outer(M @ k - v, k),
        "erased": lambda M, k, v, inner_lr: M - inner_lr * torch.outer(M @ k, k),
        "new": lambda M, k, v, inner_lr: _at_the_new(M, k, v, inner_lr),
    },
)


def _at_the_new(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    """The error taken after Hebb's write rather than before."""
    after = M + inner_lr * torch.outer(v, k)
    return M - inner_lr * torch.outer(after @ k - v, k)


Weights = tuple[Tensor, Tensor]


def _net(weights: Weights, x: Tensor) -> Tensor:
    return weights[1] @ F.gelu(weights[0] @ x)


def _gradients(weights: Weights, k: Tensor, v: Tensor) -> Weights:
    """Of ½‖W₂ gelu(W₁ k) − v‖², by hand."""
    W1, W2 = weights
    met = W1 @ k
    error = W2 @ F.gelu(met) - v
    slope = 0.5 * (1 + torch.erf(met / math.sqrt(2))) + met * torch.exp(-met.square() / 2) / math.sqrt(2 * math.pi)
    return torch.outer(slope * (W2.T @ error), k), torch.outer(error, F.gelu(met))


def _stepped(
    factors: tuple[float, float], *, lr: bool = True, width: bool = False, asks: str = "q"
) -> Callable[..., Tensor]:
    """One step on both layers, each by its factor, then the answer."""

    def step(W1: Tensor, W2: Tensor, k: Tensor, v: Tensor, q: Tensor, inner_lr: float) -> Tensor:
        rate = (inner_lr if lr else 1.0) / (len(v) / 2 if width else 1.0)
        slopes = _gradients((W1, W2), k, v)
        after = W1 - rate * factors[0] * slopes[0], W2 - rate * factors[1] * slopes[1]
        return _net(after, q if asks == "q" else k)

    return step


def _in_turn(W1: Tensor, W2: Tensor, k: Tensor, v: Tensor, q: Tensor, inner_lr: float) -> Tensor:
    W2 = W2 - inner_lr * _gradients((W1, W2), k, v)[1]
    return _net((W1 - inner_lr * _gradients((W1, W2), k, v)[0], W2), q)


def _net_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    width = 3 + generator.initial_seed()
    W1, W2 = _normal(generator, dtype, 2 * width, width), _normal(generator, dtype, width, 2 * width)
    k, v, q = (_normal(generator, dtype, width) for _ in range(3))
    return {"W1": 0.5 * W1, "W2": 0.5 * W2, "k": k, "v": v, "q": q, "inner_lr": 0.1 + 0.1 * generator.initial_seed()}


_TINY = {
    "W1": _t([1, 0], [0, 1], [1, 1]),
    "W2": _t([1, 0, 1], [0, 1, -1]),
    "k": _t(1, 0.5),
    "v": _t(0, 1),
    "q": _t(0.5, 1),
}

TTT_STEP = Exercise(
    "03.4",
    "ttt_step",
    truth=_stepped((1, 1)),
    cases=cases([{**_TINY, "inner_lr": 0.1}], _net_case),
    slips={
        "unwritten": _stepped((0, 0)),
        "last_only": _stepped((0, 1)),
        "first_only": _stepped((1, 0)),
        "key": _stepped((1, 1), asks="k"),
        "in_turn": _in_turn,
        "twice": _stepped((2, 2)),
        "mean": _stepped((1, 1), width=True),
        "ascent": _stepped((-1, -1)),
        "no_lr": _stepped((1, 1), lr=False),
    },
)


def _batch_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    tokens, width = 6, 5 - (generator.initial_seed() > 0)
    keys, queries = (F.normalize(_normal(generator, dtype, tokens, 5), dim=-1) for _ in range(2))
    W = _normal(generator, dtype, width, 5)
    return {
        "W": W,
        "keys": keys,
        "values": _normal(generator, dtype, tokens, width),
        "queries": queries,
        "inner_lr": 0.4,
    }


def _primal(W: Tensor, keys: Tensor, values: Tensor, queries: Tensor, inner_lr: float) -> Tensor:
    """A matrix for every token: what the dual form saves."""
    now, answers = W, []
    for k, v, q in zip(keys, values, queries, strict=True):
        now = now - inner_lr * torch.outer(W @ k - v, k)
        answers.append(now @ q)
    return torch.stack(answers)


def _online(W: Tensor, keys: Tensor, values: Tensor, queries: Tensor, inner_lr: float) -> Tensor:
    answers = []
    for k, v, q in zip(keys, values, queries, strict=True):
        W = W - inner_lr * torch.outer(W @ k - v, k)
        answers.append(W @ q)
    return torch.stack(answers)


def _written(mask: Callable[[Tensor], Tensor], queries: Tensor, keys: Tensor, errors: Tensor) -> Tensor:
    return mask(queries @ keys.T) @ errors


_ASKED = {
    "W": _t([1, 0], [0, 1]),
    "keys": _t([0, 1], [1, 0], [1, 2]),
    "values": _t([1, 0], [0, 2], [3, 1]),
    "queries": _t([1, 0], [0, 1], [1, 1]),
    "inner_lr": 0.5,
}

DUAL = Exercise(
    "03.5",
    "dual",
    truth=_primal,
    cases=cases([_ASKED], _batch_case),
    slips={
        "frozen": lambda W, keys, values, queries, inner_lr: queries @ W.T,
        "future": lambda W, keys, values, queries, inner_lr: (
            queries @ W.T - inner_lr * queries @ keys.T @ (keys @ W.T - values)
        ),
        "strict": lambda W, keys, values, queries, inner_lr: (
            queries @ W.T - inner_lr * torch.tril(queries @ keys.T, -1) @ (keys @ W.T - values)
        ),
        "from_zero": lambda W, keys, values, queries, inner_lr: (
            queries @ W.T + inner_lr * torch.tril(queries @ keys.T) @ values
        ),
        "no_start": lambda W, keys, values, queries, inner_lr: (
            -inner_lr * torch.tril(queries @ keys.T) @ (keys @ W.T - values)
        ),
        "ascent": lambda W, keys, values, queries, inner_lr: (
            queries @ W.T + inner_lr * torch.tril(queries @ keys.T) @ (keys @ W.T - values)
        ),
        "no_lr": lambda W, keys, values, queries, inner_lr: (
            queries @ W.T - torch.tril(queries @ keys.T) @ (keys @ W.T - values)
        ),
        "swapped": lambda W, keys, values, queries, inner_lr: (
            queries @ W.T - inner_lr * torch.tril(keys @ queries.T) @ (keys @ W.T - values)
        ),
        "online": _online,
    },
)


def _keys_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return {"keys": _normal(generator, dtype, 1 + 3 * generator.initial_seed(), 4)}


LARGEST_LR = Exercise(
    "03.3",
    "largest_lr",
    truth=lambda keys: 2 / torch.linalg.eigvalsh(keys.double() @ keys.double().T)[-1].item(),
    cases=cases([{"keys": _t([2, 0])}, {"keys": _t([1, 0], [1, 1])}], _keys_case),
    slips={
        "unit": lambda keys: 2.0,
        "single": lambda keys: 2 / keys.square().sum(-1).max(),
        "mean": lambda keys: 2 / keys.square().sum(-1).mean(),
        "total": lambda keys: 2 / keys.square().sum(),
        "root": lambda keys: 2 / torch.linalg.matrix_norm(keys, 2),
        "half": lambda keys: 1 / torch.linalg.matrix_norm(keys, 2).square(),
        "itself": lambda keys: torch.linalg.matrix_norm(keys, 2).square(),
        "softest": lambda keys: 2 / torch.linalg.svdvals(keys)[-1].square(),
    },
)

EXERCISES = (
    DELTA,
    Judged("03.2", "loss", loss.judge, loss.SLIPS),
    LARGEST_LR,
    TTT_STEP,
    Judged("03.5", "dual", partial(cost.judge, DUAL), tuple(DUAL.slips)),
)
