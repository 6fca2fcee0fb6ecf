"""How strongly a head writes and forgets: numbers set by hand, or learned on courses that are not the one to come."""

from __future__ import annotations

from collections.abc import Generator as Steps
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, get_args

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import choice, count, instance, number, share
from nlviz.experiments.continual import entrance
from nlviz.experiments.continual.heads import FastHead
from nlviz.inner import fastest
from nlviz.memory import Gates, Pairs
from nlviz.outer.layers.initial import given
from nlviz.outer.training.update import update
from nlviz.streams.digits import DigitTask, Scenario, rehearsal

__all__ = ["GateReport", "LearnedGates", "SetGates", "learn_gates"]


@dataclass(frozen=True)
class SetGates:
    """The same gates for every image; forgetting is raised to `pulse` for the first image of a new task."""

    inner_lr: float = 1.0
    momentum: float = 0.0
    forget: float = 0.0
    pulse: float = 0.0

    def __post_init__(self) -> None:
        held = {name: number(name, getattr(self, name), least=0.0) for name in ("inner_lr", "momentum")}
        entrance.settle(self, **held, **{name: share(name, getattr(self, name)) for name in ("forget", "pulse")})

    def __call__(self, pairs: Pairs, switch: bool) -> Gates:
        gates = Gates.constant(pairs, self.inner_lr, self.momentum, self.forget)
        return _pulsed(gates, torch.tensor(max(self.pulse, self.forget))) if switch else gates


class LearnedGates(nn.Module):
    """Four slow weights: σ of each is inner_lr, momentum, forget, and forget at the first image of a new task.

    The outer loop may learn to forget always, at a switch, or never.
    """

    def __init__(self) -> None:
        super().__init__()
        # both kinds of forgetting start alike and low: at ½ a memory is gone in two tokens
        self.weights: nn.Parameter = nn.Parameter(torch.tensor([-2.0, -2.0, -5.0, -5.0]))

    def forward(self, pairs: Pairs, switch: bool) -> Gates:
        inner_lr, momentum, forget, pulse = self.weights.sigmoid()
        gates = Gates.constant(pairs, inner_lr, momentum, forget)
        return _pulsed(gates, pulse) if switch else gates

    def fixed(self) -> SetGates:
        """What was learned, as plain numbers."""
        return SetGates(*self.weights.detach().sigmoid().tolist())


class GateReport(NamedTuple):
    """One outer step done: its number from 1, the loss before it, and the gates after it."""

    step: int
    loss: float
    gates: SetGates


def learn_gates(
    head: FastHead,
    tasks: Sequence[DigitTask],
    scenario: Scenario,
    *,
    generator: Generator,
    steps: int = 40,
    images: int = 230,
) -> Steps[GateReport, None, SetGates]:
    """Learn the gates of a head in an outer loop, on rehearsals: other orders, other shufflings, training images only.

        loss = cross-entropy of softmax(s M k) over all tasks of a rehearsal, M as it is after the last

    Its gradients run through every write of the rehearsal. images: per task of a rehearsal, at most; a course to come
    may be longer. s is learned along. Each step draws new features, too.
    Raises ValueError for what is no head, task, scenario or generator, and for counts below one; FloatingPointError for
    an update that is not finite, after which the gates are those of the step before.
    """
    instance("head", head, FastHead)
    tasks, generator = entrance.tasks(tasks, least=1), given(generator)
    choice("scenario", scenario, get_args(Scenario))
    return _learned(head, tasks, scenario, generator, count("steps", steps), count("images", images))


def _learned(
    head: FastHead, tasks: Sequence[DigitTask], scenario: Scenario, generator: Generator, steps: int, images: int
) -> Steps[GateReport, None, SetGates]:
    gates, scale = LearnedGates(), torch.zeros(1, requires_grad=True)
    learner = replace(head, gates=gates)
    optimizer = torch.optim.Adam([*gates.parameters(), scale], lr=0.2)
    for step in range(1, steps + 1):
        loss = _loss(learner, rehearsal(tasks, scenario, generator=generator), scale, generator, images)
        update(optimizer, loss, step, remedy="use features of another scale")
        yield GateReport(step, loss.item(), gates.fixed())
    return gates.fixed()


def _loss(head: FastHead, tasks: Sequence[DigitTask], scale: Tensor, generator: Generator, images: int) -> Tensor:
    state = head.init(generator)
    fast, asked = state.fast, []
    for place, task in enumerate(tasks):
        rows = torch.randperm(len(task.train.labels), generator=generator)[:images]
        pairs = head.pairs(state, type(task.train)(*(part[rows] for part in task.train)))
        fast = fastest(head.memory, pairs, head.gates(pairs, place > 0), state=fast).state
        asked.append(task.test)
    keys = torch.cat([head.keys(state, test.images) for test in asked], 1)
    return F.cross_entropy(scale.exp() * head.memory.read(fast, keys)[0], torch.cat([test.labels for test in asked]))


def _pulsed(gates: Gates, pulse: Tensor) -> Gates:
    first = torch.arange(gates.forget.shape[1]) == 0
    return gates._replace(forget=torch.where(first, pulse, gates.forget))
