"""The files that go first are there, and nothing else changes its place."""

from __future__ import annotations

from types import SimpleNamespace

from .first import LONGEST, TESTS, longest_first


def test_every_file_that_goes_first_is_there() -> None:
    assert [name for name in LONGEST if not (TESTS / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_the_others_stay_as_they_stand() -> None:
    names = ["door/test_words.py", LONGEST[1], "door/test_words.py", "a.py", LONGEST[0], LONGEST[1]]
    items = [SimpleNamespace(path=TESTS / name, number=number) for number, name in enumerate(names)]
    longest_first(items)
    assert [item.number for item in items] == [4, 1, 5, 0, 2, 3]
