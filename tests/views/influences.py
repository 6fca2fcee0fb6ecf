"""Influence maps made by hand: what each answer is made of is known."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Signal, Token, Trace

__all__ = ["ITEMS", "SHARES", "influence_trace"]

ITEMS = np.array([0, 1, 0, 1, 0])
# rows ask, columns were told: A, B, A, B, A
SHARES = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [0.1, 0.0, 0.0, 0.0, 0.0],
        [0.8, 0.2, 0.0, 0.0, 0.0],
        [-0.3, 0.6, 0.1, 0.0, 0.0],
        [-0.4, 0.0, 1.0, 0.05, 0.0],
    ]
)


def influence_trace(rule: str = "KDA", *, by: float = 1.0, streams: int = 1) -> Trace:
    """Two facts, A and B, told in turn, five tokens; every share `by` times as large."""
    times = np.arange(5)

    def signal(values: np.ndarray, unit: str = "") -> Signal:
        return Signal(np.repeat(values[:, None], streams, 1), times, unit)

    error = np.array([np.nan, np.nan, 0.4, 0.5, 0.25])
    signals = {
        "influence": signal(by * SHARES, "share"),
        "item": signal(ITEMS.astype(float)),
        "error": signal(error, "share of the value"),
    }
    tokens = tuple(Token("AB"[item], at, at + 1, "fact") for at, item in enumerate(ITEMS.tolist()))
    return Trace(signals, tokens, notes={"rule": rule, "line": "S ← 0.5 S + θ v kᵀ; M ← M + S", "of": "10"})
