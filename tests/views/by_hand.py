"""A trace made by hand: two writes, each one number in one place."""

from __future__ import annotations

import numpy as np
from seeing import signal

from nlviz.trace import Trace

__all__ = ["FIRST", "SECOND", "WRITES"]

# a matrix of two values by three keys; each write is one number in one place
FIRST = np.array([[0.0, 0, 3], [0, 0, 0]])
SECOND = np.array([[0.0, 0, 3], [-2, 0, 0]])
WRITES = Trace(
    {
        "weights": signal([FIRST, SECOND]),
        "keys": signal([[0.0, 0, 1], [1.0, 0, 0]]),
        "values": signal([[3.0, 0], [0.0, -2]]),
        "recall": signal([[1.0, 0.25], [0.5, 0.75]], "cosine"),
    }
)
