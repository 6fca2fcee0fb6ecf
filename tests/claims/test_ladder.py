"""The ladder after TTT's Table 1: what ladder.md says follows from its table, and its first step is climbed again.

The whole ladder takes minutes: `python -m tests.benchmarks.ladder --seeds 5 --write`.
"""

from __future__ import annotations

import re

import pytest

from ..benchmarks import ladder

pytestmark = pytest.mark.claim

ROW = re.compile(
    r"^\| ([^|]+?) \| ([\d.]+) \| ([\d.]+) \| (?:([+-][\d.]+), better in (\d) of 5)? ?\| ([\d.]+) \|$", re.M
)


def rows() -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in ROW.findall(ladder.TABLE.read_text(encoding="utf-8"))}


def test_the_table_has_every_rung_beside_the_papers_figure() -> None:
    assert {name: float(row[-1]) for name, row in rows().items()} == {r.name: r.paper for r in ladder.RUNGS}


def test_the_table_adds_up() -> None:
    measured = [float(row[0]) for row in rows().values()]
    changes = [float(row[2]) for row in list(rows().values())[1:]]
    for before, after, change in zip(measured, measured[1:], changes, strict=False):
        assert after - before == pytest.approx(change, abs=0.002)


def test_the_order_is_the_papers_and_only_the_last_step_is_in_doubt() -> None:
    measured, _, _, better, _ = zip(*rows().values(), strict=True)
    assert list(map(float, measured)) == sorted(map(float, measured), reverse=True)
    assert better[1:4] == ("5", "5", "5")
    assert int(better[4]) < 5
    changes = [-float(row[2]) for row in list(rows().values())[1:]]
    start, norm, batched, rate = changes
    assert min(start, batched) > 4 * norm
    assert rate < max(float(row[1]) for row in rows().values())


def test_a_learned_start_beats_a_start_at_zero_in_every_seed() -> None:
    text, held_out = ladder.texts(300_000)
    plain, start = ladder.RUNGS[:2]
    for seed in range(3):
        zero, learned = (ladder.climb(rung, seed, text, held_out[:16_384], 40) for rung in (plain, start))
        # after 40 steps 5.22, 5.18, 5.16 against 4.99, 4.94, 4.97
        assert learned < zero - 0.1
