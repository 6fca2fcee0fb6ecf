"""The door: what is unambiguous is taken, the rest refused with value, expectation and remedy."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from nlviz.door import arrays, tensors, words


@pytest.mark.parametrize("value", [8, 8.0, np.int64(8), np.float32(8), torch.tensor(8), np.array(8), Fraction(8)])
def test_a_count_in_any_kind(value: Any) -> None:
    taken = words.count("items", value)
    assert taken == 8
    assert type(taken) is int


@pytest.mark.parametrize(
    "value",
    [True, np.True_, 2.5, "8", None, [8, 9], float("nan"), float("inf"), 0, -1, 1j, torch.ones(3), int, torch.Tensor],
)
def test_no_count(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^items is .*; expected a whole number of tokens, at least 1"):
        words.count("items", value, of="tokens")


def test_a_slip_of_the_hand_is_told() -> None:
    with pytest.raises(ValueError, match="at least 1 and at most 1,000,000,000"):
        words.count("items", 10**15)


def test_a_seed_is_a_whole_number() -> None:
    assert words.seed("seed", np.int64(-3)) == -3
    assert words.seed("seed", 2**64 - 1) == 2**64 - 1
    for wrong in (2**64, 0.5, "0", None, True):
        with pytest.raises(ValueError, match=r"^seed is "):
            words.seed("seed", wrong)


@pytest.mark.parametrize("value", [0.5, np.float16(0.5), torch.tensor(0.5), Fraction(1, 2), np.array([0.5])])
def test_a_number_in_any_kind(value: Any) -> None:
    assert words.number("θ", value, above=0, below=1) == 0.5
    assert words.share("θ", value) == 0.5


@pytest.mark.parametrize("value", ["0.5", True, None, float("nan"), 1.5, -0.1, [0.5, 0.5]])
def test_no_share(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a finite number of at least 0 and up to 1"):
        words.share("forget", value)


def test_open_ends_are_open() -> None:
    with pytest.raises(ValueError, match="above 0 and below 2"):
        words.number("θ", 2, above=0, below=2)
    with pytest.raises(ValueError, match="above 0"):
        words.number("θ", 0.0, above=0)


def test_a_choice_almost_right() -> None:
    assert words.choice("start", "zero", ("learned", "zero")) == "zero"
    with pytest.raises(ValueError, match=r"start is 'leanred'.*one of 'learned', 'zero'; did you mean 'learned'\?"):
        words.choice("start", "leanred", ("learned", "zero"))
    assert words.known("start", "zero", {"zero": 3}) == 3


def test_a_class_is_no_thing_made_of_it() -> None:
    with pytest.raises(ValueError, match=r"memory is the class Path; expected a Path; make one first: Path\(…\)"):
        words.instance("memory", Path, Path)


def test_a_thing_is_known_by_what_it_can_do() -> None:
    assert words.able("file", "ab", ("upper", "lower"), "a text") == "ab"
    with pytest.raises(ValueError, match=r"x is the class str; expected a text; make one first: str\(…\)"):
        words.able("x", str, ("upper", "lower"), "a text")
    with pytest.raises(ValueError, match=r"x is 3; expected a text$"):
        words.able("x", 3, ("upper", "lower"), "a text")
    with pytest.raises(ValueError, match=r"x is 3; expected a ratio; it has no upper"):
        words.able("x", 3, ("real", "upper"), "a ratio")


def test_a_flag() -> None:
    assert words.flag("x", np.True_) is True
    for wrong in (1, "yes", None):
        with pytest.raises(ValueError, match="expected True or False"):
            words.flag("x", wrong)


def test_several() -> None:
    assert list(words.several("names", (n for n in "ab"))) == ["a", "b"]
    with pytest.raises(ValueError, match="in brackets"):
        words.several("names", "ab")
    with pytest.raises(ValueError, match="at least 1"):
        words.several("names", [], least=1)


def test_a_folder_is_looked_at_before_the_work(tmp_path: Path) -> None:
    assert words.folder_for("out", tmp_path / "new.npz") == tmp_path / "new.npz"
    (tmp_path / "there").write_text("kept")
    with pytest.raises(ValueError, match="that file exists"):
        words.folder_for("out", tmp_path / "there")
    assert words.folder_for("out", str(tmp_path / "there"), over=True).name == "there"
    with pytest.raises(ValueError, match=r"make .* first"):
        words.folder_for("out", tmp_path / "no" / "file")
    with pytest.raises(ValueError, match="a folder"):
        words.folder_for("out", tmp_path)
    with pytest.raises(ValueError, match=r"ends in \.npz"):
        words.folder_for("out", tmp_path / "a.txt", suffix=".npz")
    for wrong in (3, None, ""):
        with pytest.raises(ValueError, match="expected a path"):
            words.folder_for("out", wrong)


def test_long_values_are_cut_and_arrays_named_by_shape() -> None:
    assert words.shown(torch.ones(2, 3)) == "Tensor [2, 3] of torch.float32"
    assert words.shown(np.ones((2, 3))) == "ndarray [2, 3] of float64"
    assert len(words.shown("x" * 1000)) < 65
    assert words.shown(object()) == "a object"
    assert words.shown(NamedTuple("Run", [("outputs", int)])(3)) == "a Run"


def test_arrays() -> None:
    assert arrays.array("x", [[1, 2]], "time batch").shape == (1, 2)
    assert arrays.array("x", torch.ones(2, requires_grad=True), "time").sum() == 2
    assert arrays.array("x", np.ones((2, 3, 4)), "time …").ndim == 3
    for wrong, why in (([[1], [1, 2]], "differ in length"), ("ab", "of numbers"), (None, "of numbers")):
        with pytest.raises(ValueError, match=why):
            arrays.array("x", wrong)
    with pytest.raises(ValueError, match="add the axis missing"):
        arrays.array("x", [1.0], "time batch")
    with pytest.raises(ValueError, match=r"x at \[1\] is nan"):
        arrays.array("x", [0.0, float("nan")], finite=True)


def test_tensors() -> None:
    double = torch.zeros(1, dtype=torch.float64)
    assert tensors.tensor("x", [1, 2], like=double).dtype == torch.float64
    assert tensors.tensor("x", np.ones(2)).dtype == torch.float64
    assert tensors.tensor("x", [1, 2]).dtype == torch.float32
    assert tensors.tensor("x", [torch.ones(2), torch.zeros(2)], "batch width").shape == (2, 2)
    assert tensors.tensor("x", np.ones(4)[::-1]).shape == (4,)
    given = torch.ones(2, requires_grad=True)
    assert tensors.tensor("x", given) is given
    for wrong in (None, "ab", {}, [[1], [1, 2]], torch.Tensor, np.array([1j])):
        with pytest.raises(ValueError, match=r"^x is "):
            tensors.tensor("x", wrong)
    with pytest.raises(ValueError, match=r"expected shape \[batch, width\]; add the axis"):
        tensors.tensor("x", [1.0], "batch width")
    assert tensors.floating("x", torch.tensor([1])).dtype == torch.float32
    with pytest.raises(ValueError, match=r"dtype of x is 'torch.float64'; expected torch\.float32, as the keys"):
        tensors.same_kind("x", double, torch.zeros(1), "the keys")
    with pytest.raises(ValueError, match=r"expected a last axis \(d_key\) of 3"):
        tensors.fits("keys", torch.ones(2, 2), "d_key", 3)


def test_a_seed_is_no_generator() -> None:
    made = torch.Generator()
    assert tensors.generator("generator", made) is made
    assert tensors.generator("generator", None, optional=True) is None
    with pytest.raises(ValueError, match=r"use torch.Generator\(\).manual_seed\(7\)"):
        tensors.generator("generator", 7)


@pytest.mark.parametrize("value", [16, 16.0, np.int64(16), np.array(16), torch.tensor(16)])
def test_a_choice_among_numbers_in_any_kind(value: Any) -> None:
    assert words.choice("period", value, (1, 16)) == 16
    for wrong in (True, np.array([16, 16]), 4, "16"):
        with pytest.raises(ValueError, match=r"^period is .*; expected one of 1, 16"):
            words.choice("period", wrong, (1, 16))


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"], ids=["too long", "a zero byte"])
def test_a_name_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a path that a file can have"):
        words.folder_for("path", tmp_path / name)
