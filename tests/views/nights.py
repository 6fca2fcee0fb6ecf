"""Two days and nights of five arms: a small trace with known numbers."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Signal, Token, Trace

NIGHT_ARMS = ("no sleep", "sleep: replay", "sleep: dreams", "fine-tuning", "only fast")
TEXTS = ("before", "email", "json")


def nights_trace(arm: str = "sleep: replay", arms: int = 5, looks: int = 15) -> Trace:
    """Every day takes a tenth of a bit off its own text look by look, and adds half of that before; a night gives half
    of both back, but to the last arm. looks: those that there are, the others are NaN."""
    times = np.arange(15)
    by_day = np.clip(times, 0, 3) / 10, np.clip(times - 7, 0, 3) / 10
    back = (times > 3) / 1.0, (times > 10) / 1.0
    left = np.array([1.0] * (arms - 1) + [0.0])
    read = [day[:, None] * (1 - 0.5 * asleep[:, None] * left) for day, asleep in zip(by_day, back, strict=True)]
    known = np.stack([2 + sum(read) / 2, 2.5 - read[0], 2.25 - read[1]], -1)
    awake = np.isin(times, (1, 2, 3, 8, 9, 10))[:, None] | (left == 0)
    fast = np.where(awake, 10.0 * (by_day[0] + by_day[1])[:, None], 0.0)
    slow = (np.clip(times - 4, 0, 3) + np.clip(times - 11, 0, 3))[:, None] * left
    gone = np.where(times < looks, 0.0, np.nan)[:, None]
    signals = {
        "known": Signal((known + gone[..., None])[:, None], times, "bits per byte", TEXTS),
        "fast_norm": Signal((fast + gone)[:, None], times, "‖W − W₀‖", NIGHT_ARMS[:arms]),
        "slow_moved": Signal((slow + gone)[:, None], times, "‖θ − θ₀‖", NIGHT_ARMS[:arms]),
    }
    spans = (("day 1", 1, 4, "day"), ("night 1", 4, 8, "night"), ("day 2", 8, 11, "day"), ("night 2", 11, 15, "night"))
    return Trace(signals, tuple(Token(*span) for span in spans), notes={"arm": arm})
