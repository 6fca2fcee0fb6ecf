"""Exercises of notebook 08: momentum as a memory, DGD's rate, M3's slow memory, and an optimizer of one's own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_08 import own_optimizer as own

__all__ = ["EXERCISES"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _drawn(generator: Generator, dtype: torch.dtype, **shapes: tuple[int, ...]) -> dict[str, Any]:
    """Normal numbers of these shapes, by name."""
    return {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for name, shape in shapes.items()
    }


# ---- 08.1


def _memory_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    drawn = _drawn(generator, dtype, M=(4, 3), x=(3,), delta=(4,))
    return drawn | {"beta": 0.9 - 0.3 * (generator.initial_seed() % 3)}


def _remembered(M: Tensor, x: Tensor, delta: Tensor, beta: float) -> Tensor:
    """By torch's own SGD: its momentum buffer after a step whose gradient is δ xᵀ."""
    weight = torch.zeros_like(M).requires_grad_()
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=beta)
    optimizer.state[weight]["momentum_buffer"] = M.clone()
    (weight @ x).backward(delta)
    optimizer.step()
    return optimizer.state[weight]["momentum_buffer"]


REMEMBER = Exercise(
    "08.1",
    "remember",
    truth=_remembered,
    cases=cases([{"M": _t([1, 0, 2], [2, 1, 0]), "x": _t(1, 2, 0), "delta": _t(3, 0.5), "beta": 0.5}], _memory_case),
    slips={
        "newest": lambda M, x, delta, beta: torch.outer(delta, x),
        "nothing": lambda M, x, delta, beta: beta * M,
        "all": lambda M, x, delta, beta: M + torch.outer(delta, x),
        "average": lambda M, x, delta, beta: beta * M + (1 - beta) * torch.outer(delta, x),
        "keep": lambda M, x, delta, beta: (1 - beta) * M + torch.outer(delta, x),
        "both": lambda M, x, delta, beta: beta * (M + torch.outer(delta, x)),
        "down": lambda M, x, delta, beta: beta * M - torch.outer(delta, x),
        "rule": lambda M, x, delta, beta: beta * M - torch.outer(M @ x - delta, x),
        "turned": lambda M, x, delta, beta: beta * M.mT + torch.outer(x, delta),
    },
)


# ---- 08.2


def _layer_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return _drawn(generator, dtype, W=(2, 3), x=(3,), slope=(2,)) | {"lr": 0.5 + generator.initial_seed()}


def _least(W: Tensor, x: Tensor, slope: Tensor, lr: float) -> Tensor:
    """argmin ½‖T x + slope‖² + 1/(2 lr)‖T − W‖² over T, as one stacked least-squares problem."""
    rows = torch.cat([x[None], torch.eye(len(x), dtype=W.dtype) / lr**0.5])
    values = torch.cat([-slope[None], W.mT / lr**0.5])
    return torch.linalg.lstsq(rows, values).solution.mT


def _fitted(W: Tensor, x: Tensor, slope: Tensor, rate: Any) -> Tensor:
    """W (I − rate x xᵀ) − rate slope xᵀ."""
    return W - rate * torch.outer(W @ x + slope, x)


DGD_STEP = Exercise(
    "08.2",
    "dgd_step",
    truth=_least,
    cases=cases(
        [{"W": _t([1, 0], [0, 1]), "x": _t(1, 1), "slope": _t(-3, 1), "lr": 0.5}], _layer_case
    ),
    slips={
        "descent": lambda W, x, slope, lr: W - lr * torch.outer(slope, x),
        "printed": lambda W, x, slope, lr: _fitted(W, x, slope, lr / (1 + lr)),
        "explicit": lambda W, x, slope, lr: _fitted(W, x, slope, lr),
        "length": lambda W, x, slope, lr: _fitted(W, x, slope, lr / (1 + lr * x.norm())),
        "only_size": lambda W, x, slope, lr: _fitted(W, x, slope, lr / (1 + x @ x)),
        "no_erase": lambda W, x, slope, lr: W - lr / (1 + lr * x @ x) * torch.outer(slope, x),
        "everywhere": lambda W, x, slope, lr: W - lr / (1 + lr * x @ x) * (W + torch.outer(slope, x)),
        "up": lambda W, x, slope, lr: W - lr / (1 + lr * x @ x) * torch.outer(W @ x - slope, x),
        "all_of_it": lambda W, x, slope, lr: _fitted(W, x, slope, 1 / (x @ x)),
    },
)  # fmt: skip


