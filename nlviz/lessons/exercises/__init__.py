"""Exercises as values, one file for each notebook; their words stand in the catalog, their solutions in `solutions`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nlviz.lessons.words import table

if TYPE_CHECKING:
    from nlviz.lessons.exercises.exercise import Exercise, Judged

__all__ = ["TOPICS", "exercises", "find"]

TOPICS = {
    "01": "frozen_model",
    "02": "fast_weights",
    "03": "test_time_training",
    "04": "surprise",
    "05": "titans",
    "06": "forgetting",
}
"""The file of each lesson."""


def exercises(lesson: str) -> tuple[Exercise | Judged, ...]:
    """All exercises of a lesson ("02"), in the order in which it asks them."""
    return import_module(f"nlviz.lessons.exercises.{TOPICS[lesson]}").EXERCISES


def find(id: str) -> Exercise | Judged:
    """The exercise named `id`, such as "02.1". Raises ValueError if there is none."""
    table("exercises", id)
    there = {exercise.id: exercise for exercise in exercises(id.split(".")[0])}
    return there[id]
