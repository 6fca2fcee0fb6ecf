"""Fewer points, honestly: what a long signal may be drawn as, and the words that say so. NumPy only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nlviz.door.words import count

__all__ = ["Drawn", "envelope", "trailing_mean"]


class Drawn(NamedTuple):
    """The points to draw. block: how many measurements each pair of points stands for, 1 if all are there."""

    x: np.ndarray
    y: np.ndarray
    block: int

    @property
    def note(self) -> str:
        """For the axis title: "" or ", lowest and highest of every 30"."""
        return f", lowest and highest of every {self.block}" if self.block > 1 else ""


def envelope(x: np.ndarray, y: np.ndarray, limit: int = 2000) -> Drawn:
    """At most `limit` points of y over x: of every block the lowest and the highest, each where it really was.

    No peak is lost and none is invented. A block without a finite value stays a gap.
    x, y: [time]. Raises ValueError if limit is below 2.
    """
    limit = count("limit", limit, least=2, of="points")
    if len(y) <= limit:
        return Drawn(x, y, 1)
    block = -(-len(y) // (limit // 2))
    rows = -(-len(y) // block)
    padded = np.append(np.where(np.isfinite(y), y, np.nan), np.full(rows * block - len(y), np.nan)).reshape(rows, block)
    low = np.where(np.isnan(padded), np.inf, padded).argmin(axis=1)
    high = np.where(np.isnan(padded), -np.inf, padded).argmax(axis=1)
    picked = np.sort(np.stack([low, high], axis=1), axis=1) + np.arange(rows)[:, None] * block
    picked = np.minimum(picked.ravel(), len(y) - 1)
    return Drawn(x[picked], padded.ravel()[picked], block)


def trailing_mean(y: np.ndarray, window: int) -> np.ndarray:
    """The mean of the last `window` values, fewer at the start, at every time [time]; only what is finite counts."""
    known = np.isfinite(y)
    sums = np.append(0.0, np.cumsum(np.where(known, y, 0.0)))
    counts = np.append(0, np.cumsum(known))
    ends = np.arange(1, len(y) + 1)
    starts = np.maximum(ends - window, 0)
    many = counts[ends] - counts[starts]
    return np.where(many > 0, (sums[ends] - sums[starts]) / np.maximum(many, 1), np.nan)
