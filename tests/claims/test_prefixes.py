"""Prefixes of embeddings on source code: what they find, what a search costs, and what a memory of them can hold.

At full size, with two texts and digits, in tests/benchmarks/prefixes.md; here on the first 40,000 bytes of `email`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from nlviz import outer, streams
from nlviz.experiments import budget
from nlviz.experiments.budget import Embedded, Levels, Search

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

SIZES = (2, 4, 8, 16, 32, 64)


@cache
def search() -> Search:
    """Which of 1,024 places has just read the same name."""
    found = budget.places(outer.ByteModel.load(), streams.code("email", limit=40_000))
    return budget.code_search(found, "which name was read", documents=1024, queries=512, sizes=SIZES, steps=200)


@cache
def embedded(prefixes: tuple[int, ...], seed: int) -> Embedded:
    return search().learn(prefixes, chance(seed))


def right(prefixes: tuple[int, ...], *plan: tuple[int, int]) -> np.ndarray:
    """The share found by these stages, for every seed."""
    return np.array([budget.searched(embedded(prefixes, seed), search(), plan).right for seed in SEEDS])


@cache
def held(levels: Levels) -> tuple[np.ndarray, float]:
    """The share that a memory of Matryoshka keys answers, for every seed, and what its writes cost."""
    runs = [budget.prefix_memory(embedded(SIZES, seed), search(), levels) for seed in SEEDS]
    return np.array([run.right for run in runs]), float(np.mean([run.cost for run in runs]))


def test_the_first_numbers_of_a_matryoshka_find_more_than_those_of_a_plain_embedding(claims: Claims) -> None:
    """The lab's names in code: two numbers find half, of a plain embedding four in ten; at four the lead is smaller."""
    for size, by in ((2, 0.05), (4, 0.0)):
        matryoshka, plain = right(SIZES, (size, 1)), right(SIZES[-1:], (size, 1))
        claims.more(matryoshka, plain, f"Matryoshka ahead at {size} numbers", by=by)
    claims.says(".51", right(SIZES, (2, 1)), "two numbers of Matryoshka")
    claims.says(".38", right(SIZES[-1:], (2, 1)), "two numbers of a plain embedding")


def test_a_shortlist_by_eight_numbers_finds_what_all_find_for_a_sixth_of_the_work(claims: Claims) -> None:
    whole, short = right(SIZES, (64, 1)), right(SIZES, (8, 16), (64, 1))
    costs = [budget.searched(search().raw, search(), plan).cost for plan in ([(64, 1)], [(8, 16), (64, 1)])]
    assert costs[0] > 6 * costs[1]
    claims.more(short, whole, "the shortlist", by=-0.01)


def test_eight_numbers_that_find_nearly_all_hold_little_as_keys_of_a_map(claims: Claims) -> None:
    """A map of eight numbers has rank eight, whatever its keys tell apart."""
    alone, cost = held(Levels(0, 8))
    rarely, as_much = held(Levels(0, 64, every=8))
    assert cost == as_much == 16.0
    claims.more(right(SIZES, (8, 1)), alone, "the nearest ahead of the map", by=0.3)
    claims.more(rarely, alone, "all numbers, every eighth token", by=0.05)


def test_a_coarse_level_written_always_adds_less_than_more_of_the_fine_one(claims: Claims) -> None:
    both, cost = held(Levels(8, 64, every=8))
    more, as_much = held(Levels(0, 64, every=4))
    assert cost == as_much == 32.0
    claims.more(more, both, "the fine level alone, twice as often", by=0.05)
