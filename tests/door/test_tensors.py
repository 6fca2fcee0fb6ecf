"""Tensors at the door: when their numbers may be looked at, and when they may leave torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from nlviz.door.tensors import may_leave, may_look, tensor


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64, torch.bool])
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (2, 3)])
def test_plain_tensors_may_be_looked_at_and_leave(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    plain = torch.zeros(shape, dtype=dtype)
    assert may_look(plain, plain)
    assert may_leave(plain)
    assert may_look(torch.full((2,), torch.nan), torch.zeros(2, requires_grad=True))
    assert may_leave(torch.zeros(2, requires_grad=True))
    assert may_look()


def test_what_has_no_numbers_may_not() -> None:
    meta = torch.zeros(2, device="meta")
    assert not may_look(torch.zeros(2), meta)
    assert not may_leave(torch.zeros(2), meta)


@pytest.mark.parametrize(
    ("transform", "look"), [(vmap, False), (grad, True), (lambda f: vmap(grad(f)), False)], ids=["vmap", "grad", "both"]
)
def test_under_a_transform(transform: Callable[..., Any], look: bool) -> None:
    """One gradient has one value at each place, a batch has many; neither is a NumPy array."""
    found = []

    def ask(x: Tensor) -> Tensor:
        found.append((may_look(x), may_leave(x), may_look(torch.zeros(2))))
        return x.sum()

    transform(ask)(torch.ones(3, 2) if not look else torch.ones(2))
    assert found == [(look, False, True)]


NUMBERS = np.arange(6, dtype=np.float32).reshape(2, 3)
LOCKED = NUMBERS.copy()
LOCKED.flags.writeable = False


@pytest.mark.parametrize(
    "given",
    [LOCKED, NUMBERS.astype(">f4"), NUMBERS.astype(np.longdouble), NUMBERS[:, ::-1][:, ::-1], np.ma.array(NUMBERS)],
    ids=["read-only", "big-endian", "extended", "reversed", "nothing masked"],
)
def test_how_numpy_holds_an_array_is_its_own_affair(given: np.ndarray) -> None:
    made = tensor("x", given, "time width", like=torch.zeros(()))
    assert made.dtype == torch.float32
    assert torch.equal(made, torch.arange(6.0).view(2, 3))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.eye(2).to_sparse(), r"use x\.to_dense\(\)"),
        (torch.eye(2).to(torch.float8_e4m3fn), r"at least 16 bits; use \.to\(torch\.float32\)"),
        (np.ma.masked_array([[1.0]], [[True]]), "none of them masked"),
    ],
    ids=["sparse", "float8", "masked"],
)
def test_what_torch_hardly_computes_with_is_refused(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tensor("x", given, "time width")
