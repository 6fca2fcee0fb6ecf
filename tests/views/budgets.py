"""Races on a budget, made by hand."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Signal, Trace

__all__ = ["raced_trace"]


def raced_trace(reach: float = 6.0, unit: str = "bytes") -> Trace:
    """Up to 16 tokens of width 4: a small memory that pays for a window of 2 and reaches up to `reach`, a large one.

    Recall falls by a twentieth from age to age, of a window to nothing at its end.
    """
    lengths, ages = np.array([2, 4, 8, 16]), np.arange(16) + 0.5
    known = ages < lengths[:, None]
    curves = np.stack([1 - ages / 20, (ages < 2) * 1.0, np.ones(16)], -1)
    names = ("full attention", "small", "large")
    cost = np.stack([32 * lengths, np.full(4, 64), np.full(4, 128)], -1)
    reached = np.stack([lengths, np.minimum(lengths, reach), np.minimum(lengths, 5)], -1)
    window = np.minimum(cost // 32, lengths[:, None])

    def signal(values: np.ndarray, unit: str, names: tuple[str, ...]) -> Signal:
        return Signal(values[:, None].astype(float), lengths, unit, names)

    signals = {
        "recall": signal(
            np.where(known[..., None], curves, np.nan), "share of items", ("small", "window", "full attention")
        ),
        "age": Signal(ages[None, None], np.arange(1), "tokens"),
        "reach": signal(reached, "tokens", names),
        "window": signal(window, "tokens", names),
        "cost": signal(cost, unit, names),
    }
    return Trace(signals, notes={"memory": "small"})
