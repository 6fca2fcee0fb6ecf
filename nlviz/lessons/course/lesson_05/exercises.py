"""Exercises of notebook 05: a Titans step, gates that hold an event, a wiring told from its mask, the stability map."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_05 import chosen_gates as hold
from nlviz.lessons.course.lesson_05 import masks

__all__ = ["EXERCISES"]

Both = tuple[Tensor, Tensor]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _net_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    """One matrix of a small net: its gradient comes from autograd."""
    W1, W2, S, k, v = (
        torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)
        for shape in ((5, 3), (4, 5), (5, 3), (3,), (4,))
    )
    W1.requires_grad_()
    loss = 0.5 * (W2 @ F.silu(W1 @ k) - v).square().sum()
    (gradient,) = torch.autograd.grad(loss, W1)
    seed = generator.initial_seed()
    given = {"M": W1.detach(), "S": S, "gradient": gradient}
    return given | {"inner_lr": 0.3 + 0.2 * seed, "momentum": 0.9 - 0.25 * seed, "forget": 0.05 + 0.1 * seed}


def _titans(M: Tensor, S: Tensor, gradient: Tensor, inner_lr: float, momentum: float, forget: float) -> Both:
    """The new M first: what it has gained on (1 − α) M is the new S."""
    after = torch.lerp(M, torch.zeros_like(M), forget).add(S, alpha=momentum).sub(gradient, alpha=inner_lr)
    return after, after - (1 - forget) * M


def _moved(S: Tensor, M: Tensor, keep: float = 1.0) -> Both:
    return keep * M + S, S


def _torch_s(M: Tensor, S: Tensor, gradient: Tensor, inner_lr: float, momentum: float, forget: float) -> Both:
    """As torch.optim.SGD writes it: S gathers gradients, and a step goes against it."""
    S = momentum * S + gradient
    return (1 - forget) * M - inner_lr * S, S


TITANS_STEP = Exercise(
    "05.1",
    "titans_step",
    truth=_titans,
    cases=cases(
        [{
            "M": _t([1, 0], [2, 1]), "S": _t([0, 1], [1, 0]), "gradient": _t([1, 2], [0, 1]),
            "inner_lr": 0.5, "momentum": 0.8, "forget": 0.1,
        }],
        _net_case,
    ),
    slips={
        "plain": lambda M, S, g, inner_lr, momentum, forget: (M - inner_lr * g, S),
        "decayed": lambda M, S, g, inner_lr, momentum, forget: ((1 - forget) * M - inner_lr * g, S),
        "no_forget": lambda M, S, g, inner_lr, momentum, forget: _moved(momentum * S - inner_lr * g, M),
        "no_past": lambda M, S, g, inner_lr, momentum, forget: _moved(-inner_lr * g, M, 1 - forget),
        "old": lambda M, S, g, inner_lr, momentum, forget: ((1 - forget) * M + S, momentum * S - inner_lr * g),
        "ascent": lambda M, S, g, inner_lr, momentum, forget: _moved(momentum * S + inner_lr * g, M, 1 - forget),
        "keep": lambda M, S, g, inner_lr, momentum, forget: _moved(momentum * S - inner_lr * g, M, forget),
        "late": lambda M, S, g, inner_lr, momentum, forget: (
            (1 - forget) * (M + momentum * S - inner_lr * g), momentum * S - inner_lr * g
        ),
        "both": lambda M, S, g, inner_lr, momentum, forget: (
            (1 - forget) * (M + momentum * S - inner_lr * g), (1 - forget) * (momentum * S - inner_lr * g)
        ),
        "torch": [_torch_s, lambda M, S, g, inner_lr, momentum, forget: (
            (1 - forget) * M + inner_lr * (momentum * S - g), momentum * S - g
        )],
        "no_lr": lambda M, S, g, inner_lr, momentum, forget: _moved(momentum * S - g, M, 1 - forget),
        "mean": lambda M, S, g, inner_lr, momentum, forget: (
            _moved(momentum * S - (1 - momentum) * inner_lr * g, M, 1 - forget)
        ),
        "swapped": lambda M, S, g, inner_lr, momentum, forget: _titans(M, S, g, inner_lr, momentum, forget)[::-1],
    },
)  # fmt: skip


def _limit_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    momentum, forget, length = torch.rand(3, generator=generator, dtype=torch.float64).tolist()
    return {"momentum": 0.95 * momentum, "forget": 0.6 * forget, "length": 0.5 + length}


def _limit(momentum: float, forget: float, length: float) -> float:
    """Found by halving: below it, what a write multiplies (recall, S) with has no eigenvalue beyond 1."""
    low, high = 0.0, 8 / length**2
    for _ in range(60):
        middle = (low + high) / 2
        write = torch.tensor([[1 - forget - middle * length**2, momentum], [-middle * length**2, momentum]])
        stable = torch.linalg.eigvals(write.double()).abs().max().item() < 1
        low, high = (middle, high) if stable else (low, middle)
    return low


STABLE = Exercise(
    "05.3",
    "stable_below",
    truth=_limit,
    cases=cases(
        [{"momentum": 0.5, "forget": 0.0, "length": 1.0}, {"momentum": 0.0, "forget": 0.5, "length": 2.0}], _limit_case
    ),
    slips={
        "constant": lambda momentum, forget, length: 2.0,
        "plain": lambda momentum, forget, length: 2 / length**2,
        "no_forget": lambda momentum, forget, length: 2 * (1 + momentum) / length**2,
        "no_momentum": lambda momentum, forget, length: (2 - forget) / length**2,
        "no_length": lambda momentum, forget, length: (2 - forget) * (1 + momentum),
        "root": lambda momentum, forget, length: (2 - forget) * (1 + momentum) / length,
        "keep": lambda momentum, forget, length: (1 + forget) * (1 + momentum) / length**2,
        "smaller": lambda momentum, forget, length: (2 - forget) * (1 - momentum) / length**2,
        "unrelated": lambda momentum, forget, length: 2 * (1 - momentum) / length**2,
        "half": lambda momentum, forget, length: (1 - forget / 2) * (1 + momentum) / length**2,
    },
)

EXERCISES = (
    TITANS_STEP,
    Judged("05.2", "my_gates", hold.judge, hold.SLIPS),
    STABLE,
    Judged("05.4", "tell", masks.judge, masks.SLIPS),
)
