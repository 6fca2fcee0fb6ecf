"""Newton–Schulz against the singular value decomposition, and against torch's own Muon."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from nlviz.optim import newton_schulz

from .every import chance


def _polar(matrix: torch.Tensor) -> torch.Tensor:
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    return left @ right


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (1, 5), (5, 1), (2, 3, 4)])
def test_the_cubic_goes_to_the_nearest_orthogonal_matrix(shape: tuple[int, ...]) -> None:
    matrix = torch.randn(shape, dtype=torch.float64, generator=chance())
    torch.testing.assert_close(newton_schulz(matrix, 60, "cubic"), _polar(matrix), rtol=0, atol=1e-10)


def test_the_quintic_stops_near_it_and_keeps_the_singular_vectors() -> None:
    source = chance()
    left, right = (torch.linalg.qr(torch.randn(n, 6, dtype=torch.float64, generator=source)).Q for n in (8, 6))
    sizes = torch.logspace(0, -1.5, 6, dtype=torch.float64)
    # of norm one, as it is normalised to be
    found = left.mT @ newton_schulz(left @ (sizes / sizes.norm()).diag() @ right.mT) @ right
    torch.testing.assert_close(found, found.diagonal().diag(), rtol=0, atol=1e-12)
    assert 0.68 < float(found.diagonal().min()) < float(found.diagonal().max()) < 1.135


def test_five_steps_of_the_quintic_leave_all_above_a_hundredth_in_its_range() -> None:
    """Of a matrix diag(s, √(1 − s²)), whose norm is one: what becomes of s alone."""
    for s in torch.linspace(0.01, 0.7, 200, dtype=torch.float64):
        ends = newton_schulz(torch.diag(torch.stack([s, (1 - s**2).sqrt()]))).diagonal()
        assert 0.68 < float(ends.min()) < float(ends.max()) < 1.135


def test_it_is_what_torchs_muon_steps_with() -> None:
    """Up to bfloat16, in which Muon computes."""
    gradient = torch.randn(6, 6, generator=chance())
    weight = nn.Parameter(torch.zeros(6, 6))
    weight.grad = gradient
    torch.optim.Muon([weight], lr=1.0, weight_decay=0.0, momentum=0.0, nesterov=False).step()
    torch.testing.assert_close(-weight.detach(), newton_schulz(gradient), rtol=0, atol=0.03)


def test_zero_stays_zero_and_size_does_not_count() -> None:
    assert not newton_schulz(torch.zeros(2, 3)).any()
    matrix = torch.randn(3, 4, dtype=torch.float64, generator=chance())
    torch.testing.assert_close(newton_schulz(1e-30 * matrix), newton_schulz(matrix), rtol=0, atol=1e-12)


SIZES = {torch.float64: (1e-300, 1e300), torch.float32: (1e-45, 1e-24, 1e20, 3e38), torch.float16: (6e-8, 1e-4, 6e4)}
"""Numbers whose squares are none in their precision, down to the least there is."""


@pytest.mark.parametrize(("dtype", "size"), [(dtype, size) for dtype, sizes in SIZES.items() for size in sizes])
def test_numbers_whose_squares_are_none_are_as_good(dtype: torch.dtype, size: float) -> None:
    one = torch.eye(3, 4, dtype=dtype)
    torch.testing.assert_close(newton_schulz(one * size), newton_schulz(one), rtol=0, atol=1e-2)


def test_of_several_matrices_each_has_its_own_size_and_one_may_be_empty() -> None:
    several = torch.stack([torch.eye(2) * size for size in (0.0, 1e-30, 1.0, 1e30)])
    found = newton_schulz(several)
    assert not found[0].any()
    torch.testing.assert_close(found[1:], newton_schulz(torch.eye(2)).expand(3, 2, 2))
    assert newton_schulz(torch.ones(0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"matrix": torch.ones(3)}, r"expected \[rows, columns\]; make a vector one row"),
        ({"steps": -1}, "steps is -1"),
        ({"form": "cubik"}, "did you mean 'cubic'"),
    ],
)
def test_what_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        newton_schulz(**{"matrix": torch.ones(2, 2), **wrong})
