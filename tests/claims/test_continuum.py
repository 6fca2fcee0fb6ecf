"""Two levels through a burst, as the clockwork shows them; where several periods pay and where one does as well.

Numbers of the clockwork are shares of A's (or B's) values that come back: before the burst, at its end, and 8 tokens
later; each seed is the mean of 16 streams. What took long stands in tests/benchmarks/continuum.md, and is read there.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nlviz.experiments.continuum import LEVELS, clockwork, nesting
from nlviz.labs.clockwork import NONE, PRESETS
from nlviz.trace import Trace

from ..benchmarks.training import figure, tables
from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

BOTH, FAST, SLOW, ONE = range(4)
A_ENDS = 64
PAGE = Path(__file__).parents[1] / "benchmarks/continuum.md"


@cache
def runs(preset: str) -> list[Trace]:
    """The clockwork of every seed, as a preset has it."""
    knobs = PRESETS[preset]
    out = None if knobs["out"] == NONE else LEVELS.index(knobs["out"])
    how = {"contradicts": knobs["contradicts"], "fast": knobs["fast"], "out": out}
    return [clockwork(knobs["burst"], knobs["period"], seed=seed, **how) for seed in SEEDS]


def recall(preset: str, line: int, after: int, letter: str = "A") -> np.ndarray:
    """What a line recalls so many tokens after the end of the burst, for every seed."""
    row = A_ENDS + PRESETS[preset]["burst"] - 1 + after
    return np.array([one[f"recall of {letter}"].values[row, 0, line] for one in runs(preset)])


def before(preset: str, line: int) -> np.ndarray:
    """The same of A at the last token before the burst."""
    return recall(preset, line, -PRESETS[preset]["burst"])


def updates(preset: str) -> set[int]:
    """How often the slow level is updated in the burst."""
    spans = slice(A_ENDS, A_ENDS + PRESETS[preset]["burst"])
    return {int((one["level_writes"].values[spans, 0, 1] > 0).sum()) for one in runs(preset)}


def test_a_burst_shorter_than_the_slow_period_leaves_the_slow_level_as_it_is(claims: Claims) -> None:
    """Burst 16, period 32: slow .70 to the bit; both .87 -> .41 (one level .97 -> .29), 8 tokens later .74 (.65)."""
    assert updates("short burst") == {0}
    np.testing.assert_array_equal(before("short burst", SLOW), recall("short burst", SLOW, 0))
    claims.says(".70", recall("short burst", SLOW, 0), "slow")
    claims.says(".87", before("short burst", BOTH), "both before")
    claims.says(".41", recall("short burst", BOTH, 0), "both at its end")
    claims.says(".74", recall("short burst", BOTH, 8), "both 8 tokens later")
    claims.says(".97", before("short burst", ONE), "one level before")
    claims.says(".29", recall("short burst", ONE, 0), "one level at its end")
    claims.says(".65", recall("short burst", ONE, 8), "one level 8 tokens later")
    claims.more(recall("short burst", BOTH, 0), recall("short burst", ONE, 0), "both ahead of one", by=0.1, share=1)


def test_what_it_costs_is_that_less_of_b_is_learned(claims: Claims) -> None:
    """B at the end of the burst of 16: both .40, one level .70."""
    claims.says(".40", recall("short burst", BOTH, 0, "B"), "both")
    claims.says(".70", recall("short burst", ONE, 0, "B"), "one level")


def test_a_burst_longer_than_the_slow_period_is_learned_by_the_slow_level_too(claims: Claims) -> None:
    """Burst 64, period 16: four updates; slow .87 -> .10, both end at .05, one level at .03; B .94 and .97."""
    assert updates("long burst") == {4}
    claims.says(".87", before("long burst", SLOW), "slow before")
    claims.says(".10", recall("long burst", SLOW, 0), "slow at its end")
    claims.says(".05", recall("long burst", BOTH, 0), "both at its end")
    claims.says(".03", recall("long burst", ONE, 0), "one level at its end")
    claims.says(".94", recall("long burst", BOTH, 0, "B"), "both, B")
    claims.says(".97", recall("long burst", ONE, 0, "B"), "one level, B")


def test_of_facts_with_keys_of_their_own_one_level_keeps_as_much(claims: Claims) -> None:
    """Burst 64 of new facts, period 16: A .67 and B .93 from both, .74 and .97 from one level."""
    claims.says(".67", recall("new facts", BOTH, 0), "both, A")
    claims.says(".93", recall("new facts", BOTH, 0, "B"), "both, B")
    claims.says(".74", recall("new facts", ONE, 0), "one level, A")
    claims.says(".97", recall("new facts", ONE, 0, "B"), "one level, B")


def test_a_fast_level_that_keeps_all_leaves_little_to_the_slow_one(claims: Claims) -> None:
    """Slow .25 instead of .70, and both end where one level does: .29."""
    claims.says(".25", before("keeps all", SLOW), "slow")
    claims.says(".29", recall("keeps all", BOTH, 0), "both at its end")
    claims.more(0.03, np.abs(recall("keeps all", BOTH, 0) - recall("keeps all", ONE, 0)), "as one level", share=1)


def test_each_level_alone(claims: Claims) -> None:
    """Fast alone never has more than .41 of A and ends at .02; slow alone has .81 all through, and learns none of B."""
    claims.says(".41", before("fast alone", BOTH), "fast before")
    claims.says(".02", recall("fast alone", BOTH, 0), "fast at its end")
    claims.says(".81", recall("slow alone", BOTH, 0), "slow at its end")
    claims.says(".00", recall("slow alone", BOTH, 0, "B"), "slow, B")


def test_what_a_sequence_of_24_tokens_holds() -> None:
    """The picture of the notions: 3 segments, 12 chunks, 6 updates of fast and 2 of slow in each of two sequences."""
    for seed in SEEDS:
        trace = nesting(seed=seed)
        assert trace["segment"].values[:24].max() == 3
        assert trace["chunk"].values[:24].max() == 12
        assert (trace["level_writes"].values[:12] > 0).sum(0).tolist() == [[6, 2]] * 3


def ahead(course: str) -> tuple[int, int, int]:
    """Of a course in the page's own words: cells where several levels are ahead, of how many, and where behind."""
    page = PAGE.read_text("utf-8")
    found = re.search(rf"^{course}: .* more in (\d+) of (\d+) cells, behind by more than \.02 in (\d+);", page, re.M)
    assert found
    return int(found[1]), int(found[2]), int(found[3])


def test_levels_pay_where_a_burst_contradicts_and_passes_and_not_for_new_facts() -> None:
    assert ahead("there and back") == (7, 12, 0)
    assert ahead("new facts") == (0, 16, 4)
    assert ahead("noisy facts") == (0, 12, 4)


def test_class_by_class_one_level_is_best() -> None:
    accuracy = {
        row["levels"]: figure(row["average accuracy"]).mean
        for row in next(table for table in tables(PAGE) if "levels" in table[0])
    }
    assert accuracy == {"1 level": 0.59, "2 levels": 0.38, "3 levels": 0.50}
