"""Exercises of notebook 13: a rule as choices a token; what its writes do to its answers is in `influences`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise
from nlviz.lessons.course.lesson_13.influences import NEVER_TOLD, SAID_BY

__all__ = ["EXERCISES"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _normal(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def _uniform(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=generator, dtype=torch.float64).to(dtype)


# ---- 13.1


def _kda_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    rows = 4 if generator.initial_seed() == 0 else 3
    M, k, v = (_normal(generator, dtype, *shape) for shape in ((rows, 4), (4,), (rows,)))
    return {"M": M, "k": k, "v": v, "keep": _uniform(generator, dtype, 4), "theta": 0.3}


def _kda(M: Tensor, k: Tensor, v: Tensor, keep: Tensor, theta: float) -> Tensor:
    """M diag(a)(I − θ k kᵀ) + θ v kᵀ, as its paper prints it."""
    erased = torch.eye(len(k), dtype=M.dtype) - theta * torch.outer(k, k)
    return M @ torch.diag(keep) @ erased + theta * torch.outer(v, k)


def _stepped(
    kept: Callable[[Tensor, Tensor], Tensor],
    asked: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda M, left, k: left @ k,
    rate: Callable[[float], float] = lambda theta: theta,
) -> Callable[..., Tensor]:
    """A step that keeps `kept(M, a)`, and takes `asked(M, what is kept, k)` for what was known of k."""

    def step(M: Tensor, k: Tensor, v: Tensor, keep: Tensor, theta: float) -> Tensor:
        left = kept(M, keep)
        return left - rate(theta) * torch.outer(asked(M, left, k) - v, k)

    return step


def _columns(M: Tensor, keep: Tensor) -> Tensor:
    return M * keep


_KDA_SMALL = {"M": _t([1, 0], [2, 1]), "k": _t(1, 2), "v": _t(3, 0.5), "keep": _t(0.5, 1), "theta": 0.5}

KDA = Exercise(
    "13.1",
    "kda",
    truth=_kda,
    cases=cases([_KDA_SMALL], _kda_case),
    slips={
        "unforgotten": _stepped(lambda M, keep: M),
        "forgot_only": lambda M, k, v, keep, theta: M * keep,
        "old": _stepped(_columns, lambda M, left, k: M @ k),
        "late": lambda M, k, v, keep, theta: _stepped(lambda M, keep: M)(M, k, v, keep, theta) * keep,
        "rows": _stepped(lambda M, keep: keep[:, None] * M),
        "whole": _stepped(lambda M, keep: keep.mean() * M),
        "turned": _stepped(lambda M, keep: M * (1 - keep)),
        "unasked": _stepped(_columns, lambda M, left, k: torch.zeros(len(M), dtype=M.dtype)),
        "no_theta": _stepped(_columns, rate=lambda theta: 1.0),
        "ascent": _stepped(_columns, rate=lambda theta: -theta),
        "swapped": lambda M, k, v, keep, theta: M * keep - theta * torch.outer(k, (M * keep) @ k - v),
    },
)


# ---- 13.2

_NAMES = ("KDA", "gated delta", "delta", "Hebbian")


def _gates_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    name = _NAMES[generator.initial_seed()]
    return {"rule": name, "alpha": _uniform(generator, dtype, 5), "theta": 0.3 + 0.1 * generator.initial_seed()}


def _gates(rule: str, alpha: Tensor, theta: float) -> Tensor:
    """By a table: what is forgotten, and how much is erased."""
    forgotten = {"KDA": alpha, "delta": torch.zeros_like(alpha)}.get(rule, torch.full_like(alpha, float(alpha.mean())))
    erased = torch.full_like(alpha, 0.0 if rule == "Hebbian" else theta)
    return torch.stack([1 - forgotten, erased, torch.full_like(alpha, theta)])


def _chosen(change: Callable[[str, Tensor, float, Tensor], Any]) -> Callable[..., Tensor]:
    """The gates, with some of the rows a, β, ω replaced: `change(rule, alpha, theta, rows)` writes into them."""

    def gates(rule: str, alpha: Tensor, theta: float) -> Tensor:
        rows = _gates(rule, alpha, theta)
        change(rule, alpha, theta, rows)
        return rows

    return gates


def _never_forgets(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[0] = 1.0


def _whole(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[0] = 1.0 if rule == "delta" else 1 - alpha.mean()


def _by_channel(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[0] = 1.0 if rule == "delta" else 1 - alpha


def _delta_forgets(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[0] = 1 - (alpha if rule == "KDA" else alpha.mean())


def _hebb_erases(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[1] = theta


def _forgets_all(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[:2] = torch.stack([1 - alpha, torch.full_like(alpha, theta)])


def _turned(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[0] = 1 - rows[0]


def _twice(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[1] *= rows[0]


def _erases_all(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[1] /= theta


def _writes_all(rule: str, alpha: Tensor, theta: float, rows: Tensor) -> None:
    rows[2] = 1.0


_GATES_SMALL = [{"rule": name, "alpha": _t(0, 0.2), "theta": 0.5} for name in _NAMES]

GATES = Exercise(
    "13.2",
    "gates_for",
    truth=_gates,
    cases=cases(_GATES_SMALL, _gates_case),
    slips={
        "one_rule": _chosen(_forgets_all),
        "never": _chosen(_never_forgets),
        "whole": _chosen(_whole),
        "by_channel": _chosen(_by_channel),
        "delta_forgets": _chosen(_delta_forgets),
        "hebb_erases": _chosen(_hebb_erases),
        "turned": _chosen(_turned),
        "twice": _chosen(_twice),
        "erases_all": _chosen(_erases_all),
        "writes_all": _chosen(_writes_all),
        "swapped": lambda rule, alpha, theta: _gates(rule, alpha, theta)[[0, 2, 1]],
    },
)

EXERCISES = (KDA, GATES, SAID_BY, NEVER_TOLD)
