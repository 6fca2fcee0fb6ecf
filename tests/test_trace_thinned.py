"""A trace of bounded size: rows are means of blocks, whatever the pieces it came in."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlviz.trace import Mark, Signal, Thinned, Trace


def run(length: int, parts: int = 2) -> Trace:
    values = np.random.default_rng(0).normal(size=(length, 1, parts))
    return Trace({"a": Signal(values, 3 * np.arange(length), "u", ("x", "y")[:parts])})


def pieces(of: Trace, cuts: list[int]) -> list[Trace]:
    signal = of["a"]
    ends = [0, *sorted(cuts), len(signal.values)]
    return [
        Trace({"a": signal._replace(values=signal.values[a:b], times=signal.times[a:b])}) for a, b in pairwise(ends)
    ]


def thinned(of: list[Trace], rows: int) -> Trace:
    kept = Thinned(rows)
    for piece in of:
        kept.add(piece)
    return kept.trace()


def blocks(values: np.ndarray, block: int) -> np.ndarray:
    return np.array([values[first : first + block].mean(0) for first in range(0, len(values), block)])


@given(st.integers(1, 70), st.sampled_from([2, 4, 6, 10]), st.lists(st.integers(0, 70), max_size=5))
def test_any_pieces_give_the_means_of_blocks_and_never_more_rows(length: int, rows: int, cuts: list[int]) -> None:
    whole = run(length)
    found = thinned(pieces(whole, [min(cut, length) for cut in cuts]), rows)["a"]
    assert len(found.values) <= rows
    block = 1
    # full rows are joined at once, so a block is the least power of two that leaves a row free
    while length // block >= rows:
        block *= 2
    np.testing.assert_allclose(found.values, blocks(whole["a"].values, block), rtol=1e-12, atol=1e-12)
    ends = [*range(block, length + 1, block), *([length] if length % block else [])]
    assert found.times.tolist() == [3 * (end - 1) for end in ends]
    assert (found.unit, found.names) == ("u", ("x", "y"))


def test_the_note_says_what_a_row_is() -> None:
    assert thinned([run(3)], 4).notes == {}
    assert thinned([run(9)], 4).noted("thinned") == ("a: every row is the mean of 4",)


def test_a_gap_stays_a_gap_of_its_block_alone() -> None:
    whole = run(8)
    whole["a"].values[5] = np.nan
    assert np.isnan(thinned([whole], 8)["a"].values[:, 0, 0]).tolist() == [False, False, True, False]


def test_marks_are_counted_from_the_start_and_the_first_are_kept() -> None:
    kept = Thinned(4)
    for start in range(0, 300, 2):
        kept.add(run(2).merge(marks=[Mark(1, "diverged")]), start)
    found = kept.trace().marked("diverged")
    assert [mark.time for mark in found[:3]] == [1, 3, 5]
    assert len(found) == 100


def test_memory_does_not_grow() -> None:
    kept = Thinned(8)
    sizes = set()
    for start in range(0, 5000, 50):
        kept.add(run(50), start)
        sizes.add(sum(one.sums.nbytes + one.rest.nbytes for one in kept._signals.values()))
    assert len(sizes) == 1


@pytest.mark.parametrize("rows", [0, 1, 3, 2.5, None])
def test_rows_that_cannot_be_joined_in_twos_are_refused(rows: object) -> None:
    with pytest.raises(ValueError, match="rows is"):
        Thinned(rows)  # pyright: ignore[reportArgumentType]


def test_pieces_of_other_signals_are_refused() -> None:
    kept = Thinned(4)
    kept.add(run(2))
    with pytest.raises(ValueError, match=r"those of the first, \['a'\]"):
        kept.add(Trace({"b": Signal(np.ones((1, 1)), np.zeros(1))}))
