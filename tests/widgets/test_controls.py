"""A knob takes what it says it takes, and refuses the rest with value, expectation and remedy."""

from __future__ import annotations

from typing import Any

import pytest

from nlviz.widgets import Choice, Number, Switch, Whole


def test_good_values_come_back_typed() -> None:
    assert Number(1.0, 0.0, 2.0).check("x", 2) == 2.0
    assert isinstance(Number(1.0, 0.0, 2.0).check("x", 2), float)
    assert isinstance(Whole(1, 0, 8).check("n", 3.0), int)
    assert Choice("a", ["a", "b"]).check("c", "b") == "b"
    assert Switch(False).check("s", True) is True


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [
        (Number(1.0, 0.0, 2.0), 2.5, "2.5 is outside the knob's range; give a value from 0 to 2"),
        (Number(1.0, 0.0, 2.0), "1", "'1' is not a number; give one from 0 to 2"),
        (Number(1.0, 0.0, 2.0), float("nan"), "nan is not a number"),
        (Number(1.0, 0.0, 2.0), True, "True is not a number"),
        (Whole(1, 0, 8), 1.5, "1.5 is not a whole number; give one from 0 to 8"),
        (Whole(1, 0, 8), float("inf"), "inf is not a whole number"),
        (Whole(1, 0, 8), 9, "9 is outside the knob's range; give a value from 0 to 8"),
        (Choice("a", ["a", "b"]), "c", "'c' is no option; choose one of 'a', 'b'"),
        (Switch(False), 1, "1 is a switch; give True or False"),
    ],
)
def test_bad_values_are_refused_in_words(control: Any, value: object, said: str) -> None:
    with pytest.raises(ValueError, match="knob_name = ") as refused:
        control.check("knob_name", value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Number(3.0, 0.0, 2.0),
        lambda: Number(0.0, 1.0, 1.0),
        lambda: Number(0.0, 0.0, 1.0, 0.0),
        lambda: Whole(9, 0, 8),
        lambda: Choice("z", ["a", "b"]),
    ],
)
def test_a_control_that_contradicts_itself_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"give|choose"):
        make()


def test_words_carry_the_unit() -> None:
    assert Number(2.0, 0.0, 6.0, unit="bits").words(2.5) == "2.5 bits"
    assert Whole(3, 0, 8).words(3) == "3"
    assert Switch(True).words(False) == "off"
