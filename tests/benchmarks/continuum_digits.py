"""Digits class by class, row 5 of continuum.md: one net whose hidden units are dealt out to one, two or three levels.

Five tasks of two digits, 240 images of each, every image written once by the gradient of the cross-entropy; then all
ten digits are asked for. Every arm is tuned by 96 settings on seeds 100 and 101, by the average accuracy in the end,
and told on seeds 0 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.inner import unroll
from nlviz.memory import MLP, Continuum, DeepMemory, Gates, Level, Pairs, cross_entropy
from nlviz.streams.digits import CLASSES, PIXELS, digits

from .sweeping import Sweep
from .training import mean_and_spread

HIDDEN, IMAGES = 96, 240
RATES = tuple(0.08 * 2**step for step in range(8))
SEARCHED_ON, SEEDS = (100, 101), range(5)
OWN = (1, 4, 16)
"""The period of the only level, or of the fastest."""


class Kind(NamedTuple):
    """One kind of an arm. forget: of the fastest level, at each of its ticks."""

    periods: tuple[int, ...]
    forget: float


KINDS = {
    "1 level": [Kind((own,), forget) for own, forget in product(OWN, (0.0, 1e-4, 1e-3, 1e-2))],
    "2 levels": [Kind((own, own * by), forget) for own, by, forget in product(OWN, (4, 16), (0.0, 1e-3))],
    "3 levels": [Kind((own, own * by, own * by**2), forget) for own, by, forget in product(OWN, (2, 4), (0.0, 1e-3))],
}


class Course(NamedTuple):
    """What is written, by tasks in turn [images, …], and what is asked about: one test set for each task."""

    keys: Tensor
    values: Tensor
    tests: list[tuple[Tensor, Tensor]]


def course(seed: int) -> Course:
    """The five tasks, as many images of each for every seed, pixels about zero and of length 1."""
    chance = Generator().manual_seed(seed)
    tasks = digits("class-incremental", generator=chance)
    rows = [torch.randperm(len(task.train.labels), generator=chance)[:IMAGES] for task in tasks]
    images = torch.cat([task.train.images[at] for task, at in zip(tasks, rows, strict=True)])
    labels = torch.cat([task.train.labels[at] for task, at in zip(tasks, rows, strict=True)])
    tests = [(_keys(task.test.images), task.test.labels) for task in tasks]
    return Course(_keys(images), F.one_hot(labels, CLASSES).float(), tests)


def _keys(images: Tensor) -> Tensor:
    return F.normalize(images - images.mean(-1, keepdim=True), dim=-1)


def memory(kind: Kind) -> Continuum:
    """The net, its hidden units dealt out to as many levels as there are periods."""
    first = 2 * torch.randn(HIDDEN, PIXELS, generator=Generator().manual_seed(7))
    size, levels = HIDDEN // len(kind.periods), []
    for place, period in enumerate(kind.periods):
        initial = first[place * size : (place + 1) * size], torch.zeros(CLASSES, size)
        net = DeepMemory(PIXELS, CLASSES, cross_entropy, initial, net=MLP((size,)))
        levels.append(Level(net, period, 2.0**place, forget=0.0 if place else kind.forget))
    return Continuum(levels, "independent")


def accuracy(kind: Kind, rates: Sequence[float], seeds: Sequence[int]) -> Tensor:
    """Share right of every task in the end, out of all ten digits, [rates, seeds, tasks]."""
    courses = [course(seed) for seed in seeds]
    keys, values = torch.stack([one.keys for one in courses]), torch.stack([one.values for one in courses])
    pairs = Pairs(keys.repeat(len(rates), 1, 1), values.repeat(len(rates), 1, 1))
    each = torch.tensor(rates).repeat_interleave(len(seeds))[:, None].expand(pairs.keys.shape[:2])
    built = memory(kind)
    state = unroll(built, pairs, Gates(each, torch.zeros_like(each), torch.zeros_like(each))).state
    # the tests of all seeds are asked of all rows; each row's own are kept
    found = torch.zeros(len(rates), len(seeds), len(courses[0].tests))
    for at, one in enumerate(courses):
        for task, (images, labels) in enumerate(one.tests):
            said = built.read(state, images.expand(len(pairs.keys), *images.shape)).argmax(-1)
            found[:, at, task] = (said == labels).float().mean(-1).reshape(len(rates), -1)[:, at]
    return found


def best(arm: str) -> list[float]:
    """Of 96 settings the one with the best average accuracy: (kind, rate, score)."""
    tried = []
    for number, kind in enumerate(KINDS[arm]):
        scores = accuracy(kind, RATES, SEARCHED_ON).mean((1, 2))
        place = int(scores.argmax())
        tried.append([number, RATES[place], float(scores[place])])
    return max(tried, key=lambda one: one[2])


def told(arm: str, found: Sequence[float]) -> list[list[float]]:
    return accuracy(KINDS[arm][int(found[0])], [found[1]], SEEDS)[0].tolist()


def table(sweep: Sweep) -> Iterator[str]:
    """Every arm as Markdown."""
    yield "| levels | periods | θ | forget | average accuracy | first task | last task |"
    yield "|---" * 7 + "|"
    tuned = sweep({f"search, digits, {arm}": partial(best, arm) for arm in KINDS})
    made = sweep({f"digits, {arm}": partial(told, arm, tuned[f"search, digits, {arm}"]) for arm in KINDS})
    for arm, kinds in KINDS.items():
        chosen, found = tuned[f"search, digits, {arm}"], torch.tensor(made[f"digits, {arm}"])
        kind = kinds[int(chosen[0])]
        edge = ", edge" if chosen[1] in (RATES[0], RATES[-1]) else ""
        cells = [mean_and_spread(one.tolist()) for one in (found.mean(-1), found[:, 0], found[:, -1])]
        periods = ", ".join(map(str, kind.periods))
        yield f"| {arm} | {periods} | {chosen[1]:g}{edge} | {kind.forget:g} | {' | '.join(cells)} |"
