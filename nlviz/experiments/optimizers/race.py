"""One optimizer on one task, step by step."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

from torch import Generator
from torch.optim import Optimizer

from nlviz.door import words
from nlviz.experiments.optimizers.contenders import contender
from nlviz.experiments.optimizers.tasks import TASKS, Task

__all__ = ["Moment", "race"]


class Moment(NamedTuple):
    """Where a run stands after so many steps: seconds of training (of this process, asking not counted), and what it
    answers. loss: inf once it has diverged.
    """

    step: int
    seconds: float
    loss: float
    accuracy: float


def race(name: str, task: str, lr: float, *, steps: int, every: int = 10, seed: int = 0) -> Iterator[Moment]:
    """Train one of CONTENDERS on one of TASKS; a Moment before the first step, after each `every` steps, at the end.

    The same seed gives every contender the same start and the same batches. A run that diverges ends there.
    Raises ValueError for a name that is none, and numbers that are none.

        >>> [moment.step for moment in experiments.optimizers.race("SGD", "valley", 0.01, steps=5, every=2)]
        [0, 2, 4, 5]
    """
    steps, every = words.count("steps", steps, of="steps"), words.count("every", every, of="steps")
    make = words.known("task", task, TASKS)
    seed = words.seed("seed", seed)
    run = make(Generator().manual_seed(seed))
    optimizer = contender(name, run.model, lr, generator=Generator().manual_seed(seed))
    return _moments(run, optimizer, steps, every)


def _moments(run: Task, optimizer: Optimizer, steps: int, every: int) -> Iterator[Moment]:
    seconds = 0.0
    yield Moment(0, seconds, *run.asked())
    for step in range(1, steps + 1):
        before = time.process_time()
        optimizer.zero_grad()
        loss = run.loss()
        loss.backward()
        optimizer.step()
        seconds += time.process_time() - before
        if step % every and step != steps:
            continue
        asked = run.asked()
        if not math.isfinite(asked.loss):
            yield Moment(step, seconds, math.inf, asked.accuracy)
            return
        yield Moment(step, seconds, *asked)
