"""Cells run out of order: a clear error, never a wrong picture. What can be told without running stands here."""

from __future__ import annotations

import pytest

from .books import NOTEBOOKS, Book
from .names import names
from .order import faults, missing


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_name_has_one_home(path):
    book = Book(path)
    assert faults([book.cells[place].source for place in book.code]) == []


@pytest.mark.parametrize(
    ("source", "taken", "given"),
    [
        ("x = y + 1", {"y"}, {"x"}),
        ("M = M + 1", {"M"}, {"M"}),
        ("total = 0\ntotal += step", {"step"}, {"total"}),
        ("for i in range(n):\n    last = i", {"n"}, {"i", "last"}),
        ("squares = [k * scale for k in range(3)]", {"scale"}, {"squares"}),
        ("def f(a):\n    return a + b + helper()\n\n\ndef helper():\n    return 1", {"b"}, {"f", "helper"}),
        ("class C:\n    width = 3\n    area = width * height", {"height"}, {"C"}),
        ("import numpy as np\nnp.ones(print)", set(), {"np"}),
        ("f(**{name: 1 for name in seen})", {"f", "seen"}, set()),
    ],
)
def test_what_a_cell_takes_and_gives(source: str, taken: set[str], given: set[str]) -> None:
    found = names(source)
    assert (found.taken, found.given) == (taken, given)


def test_each_way_to_mislead_is_named() -> None:
    assert faults(["import torch", "stream = torch.ones(3)", "stream.sum()"]) == []
    (twice,) = faults(["stream = 1", "print(stream)", "stream = 2"])
    assert "code cells [0, 2]: the last one run decides" in twice
    (changed,) = faults(["total = 0", "total += 1"])
    assert "code cell 1 changes `total`" in changed
    (below,) = faults(["1", "print(later)", "later = 1"])
    assert "only code cell 2 below it gives" in below
    (replaced,) = faults(["x = 1\n\n\ndef f():\n    return x", "x = 2", "f()"])
    assert replaced == "`f` of code cell 0 reads `x`, given by code cells [0, 1]"
    (nowhere,) = faults(["print(lost)"])
    assert "no cell gives" in nowhere


def test_a_cell_that_is_run_alone_lacks_what_others_give() -> None:
    assert missing(["import torch", "delta = 1", "torch.ones(delta)"], 2) == {"delta"}
