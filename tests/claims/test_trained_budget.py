"""How far back trained keys reach: what tests/benchmarks/trained_budget.md found, read there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..benchmarks.training import Figure, figure, tables

pytestmark = pytest.mark.claim

PAGE = Path(__file__).parents[1] / "benchmarks/trained_budget.md"
BYTES, WORK = "window of as many bytes", "window of as much work"


def recalled(width: int, memory: str, column: str = "recall of all") -> Figure:
    row = next(one for one in tables(PAGE)[0] if (one["width"], one["memory"]) == (str(width), memory))
    return figure(row[column])


@pytest.mark.parametrize("width", [16, 32])
def test_asked_for_any_pair_a_trained_memory_reaches_none_at_point_nine(width: int) -> None:
    for memory in ("Hebbian", "gated delta", "Titans"):
        assert recalled(width, memory, "effective context").mean == 0.0
    if width == 16:
        assert recalled(width, "two levels", "effective context").mean == 0.0
    assert recalled(width, "attention", "effective context").mean == 4 * width


def test_in_bytes_it_recalls_more_than_a_window_and_in_work_only_where_it_is_wide() -> None:
    """Width 16: gated delta .14, windows .06 and .25; width 32: .37, .06 and .25."""
    for width, said in {16: (0.14, 0.06, 0.25), 32: (0.37, 0.06, 0.25)}.items():
        assert tuple(recalled(width, name).mean for name in ("gated delta", BYTES, WORK)) == said
