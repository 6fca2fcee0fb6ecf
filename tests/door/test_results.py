"""What a student's function gives back: taken as it is meant, or None."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.door.results import copied, fitted, is_complex, numbers, parts, single

HELD = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    "dressed",
    [
        HELD,
        HELD.double(),
        HELD.clone().requires_grad_(),
        HELD.to_sparse(),
        HELD.numpy(),
        HELD.numpy()[::-1][::-1],
        HELD.numpy().astype(">f8"),
        HELD.tolist(),
        list(HELD),
        tuple(HELD.numpy()),
        [HELD[0], [3, 4]],
        [[torch.tensor(1), 2.0], [3, np.float32(4)]],
        HELD + 0j,
        HELD.numpy() + 1e-9j,
    ],
)
def test_numbers_are_taken_in_any_dress(dressed: Any) -> None:
    found = numbers(dressed)
    assert found is not None
    assert not found.requires_grad
    torch.testing.assert_close(found.double(), HELD.double())


def test_precision_and_yes_or_no_are_kept() -> None:
    double, logical = numbers([0.1]), numbers([True, False])
    assert double is not None
    assert double.dtype == torch.float64
    assert logical is not None
    assert logical.dtype == torch.bool


ITSELF: list[Any] = []
ITSELF.append(ITSELF)
NONE: list[Any] = [None, "M", b"M", {"M": 1}, {1}, len, dict, object(), [[1], [2, 3]], [HELD, HELD[0]], [None], ITSELF]
NONE += [HELD + 1j, np.ma.masked_array([1.0], [True]), iter([1])]


@pytest.mark.parametrize("value", NONE)
def test_what_is_none_is_none(value: Any) -> None:
    assert numbers(value) is None
    assert single(value) is None


def test_what_is_left_of_an_imaginary_part_is_told() -> None:
    assert is_complex(HELD + 1j)
    assert is_complex([1, 1j])
    assert not is_complex(HELD)
    assert not is_complex(None)


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 2), (2, 1, 2), (2, 2, 1)])
def test_axes_of_one_are_no_difference(shape: tuple[int, ...]) -> None:
    found = fitted(HELD.reshape(shape), (2, 2))
    assert found is not None
    assert torch.equal(found, HELD)


def test_other_axes_are_one() -> None:
    assert fitted(HELD, (4,)) is None
    assert fitted(torch.zeros(2, 3), (3, 2)) is None
    assert fitted(torch.zeros(1), ()) is not None


@pytest.mark.parametrize("pair", [(HELD, HELD), [HELD, HELD], torch.stack([HELD, HELD]), np.stack([HELD, HELD])])
def test_two_results_are_a_pair_a_list_or_a_stack(pair: Any) -> None:
    found = parts(pair, 2)
    assert found is not None
    assert all(torch.equal(torch.as_tensor(part), HELD) for part in found)


@pytest.mark.parametrize("other", [None, HELD.sum(), "MS", {1: 2, 3: 4}, (HELD,), torch.zeros(3, 2)])
def test_anything_else_is_no_two_results(other: Any) -> None:
    assert parts(other, 2) is None


@pytest.mark.parametrize("two", [2, 2.0, [2], [[2]], np.float32(2), torch.tensor([2]), 2 + 0j, np.array([[2]])])
def test_one_number_in_any_dress(two: Any) -> None:
    assert single(two) == 2.0


def test_yes_is_no_number_and_two_are_not_one() -> None:
    assert single(True) is None
    assert single([1, 2]) is None


def test_a_copy_shares_nothing() -> None:
    def changed(value: Any) -> None:
        part: Tensor | np.ndarray = value[0]
        part += 1

    for given in ((torch.zeros(2), "a"), [np.zeros(2)]):
        changed(copied(given))
        assert not given[0].any()
    assert not copied(torch.zeros(1, requires_grad=True)).requires_grad
    assert copied(None) is None
