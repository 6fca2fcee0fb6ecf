"""Exercises of notebook 06: how long an item lasts, what R says, which gate, which images, what relearning saves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator

from nlviz import measure
from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_06 import replay

__all__ = ["EXERCISES"]

Array = np.ndarray


def _uniform(generator: Generator, dtype: torch.dtype, *shape: int) -> Array:
    return torch.rand(*shape, generator=generator, dtype=torch.float64).to(dtype).numpy()


def _curve_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    """A falling curve; its ages neither begin at 0 nor are they one apart."""
    ages = 3 + 2 * np.arange(40)
    fall = np.exp(-(ages - 3) / (12 + 8 * generator.initial_seed()))
    return {"ages": ages, "recall": 0.8 * fall.astype(_uniform(generator, dtype, 1).dtype)}


def _half_life(ages: Array, recall: Array) -> float:
    for age, value in zip(ages.tolist(), recall.tolist(), strict=True):
        if 2 * value <= recall[0]:
            return age - ages[0]
    return math.inf


def _fallen(at: Callable[[Array], float], *, since: bool = True) -> Callable[..., Any]:
    """The first age at which recall is at or below a level, counted from the first age."""

    def found(ages: Array, recall: Array) -> float:
        below = np.flatnonzero(recall <= at(recall))
        return ages[below[0]] - since * ages[0] if len(below) else math.inf

    return found


def _interpolated(ages: Array, recall: Array) -> float:
    """Between the last age above half and the first that is not, as `measure.half_life` has it."""
    return measure.half_life(measure.Forgetting(ages, recall))


def _below(ages: Array, recall: Array) -> float:
    """The first age *below* half: wrong where the curve is at it."""
    below = np.flatnonzero(recall < recall[0] / 2)
    return ages[below[0]] - ages[0] if len(below) else math.inf


# The second item is worth more than the first here: half is of the start, not of the best there is.
_BUMP = {"ages": np.arange(4), "recall": np.array([0.5, 0.625, 0.28125, 0.125])}
_SEEN = {"ages": np.array([2, 4, 6, 8]), "recall": np.array([0.8, 0.6, 0.4, 0.2])}

HALF_LIFE = Exercise(
    "06.1",
    "half_life",
    truth=_half_life,
    cases=cases([_SEEN, _BUMP, {"ages": np.arange(3), "recall": np.array([0.9, 0.8, 0.7])}], _curve_case),
    slips={
        "last": lambda ages, recall: ages[-1],
        "fixed": _fallen(lambda recall: 0.5),
        "from_zero": _fallen(lambda recall: recall[0] / 2, since=False),
        "index": lambda ages, recall: (
            np.flatnonzero(recall <= recall[0] / 2)[0] if (recall <= recall[0] / 2).any() else math.inf
        ),
        "lowest": _fallen(lambda recall: recall.max() / 2 + recall.min() / 2),
        "e_fold": _fallen(lambda recall: recall[0] / math.e),
        "known": lambda ages, recall: ages[recall > recall[0] / 2][-1] - ages[0],
        "strict": _below,
        "highest": _fallen(lambda recall: recall.max() / 2),
    },
    also=[_interpolated],
)


def _matrix_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    tasks = 3 + generator.initial_seed()
    return {"R": _uniform(generator, dtype, tasks, tasks), "start": _uniform(generator, dtype, tasks)}


def _summed(R: Array, start: Array) -> list[float]:
    """ACC, BWT, FWT and forgetting, entry by entry."""
    last = len(R) - 1
    acc = bwt = fwt = lost = 0.0
    for task in range(len(R)):
        acc += R[last][task] / len(R)
        if task < last:
            bwt += (R[last][task] - R[task][task]) / last
            lost += (max(R[row][task] for row in range(last)) - R[last][task]) / last
        if task:
            fwt += (R[task - 1][task] - start[task]) / last
    return [acc, bwt, fwt, lost]


def _four(which: int, wrong: Callable[[Array, Array], float]) -> Callable[[Array, Array], list[float]]:
    """All four right but one."""

    def taken(R: Array, start: Array) -> list[float]:
        found = _summed(R, start)
        found[which] = wrong(R, start)
        return found

    return taken


def _in_order(order: Sequence[int]) -> Callable[[Array, Array], list[float]]:
    return lambda R, start: [_summed(R, start)[at] for at in order]


_WORKED = {
    "R": np.array([[0.90, 0.54, 0.50], [0.94, 0.96, 0.52], [0.42, 0.66, 0.96]]),
    "start": np.array([0.5, 0.5, 0.5]),
}

TRANSFER = Exercise(
    "06.3",
    "transfer",
    truth=_summed,
    cases=cases([_WORKED], _matrix_case),
    slips={
        "nothing": lambda R, start: [0.0] * 4,
        "newest": _four(0, lambda R, start: R[-1, -1]),
        "all_of_it": _four(0, lambda R, start: R.mean()),
        "transposed": lambda R, start: _summed(R.T, start),
        "with_last": _four(1, lambda R, start: (R[-1] - R.diagonal()).mean()),
        "sign": _four(1, lambda R, start: (R.diagonal() - R[-1])[:-1].mean()),
        "no_start": _four(2, lambda R, start: R.diagonal(1).mean()),
        "wrong_start": _four(2, lambda R, start: (R.diagonal(1) - start[:-1]).mean()),
        "from_diagonal": _four(3, lambda R, start: (R.diagonal() - R[-1])[:-1].mean()),
        "best_with_last": _four(3, lambda R, start: (R.max(0) - R[-1])[:-1].mean()),
        "order": [_in_order(order) for order in itertools.permutations(range(4)) if order != (0, 1, 2, 3)],
    },
)


def _horizon_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    horizon, kept = 5 + 40 * generator.initial_seed(), 0.9 - 0.3 * generator.initial_seed()
    return {"horizon": horizon, "kept": kept}


FORGET_FOR = Exercise(
    "06.2",
    "forget_for",
    # by bisection on the law itself, not by its inverse
    truth=lambda horizon, kept: _bisected(lambda forget: (1 - forget) ** horizon - kept),
    cases=cases([{"horizon": 2, "kept": 0.25}, {"horizon": 20, "kept": 0.5}], _horizon_case),
    slips={
        "never": lambda horizon, kept: 0.0,
        "keep": lambda horizon, kept: kept ** (1 / horizon),
        "straight": lambda horizon, kept: (1 - kept) / horizon,
        "lost": lambda horizon, kept: 1 - (1 - kept) ** (1 / horizon),
        "power": lambda horizon, kept: 1 - kept**horizon,
        "smooth": lambda horizon, kept: -math.log(kept) / horizon,
        "half": lambda horizon, kept: 1 - 0.5 ** (1 / horizon),
    },
)


def _bisected(excess: Callable[[float], float]) -> float:
    """Where a falling function on [0, 1] crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low


