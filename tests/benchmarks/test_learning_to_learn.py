"""The page of learned rules has what the code has: its arms, its tests, and the rates that its search found."""

from __future__ import annotations

from nlviz.experiments.learning_to_learn import ARMS, FOUR, RATES

from .learning_to_learn import (
    LONGER,
    PAGE,
    ROWS,
    SEARCHED,
    SESSIONS,
    TESTED,
    USED,
    four_tables,
    lasting_table,
    table,
    uses_table,
)
from .training import tables

RULES, LONG, WRITTEN, SEARCH, MET = tables(PAGE)


def test_the_page_has_a_row_for_every_arm_of_the_code() -> None:
    assert [row[""] for row in RULES] == list(ROWS)
    assert list(RULES[0]) == ["", *TESTED, "s"]
    assert set(ARMS) <= set(ROWS)
    assert {row[""] for row in RULES if row["s"]} >= set(ARMS)


def test_the_rates_of_the_four_arms_are_the_best_of_the_search() -> None:
    assert [float(row["rate"]) for row in SEARCH] == list(SEARCHED)
    for name, rate in RATES.items():
        best = min(SEARCH, key=lambda row, name=name: float(row[name]))
        assert float(best["rate"]) == rate
        assert rate not in (SEARCHED[0], SEARCHED[-1]), "inside the grid"


def test_the_page_has_every_session_of_the_four_arms() -> None:
    assert [row["bits saved a byte"] for row in MET] == list(FOUR)
    assert list(MET[0]) == ["bits saved a byte", *SESSIONS, "µs a byte"]
    for row in MET[2:]:
        assert row[SESSIONS[0]] == row[SESSIONS[2]], "nothing is left of the session"


def test_the_page_says_what_the_self_referential_matrix_uses() -> None:
    assert list(WRITTEN[0]) == ["", *USED]
    assert uses_table([[1.0, 2.0, 4.0], [2.0, 2.0, 3.0]]).endswith("| 1.5 (1…2) | 2 (2…2) | 3.5 (3…4) |")


def test_a_table_is_means_with_the_least_and_the_greatest() -> None:
    lines = table({"by hand": [[1.0, 2.0, 3.0, 4.0], [3.0, 2.0, 3.0, 4.0]], "start": [[1.0, 1.0, 1.0, 1.0, 2.5]]})
    assert lines.splitlines()[2:] == [
        "| by hand | 2 (1…3) | 2 (2…2) | 3 (3…3) | 4 (4…4) | |",
        "| start | 1 (1…1) | 1 (1…1) | 1 (1…1) | 1 (1…1) | 2.5 |",
    ]


def test_a_table_of_the_four_arms_has_means_over_texts_and_over_all_sessions() -> None:
    gains = [[[0.0, 0.1 * text, 0.2, 0.3]] * 4 for text in (1, 3)]
    pace = [[session, 20.0, 30.0, 40.0] for session in (0.0, 10.0, 20.0, 30.0)]
    search = {name: [1.0 + at for at in range(len(SEARCHED))] for name in RATES}
    lines = four_tables(search, [[one, pace] for one in gains]).splitlines()
    assert lines[2] == "| 0.01 | 1.000 | 1.000 | 1.000 |"
    assert lines[-4] == "| fine-tuning | " + "0.00 (0.00…0.00) | " * 4 + "15 |"
    assert lines[-3] == "| dynamic evaluation | " + "0.20 (0.10…0.30) | " * 4 + "20 |"


def test_the_page_says_how_long_every_arm_holds() -> None:
    assert [row["error after"] for row in LONG] == [*ROWS[:2], *ARMS]
    assert list(LONG[0]) == ["error after", *map(str, LONGER), "beats by hand", "beats nothing"]


def test_an_arm_holds_as_long_as_it_is_no_worse_in_any_seed() -> None:
    by_hand = [0.5] * len(LONGER)
    better, later = [0.4] * len(LONGER), [0.4, 0.4, 0.6, 0.4, 2.0, 2.0, 2.0]
    lines = lasting_table([{"by hand": by_hand, "net": better}, {"by hand": by_hand, "net": later}]).splitlines()
    assert lines[2] == "| by hand | " + "0.5 | " * len(LONGER) + " | 192 |"
    assert lines[3] == "| net | 0.4 | 0.4 | 0.5 | 0.4 | 1.2 | 1.2 | 1.2 | 30 | 48 |"
