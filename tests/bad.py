"""Values that are not what was asked for, by what was asked for; and how a refusal has to read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

__all__ = ["COUNTS", "FLAGS", "FUNCTIONS", "NUMBERS", "TENSORS", "THINGS", "refuses"]

NAN, INF = float("nan"), float("inf")

COUNTS = [0, -1, 2.5, True, "8", None, [8], NAN, INF, 1j, int, torch.ones(3), np.ones(2), {}]
NUMBERS = [NAN, INF, -INF, "0.5", None, True, 1j, {}, int, object()]
FLAGS = [1, 0, "yes", None, [], 1.0]
FUNCTIONS = [None, "f", 3, [], torch.ones(1)]
THINGS = [None, "x", 3, 2.5, [], {}, int, torch.ones(1), len]
TENSORS = ["abc", {}, torch.Tensor, 1j, [[1.0], [1.0, 2.0]], ["a"], len]

FOREIGN = re.compile(
    r"has no attribute|not supported between|unsupported operand|must match the (existing )?size|mat1|batch1"
    r"|positional argument|takes \d|object is not|cannot unpack|unexpected keyword|expected m1|inhomogeneous"
    r"|out of range|vmap|Expected all tensors|doesn't match|not implemented for|\bdim\b|NoneType",
)
"""Words of Python, NumPy or torch from inside."""


def refuses(name: str, use: Callable[[], Any]) -> None:
    """`use` has to raise a ValueError that names `name` and says what was expected, in no words from inside."""
    with pytest.raises(ValueError, match=re.escape(name)) as found:
        use()
    said = str(found.value)
    assert "expected" in said or ";" in said, said
    assert not FOREIGN.search(said), said
