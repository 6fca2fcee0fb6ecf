"""Frozen random features with a memory as head: at test time, and in training, nothing but the memory changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors as door
from nlviz.door.words import call, count, instance, number, refuse
from nlviz.experiments.continual import entrance
from nlviz.experiments.continual.course import BATCH, batches
from nlviz.inner import fastest
from nlviz.memory import Gates, LinearMemory, LinearState, Pairs
from nlviz.streams.digits import CLASSES, PIXELS, Examples

__all__ = ["FastHead", "HeadState"]


class HeadState(NamedTuple):
    """What a head is made of.

    slow: R [features, 64] and u [features], never changed. fast: the memory [1, 10, features]. tasks: how many began.
    """

    slow: tuple[Tensor, Tensor]
    fast: LinearState
    tasks: int = 0


@dataclass(frozen=True)
class FastHead:
    """A memory that is told each image once: key cos(R x + u), value the digit's one-hot vector.

        k = cos(R x + u)/‖cos(R x + u)‖;   M ← write(M, k, onehot(digit));   answer: argmax of M k

    rule: the memory's class, `memory.Hebbian` and the like. gates: (pairs, whether the first of them begins a new task)
    -> Gates; see `gates`. R is normal with deviation 1/`scale` and u uniform, so two keys have a cosine of about
    exp(−‖x − x'‖²/2 scale²): alike images overlap, others hardly do.
    Source: Rahimi & Recht 2007 for the features.
    """

    rule: type[LinearMemory]
    gates: Callable[[Pairs, bool], Gates]
    features: int = 512
    scale: float = 1.0

    def __post_init__(self) -> None:
        a_class = "a memory of one matrix by its class, as memory.Titans"
        if not (isinstance(self.rule, type) and issubclass(self.rule, LinearMemory)) or self.rule is LinearMemory:
            refuse("rule", self.rule, a_class, "leave out the brackets" if isinstance(self.rule, LinearMemory) else "")
        if isinstance(self.gates, type):
            refuse("gates", self.gates, "a function", f"make one first: {self.gates.__name__}(…)")
        call("gates", self.gates, "a function of (pairs, whether a task begins), as SetGates()")
        entrance.settle(self, features=count("features", self.features), scale=number("scale", self.scale, above=0.0))

    @property
    def memory(self) -> LinearMemory:
        """The rule as a memory, features in, digits out."""
        return self.rule(self.features, CLASSES)

    def init(self, generator: Generator) -> HeadState:
        door.generator("generator", generator)
        R = torch.randn(self.features, PIXELS, generator=generator) / self.scale
        u = 2 * math.pi * torch.rand(self.features, generator=generator)
        return HeadState((R, u), self.memory.init(1))

    @torch.no_grad()
    def learn(self, state: HeadState, examples: Examples, generator: Generator) -> Iterator[HeadState]:
        state, examples = self._own(state), entrance.examples(examples)
        state = state._replace(tasks=state.tasks + 1)
        for place, rows in enumerate(batches(len(examples.labels), 1, generator)):
            pairs = self.pairs(state, Examples(*(part[rows] for part in examples)))
            # the very first task replaces nothing, so nothing is switched
            gates = self.gates(pairs, place == 0 and state.tasks > 1)
            state = state._replace(fast=fastest(self.memory, pairs, gates, state=state.fast, block=BATCH).state)
            yield state

    def answer(self, state: HeadState, images: Tensor) -> Tensor:
        return self.memory.read(self._own(state).fast, self.keys(state, images))[0]

    def keys(self, state: HeadState, images: Tensor) -> Tensor:
        """What images are asked and stored under, unit vectors [1, images, features]."""
        R, u = self._own(state).slow
        images = entrance.images(images, R)
        return F.normalize(torch.cos(images @ R.T + u), dim=-1)[None]

    def pairs(self, state: HeadState, examples: Examples) -> Pairs:
        """Images and digits as what a memory writes, batch 1."""
        examples = entrance.examples(examples)
        keys = self.keys(state, examples.images)
        return Pairs(keys, F.one_hot(examples.labels, CLASSES).to(keys.dtype)[None])

    def _own(self, state: Any) -> HeadState:
        found = instance("state", state, HeadState, "give that of head.init(generator), or a later one")
        if len(found.slow[0]) != self.features:
            refuse("features of the state", len(found.slow[0]), f"{self.features}, as the head has")
        return found