def _learning_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    """Two curves that rise to 1; the one that learns again is faster, but for one case."""
    steps, seed = np.arange(61), generator.initial_seed()
    single = _uniform(generator, dtype, 1).dtype
    first, again = (1 - np.exp(-steps / pace) for pace in (14 + 3 * seed, (5, 9, 25)[seed]))
    return {"first": first.astype(single), "again": (0.2 + 0.8 * again).astype(single), "criterion": 0.85}


def _steps(curve: Array, criterion: float) -> float:
    return next((step for step, value in enumerate(curve.tolist()) if value >= criterion), math.inf)


def _worked(how: Callable[[float, float], float]) -> Callable[..., float]:
    """From the steps that both curves need."""
    return lambda first, again, criterion: how(_steps(first, criterion), _steps(again, criterion))


_RELEARNED = {
    "first": np.array([0.0, 0.2, 0.4, 0.6, 0.9, 0.9]),
    "again": np.array([0.1, 0.9, 0.9, 1.0, 1.0, 1.0]),
    "criterion": 0.9,
}

SAVINGS = Exercise(
    "06.5",
    "savings",
    truth=_worked(lambda first, again: 1 - again / first),
    cases=cases([_RELEARNED], _learning_case),
    slips={
        "none": lambda first, again, criterion: 0.0,
        "start": lambda first, again, criterion: again[0] - first[0],
        "end": lambda first, again, criterion: again[-1] - first[-1],
        "steps": _worked(lambda first, again: first - again),
        "share_left": _worked(lambda first, again: again / first),
        "of_again": _worked(lambda first, again: (first - again) / again),
        "from_one": _worked(lambda first, again: (first - again) / (first + 1)),
        "above": lambda first, again, criterion: (
            1 - np.flatnonzero(again > criterion)[0] / np.flatnonzero(first > criterion)[0]
            if (first > criterion).any()
            else math.inf
        ),
    },
)

EXERCISES = (HALF_LIFE, FORGET_FOR, TRANSFER, Judged("06.4", "keep", replay.judge, replay.SLIPS), SAVINGS)
