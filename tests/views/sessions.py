"""Sessions read by four arms: a small trace with known numbers."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Signal, Token, Trace


def four_arms_trace() -> Trace:
    """Three sessions of 300 bytes: one arm keeps what it saved, one begins anew, one is level, one costs at first."""
    times = np.array([49, 149, 299, 349, 449, 599, 649, 749, 899])
    rows = [[0, 0.1, 0.05, 0.1], [0, 0.3, 0.05, 0.25], [0, 0.4, 0.05, 0.3]]
    rows += [[-0.1, -0.2, 0.06, 0.1], [-0.1, 0.3, 0.06, 0.3], [-0.1, 0.5, 0.06, 0.5]]
    rows += [[0.2, 0.5, 0.05, 0.1], [0.3, 0.6, 0.05, 0.25], [0.3, 0.7, 0.05, 0.3]]
    names = ("fine-tuning", "dynamic evaluation", "in-context learning", "test-time training")
    gain = np.array(rows)[:, None]
    signals = {
        "gain": Signal(gain, times, "bits per byte saved", names),
        "session_gain": Signal(gain[2::3], times[2::3], "bits per byte saved", names),
    }
    sessions = (Token(name, 300 * n, 300 * (n + 1), "session") for n, name in enumerate(("email", "json", "again")))
    return Trace(signals, tuple(sessions))
