"""03.2: the loss whose gradient is the delta rule. It is differentiated, so any loss with that gradient is right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.door.results import numbers
from nlviz.lessons.checking.calling import call
from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict

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

SLIPS = (*GRADIENT.slips, "vector", "cut")


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """One number that hangs together with M, then its gradient against (M k − v) kᵀ."""
    case = GRADIENT.cases[0]
    unable = exercise.uncallable(answer, case.arguments)
    if unable:
        return unable
    kinds: list[str] = []
    call(_slope(answer, kinds), case)
    if kinds:
        return exercise.slip(kinds[0])
    slope = _slope(answer, kinds)
    found = GRADIENT.judged(slope)
    known = found.right or found.words in {exercise.slip(slip).words for slip in SLIPS}
    # numbers without a diagnosis are those of the gradient, and must say so
    return found if known else replace(GRADIENT, name=f"gradient of {exercise.name}").judged(slope)


def _slope(answer: Callable[..., Any], kinds: list[str]) -> Callable[..., Any]:
    """The gradient of the student's loss by M; what is no loss is noted in `kinds`."""

    @functools.wraps(answer)
    def slope(M: Tensor, k: Tensor, v: Tensor) -> Any:
        M.requires_grad_()
        loss = answer(M, k, v)
        if loss is None:
            return None
        if isinstance(loss, list | tuple) and len(loss) == 1:
            loss = loss[0]
        if not isinstance(loss, Tensor):
            # a number is cut off from M, anything else is no loss at all: `call` says what it is
            if numbers(loss) is None:
                return loss
            kinds.append("cut")
        elif not loss.requires_grad:
            kinds.append("cut")
        elif loss.numel() != 1:
            kinds.append("vector")
        else:
            return torch.autograd.grad(loss.reshape(()), M)[0]
        return None

    return slope
