"""The lessons, one folder each: what it asks (`exercises`), one right answer to each (`solutions`), and its words.

A lesson is found by its folder: `lesson_07` with `exercises.py` (`EXERCISES`), `solutions.py` and `en.toml`. A file
beside them holds what one exercise needs.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlviz.lessons.checking.exercise import Exercise, Judged

__all__ = ["exercises", "folder", "lessons"]

_COURSE = Path(__file__).parent
_FOLDER = "lesson_"


def lessons() -> list[str]:
    """The lessons that ask something, by number: "01", "02", …"""
    return sorted(path.parent.name.removeprefix(_FOLDER) for path in _COURSE.glob(f"{_FOLDER}*/exercises.py"))


def folder(lesson: str) -> Path:
    """Where a lesson ("02") lives."""
    return _COURSE / f"{_FOLDER}{lesson}"


def exercises(lesson: str) -> tuple[Exercise | Judged, ...]:
    """All exercises of a lesson ("02"), in the order in which it asks them."""
    return import_module(f"{__name__}.{_FOLDER}{lesson}.exercises").EXERCISES
