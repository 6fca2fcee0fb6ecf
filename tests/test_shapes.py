"""A wrong axis is seen where it is made, and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nlviz.memory import Delta, Gates, Pairs, State
from nlviz.trace import Signal

ROW, MATRIX, STREAMS = torch.zeros(4), torch.zeros(2, 3), torch.zeros(2, 3, 4)
RIGHT: dict[Any, tuple[Any, ...]] = {
    Pairs: (STREAMS, torch.zeros(2, 3, 1)),
    Gates: (MATRIX,) * 3,
    State: (STREAMS, STREAMS),
    Signal: (np.zeros((3, 1)), np.arange(3)),
}
WRONG = [
    (Pairs, MATRIX, MATRIX),
    (Pairs, STREAMS, torch.zeros(2, 2, 1)),
    (Gates, MATRIX, MATRIX, MATRIX.mT),
    (Gates, STREAMS, STREAMS, STREAMS),
    (State, MATRIX, MATRIX),
    (State, STREAMS, torch.zeros(1, 3, 4)),
    (State, (STREAMS, torch.zeros(3, 4)), ()),
    (Signal, np.zeros(3), np.arange(3)),
    (Signal, np.zeros((3, 1)), np.arange(2)),
]


@pytest.mark.parametrize("kind", RIGHT)
def test_right_axes_are_left_alone(kind: Any) -> None:
    made = kind(*RIGHT[kind])
    assert made._replace() == kind._make(made)
    assert type(made._replace()) is kind


@pytest.mark.parametrize(("kind", "given"), [(kind, given) for kind, *given in WRONG])
def test_wrong_axes_are_seen(kind: Any, given: list[Any]) -> None:
    with pytest.raises(AssertionError, match=f"{kind.__name__}: .*promised"):
        kind(*given)
    with pytest.raises(AssertionError, match="promised"):
        kind(*RIGHT[kind])._replace(**dict(zip(kind._fields, given, strict=False)))


@pytest.mark.any_shape
@pytest.mark.parametrize(("kind", "given"), [(kind, given) for kind, *given in WRONG])
def test_a_test_may_ask_not_to_be_looked_at(kind: Any, given: list[Any]) -> None:
    assert isinstance(kind(*given), kind)


def test_what_the_library_makes_on_the_way_is_looked_at() -> None:
    class Turned(Delta):
        def init(self, batch: int, like: Any = None) -> Any:
            return super().init(batch, like)._replace(memory=MATRIX)

    with pytest.raises(AssertionError, match="State: memory"):
        Turned(4, 3).init(2)
