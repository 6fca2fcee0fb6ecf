"""Which files of tests go first: a worker left alone with a long one at the end leaves a core idle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["LONGEST", "longest_first"]

TESTS = Path(__file__).parent
LONGEST = (
    "browser/test_accessibility.py",
    "browser/test_fit.py",
    "browser/test_labs.py",
    "browser/test_hands.py",
    "browser/test_progress.py",
    "browser/test_export.py",
    "recipes/test_recipes.py",
    "claims/test_reading.py",
    "claims/test_forgetting.py",
    "notebooks/test_again.py",
    "browser/test_benchmark.py",
    "claims/test_learning_to_learn.py",
    "labs/test_dead_knobs.py",
    "labs/test_state.py",
    "memory/test_contract.py",
    "claims/test_frozen_model.py",
    "claims/test_titans.py",
    "claims/test_outer_gradients.py",
    "lessons/test_answers.py",
    "claims/test_needle.py",
    "claims/test_surprise.py",
    "claims/test_ladder.py",
    "claims/test_ablation.py",
    "outer/test_byte_model.py",
    "browser/test_surprise_notebook.py",
    "browser/test_reopened.py",
    "benchmarks/test_trained.py",
    "lessons/test_exercises.py",
)
"""Those of twenty seconds of a core and more, the longest first; see them with `-p tests.clock`."""


def longest_first(items: list[Any]) -> None:
    """Put the tests of these files before all others, in place; otherwise the order stays."""
    places = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
