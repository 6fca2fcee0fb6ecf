"""Every example in a docstring (`>>>`) gives what stands below it.

An example may use what the first cell of every notebook imports: torch, np, and the rooms of nlviz by their names.
"""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import numpy as np
import pytest
import torch

import nlviz
from nlviz.lessons.course.lesson_02 import solutions

LEAST = 40
KNOWN: dict[str, Any] = {"np": np, "torch": torch} | {room: getattr(nlviz, room) for room in nlviz._ROOMS}
KNOWN |= {"write": solutions.write}
"""What `check` shows is the test file of a lecturer, whose student has written `write`."""


def _examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [import_module(found.name) for found in walk_packages(nlviz.__path__, "nlviz.")]
    found = [test for module in modules for test in finder.find(module, globs=KNOWN) if test.examples]
    return sorted(found, key=lambda test: test.name)


EXAMPLES = _examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_gives_what_it_says(example: doctest.DocTest) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.FAIL_FAST)
    runner.run(example, out=said.append)
    assert not runner.failures, "".join(said)


def test_there_are_enough_of_them() -> None:
    assert len(EXAMPLES) >= LEAST
