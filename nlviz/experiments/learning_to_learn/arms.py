"""Arms: what an outer loop may move in each, beside the best that a small search finds by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from math import isnan
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.learning_to_learn.family import (
    CONTEXTS,
    Drawn,
    Family,
    error_of,
    share_missed,
    something_shown,
)
from nlviz.inner import unroll
from nlviz.memory import Gates, Pairs
from nlviz.outer import OUTER_GRADIENTS, Learner, Report, train

__all__ = ["ARMS", "Arm", "HandSet", "Setting", "arm", "hand_set", "learn", "least", "tried"]

GRID = ((0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), (0.001, 0.3, 0.6), (0.001, 0.01, 0.03, 0.1))
"""θ, η and α that are tried by hand."""
STEEP = (0.25, 0.5, 1.0, 2.0, 4.0)
"""How steeply a hand-set θ may follow the cue: θ is as tried at cue 1, and smaller below."""


class Arm(NamedTuple):
    """The rule that is written by, and the groups of slow weights that may move."""

    rule: str
    free: tuple[str, ...]


ARMS: dict[str, Arm] = {
    "start": Arm("gradient", ("start",)),
    "rates": Arm("gradient", ("rates",)),
    "gates": Arm("gradient", ("rates", "gates")),
    "plastic": Arm("plastic", ("start", "rates", "coefficients")),
    "plastic delta": Arm("plastic delta", ("rates", "coefficients")),
    "net": Arm("net", ("rates", "net")),
    "generated": Arm("gradient", ("start", "generated")),
    "all": Arm("net", ("start", "rates", "gates", "net", "generated")),
}
"""What is learned, by name. Every arm starts from the hand-set rates."""


TOGETHER = 8
"""Settings that are tried side by side: what a core keeps near, of 256 streams each."""

Setting = tuple[tuple[float, float, float], float]
"""(θ, η, α), and how steeply θ follows the cue."""


class HandSet(NamedTuple):
    """The best of the search: (θ, η, α), how steeply θ follows the cue (0: not at all), and its error there."""

    rates: tuple[float, float, float]
    steep: float
    error: float

    def learner(self, family: Family) -> Learner:
        """It as a `Learner` in which nothing is learned."""
        made = Learner(
            family.width, family.width, contexts=CONTEXTS, rates=self.rates, generator=Generator().manual_seed(0)
        )
        with torch.no_grad():
            made.gates[0] = self.steep
            made.rates[0] -= self.steep
        return made


def hand_set(family: Family, *, gated: bool = False, seed: int = 100, batch: int = 256) -> HandSet:
    """The best constant θ, η and α of a small grid, on streams of this seed: 96 runs.

    gated: whether θ may follow the cue; then also how steeply, with the best constants' η and α.

        >>> found = experiments.learning_to_learn.hand_set(experiments.learning_to_learn.Family(), batch=16)
        >>> found.steep, found.error < 1
        (0.0, True)
    """
    words.instance("family", family, Family)
    gated, seed, batch = words.flag("gated", gated), words.seed("seed", seed), words.count("batch", batch)
    return _searched(family, gated, seed, batch)


@cache
def _searched(family: Family, gated: bool, seed: int, batch: int) -> HandSet:
    given = family.draw(batch, Generator().manual_seed(seed))
    if not gated:
        return least(tried(family, given, [(rates, 0.0) for rates in product(*GRID)]))
    best = _searched(family, False, seed, batch)
    _, eta, alpha = best.rates
    steeper = [((theta, eta, alpha), steep) for theta, steep in product(GRID[0], STEEP)]
    return least([best, *tried(family, given, steeper)])


def tried(family: Family, given: Drawn, settings: Sequence[Setting]) -> list[HandSet]:
    """The error of every setting on these streams, `TOGETHER` of them at a time: a setting's streams beside another's.

    As `error_of` of each `HandSet.learner`, to the bit; a run for each would take several times as long.
    Raises ValueError as `error_of` does.
    """
    something_shown(given)
    found = [HandSet(*one, float("nan")) for one in settings]
    some = [found[first : first + TOGETHER] for first in range(0, len(found), TOGETHER)]
    errors = [error for part in some for error in _errors([one.learner(family) for one in part], given)]
    return [one._replace(error=error) for one, error in zip(found, errors, strict=True)]


def least(found: Sequence[HandSet]) -> HandSet:
    """The one with the smallest error; what ran away is no number, and never best."""
    return min(found, key=lambda one: float("inf") if isnan(one.error) else one.error)


def arm(name: str, family: Family, rates: tuple[float, float, float], *, seed: int = 0) -> Learner:
    """A learner of one of ARMS, before it has learned: its switches set, its rates those given.

    >>> family = experiments.learning_to_learn.Family()
    >>> made = experiments.learning_to_learn.arm("gates", family, (0.1, 0.3, 0.001))
    >>> [name for name, one in made.named_parameters() if one.requires_grad]
    ['rates', 'gates']
    """
    chosen, width = words.known("name", name, ARMS), words.instance("family", family, Family).width
    chance = Generator().manual_seed(words.seed("seed", seed))
    made = Learner(width, width, contexts=CONTEXTS, rule=chosen.rule, rates=rates, generator=chance)
    made.free(*chosen.free)
    return made


def learn(
    model: Learner,
    family: Family,
    *,
    steps: int = 200,
    lr: float = 0.03,
    batch: int = 32,
    seed: int = 0,
    algorithm: str = OUTER_GRADIENTS[0],
    cut: int = 8,
) -> Iterator[Report]:
    """Train what is free in `model` on tasks of `family`, drawn afresh at each step; a `Report` after each.

    The loss of a report is the recall error before that step. algorithm, cut: of the outer gradient, see
    `outer.unroll_by`. Adam, gradients no longer than 1. Raises ValueError where nothing is free, and as `outer.train`.

        for report in learning_to_learn.learn(model, family): print(report.step, report.loss)
    """
    free = [one for one in words.instance("model", model, Learner).parameters() if one.requires_grad]
    if not free:
        words.refuse("model", model, "a learner in which some slow weight may move", "use model.free('rates')")
    words.instance("family", family, Family)
    optimizer = torch.optim.Adam(free, lr=words.number("lr", lr, above=0))
    how = {"algorithm": words.choice("algorithm", algorithm, OUTER_GRADIENTS), "cut": words.count("cut", cut)}
    return train(model, _Lessons(family, how), steps=steps, optimizer=optimizer, batch=batch, seed=seed, clip=1.0)


class _Lessons(NamedTuple):
    """The family as a task, with an outer gradient of a name."""

    family: Family
    how: dict[str, Any]

    def draw(self, batch: int, generator: Generator) -> Drawn:
        return self.family.draw(batch, generator)

    def loss(self, model: Learner, given: Drawn, state: Any) -> tuple[Tensor, None]:
        return error_of(model, given, **self.how), None


@torch.no_grad()
def _errors(learners: Sequence[Learner], given: Drawn) -> list[float]:
    """The error of each, all of them in one run: they differ by their gates alone."""
    first, many = learners[0], len(learners)
    gates = Gates(*map(torch.cat, zip(*(one.gated(given.cues) for one in learners), strict=True)))
    keys, values, asked = (one.repeat(many, 1, 1) for one in (given.keys, given.values, given.asked))
    state = unroll(first.memory, Pairs(keys, values), gates).state
    return [float(share_missed(answers, given)) for answers in first.recalled(state, asked).chunk(many)]
