"""The ablation's tables: what is compared with what, and how many seeds are said."""

from __future__ import annotations

import math

from .hope import Read, compared, tables


def read(mean: float) -> Read:
    return Read([mean - 0.1, mean, mean, mean + 0.1], [mean + 1] * 4)


def test_a_change_is_between_two_runs_of_one_seed() -> None:
    whole, part = {0: [1.0] * 4, 1: [5.0] * 4, 2: [2.0] * 4}, {2: [2.5] * 4, 0: [1.25] * 4}
    seeds, bits, change, error, late = compared(part, {seed: whole[seed] for seed in part})
    assert (seeds, bits, change, error, late) == ("2", "1.875 ± 0.884", "+0.375", "0.125", "+0.375")


def test_a_run_that_diverged_is_counted_and_not_averaged() -> None:
    lost = [math.nan] * 4
    assert compared({0: [1.5] * 4, 1: lost}, {0: [1.0] * 4, 1: [1.0] * 4})[:3] == ["2", "1.500, 1 diverged", "+0.500"]
    assert compared({1: lost}, {1: [1.0] * 4}) == ["1", "1 diverged", "", "", ""]


def test_fresh_seeds_have_a_table_of_their_own() -> None:
    lines = list(tables({"whole": {0: read(3.0), 5: read(2.0)}, "no CMS": {5: read(2.5)}}))
    assert [line for line in lines if line and line[0] != "|"] == ["Seeds 0 to 4:", "Fresh seeds, from 5 on:"]
    said = [line for line in lines if line.startswith(("| whole", "| writes off", "| no CMS"))]
    assert [line.split("|")[2:5] for line in said] == [
        [" 1 ", " 3.000 ", "  "],
        [" 1 ", " 4.000 ", " +1.000 "],
        [" 1 ", " 2.000 ", "  "],
        [" 1 ", " 3.000 ", " +1.000 "],
        [" 1 ", " 2.500 ", " +0.500 "],
    ]
