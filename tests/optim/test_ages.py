"""How many gradients make a share: by the formula, and by adding them up."""

from __future__ import annotations

import pytest

from nlviz.optim import gradients_in


@pytest.mark.parametrize("momentum", [0.1, 0.5, 0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13])
def test_a_share_that_so_many_carry_exactly_is_carried_by_so_many(momentum: float, count: int) -> None:
    share = 1 - momentum**count
    assert gradients_in(momentum, share) == count
    if share + 1e-6 < 1:
        assert gradients_in(momentum, share + 1e-6) == count + 1


@pytest.mark.parametrize(
    ("momentum", "share", "count"), [(0.9, 0.19, 2), (0.9, 0.271, 3), (0.8, 0.36, 2), (0.9, 0.3439, 4)]
)
def test_shares_as_people_write_them(momentum: float, share: float, count: int) -> None:
    assert gradients_in(momentum, share) == count


def test_any_share_at_all_needs_one() -> None:
    assert [gradients_in(0.9, share) for share in (0.0, 1e-30, 1e-12, 0.1)] == [0, 1, 1, 1]
