"""Exercises of notebook 07: an outer loss, its slope with and without a shortcut, an outer step, what to train on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_07 import families, outer_steps, through

__all__ = ["EXERCISES"]

Both = tuple[Tensor, Tensor]


def _one_write(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    shapes = {"W0": (4, 3), "k": (3,), "v": (4,), "q": (3,), "target": (4,)}
    drawn = {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for name, shape in shapes.items()
    }
    return {"W0": drawn.pop("W0"), "theta": 0.3 + 0.2 * generator.initial_seed(), **drawn}


def _by_autograd(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Both:
    """The slope of the outer loss, and the same with the inner gradient off the graph."""

    def slope(cut: Callable[[Tensor], Tensor]) -> Tensor:
        start = W0.clone().requires_grad_()
        written = start - theta * cut(torch.outer(start @ k - v, k))
        return torch.autograd.grad((written @ q - target).square().sum() / 2, start)[0]

    with torch.enable_grad():
        return slope(lambda gradient: gradient), slope(Tensor.detach)


def _error(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Tensor:
    """e, of the answer after the write."""
    return (W0 - theta * torch.outer(W0 @ k - v, k)) @ q - target


def _slopes(exact: Callable[..., Tensor], error: Callable[..., Tensor] = _error) -> Callable[..., Both]:
    """e xᵀ and e qᵀ, where x is made of θ, k and q."""

    def both(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Both:
        e = error(W0, theta, k, v, q, target)
        return torch.outer(e, exact(theta, k, q)), torch.outer(e, q)

    return both


def _bent(theta: float, k: Tensor, q: Tensor) -> Tensor:
    """(I − θ k kᵀ) q."""
    return q - theta * (k @ q) * k


def _before(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Tensor:
    """The error of an answer that is read before the write."""
    return W0 @ q - target


_SMALL = {
    "W0": torch.tensor([[1.0, 0.0], [0.0, 2.0]]), "theta": 0.5, "k": torch.tensor([1.0, 1.0]),
    "v": torch.tensor([2.0, 1.0]), "q": torch.tensor([1.0, 0.0]), "target": torch.tensor([1.0, 1.0]),
}  # fmt: skip

SLOPES = Exercise(
    "07.2",
    "slopes",
    truth=_by_autograd,
    cases=cases([_SMALL], _one_write),
    slips={
        "short_twice": _slopes(lambda theta, k, q: q),
        "exact_twice": lambda *given: (_by_autograd(*given)[0],) * 2,
        "swapped": lambda *given: _by_autograd(*given)[::-1],
        "before": _slopes(_bent, _before),
        "plus": _slopes(lambda theta, k, q: q + theta * (k @ q) * k),
        "no_rate": _slopes(lambda theta, k, q: q - (k @ q) * k),
        "own_key": _slopes(lambda theta, k, q: (1 - theta * (k @ k)) * q),
        "twice": lambda *given: tuple(2 * one for one in _by_autograd(*given)),
        "inner": lambda W0, theta, k, v, q, target: (torch.outer(W0 @ k - v, k),) * 2,
        "transposed": lambda *given: tuple(one.mT for one in _by_autograd(*given)),
    },
)

EXERCISES = (
    Judged("07.1", "outer_loss", through.judge, through.SLIPS),
    SLOPES,
    Judged("07.3", "outer_step", outer_steps.judge, outer_steps.SLIPS),
    Judged("07.4", "my_family", families.judge, families.SLIPS),
)
