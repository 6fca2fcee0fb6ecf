"""The page of the architect has every arm of the code, and its tables are what the notes say."""

from __future__ import annotations

from nlviz.agents import architect

from .architect import PACKAGES, PAGE, Run, cell, page, verdicts
from .training import tables


def run(week_1: float) -> Run:
    """One run in which every arm pays 2 bits, the continuum 1.5, and its Week 1 costs so much at Month 3."""
    right = {kind: [0.25, 0.5, None] for kind in architect.CLASSES}
    arms = {arm: [2.0, [[2.0] * 3] * 3, right, [0.0, 0.5, 1.0], 1000.0] for arm in architect.ARMS}
    arms["continuum"] = [1.5, [[2.0] * 3, [2.0] * 3, [week_1, 2.0, 2.0]], right, [0.0] * 3, 1000.0]
    return {"arms": arms, "asked": dict.fromkeys(architect.CLASSES, 3), "bytes": 960, "s": 1.0}


def test_the_page_has_a_row_for_every_arm_in_two_tables_a_package() -> None:
    found = tables(PAGE)
    assert len(found) == 2 * len(PACKAGES)
    for paid, answered in zip(found[::2], found[1::2], strict=True):
        assert [row["bits per byte"] for row in paid] == list(architect.ARMS)
        assert [row["share right"] for row in answered] == list(architect.ARMS)


def test_a_cell_is_the_mean_of_what_there_is() -> None:
    assert cell([1.0, None, 2.0]) == "1.50 (1.00…2.00)"
    assert cell([None]) == "–"


def test_the_expectations_are_counted_run_by_run() -> None:
    lines = list(verdicts({"email": [run(1.0), run(3.0)]}))
    assert lines[0].endswith("the continuum pays less than one rate: in 1 of 2")
    assert any("no more than one rate: in 2 of 2" in line for line in lines)
    assert "| continuum | 1.50 (1.50…1.50) |" in page({"email": [run(1.0)]})