# ---- 08.3

# Before the first step nothing is written, whatever the period.
_TIMES = ((0, 2), (1, 2), (2, 2), (5, 4), (6, 3), (3, 1))


def _step_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    step, period = _TIMES[generator.initial_seed() + (3 if dtype == torch.float32 else 0)]
    drawn = _drawn(generator, dtype, M2=(2, 3), waiting=(2, 3), gradient=(2, 3))
    return drawn | {"step": step, "period": period, "beta": 0.9}


def _slow(M2: Tensor, waiting: Tensor, gradient: Tensor, step: int, period: int, beta: float) -> Tensor:
    """By counting what is due: all that waits where a period has just ended, nothing elsewhere."""
    due = float(step > 0) * float(step // period * period == step)
    return torch.stack([M2 + due * beta * waiting, (1 - due) * waiting + gradient])


def _at(due: bool, M2: Tensor, written: Tensor, waiting: Tensor, gradient: Tensor, left: Any = 0.0) -> Tensor:
    """What is written where it is due, and what waits then."""
    return torch.stack([written if due else M2, (left * waiting if due else waiting) + gradient])


def _due(step: int, period: int) -> bool:
    return step > 0 and step % period == 0


_SMALL = {"M2": _t([1, 0]), "waiting": _t([2, 4]), "gradient": _t([1, 1])}

SLOW_MEMORY = Exercise(
    "08.3",
    "slow_memory",
    truth=_slow,
    cases=cases(
        [_SMALL | {"step": 4, "period": 2, "beta": 0.5}, _SMALL | {"step": 3, "period": 2, "beta": 0.5}], _step_case
    ),
    slips={
        "never": lambda M2, w, g, step, period, beta: torch.stack([M2, w + g]),
        "averages": lambda M2, w, g, step, period, beta: (
            _at(_due(step, period), M2, beta * M2 + (1 - beta) * w, w, g)
        ),
        "fades": lambda M2, w, g, step, period, beta: _at(_due(step, period), M2, beta * M2 + w, w, g),
        "every": lambda M2, w, g, step, period, beta: torch.stack([M2 + beta * w, g]),
        "after": lambda M2, w, g, step, period, beta: (
            torch.stack([M2 + beta * (w + g), 0 * w]) if (step + 1) % period == 0 else torch.stack([M2, w + g])
        ),
        "one_more": lambda M2, w, g, step, period, beta: (
            torch.stack([M2 + beta * (w + g), 0 * w]) if _due(step, period) else torch.stack([M2, w + g])
        ),
        "first": lambda M2, w, g, step, period, beta: _at(step % period == 0, M2, M2 + beta * w, w, g),
        "stays": lambda M2, w, g, step, period, beta: _at(_due(step, period), M2, M2 + beta * w, w, g, 1.0),
        "mean": lambda M2, w, g, step, period, beta: _at(_due(step, period), M2, M2 + beta * w / period, w, g),
        "no_beta": lambda M2, w, g, step, period, beta: _at(_due(step, period), M2, M2 + w, w, g),
        "newest": lambda M2, w, g, step, period, beta: (
            torch.stack([M2 + beta * g if _due(step, period) else M2, g])
        ),
        "swapped": lambda M2, w, g, step, period, beta: _slow(M2, w, g, step, period, beta).flip(0),
    },
)  # fmt: skip

EXERCISES = (REMEMBER, DGD_STEP, SLOW_MEMORY, Judged("08.4", "own_step", own.judge, own.SLIPS))
