"""03.2: the loss whose gradient is the delta rule. It is differentiated, so any loss with that gradient is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict
from nlviz.lessons.checking.losses import KINDS, judged_by_slopes

__all__ = ["SLIPS", "judge"]


def _normal(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    M, k, v = (
        torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for shape in ((4, 3), (3,), (4,))
    )
    return {"M": M, "k": k, "v": v}


def _along(error: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The gradient error kᵀ, from an error made of answer and target."""
    return lambda M, k, v: torch.outer(error(M @ k, v), k)


_SMALL = {"M": torch.tensor([[1.0, 0.0], [2.0, 1.0]]), "k": torch.tensor([1.0, 2.0]), "v": torch.tensor([3.0, 0.5])}

# What is compared are gradients; a loss may differ by a constant.
GRADIENT = Exercise(
    "03.2",
    "loss",
    truth=_along(lambda answer, v: answer - v),
    cases=cases([_SMALL], _normal),
    slips={
        "hebbian": _along(lambda answer, v: -v),
        "twice": _along(lambda answer, v: 2 * (answer - v)),
        "mean": _along(lambda answer, v: 2 * (answer - v) / len(v)),
        "half_mean": _along(lambda answer, v: (answer - v) / len(v)),
        "root": _along(lambda answer, v: (answer - v) / (answer - v).norm()),
        "half_root": _along(lambda answer, v: (answer - v) / (2 * (answer - v).norm())),
        "absolute": _along(lambda answer, v: (answer - v).sign()),
        "ascent": _along(lambda answer, v: v - answer),
    },
)

SLIPS = (*GRADIENT.slips, *KINDS)


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """One number that hangs together with M, then its gradient against (M k − v) kᵀ."""
    return judged_by_slopes(exercise, answer, GRADIENT, weights=1, of="gradient")
