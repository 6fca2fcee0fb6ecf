"""Heads taught a task at once: what claims ask about is where a course stands after a task, not on its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.experiments.continual import FastHead, Learner
from nlviz.experiments.continual.course import batches
from nlviz.experiments.continual.heads import HeadState
from nlviz.inner import unroll_blocks
from nlviz.streams.digits import Examples

__all__ = ["AtOnce", "at_once"]


@dataclass(frozen=True)
class AtOnce:
    """A head whose `learn` gives one state, that after the whole task: the same images written in the same order.

    Ten images a call, as the head is taught, cost thirty times as much; a block changes no number beyond rounding.
    """

    head: FastHead

    def init(self, generator: Generator) -> HeadState:
        return self.head.init(generator)

    @torch.no_grad()
    def learn(self, state: HeadState, examples: Examples, generator: Generator) -> Iterator[HeadState]:
        rows = torch.cat(list(batches(len(examples.labels), 1, generator)))
        pairs = self.head.pairs(state, Examples(*(part[rows] for part in examples)))
        gates = self.head.gates(pairs, state.tasks > 0)
        fast = unroll_blocks(self.head.memory, pairs, gates, state=state.fast).state
        yield state._replace(fast=fast, tasks=state.tasks + 1)

    def answer(self, state: HeadState, images: Tensor) -> Tensor:
        return self.head.answer(state, images)


def at_once(learner: Any) -> Learner[Any]:
    """A head is taught task by task; whoever else learns, by its own steps."""
    return AtOnce(learner) if isinstance(learner, FastHead) else learner
