"""A learner while it learns: what every group of slow weights earns, and what the inner loop is worth at each token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.door import words
from nlviz.experiments.learning_to_learn.arms import learn
from nlviz.experiments.learning_to_learn.family import Drawn, Family, error_of
from nlviz.inner import probes
from nlviz.memory import Pairs
from nlviz.outer import Learner
from nlviz.outer.learned.learner import SLOW

__all__ = ["LOOKS", "Look", "errors_by_token", "watch"]

LOOKS = (0, 1, 2, 4, 7, 10, 15, 25, 40, 60, 80, 120, 200, 300)
"""After so many outer steps a learner is looked at: early ones change it most."""

_SIMPSON = (1 / 6, 4 / 6, 1 / 6)

Weights = dict[str, tuple[Tensor, ...]]


class Look(NamedTuple):
    """A learner after so many outer steps.

    loss: its recall error on streams that no step was taken on. weights: of every group that may move.
    credit: of the fall of that loss so far, what each of these groups has earned.
    """

    step: int
    loss: float
    weights: Weights
    credit: dict[str, float]

    def onto(self, model: Learner) -> Learner:
        """The model, its slow weights as they were at this look."""
        return _put(model, self.weights)


def watch(
    model: Learner, family: Family, watched: Drawn, *, steps: int = 80, lr: float = 0.03, batch: int = 16, seed: int = 0
) -> Iterator[tuple[int, tuple[Look, ...]]]:
    """`learn`, looked at on its way: after every outer step its number, and all looks so far.

    watched: streams that are only looked at. Their loss falls by −∫ ∂L/∂w · dw along the way of the weights, which
    splits by group: what a group has earned is its part. Taken on straight lines from look to look, by Simpson's
    rule, the parts add up to the fall. A credit below zero: the group's own moves made the loss larger.
    Where nothing may move there is nothing to learn: all looks are alike. The numbers are those of one thread.
    The gradient of the streams that a step was taken on would not do: it counts their chance as a gain.
    Source: loss change allocation, Lan, Liu, Zhou & Yosinski 2019 (arXiv 1909.01440).
    Raises ValueError as `learn` does, but not where nothing is free, and FloatingPointError where a step runs away.

        >>> family = experiments.learning_to_learn.Family()
        >>> model = experiments.learning_to_learn.arm("rates", family, (0.2, 0.3, 0.001))
        >>> watched = family.draw(8, torch.Generator().manual_seed(1))
        >>> *_, (step, looks) = experiments.learning_to_learn.watch(model, family, watched, steps=2, batch=4)
        >>> step, [look.step for look in looks], list(looks[-1].credit)
        (2, [0, 1, 2], ['rates'])
    """
    words.instance("watched", watched, Drawn)
    words.instance("family", family, Family)
    free = _free(words.instance("model", model, Learner))
    steps = words.count("steps", steps)
    due = [*(one for one in LOOKS if one < steps), steps]
    if not free:
        return _watched(model, watched, due, due[1:])
    taken = learn(model, family, steps=steps, lr=lr, batch=batch, seed=seed)
    return _watched(model, watched, due, (report.step for report in taken))


def _watched(
    model: Learner, watched: Drawn, due: Sequence[int], taken: Iterable[int]
) -> Iterator[tuple[int, tuple[Look, ...]]]:
    free, steps = _free(model), iter(taken)
    with _one_thread():
        loss, slopes = _slopes(model, watched, free)
    looks = (Look(0, loss, _weights(model, free), dict.fromkeys(free, 0.0)),)
    step: int | None = 0
    while step is not None:
        yield step, looks
        with _one_thread():
            step = next(steps, None)
            if step is not None and step in due:
                look, slopes = _looked(model, watched, looks[-1], slopes, step)
                looks = (*looks, look)


@contextmanager
def _one_thread() -> Iterator[None]:
    """With more threads sums are taken in another order, and eighty steps on other digits would be seen."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _looked(model: Learner, watched: Drawn, last: Look, slopes: Weights, step: int) -> tuple[Look, Weights]:
    """The look at this step, and the slopes there, from the last look and its slopes; the model is as it was."""
    free = list(last.weights)
    now = _weights(model, free)
    halfway = {name: _mean(last.weights[name], now[name]) for name in free}
    middle = _slopes(_put(model, halfway), watched, free)[1]
    loss, after = _slopes(_put(model, now), watched, free)
    credit = dict(last.credit)
    for share, part in zip(_SIMPSON, (slopes, middle, after), strict=True):
        for name in free:
            credit[name] -= share * _along(part[name], last.weights[name], now[name])
    return Look(step, loss, now, credit), after


def errors_by_token(model: Learner, given: Drawn, *, every: int = 1) -> np.ndarray:
    """The recall error of what was shown so far, after each token that is a multiple of `every`, [time // every].

    As `error_of`, whose number is the last one: of all streams together, with the values that were newest then.
    NaN where nothing was shown yet. Raises ValueError for what is no learner.

        >>> family = experiments.learning_to_learn.Family()
        >>> model = experiments.learning_to_learn.arm("rates", family, (0.2, 0.3, 0.001))
        >>> given = family.draw(8, torch.Generator().manual_seed(1))
        >>> found = experiments.learning_to_learn.errors_by_token(model, given, every=6)
        >>> found.shape, bool(abs(found[-1] - experiments.learning_to_learn.error_of(model, given).item()) < 1e-6)
        ((4,), True)
    """
    words.instance("model", model, Learner)
    words.instance("given", given, Drawn)
    every = words.count("every", every, of="tokens")
    asked = [probes.weights(every)]
    with torch.no_grad(), _one_thread():
        run = model(Pairs(given.keys, given.values), given.cues, given.context, probes=asked)
        # wide enough for a memory that runs away
        memories = run.trace["weights"].values.astype(np.float64)
        answers = model.readout.double().numpy() @ memories @ given.asked.double().mT.numpy()
    truths, knowns = (part.double().numpy()[:, every - 1 :: every].swapaxes(0, 1) for part in given[-2:])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        missed = np.square(answers.swapaxes(-1, -2) - truths).sum(-1)
        return (missed * knowns).sum((1, 2)) / (np.square(truths).sum(-1) * knowns).sum((1, 2))


def _free(model: Learner) -> list[str]:
    return [name for name in SLOW if any(one.requires_grad for one in model.slow(name))]


def _weights(model: Learner, names: list[str]) -> Weights:
    return {name: tuple(one.detach().clone() for one in model.slow(name)) for name in names}


def _put(model: Learner, weights: Weights) -> Learner:
    with torch.no_grad():
        for name, held in weights.items():
            for one, value in zip(model.slow(name), held, strict=True):
                one.copy_(value)
    return model


def _mean(one: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple((a + b) / 2 for a, b in zip(one, other, strict=True))


def _slopes(model: Learner, watched: Drawn, names: list[str]) -> tuple[float, Weights]:
    """The loss on the watched streams, and its gradient by group; the model's own `grad` is left alone."""
    with torch.set_grad_enabled(bool(names)):
        loss = error_of(model, watched)
    if not names:
        return loss.item(), {}
    flat = [one for name in names for one in model.slow(name)]
    found = iter(torch.autograd.grad(loss, flat, allow_unused=True, materialize_grads=True))
    return loss.item(), {name: tuple(next(found) for _ in model.slow(name)) for name in names}


def _along(slopes: tuple[Tensor, ...], before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> float:
    return sum(
        float((slope.double() * (b.double() - a.double())).sum())
        for slope, a, b in zip(slopes, before, after, strict=True)
    )
