"""MQAR: what mqar.md says follows from its tables, and what can be measured again in seconds is.

The tables take an hour: `python -m tests.benchmarks.mqar --seeds 5 --write`.
"""

from __future__ import annotations

from functools import cache

import pytest

from ..benchmarks import mqar
from ..benchmarks.training import Figure, figure, tables
from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

Shares = dict[str, dict[int, Figure]]
BARE = mqar.BARE


@cache
def shares() -> tuple[Shares, Shares]:
    """Mean and spread by model and number of pairs: told once, and with rewrites."""
    once, rewritten = tables(mqar.PAGE)
    return _read(once), _read(rewritten)


def _read(rows: list[dict[str, str]]) -> Shares:
    measured = [row for row in rows if "error" not in row["model"]]
    return {row["model"].strip("*"): {n: figure(row[f"N = {n}"]) for n in mqar.COUNTS} for row in measured}


def test_every_model_is_in_both_tables() -> None:
    untrained = {f"untrained, {rule}" for rule in ("Hebbian", "Delta", "best")}
    assert all(set(table) == {*mqar.MODELS, *untrained} for table in shares())


@pytest.mark.parametrize("rewrites", [0, 1])
@pytest.mark.parametrize("rule", ["Hebbian", "Delta", "best"])
def test_what_is_untrained_is_measured_again(rule: str, rewrites: int, claims: Claims) -> None:
    for count, (share, _) in shares()[rewrites][f"untrained, {rule}"].items():
        again = [mqar.untrained(rule, seed, count, mqar.REWRITES * rewrites) for seed in SEEDS]
        claims.says(f"{share:.2f}", again, f"{rule}, {count} pairs")


def near(one: Figure, other: float, seeds: int = 5) -> bool:
    """Whether two means could be one: within four standard errors, and rounding."""
    return abs(one.mean - other) <= 4 * max(one.spread, 0.01) * (2 / seeds) ** 0.5 + 0.01


def test_the_convolution_decides() -> None:
    for table in shares():
        for name in ("Delta", "full attention"):
            assert max(share.mean for share in table[f"{name}{BARE}"].values()) < 0.02
            assert table[name][4].mean > 0.85


def test_full_attention_is_the_ceiling() -> None:
    for table in shares():
        for count in mqar.COUNTS:
            assert table["full attention"][count].mean >= max(table[rule][count].mean for rule in mqar.RULES)
        assert min(table["full attention"][count].mean for count in mqar.TAUGHT if count in mqar.COUNTS) >= 0.97


def test_at_equal_state_attention_holds_less_than_any_memory() -> None:
    once, _ = shares()
    assert once["attention, as large"][4].mean < 0.5
    for count in mqar.COUNTS[2:-1]:
        assert once["attention, as large"][count].mean < min(once[rule][count].mean for rule in mqar.RULES)


def test_the_memories_have_not_finished_learning() -> None:
    once, _ = shares()
    assert once["Delta"][16].mean < once["untrained, Delta"][16].mean - 0.2
    assert once["Delta"][32].mean < once["untrained, Delta"][32].mean - 0.2


def test_rewrites_tell_the_rules_apart() -> None:
    once, rewritten = shares()
    for count in (8, 16, 32):
        apart = [table["Delta"][count].mean - table["Hebbian"][count].mean for table in (once, rewritten)]
        assert apart[1] > apart[0] > 0
        assert apart[1] > 2 * (rewritten["Delta"][count].spread + rewritten["Hebbian"][count].spread)


def test_a_forget_gate_from_near_zero_neither_helps_nor_costs() -> None:
    for table in shares():
        assert all(near(table["GatedDelta"][count], table["Delta"][count].mean) for count in mqar.COUNTS)


def test_half_the_matrix_answers_of_16_a_little_more_than_the_whole_of_32() -> None:
    once, _ = shares()
    titans, delta = once["Titans"][16], once["Delta"][32]
    assert delta.mean + delta.spread < titans.mean < once["Delta"][16].mean / 1.5
