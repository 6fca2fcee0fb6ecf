"""The faults planted by hand stand where the table says, and a fault that is planted is imported, not written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .planted import TESTS, planted
from .planting import ROOT, caught_by, module_of
from .table import PLANTED, Chosen

each = pytest.mark.parametrize("fault", PLANTED, ids=[f"{one.file}: {one.means}" for one in PLANTED])


@each
def test_what_a_fault_replaces_stands_in_its_file_once_and_what_replaces_it_is_python(fault: Chosen) -> None:
    path, source = planted(fault)
    assert ast.dump(ast.parse(source)) != ast.dump(ast.parse(path.read_text("utf-8")))
    assert (TESTS / fault.tests).is_file()
    assert not fault.pictures or [*(TESTS / "golden").glob(f"{fault.pictures}*.json")]


def test_the_faults_are_of_every_kind_and_spread_over_the_pictures() -> None:
    kinds = {"axes exchanged", "matrix upside down", "sign", "order reversed", "before and after swapped", "unit wrong"}
    kinds |= {"log for linear", "first stream for second", "off by one frame", "colours of two roles exchanged"}
    kinds |= {"cumulated for per byte", "worst starred as best"}
    assert kinds <= {fault.means for fault in PLANTED}
    assert len(PLANTED) >= 24
    assert len({fault.file for fault in PLANTED}) >= 20


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
