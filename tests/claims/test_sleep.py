"""What is said of sleep, over five pairs of texts: what a night moves, and what it and its neighbours cost."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from nlviz.experiments.sleep import Night, course, days_of, matrix
from nlviz.streams import code

from .holding import Claims

pytestmark = pytest.mark.claim

TEXTS = ("email", "json", "http", "plotly", "encodings")
REPLAY, TUNED, FAST = "sleep: replay", "fine-tuning", "only fast"
# shorter than those of the benchmark, whose figures the prose has
LENGTH, NIGHT = 2048, Night(updates=8, batch=8)


@cache
def known(arm: str) -> np.ndarray:
    """R of every pair of texts, [pairs, 3, 3]: bits per byte at the start and after each night; the text from before,
    day 1's, day 2's."""
    found = []
    for seed, pair in enumerate(zip(TEXTS, (*TEXTS[1:], TEXTS[0]), strict=True)):
        days = days_of([(name, code(name, limit=LENGTH)) for name in pair], seed=seed)
        *_, (_, looks) = course(arm, days, NIGHT, seed=seed)
        found.append(matrix(looks))
    return np.array(found)


def lost(arm: str) -> np.ndarray:
    """Of what was known before, in two days and nights, [pairs]."""
    return known(arm)[:, 2, 0] - known(arm)[:, 0, 0]


def gained(arm: str) -> np.ndarray:
    """On the day just read, the mean of both, [pairs]."""
    return np.mean([known(arm)[:, day - 1, day] - known(arm)[:, day, day] for day in (1, 2)], 0)


def test_sleep_moves_what_was_read_into_slow_weights(claims: Claims) -> None:
    """With the memory cleared, text of the day that was never read costs a tenth of a bit less than in the morning."""
    claims.more(gained(REPLAY), 0.05, "what the slow weights gained by a night", share=1)


def test_a_memory_that_is_never_cleared_knows_the_day_best_and_costs_what_was_known(claims: Claims) -> None:
    claims.more(gained(FAST), gained(REPLAY), "the day just read", by=0.03, share=1)
    claims.more(lost(FAST), lost(REPLAY), "what was known before", by=0.1, share=1)


def test_fine_tuning_loses_more_of_what_was_known_than_sleep_does(claims: Claims) -> None:
    """Both at one rate, on as many bytes; nights as short as these teach them about as much of the day."""
    claims.more(lost(TUNED), lost(REPLAY), "what was known before")
