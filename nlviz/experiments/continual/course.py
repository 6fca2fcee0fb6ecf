"""The course of a continual learner: tasks in turn, after each of them asked about all; and what comes back later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.door import tensors as door
from nlviz.door.words import count, instance, refuse
from nlviz.experiments.continual import entrance
from nlviz.streams.digits import DigitTask, Examples

__all__ = ["BATCH", "Learner", "Moment", "accuracies", "batches", "course", "relearning"]

BATCH = 10
"""Images in a step, for every learner: ten steps are a hundred images, whoever learns."""

State = TypeVar("State")


class Learner(Protocol[State]):
    """Whoever learns task after task; its state is a value, so any earlier one can be asked or taught again.

    init: a state that knows nothing. learn: the states after each step of BATCH images, until the task is learned.
    answer: images [images, 64] -> one number for each of the ten digits [images, 10]; the largest is the answer.
    """

    def init(self, generator: Generator) -> State: ...

    def learn(self, state: State, examples: Examples, generator: Generator) -> Iterator[State]: ...

    def answer(self, state: State, images: Tensor) -> Tensor: ...


class Moment(NamedTuple):
    """Where a course stands: `step` steps of task number `task` are done.

    matrix: R [tasks, tasks], accuracy on each task's test images after each task; NaN where it is not known yet.
    """

    task: int
    step: int
    state: Any
    matrix: np.ndarray


def course(learner: Learner[Any], tasks: Sequence[DigitTask], *, generator: Generator) -> Iterator[Moment]:
    """Learn the tasks one after the other, a Moment after every step; no task comes twice:

        for i, task in enumerate(tasks):
            for state in learner.learn(state, task.train, generator): yield …
            R[i, j] = accuracy on tasks[j].test, for every j

    The last Moment holds all of R, for `measure.average_accuracy` and its like.
    Raises ValueError for what is no learner, task or generator.
    """
    return _course(entrance.learner(learner), entrance.tasks(tasks), door.generator("generator", generator))  # pyright: ignore


def _course(learner: Learner[Any], tasks: Sequence[DigitTask], generator: Generator) -> Iterator[Moment]:
    matrix = np.full((len(tasks), len(tasks)), np.nan)
    state = learner.init(generator)
    for number, task in enumerate(tasks):
        step = 0
        for step, now in enumerate(learner.learn(state, task.train, generator), 1):
            state = now
            yield Moment(number, step, state, matrix)
        matrix = matrix.copy()
        matrix[number] = accuracies(learner, state, tasks)
        yield Moment(number, step, state, matrix)


def accuracies(learner: Learner[Any], state: Any, tasks: Sequence[DigitTask]) -> np.ndarray:
    """Share of each task's test images that get the right answer, out of all ten digits, [tasks]."""
    learner = entrance.learner(learner)
    return np.array([_accuracy(learner, state, task.test) for task in entrance.tasks(tasks)])


def relearning(
    learner: Learner[Any], state: Any, task: DigitTask, *, generator: Generator, steps: int = 10
) -> np.ndarray:
    """Accuracy on a task before it is taught (again) and after each of so many steps, [steps + 1].

    From `learner.init(generator)` it is the learning curve of somebody who never saw the task: what to compare with.
    """
    learner, steps = entrance.learner(learner), count("steps", steps, least=0)
    task = instance("task", task, DigitTask, "give one of streams.digits(…)")
    door.generator("generator", generator)
    states = islice(learner.learn(state, task.train, generator), steps)
    return np.array([_accuracy(learner, now, task.test) for now in (state, *states)])


def batches(count: int, passes: int, generator: Generator) -> Iterator[Tensor]:
    """Rows of BATCH images, all of them in a new order in each pass; the last batch of a pass may be smaller."""
    for _ in range(passes if count else 0):
        yield from torch.randperm(count, generator=generator).split(BATCH)


def _accuracy(learner: Learner[Any], state: Any, test: Examples) -> float:
    if not len(test.labels):
        refuse("the number of test images", 0, "at least one to ask about")
    return float((learner.answer(state, test.images).argmax(-1) == test.labels).float().mean())
