"""The page of sleep has every arm of the code, and the rates that it ran with are the best of its search."""

from __future__ import annotations

from .sleep import COLUMNS, EVERY, PAGE, RATES, Run, holds, table, told
from .training import tables

SEARCH, OWN, _, ALL, _ = tables(PAGE)[:5]
TAUGHT = [arm for arm, held in EVERY.items() if held.replays]


def run(replay: float, tuned: float) -> Run:
    """Day 1's text costs so much more after night 2, by arm; every night takes half a bit off the day just read."""
    later = dict.fromkeys(EVERY, 0.0) | {"sleep: replay": replay, "fine-tuning": tuned}
    return {
        arm: [[1.0, 2.0, 3.0], [1.0, 1.5, 3.0], [1.25, 1.5 + lost, 2.5], [0.0] * 3, [0.0] * 3, [2.0]]
        for arm, lost in later.items()
    }


def test_the_page_has_a_row_for_every_arm_of_the_code() -> None:
    for found in (OWN, ALL):
        assert [row["bits per byte"] for row in found] == list(EVERY)
        assert list(found[0]) == ["bits per byte", *COLUMNS]
    assert [float(row["rate"]) for row in SEARCH] == list(RATES)
    assert list(SEARCH[0]) == ["rate", *TAUGHT]


def test_what_is_told_is_gained_on_the_day_just_read_and_lost_since() -> None:
    assert told(run(0.2, 0.4)["sleep: replay"]) == [0.5, 0.19999999999999996, 0.25, (1.25 + 1.7 + 2.5) / 3, 2.0]
    assert "| no sleep | 0.500 (0.50…0.50) | 0.000 (0.00…0.00) | 0.250 " in table([run(0.2, 0.4)])


def test_the_criterion_is_that_of_row_six() -> None:
    lines = holds([run(0.2, 0.5), run(0.3, 0.5)]).splitlines()
    assert lines[0].endswith("0.250 against 0.500, yes, in 1 of 2")
    assert lines[1].endswith("0.500 against 0.500, yes, in 2 of 2")
    assert lines[2].endswith("0.500 against 0.500, yes, in 2 of 2")
    assert holds([run(0.3, 0.5)]).splitlines()[0].endswith("no, in 0 of 1")
