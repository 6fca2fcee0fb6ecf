"""What holds a sentence to its seeds: a value near enough falls or stands by the spread, an order by its seeds."""

from __future__ import annotations

import numpy as np
import pytest

from .__main__ import Outcome, counted, main
from .holding import Claims, tolerance
from .seeds import PROSE, span


def test_a_span_of_seeds_is_written_with_a_colon() -> None:
    assert list(span("1000:1003")) == [1000, 1001, 1002]
    for wrong in ("5", "5:6", "a:b", "7:3", "-1:3", ""):
        with pytest.raises(ValueError, match="give the first and the one after the last"):
            span(wrong)


def test_the_tolerance_follows_from_the_spread_and_the_rounding() -> None:
    assert tolerance(0.0, 5, 0.01) == pytest.approx(0.005, abs=1e-8)
    # the prose is a mean of five, so more seeds help only so far
    assert tolerance(0.1, 5, 0.0) == pytest.approx(4 * 0.1 * (2 / 5) ** 0.5)
    assert tolerance(0.1, 10_000, 0.0) > 4 * 0.1 * (1 / len(PROSE)) ** 0.5


@pytest.mark.parametrize(
    ("prose", "measured", "holds"),
    [
        (".70", [0.70, 0.71, 0.69], True),
        (".76", [0.70, 0.71, 0.69], False),
        (".76", [0.60, 0.80, 0.70], True),
        ("97%", [0.97, 0.97, 0.97], True),
        ("96%", [0.97, 0.97, 0.97], False),
        ("−.14", [-0.14, -0.15, -0.13], True),
        ("−.14", [0.14, 0.15, 0.13], False),
        ("1,024", [1024.0, 1024.0], True),
    ],
)
def test_a_value_holds_by_the_spread_of_its_seeds(prose: str, measured: list[float], holds: bool) -> None:
    claims = Claims()
    claims.says(prose, measured, "something")
    assert [claim.holds for claim in claims.made] == [holds]


def test_an_order_holds_in_the_mean_and_in_most_seeds() -> None:
    claims, rows = Claims(), np.array([3.0, 3.0, 3.0, 3.0, 0.0])
    claims.more(rows, 1.0, "four of five")
    claims.more(rows, 1.0, "not in all", share=1)
    claims.more(rows, 1.0, "not by two", by=2)
    claims.more([9.0, 0.0, 0.0], 1.0, "in the mean alone")
    assert [claim.holds for claim in claims.made] == [True, False, False, False]
    with pytest.raises(AssertionError, match=r"not in all(.|\n)*not by two(.|\n)*in the mean alone"):
        claims.check()


def test_a_nan_never_holds() -> None:
    claims = Claims()
    claims.says(".5", [0.5, float("nan")])
    claims.more([1.0, float("nan")], 0.0, "not a number")
    assert not any(claim.holds for claim in claims.made)


def test_what_falls_is_listed_and_all_is_counted() -> None:
    claims = Claims()
    claims.says(".5", [0.5, 0.5], "right")
    claims.says(".6", [0.5, 0.5], "wrong")
    outcomes = [
        Outcome("test_a", False, claims.made, "AssertionError"),
        Outcome("test_b", True, [], ""),
        Outcome("test_c", False, [], "no law"),
    ]
    total, fallen = counted(outcomes)
    assert total == 4
    assert fallen == ["test_a: wrong: said .6, found 0.5 ± 0", "test_c: no law"]


def test_the_script_measures_on_the_seeds_it_is_given(capfd: pytest.CaptureFixture[str]) -> None:
    """In the process that it starts for them, by `python -m tests.claims`."""
    status = main(["test_hope.py", "--seeds", "7:9", "-k", "no_test_of_this_name"])
    said = capfd.readouterr()
    assert status == 0
    assert "seeds 7:9: 0 of 0 claims hold" in said.out, said.out + said.err
