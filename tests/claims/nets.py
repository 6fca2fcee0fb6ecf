"""Nets of several seeds taught side by side: one step of all of them costs hardly more than one of a single net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.experiments.continual import EWC, FineTuning, Moment, Replay, accuracies
from nlviz.experiments.continual.course import batches
from nlviz.experiments.continual.nets import NetState, logits
from nlviz.streams.digits import DigitTask, Examples

__all__ = ["Course", "alike", "side_by_side"]

Course = tuple[Sequence[DigitTask], Generator]
"""Tasks, and all chance of one seed."""


def alike(courses: Sequence[Course]) -> bool:
    """Whether all of them take the same steps: as many images in every task."""
    return len({tuple(len(task.train.labels) for task in tasks) for tasks, _ in courses}) == 1


def side_by_side(learner: FineTuning, courses: Sequence[Course]) -> list[Moment]:
    """The last moment of `course` for each; the steps of FineTuning, EWC and Replay up to rounding.

    Everything is drawn in the same order. What is kept after a task is told by the learner itself.
    """
    states = [learner.init(chance) for _, chance in courses]
    matrices = [np.full((len(tasks), len(tasks)), np.nan) for tasks, _ in courses]
    number = 0
    for number in range(len(courses[0][0])):
        examples = [tasks[number].train for tasks, _ in courses]
        states = _learned(learner, states, examples, [chance for _, chance in courses])
        for matrix, state, (tasks, _) in zip(matrices, states, courses, strict=True):
            matrix[number] = accuracies(learner, state, tasks)
    return [Moment(number, 0, state, matrix) for state, matrix in zip(states, matrices, strict=True)]


def _learned(
    learner: FineTuning, states: Sequence[NetState], examples: Sequence[Examples], chances: Sequence[Generator]
) -> list[NetState]:
    """Every state after its own examples."""
    weights, which = _stacked([state.weights for state in states]), torch.arange(len(states))[:, None]
    images, labels = _stacked(examples)
    kept = _stacked([state.kept for state in states])
    anchors = [
        tuple(_stacked([getattr(state.anchors[place], part) for state in states]) for part in ("weights", "importance"))
        for place in range(len(states[0].anchors))
    ]
    walks = (batches(labels.shape[1], learner.passes, chance) for chance in chances)
    for each in zip(*walks, strict=True):
        rows = torch.stack(each)
        shown = [images[which, rows], labels[which, rows]]
        if isinstance(learner, Replay) and kept[1].shape[1]:
            again = [torch.randint(kept[1].shape[1], (rows.shape[1],), generator=chance) for chance in chances]
            shown = [torch.cat([new, old[which, torch.stack(again)]], 1) for new, old in zip(shown, kept, strict=True)]
        free = [part.detach().requires_grad_() for part in weights]
        found = logits(_broadcast(free), shown[0])
        loss = F.cross_entropy(found.flatten(0, 1), shown[1].flatten(), reduction="sum") / rows.shape[1]
        if isinstance(learner, EWC):
            loss = loss + learner.strength / 2 * _springs(free, anchors)
        slopes = torch.autograd.grad(loss, free)
        weights = [part.detach() - learner.lr * slope for part, slope in zip(free, slopes, strict=True)]
    ended = []
    for place, (state, own, chance) in enumerate(zip(states, examples, chances, strict=True)):
        state = state._replace(weights=tuple(part[place].clone() for part in weights))
        ended.append(learner.closed(state, own, chance)._replace(tasks=state.tasks + 1))
    return ended


def _stacked(each: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """Part by part, the seeds first."""
    return [torch.stack(part) for part in zip(*each, strict=True)]


def _broadcast(weights: Sequence[Tensor]) -> Any:
    """Biases of every seed as a row, so that they are added to each of its images."""
    return tuple(part if part.dim() > 2 else part[:, None] for part in weights)


def _springs(weights: Sequence[Tensor], anchors: Sequence[tuple[Sequence[Tensor], ...]]) -> Tensor:
    found = torch.zeros(())
    for was, importance in anchors:
        for part, before, stiff in zip(weights, was, importance, strict=True):
            found = found + (stiff * (part - before).square()).sum()
    return found
