"""Three months with a codebase: what is left of Week 1, and of the names it had; what notebook 12 says.

A seed draws the order of the modules. Only a part of `json` is read here; the notebook reads all of it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from nlviz.agents import architect

from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

ARMS = ("frozen", "one rate", "continuum", "n-gram cache")
SIZE = 16_000


@cache
def lived() -> tuple[np.ndarray, np.ndarray]:
    """Bits per byte of all days [seeds, arms], and of Week 1 again at the three looks [seeds, looks, arms]."""
    every = [architect.read_months(architect.legacy("json", limit=SIZE, seed=seed), ARMS, each=0) for seed in SEEDS]
    paid = np.array([months.bits.mean(-1) for months in every])
    return paid, np.array([[look.known[:, 0] for look in months.checkpoints] for months in every])


def test_whoever_writes_pays_less_than_frozen_weights(claims: Claims) -> None:
    paid, _ = lived()
    for arm in range(1, len(ARMS)):
        claims.more(paid[:, 0], paid[:, arm], f"{ARMS[arm]}, all days", by=0.1, share=1.0)


def test_one_rate_gives_back_much_of_what_week_1_taught_it(claims: Claims) -> None:
    _, again = lived()
    claims.more(again[:, 2, 1], again[:, 0, 1], "Week 1 again, Month 3 against Week 1", by=0.2, share=1.0)
    gained, lost = again[:, 0, 0] - again[:, 0, 1], again[:, 2, 1] - again[:, 0, 1]
    claims.more(lost, gained / 3, "more than a third of what it had gained")


def test_levels_lose_less_and_kept_text_hardly_any(claims: Claims) -> None:
    _, again = lived()
    drift = again[:, 2] - again[:, 0]
    claims.more(drift[:, 1], drift[:, 2], "one rate loses more than the levels", by=0.1, share=1.0)
    claims.more(again[:, 2, 2], again[:, 2, 3], "kept text is cheaper than the levels", by=0.5, share=1.0)
    claims.more(again[:, 2, 0], again[:, 2, 2], "the levels are still cheaper than frozen weights")
