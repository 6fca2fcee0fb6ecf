"""Continual learning: what a learner of several tasks, one after the other, still knows of each.

    R[i, j] = accuracy on task j after task i was learned               one row per task learned, from 0

A recall matrix is an R too, with every item a task: `recall[t, i]` is what item i is worth after write t.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nlviz.door.arrays import array
from nlviz.door.words import number

__all__ = [
    "Balance",
    "average_accuracy",
    "backward_transfer",
    "balance",
    "forgetting",
    "forward_transfer",
    "regained",
    "savings",
    "steps_to",
]


class Balance(NamedTuple):
    """Where a learner stands between keeping and learning; both 1 at best.

    stability: 1 − forgetting. plasticity: how well each task was known right after it was learned.
    """

    stability: float
    plasticity: float


def average_accuracy(matrix: ArrayLike) -> float:
    """ACC = mean_j R[T, j]: accuracy over all tasks once the last is learned.

    Raises ValueError, as all measures here, if R is not square or lacks a value that is needed.
    Source: Lopez-Paz & Ranzato 2017 (arXiv 1706.08840) §2.

        >>> measure.average_accuracy([[1.0, 0.1], [0.6, 0.9]])
        0.75
    """
    return float(_learned(matrix, 1)[-1].mean())


def backward_transfer(matrix: ArrayLike) -> float:
    """BWT = mean_{i<T} (R[T, i] − R[i, i]): what learning the later tasks did to the earlier ones; below 0 it harmed.

    Source: Lopez-Paz & Ranzato 2017 (arXiv 1706.08840) §2.

        >>> measure.backward_transfer([[1.0, 0.1], [0.6, 0.9]])
        -0.4
    """
    known = _learned(matrix, 2)
    return float((known[-1] - known.diagonal())[:-1].mean())


def forward_transfer(matrix: ArrayLike, untrained: ArrayLike) -> float:
    """FWT = mean_{i≥2} (R[i−1, i] − b_i): what the earlier tasks did for a task before it was learned itself.

    untrained: b [tasks], accuracy on each task before anything is learned. Needs R just above its diagonal.
    Source: Lopez-Paz & Ranzato 2017 (arXiv 1706.08840) §2.

        >>> round(measure.forward_transfer([[1.0, 0.3], [0.6, 0.9]], untrained=[0.1, 0.1]), 2)
        0.2
    """
    known, start = _learned(matrix, 2), array("untrained", untrained, finite=True, dtype=float)
    if start.shape != known.shape[:1]:
        raise ValueError(f"untrained has shape {list(start.shape)}, R has {len(known)} tasks; give one accuracy each")
    ahead = known.diagonal(1)
    if not np.isfinite(ahead).all():
        row = int(np.flatnonzero(~np.isfinite(ahead))[0])
        raise ValueError(
            f"R[{row}, {row + 1}] is {ahead[row]}; forward transfer needs each task measured just before it "
            "is learned, so above the diagonal too"
        )
    return float((ahead - start[1:]).mean())


def forgetting(matrix: ArrayLike) -> float:
    """mean_{j<T} (max_{l<T} R[l, j] − R[T, j]): how far each earlier task has fallen from the best it ever was.

    Unlike −BWT it counts from the best, not from right after learning. What is not measured above the diagonal is left
    out. Source: Chaudhry et al. 2018 (arXiv 1801.10112).

        >>> measure.forgetting([[1.0, 0.1], [0.6, 0.9]])
        0.4
    """
    known = _learned(matrix, 2)
    best = np.nanmax(known[:-1, :-1], axis=0)
    return float((best - known[-1, :-1]).mean())


def balance(matrix: ArrayLike) -> Balance:
    """The learner as one point: (1 − forgetting, mean_i R[i, i]).

    >>> measure.balance([[1.0, 0.1], [0.5, 0.75]])
    Balance(stability=0.5, plasticity=0.875)
    """
    return Balance(1 - forgetting(matrix), float(_learned(matrix, 2).diagonal().mean()))


def steps_to(curve: ArrayLike, criterion: float) -> float:
    """The first step at which a learning curve reaches the criterion, inf if it never does.

    curve: [steps + 1], accuracy before the first step, after it, and so on: 0 means that nothing had to be learned. A
    curve without a point never reaches it.
    Raises ValueError for a curve that is not finite.

        >>> measure.steps_to([0.1, 0.5, 0.8, 0.9], 0.8)
        2.0
    """
    points = array("curve", curve, "steps", finite=True, dtype=float)
    reached = np.flatnonzero(points >= number("criterion", criterion))
    return float(reached[0]) if len(reached) else math.inf


def savings(first: float, again: float) -> float:
    """(n − n')/n: the share of the work that relearning does not need; 1 is "still known", 0 "as if never learned".

    first, again: steps to the same criterion, learning and relearning (`steps_to`). Below 0, relearning is harder than
    learning was; -inf if it never gets there.
    Raises ValueError unless the first learning got there, and took at least one step.
    Source: Ebbinghaus 1885, ch. II, who counted repetitions and seconds.

        >>> measure.savings(10, 4)
        0.6
    """
    remedy = "savings compare a learning that took steps and reached its criterion: choose another criterion"
    first = number("first", first, above=0.0, remedy=remedy)
    never = isinstance(again, float) and again == math.inf
    return (first - (again if never else number("again", again, least=0.0, remedy="it counts steps"))) / first


def regained(before: float, forgotten: float, after: float) -> float:
    """(after − forgotten)/(before − forgotten): the share of what was lost that a few steps of relearning bring back.

    before: accuracy when the task was learned. forgotten: before relearning. after: after it.
    Raises ValueError if nothing was lost.

        >>> round(measure.regained(before=0.9, forgotten=0.5, after=0.7), 2)
        0.5
    """
    before, forgotten, after = (
        number(name, value) for name, value in (("before", before), ("forgotten", forgotten), ("after", after))
    )
    if not before > forgotten:
        raise ValueError(f"accuracy went from {before:g} to {forgotten:g}; nothing was lost that could come back")
    return (after - forgotten) / (before - forgotten)


def _learned(matrix: ArrayLike, least: int) -> np.ndarray:
    """R as an array, if it is square, has so many tasks, and is finite on and below its diagonal, NaN or so above."""
    known = array("R", matrix, dtype=float)
    if known.ndim != 2 or known.shape[0] != known.shape[1]:
        raise ValueError(
            f"R has shape {list(known.shape)}; give [tasks, tasks], a row for each task learned. "
            "Half-way through, cut it to the tasks that were: R[:learned, :learned]"
        )
    if len(known) < least:
        raise ValueError(
            f"R has {len(known)} tasks; expected at least {least}; what a later task did shows only once it is learned"
        )
    lost = np.argwhere(~np.isfinite(np.tril(known)) | np.isinf(known))
    if len(lost):
        row, column = lost[0]
        raise ValueError(
            f"R[{row}, {column}] is {known[row, column]}; on and below the diagonal every accuracy is needed (above it "
            "NaN is what was not measured), cut R to the tasks that were learned"
        )
    return known
