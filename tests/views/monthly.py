"""Sixty days of three arms: a small trace with known numbers."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Mark, Signal, Trace

__all__ = ["MONTH_ARMS", "months_trace"]

MONTH_ARMS = ("frozen", "one rate", "continuum")
LOOKS = {"Week 1": 5, "Week 4": 20, "Month 3": 60}
ASKED = (
    "asked on days 5, 20, 60:\ntool.py:32 (never changed)\n  f(▢=1)",
    "Week 1: tool.py:32 (never changed)\n  f(▢=1)\none rate: “name” ✓",
    "Week 4: tool.py:32 (renamed)\n  f(▢=1)\none rate: “name” ✗ right: “lantern”",
    "Month 3: tool.py:32 (renamed)\n  f(▢=1)\none rate: “lantern” ✓\n+1.4 tool.py:165 if (a < b):",
)


def months_trace(arm: str = "one rate", *, shows: str = "again", days: int = 60, streams: int = 1) -> Trace:
    """Frozen pays 2 bits a day, one rate from 2 down to 1, the continuum half as much less. Week 1 again: one rate
    forgets it, the continuum does not. days: read by now."""
    times, looks = np.arange(1, days + 1), np.array([day for day in LOOKS.values() if day <= days], int)
    down = np.linspace(0.0, 1.0, 60)[:days]
    paid = np.stack([2 + 0 * down, 2 - down, 2 - down / 2], -1)
    again = np.array([[2.0, 1.0, 1.5], [2.0, 1.5, 1.5], [2.0, 2.25, 1.5]])[: len(looks)]

    def signal(values: np.ndarray, at: np.ndarray, unit: str, names: tuple[str, ...]) -> Signal:
        return Signal(np.stack([values] * streams, 1), at, unit, names)

    signals = {
        "paid": signal(paid, times, "bits per byte", MONTH_ARMS),
        "again": signal(again, looks, "bits per byte", MONTH_ARMS),
    }
    if shows == "right":
        right = np.array([[0.5, np.nan, 1.0], [0.5, 0.25, 0.75], [0.75, 0.5, 0.25]])[: len(looks)]
        signals["right"] = signal(right, looks, "share right", ("never changed", "renamed", "only in Week 1"))
    if shows == "kept":
        signals["kept"] = signal(np.stack([down, 2 * down], -1), times, "‖level‖", ("day", "week"))
    marks = tuple(Mark(day, "look", name) for name, day in LOOKS.items())
    return Trace(signals, marks=marks, notes={"arm": arm, "text": "json", "asked": ASKED[: 1 + len(looks)]})
