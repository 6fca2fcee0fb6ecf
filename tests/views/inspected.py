"""A user made by hand: two topics told in turn, five interactions, and what each answer is made of is known."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Mark, Signal, Token, Trace

__all__ = ["SHARES", "SURPRISE", "inspected_trace"]

ITEMS = np.array([0, 1, 0, 1, 0])
# rows ask, columns were told: tea, jazz, tea, jazz, tea
SHARES = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [0.1, 0.0, 0.0, 0.0, 0.0],
        [0.8, 0.2, 0.0, 0.0, 0.0],
        [-0.3, 0.6, 0.1, 0.0, 0.0],
        [0.25, 0.0, 0.5, 0.05, 0.0],
    ]
)
SURPRISE = np.array([1.0, 0.9, 0.2, 0.4, 1.5])


def inspected_trace(
    *,
    by: float = 1.0,
    streams: int = 1,
    lies: tuple[int, ...] = (),
    forgotten: int = 0,
    lines: int = 2,
    levels: bool = False,
) -> Trace:
    """Days of two interactions; other tastes from the third on up to the fifth; every share `by` times as large."""
    times = np.arange(5)

    def signal(values: np.ndarray, unit: str = "", names: tuple[str, ...] = (), at: np.ndarray = times) -> Signal:
        return Signal(np.repeat(values[:, None], streams, 1), at, unit, names)

    surprise, shares, lie = SURPRISE.copy(), by * SHARES, np.zeros(5)
    lie[list(lies)] = 1
    notes = {"arm": "delta", "opens": "2"}
    if forgotten:
        surprise[forgotten - 1], shares[:, forgotten - 1] = np.nan, 0.0
        notes |= {"forgotten": str(forgotten), "moved": "0.26"}
    evenings = np.array([[0.9, 0.8], [0.5, 1.2], [0.25, 0.6]])[:, :lines]
    signals = {
        "influence": signal(shares, "share"),
        "item": signal(ITEMS.astype(float)),
        "day": signal(1.25 + times / 2, "days"),
        "surprise": signal(surprise, "‖said − answer‖"),
        "lie": signal(lie),
        "error": signal(evenings, "", ("delta", "frozen")[:lines], np.arange(1, 4)),
    }
    if levels:
        given = np.array([[np.nan, np.nan], [1.0, 0.0], [1.25, -0.25], [0.5, 0.5], [0.75, 0.25]])
        signals["levels"] = signal(given, "", ("fast level", "slow level"))
    tokens = tuple(Token(("tea", "jazz")[item], at, at + 1, "interaction") for at, item in enumerate(ITEMS.tolist()))
    return Trace(signals, tokens, (Mark(2, "taste"), Mark(4, "taste")), notes)
