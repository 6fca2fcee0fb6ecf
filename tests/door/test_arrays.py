"""Arrays at the door: what says numbers without doubt is taken, in lists, arrays and tensors; the rest is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nlviz.door.arrays import array, chance

ROWS = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    "given",
    [
        ROWS,
        tuple(map(tuple, ROWS)),
        np.array(ROWS),
        np.array(ROWS, np.float16),
        torch.tensor(ROWS, requires_grad=True),
        torch.tensor(ROWS, dtype=torch.bfloat16),
        torch.nn.Parameter(torch.tensor(ROWS)),
        [torch.tensor(row, requires_grad=True) for row in ROWS],
        [np.array(row) for row in ROWS],
    ],
)
def test_numbers_are_taken_from_whatever_holds_them(given: Any) -> None:
    found = array("x", given, "time batch", finite=True)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, ROWS)


def test_an_array_stays_itself_and_keeps_its_kind() -> None:
    held = np.arange(3, dtype=np.int16)
    assert array("x", held, "time") is held
    assert array("x", held, dtype=float).dtype == np.float64
    assert array("x", 3).shape == ()
    assert array("x", [], "time").shape == (0,)
    assert array("x", np.zeros((2, 0, 3)), "time …").shape == (2, 0, 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "x is None; expected an array of numbers .*give a NumPy array, a tensor or a list"),
        ("text", "x is 'text'"),
        (["a"], r"x is \['a'\]"),
        ({}, "x is {}"),
        (torch.Tensor, "x is the class Tensor"),
        (np.array([1j, 2j]), "of complex128"),
        ([[1], [1, 2]], "rows differ in length"),
        (torch.ones(2, device="meta"), "x is Tensor"),
        ([[1.0]], r"expected axes \[time\]"),
        (1.0, r"expected axes \[time\]; add the axis missing"),
        ([1.0, np.nan], r"x at \[1\] is nan; expected finite numbers"),
    ],
)
def test_the_rest_is_refused_in_words(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        array("x", given, "time", finite=True)


def test_a_generator_is_numpys() -> None:
    generator = np.random.default_rng(0)
    assert chance("generator", generator) is generator
    for given, seed in ((7, 7), (None, 0), (torch.Generator(), 0), (np.random.Generator, 0), (True, 0), (-1, 0)):
        with pytest.raises(ValueError, match=rf"expected a NumPy generator; use np\.random\.default_rng\({seed}\)"):
            chance("generator", given)


def test_what_is_masked_is_no_number() -> None:
    with pytest.raises(ValueError, match="x is 'a masked array'; expected numbers, none of them masked"):
        array("x", np.ma.masked_array([1.0, 2.0], [False, True]))
    assert array("x", np.ma.masked_array([1.0, 2.0], [False, False])).tolist() == [1, 2]
