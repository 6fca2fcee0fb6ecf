"""A knob takes what it says it takes, and refuses the rest with value, expectation and remedy."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest
import torch

from nlviz.widgets import Choice, Line, Number, Scale, Switch, Whole

# the same, for what their types forbid
NUMBER, WHOLE, CHOICE, SWITCH = cast(list[Any], [Number, Whole, Choice, Switch])


def test_good_values_come_back_typed() -> None:
    assert Number(1.0, 0.0, 2.0).check("x", 2) == 2.0
    assert isinstance(Number(1.0, 0.0, 2.0).check("x", 2), float)
    assert isinstance(Whole(1, 0, 8).check("n", 3.0), int)
    assert Choice("a", ["a", "b"]).check("c", "b") == "b"
    assert Switch(False).check("s", True) is True
    assert Line("a", 9).check("l", " my \n own ") == "my own"


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [
        (Number(1.0, 0.0, 2.0), 2.5, "is 2.5; expected a finite number of at least 0 and up to 2"),
        (Number(1.0, 0.0, 2.0), "1", "is '1'; expected a finite number of at least 0 and up to 2"),
        (Number(1.0, 0.0, 2.0), float("nan"), "is nan; expected a finite number"),
        (Number(1.0, 0.0, 2.0), True, "is True; expected a finite number"),
        (Whole(1, 0, 8), 1.5, "is 1.5; expected a whole number, at least 0 and at most 8"),
        (Whole(1, 0, 8), float("inf"), "is inf; expected a whole number"),
        (Whole(1, 0, 8), 9, "is 9; expected a whole number, at least 0 and at most 8"),
        (Choice("a", ["a", "b"]), "c", "is 'c'; expected one of 'a', 'b'"),
        (Switch(False), 1, "is 1; expected True or False"),
        (Line("a", 9), "  ", "is '  '; expected a line of 1 to 9 bytes; this one has 0"),
        (Line("a", 9), "ääääß", "expected a line of 1 to 9 bytes; this one has 10"),
        (Line("a", 9), 3, "is 3; expected a text"),
    ],
)
def test_bad_values_are_refused_in_words(control: Any, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=r"^knob_name is ") as refused:
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
        lambda: Line("", 9),
        lambda: Line("too long", 3),
    ],
)
def test_a_control_that_contradicts_itself_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"give|expected"):
        make()


def test_words_carry_the_unit() -> None:
    assert Number(2.0, 0.0, 6.0, unit="bits").words(2.5) == "2.5 bits"
    forget = Number(0.0, 0.0, 1.0, 0.01, complement="keep")
    assert forget.words(0.05) == "0.05 = keep 0.95"
    assert forget.describe()["complement"] == "keep"
    assert "complement" not in Number(0.0, 0.0, 1.0).describe()
    assert Whole(3, 0, 8).words(3) == "3"
    assert Switch(True).words(False) == "off"


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float64, np.array, torch.tensor])
def test_numbers_of_every_kind_are_numbers(kind: Any) -> None:
    number, whole = Number(kind(1), kind(0), kind(2), kind(1)), Whole(kind(1), kind(0), kind(8), kind(1))
    choice = Choice(kind(8), [kind(4), kind(8)])
    taken = number.check("x", kind(2)), whole.check("n", kind(3)), choice.check("c", kind(4))
    assert taken == (2, 3, 4)
    assert [type(one) for one in taken[:2]] == [float, int]
    # what the page is told must be plain
    told = json.loads(json.dumps([control.describe() for control in (number, whole, choice)]))
    assert [told[0]["high"], told[1]["high"], told[2]["options"]] == [2, 8, [4, 8]]
    assert SWITCH(np.True_).check("s", np.False_) is False


@pytest.mark.parametrize(
    "make",
    [
        lambda: NUMBER("a", 0, 1),
        lambda: NUMBER(0.0, None, 1.0),
        lambda: NUMBER(0.5, 0, float("inf")),
        lambda: NUMBER(0.5, 0, 1, label=3),
        lambda: NUMBER(0.5, 0, 1, unit=None),
        lambda: NUMBER(0.5, 0, 1, hidden="no"),
        lambda: NUMBER(0.5, 0, 1, scales={"a": Scale(1.0, 0.1)}),
        lambda: NUMBER(0.5, 0, 1, scales=("by", {"a": 1.0})),
        lambda: NUMBER(0.5, 0, 1, scales=("by", {"a": Scale(3.0, 0.1)})),
        lambda: WHOLE(1.5, 0, 8),
        lambda: WHOLE(1, 0, 8, 0),
        lambda: CHOICE("a", "abc"),
        lambda: CHOICE("a", []),
        lambda: CHOICE("a", ["a", None]),
        lambda: SWITCH("on"),
    ],
)
def test_a_control_of_the_wrong_things_is_refused_in_words(make: Any) -> None:
    with pytest.raises(ValueError, match=r" is .*; expected "):
        make()
