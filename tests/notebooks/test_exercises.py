"""The exercises in their notebooks: as they stand every stub fails, and with the solutions every check passes.

What a check says to each usual slip is tested in tests/lessons.
"""

from __future__ import annotations

import pytest

from nlviz.lessons.course import exercises, lessons

from .exercises import FOLDER, Exercises

BOOKS = {path.name: Exercises(path.name) for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))}
TAUGHT = [name for name, book in BOOKS.items() if book.ids]


def test_every_exercise_stands_in_its_notebook() -> None:
    ids = [id for book in BOOKS.values() for id in book.ids]
    assert sorted(ids) == sorted(exercise.id for lesson in lessons() for exercise in exercises(lesson))
    assert all(id.startswith(name[:2]) for name, book in BOOKS.items() for id in book.ids)


@pytest.mark.parametrize("name", TAUGHT)
def test_every_stub_is_told_what_it_lacks(name: str) -> None:
    said = BOOKS[name].said({})
    assert [line[0] for line in said] == ["✗"] * len(BOOKS[name].ids)
    # the first thing to do, not a list of numbers
    assert not [line for line in said if "expected" in line]


@pytest.mark.parametrize("name", TAUGHT)
def test_the_solutions_pass(name: str) -> None:
    book = BOOKS[name]
    said = book.said(book.solutions())
    assert [line[0] for line in said] == ["✓"] * len(book.ids)
