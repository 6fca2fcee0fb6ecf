"""The faults planted by hand stand where the table says, and a fault that is planted is imported, not written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .planted import TESTS, VIEWS, planted
from .planting import ROOT, caught_by, module_of
from .table import PLANTED, Chosen

each = pytest.mark.parametrize("fault", PLANTED, ids=[f"{one.file}: {one.means}" for one in PLANTED])


@each
def test_what_a_fault_replaces_stands_in_its_file_once_and_what_replaces_it_is_python(fault: Chosen) -> None:
    path, source = planted(fault)
    assert ast.dump(ast.parse(source)) != ast.dump(ast.parse(path.read_text("utf-8")))
    assert (TESTS / fault.tests).is_file()
    assert not fault.pictures or [*(TESTS / "golden").glob(f"{fault.pictures}*.json")]


def test_every_file_that_draws_has_a_fault() -> None:
    # frames and moving are told what they are given by their own tests; entry draws words
    others = {"__init__.py", "entry.py", "drawing/frames.py", "drawing/moving.py"}
    drawing = {path.relative_to(VIEWS).as_posix() for path in VIEWS.rglob("*.py") if path.name != "__init__.py"}
    assert {fault.file for fault in PLANTED} == drawing - others


def test_a_text_that_is_gone_is_named() -> None:
    with pytest.raises(ValueError, match=r"series.py holds 0 of 'no such text'; change the table with the file"):
        planted(PLANTED[0]._replace(file="series.py", old="no such text"))


@pytest.mark.parametrize(
    ("path", "name"), [("nlviz/views/series.py", "nlviz.views.series"), ("nlviz/views/__init__.py", "nlviz.views")]
)
def test_a_file_is_known_by_its_module(path: str, name: str) -> None:
    assert module_of(ROOT / Path(path)) == name


def test_tests_that_do_not_run_see_nothing() -> None:
    path, source = planted(PLANTED[0])
    with pytest.raises(RuntimeError, match=r"no_such_test\.py ended with status 4 and no failed test"):
        caught_by(path, source, [str(TESTS / "no_such_test.py")])
