"""The ladder after TTT's Table 1: what ladder.md says follows from its table, and its first step is climbed again.

The whole ladder takes minutes: `python -m tests.benchmarks.ladder --seeds 5 --write`.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from ..benchmarks import ladder
from ..benchmarks.training import Figure, figure, tables
from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

CONTROL, FIRST, START, NORM, BATCH, RATE = (rung.name for rung in ladder.RUNGS)


@cache
def rows() -> dict[str, dict[str, str]]:
    (table,) = tables(ladder.TABLE)
    return {row["rung"]: row for row in table}


def bits(name: str) -> Figure:
    return figure(rows()[name]["bits per byte, 5 seeds"])


def change(name: str) -> Figure:
    return figure(rows()[name]["change on the row before"])


def test_the_table_has_every_rung_beside_the_papers_figure() -> None:
    papers = {name: row["paper, perplexity"] for name, row in rows().items()}
    assert papers == {rung.name: f"{rung.paper:.2f}" if rung.paper else "" for rung in ladder.RUNGS}


def test_the_table_adds_up() -> None:
    for before, after in pairwise(rows()):
        # three roundings of half a thousandth
        assert bits(after).mean - bits(before).mean == pytest.approx(change(after).mean, abs=0.0015)


def test_the_first_rung_does_not_beat_the_control() -> None:
    """It is level within what seeds differ; no claim is made of it."""
    assert abs(change(FIRST).mean) < 2 * change(FIRST).spread
    assert rows()[FIRST]["better in"] not in ("0 of 5", "5 of 5")


def test_three_steps_up_help_in_every_seed_and_the_last_is_in_doubt() -> None:
    for name in (START, NORM, BATCH):
        assert rows()[name]["better in"] == "5 of 5"
        assert change(name).mean < 0
    assert min(-change(START).mean, -change(BATCH).mean) > 4 * -change(NORM).mean
    assert int(rows()[RATE]["better in"][0]) < 5
    assert abs(change(RATE).mean) < bits(RATE).spread


def test_w0_helps_here_and_hurts_slightly_in_the_paper() -> None:
    paper = {rung.name: rung.paper or 0.0 for rung in ladder.RUNGS}
    assert paper[START] - paper[FIRST] == pytest.approx(0.04)
    assert change(START).mean < 0


def test_the_whole_ladder_is_worth_more_than_seeds_differ() -> None:
    assert bits(CONTROL).mean - bits(BATCH).mean > 4 * max(bits(CONTROL).spread, bits(BATCH).spread)


def test_a_learned_start_beats_a_start_at_zero_after_forty_steps_too(claims: Claims) -> None:
    text, held_out = ladder.texts(300_000)
    rungs = {rung.name: rung for rung in ladder.RUNGS}
    zero, learned = (
        [ladder.climb(rungs[name], seed, text, held_out[:16_384], 40) for seed in SEEDS] for name in (FIRST, START)
    )
    claims.more(zero, learned, "bits per byte without W₀ against with it", share=1)
