"""The self-referential matrix on the family's streams: what other arms are given in parts, it is given in one row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.learning_to_learn.family import CONTEXTS, Drawn, Family, share_missed
from nlviz.outer import Report, SelfReferential, train

__all__ = ["inputs_of", "learn_itself", "rewritten_error", "self_referential"]


def inputs_of(given: Drawn) -> tuple[Tensor, Tensor]:
    """Rows [batch, time, …] that show, (key, value, cue, 0, context), and rows that ask, (key, 0, 0, 1, context)."""

    def beside(key: Tensor, value: Tensor, cue: Tensor, asks: float) -> Tensor:
        context = given.context[:, None].expand(-1, key.shape[1], -1)
        return torch.cat([key, value, cue, torch.full_like(cue, asks), context], -1)

    blank = torch.zeros_like(given.asked)
    return beside(given.keys, given.values, given.cues, 0.0), beside(given.asked, blank, blank[..., :1], 1.0)


def self_referential(family: Family, *, softmax_inputs: bool = False, seed: int = 0) -> SelfReferential:
    """A `SelfReferential` as wide as the family needs, before it has learned.

    >>> experiments.learning_to_learn.self_referential(experiments.learning_to_learn.Family()).form
    (56, 22)
    """
    width = words.instance("family", family, Family).width
    chance = Generator().manual_seed(words.seed("seed", seed))
    return SelfReferential(2 * width + 2 + CONTEXTS, width, softmax_inputs=softmax_inputs, generator=chance)


def rewritten_error(model: SelfReferential, given: Drawn, *, theta: float = 1.0) -> Tensor:
    """As `error_of`: squared error of the newest values, as a share of their own squares. Asking is no write.

    theta: what its strengths are multiplied with; at 0 nothing is written.
    """
    shown, asked = inputs_of(given)
    run = words.instance("model", model, SelfReferential)(shown, theta=theta)
    return share_missed(model.read(run.state, asked), given)


def learn_itself(
    model: SelfReferential, family: Family, *, steps: int = 200, lr: float = 0.03, batch: int = 32, seed: int = 0
) -> Iterator[Report]:
    """Train W_0 on tasks of `family`, as `learn` trains the other arms: Adam, gradients no longer than 1.

    for report in learning_to_learn.learn_itself(model, family): print(report.step, report.loss)
    """
    words.instance("model", model, SelfReferential)
    task = _Lessons(words.instance("family", family, Family))
    optimizer = torch.optim.Adam(model.parameters(), lr=words.number("lr", lr, above=0))
    return train(model, task, steps=steps, optimizer=optimizer, batch=batch, seed=seed, clip=1.0)


class _Lessons:
    """The family as a task for it."""

    def __init__(self, family: Family) -> None:
        self.draw = family.draw

    def loss(self, model: SelfReferential, given: Drawn, state: Any) -> tuple[Tensor, None]:
        return rewritten_error(model, given), None
