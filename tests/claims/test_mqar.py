"""MQAR: what mqar.md says follows from its tables, and what can be measured again in seconds is.

The tables take an hour: `python -m tests.benchmarks.mqar --seeds 5 --write`.
"""

from __future__ import annotations

import re
from statistics import mean

import pytest

from ..benchmarks import mqar

pytestmark = pytest.mark.claim

_ROW = re.compile(r"^\| \*?([^|]+?)\*? \| [\d,]+ \| [^|]+ \| (\d.*) \|$", re.MULTILINE)
Means = dict[str, dict[int, tuple[float, float]]]


def tables() -> tuple[Means, Means]:
    """Mean and spread by model and number of pairs: told once, and with rewrites."""
    plain, rewritten = mqar.PAGE.read_text(encoding="utf-8").split("Half of the N pairs")
    return _read(plain), _read(rewritten)


def _read(text: str) -> Means:
    return {
        name: {
            count: (float(cell.split(" ± ")[0]), float(cell.split(" ± ")[1]))
            for count, cell in zip(mqar.COUNTS, cells.split(" | "), strict=True)
        }
        for name, cells in _ROW.findall(text)
    }


def test_every_model_is_in_both_tables() -> None:
    untrained = {f"untrained, {rule}" for rule in ("Hebbian", "Delta", "best")}
    assert all(set(table) == {*mqar.MODELS, *untrained} for table in tables())


@pytest.mark.parametrize("rewrites", [0, 1])
@pytest.mark.parametrize("rule", ["Hebbian", "Delta", "best"])
def test_what_is_untrained_is_measured_again(rule: str, rewrites: int) -> None:
    for count, (share, _) in tables()[rewrites][f"untrained, {rule}"].items():
        again = mean(mqar.untrained(rule, seed, count, mqar.REWRITES * rewrites) for seed in range(5))
        assert again == pytest.approx(share, abs=0.011)


def test_a_trained_delta_memory_follows_random_keys() -> None:
    plain, rewritten = tables()
    for table in (plain, rewritten):
        for count in mqar.COUNTS:
            assert table["Delta"][count][0] == pytest.approx(table["untrained, Delta"][count][0], abs=0.11)
    assert plain["untrained, best"][64][0] > 2 * plain["Delta"][64][0]


def test_without_rewrites_hebbs_rule_is_as_good() -> None:
    plain, _ = tables()
    for count in mqar.COUNTS:
        assert plain["Delta"][count][0] - plain["Hebbian"][count][0] < 0.035
        assert plain["untrained, Hebbian"][count][0] >= plain["untrained, Delta"][count][0]


def test_rewrites_tell_the_rules_apart() -> None:
    _, rewritten = tables()
    for count in (4, 8, 16, 32, 64):
        (hebb, wide), (delta, spread) = rewritten["Hebbian"][count], rewritten["Delta"][count]
        assert delta - hebb > 2 * (wide + spread)


def test_half_the_matrix_holds_half() -> None:
    plain, _ = tables()
    assert plain["Titans"][32][0] == pytest.approx(plain["Delta"][64][0], abs=0.06)


def test_attention_as_large_sees_no_pair_and_full_attention_has_not_learned() -> None:
    plain, _ = tables()
    assert plain["attention, as large"][32][0] < 0.02
    assert plain["full attention"][4][0] < 0.5
