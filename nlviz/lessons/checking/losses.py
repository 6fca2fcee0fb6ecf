"""A loss that a student writes is differentiated, and its slopes are judged: any loss with those slopes is right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from nlviz.door.results import numbers
from nlviz.lessons.checking.calling import call
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict

__all__ = ["KINDS", "judged_by_slopes"]

KINDS = ("vector", "cut")
"""Slips of what is no loss: several numbers, or one that hangs together with none of the weights."""

Joined = Callable[..., Tensor]


def judged_by_slopes(
    exercise: Judged, answer: Any, slopes: Exercise, *, weights: int, of: str, joined: Joined = lambda slope: slope
) -> Verdict:
    """One number that hangs together with its first so many arguments, then its slopes by them.

    slopes: the exercise whose truth is these slopes, in one tensor, as `joined` makes it. of: what a wrong number
    without a diagnosis is called, as in "gradient".
    """
    case = slopes.cases[0]
    unable = exercise.uncallable(answer, case.arguments)
    if unable:
        return unable
    kinds: list[str] = []
    differentiated = _differentiated(answer, kinds, weights, joined)
    call(differentiated, case)
    if kinds:
        return exercise.slip(kinds[0])
    found = slopes.judged(differentiated)
    known = found.right or found.words in {exercise.slip(slip).words for slip in (*slopes.slips, *KINDS)}
    # numbers without a diagnosis are those of the slopes, and must say so
    return found if known else replace(slopes, name=f"{of} of {exercise.name}").judged(differentiated)


def _differentiated(answer: Callable[..., Any], kinds: list[str], weights: int, joined: Joined) -> Callable[..., Any]:
    """The slopes of the student's loss; what is no loss is noted in `kinds`."""

    @functools.wraps(answer)
    def slope(*given: Tensor) -> Any:
        moved = [one.requires_grad_() for one in given[:weights]]
        loss = answer(*given)
        if isinstance(loss, list | tuple) and len(loss) == 1:
            loss = loss[0]
        if not isinstance(loss, Tensor):
            # a number is cut off from all weights, anything else is no loss at all: `call` says what it is
            if numbers(loss) is None:
                return loss
            kinds.append("cut")
        elif not loss.requires_grad:
            kinds.append("cut")
        elif loss.numel() != 1:
            kinds.append("vector")
        else:
            found = torch.autograd.grad(loss.reshape(()), moved, allow_unused=True, materialize_grads=True)
            return joined(*found)
        return None

    return slope
