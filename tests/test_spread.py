"""Tests that share something dear go to one worker: those of a file, and those of a lab, of whatever file."""

from __future__ import annotations

from .first import TESTS
from .spread import IN_PARTS, OF_LABS, shared_by


def test_files_of_labs_are_there_and_take_one_lab_each() -> None:
    for name in OF_LABS:
        assert "OneLab" in (TESTS.parent / name).read_text(encoding="utf-8")


def test_a_lab_s_tests_share_it_and_others_their_file() -> None:
    knobs, fit = (f"tests/browser/test_{name}.py::test_this" for name in ("labs", "fit"))
    assert shared_by(f"{knobs}[amnesia]") == shared_by(f"{fit}[amnesia-dark]") != shared_by(f"{fit}[titans-dark]")
    # no lab among its parameters
    assert shared_by(knobs) == "tests/browser/test_labs.py"
    other = "tests/labs/test_amnesia.py::test_that[amnesia]"
    assert shared_by(other) == "tests/labs/test_amnesia.py"


def test_a_long_file_goes_in_parts() -> None:
    for name in IN_PARTS:
        assert (TESTS.parent / name).is_file()
        here, there = (shared_by(f"{name}::test_this[{part}]") for part in ("amnesia", "titans"))
        assert here == shared_by(f"{name}::test_that[amnesia-dark]") != there
        assert shared_by(f"{name}::test_this") == name
