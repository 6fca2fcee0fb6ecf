"""Looking up by the first numbers of an embedding: what is asked for, four ways to be short, and what finding costs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.experiments.budget.prefixes import STEPS, Embedded, embedded, principal, train_encoder
from nlviz.measure import Stage, funnel, retrieve
from nlviz.outer import Matryoshka
from nlviz.streams import DigitTask
from nlviz.streams.digits import CLASSES

__all__ = ["PLANS", "WAYS", "Search", "Searched", "Shortened", "digit_search", "searched", "shortened", "stages"]

WAYS = ("plain, cut off", "plain, turned by PCA", "Matryoshka", "a net for each length")
"""Ways to have embeddings of few numbers: of one that was trained whole, of one trained by its prefixes, of many."""
PLANS = ("these numbers alone", "shortlist, then all", "funnel")
"""Ways to look up, from so many numbers on."""


class Search(NamedTuple):
    """What is looked for and where. truth, asked: [documents] and [queries], whole numbers; found is what is equal.

    raw: what embeddings are made of. sizes: their prefixes, the last the width. learn: embeddings of documents and
    queries, trained on the documents so that heads over these prefixes tell what they are; draws from a generator.
    """

    truth: Tensor
    asked: Tensor
    raw: Embedded
    sizes: tuple[int, ...]
    learn: Callable[[Sequence[int], torch.Generator], Embedded]


class Shortened(NamedTuple):
    """Embeddings of one search, each way to have few numbers; of its own: a net for every length."""

    plain: Embedded
    turned: Embedded
    matryoshka: Embedded
    own: Mapping[int, Embedded]

    def by(self, way: str, size: int) -> Embedded:
        """Those of one of WAYS; a net of its own there is for the lengths that were trained."""
        place = WAYS.index(words.choice("way", way, WAYS))
        if place < len(WAYS) - 1:
            return (self.plain, self.turned, self.matryoshka)[place]
        return self.own[words.choice("size", size, self.own)]


class Searched(NamedTuple):
    """nearest: [queries, kept] rows of the documents. right: share whose nearest is what was asked for. cost: a query's
    multiply-adds."""

    nearest: Tensor
    right: float
    cost: int


def digit_search(task: DigitTask, *, sizes: Sequence[int] = (2, 4, 8, 16, 32), steps: int = STEPS) -> Search:
    """Of every test image, which training image shows the same digit.

    Raises ValueError for what is no task, or no counts.

        >>> task = streams.digits("domain-incremental", generator=torch.Generator().manual_seed(0))[0]
        >>> search = experiments.budget.digit_search(task)
        >>> len(search.truth), len(search.asked)
        (1438, 359)
    """
    words.instance("task", task, DigitTask, "give one of streams.digits(…)")
    sizes = tuple(words.count(f"sizes[{at}]", one) for at, one in enumerate(words.several("sizes", sizes, least=1)))
    learn = partial(_digits, task, words.count("steps", steps, of="steps"))
    return Search(task.train.labels, task.test.labels, Embedded(task.train.images, task.test.images), sizes, learn)


def _digits(task: DigitTask, steps: int, prefixes: Sequence[int], chance: torch.Generator) -> Embedded:
    heads = Matryoshka(prefixes, CLASSES, generator=chance)
    return embedded(train_encoder(heads, task.train, generator=chance, steps=steps), task)


def shortened(search: Search, *, seed: int) -> Generator[tuple[int, int], None, Shortened]:
    """Every way to have few numbers, net by net: yields how many of how many nets are trained.

    All nets begin with the same seed. Raises ValueError for what is no search or seed.
    """
    words.instance("search", search, Search, "give digit_search(…) or code_search(…)")
    seed, many, made = words.seed("seed", seed), len(search.sizes) + 1, list[Embedded]()
    # the last net of its own is the plain one
    for prefixes in (search.sizes, *((size,) for size in reversed(search.sizes))):
        made.append(search.learn(prefixes, torch.Generator().manual_seed(seed)))
        yield len(made), many
    matryoshka, plain, *_ = made
    own = dict(zip(reversed(search.sizes), made[1:], strict=True))
    return Shortened(plain, principal(plain), matryoshka, own)


def stages(plan: str, size: int, width: int, *, keep: int = 16) -> tuple[Stage, ...]:
    """The stages of one of PLANS: from `size` numbers on, keeping `keep` of the documents after the first.

    >>> experiments.budget.stages("shortlist, then all", 4, 32)
    (Stage(size=4, keep=16), Stage(size=32, keep=1))
    """
    words.choice("plan", plan, PLANS)
    width = words.count("width", width)
    size, keep = words.count("size", size, most=width), words.count("keep", keep)
    if plan == PLANS[0] or size == width:
        return (Stage(size, 1),)
    return (Stage(size, keep), Stage(width, 1)) if plan == PLANS[1] else funnel(size, keep, width)


def searched(of: Embedded, search: Search, plan: Sequence[Stage | tuple[int, int]]) -> Searched:
    """What is found of these embeddings in stages, as `measure.retrieve` has it, and the share that is right.

    Raises ValueError as `measure.retrieve` does.
    """
    words.instance("search", search, Search, "give digit_search(…) or code_search(…)")
    words.instance("of", of, Embedded)
    found = retrieve(of.test, of.train, plan)
    right = search.truth[found.nearest[:, 0]] == search.asked
    return Searched(found.nearest, float(right.double().mean()), found.cost)
