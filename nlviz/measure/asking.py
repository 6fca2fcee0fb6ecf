"""Asking a reader for its scores: what a reader is, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door import words
from nlviz.door.results import fitted, numbers

__all__ = ["Reader", "scores"]

Reader = Callable[[Tensor], Any]
"""Bytes [batch, time] uint8 → bits [batch, time]: −log₂ p of every byte, scored before it is known."""

_WHAT = "−log₂ p of every byte, [batch, time]"
# a probability of 1 may be rounded to a little more
_ROUNDED = -1e-4


def scores(reader: Reader, rows: np.ndarray) -> np.ndarray:
    """What the reader says of these rows, [batch, time] in bits, float64; it is handed a copy of them.

    Raises ValueError for what are no scores: no numbers, another shape, nan or infinite ones, negative ones.
    """
    found = numbers(reader(torch.tensor(np.ascontiguousarray(rows))))
    if found is None:
        words.refuse("what the reader gave", "no numbers", _WHAT)
    placed = fitted(found, rows.shape)
    if placed is None:
        words.refuse("the shape of what the reader gave", list(found.shape), f"{list(rows.shape)}: {_WHAT}")
    bits = placed.double().numpy()
    wrong = ~np.isfinite(bits) | (bits < _ROUNDED)
    if wrong.any():
        row, place = (int(i) for i in np.argwhere(wrong)[0])
        value = float(bits[row, place])
        if value < 0:
            remedy = "give −log₂ p, not log₂ p" if np.isfinite(value) else "give −log₂ p"
            words.refuse(f"the score of byte {place} in row {row}", value, "at least 0 bits", remedy)
        remedy = "give every byte some probability" if np.isinf(value) else "look for a state that diverges"
        words.refuse(f"the score of byte {place} in row {row}", value, "a finite number of bits", remedy)
    return bits
