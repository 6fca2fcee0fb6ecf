"""A run of the prefix slider, made by hand: what each picture of it must show is known."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Signal, Trace

__all__ = ["prefixed_trace"]

WAYS = ("plain, cut off", "plain, turned by PCA", "Matryoshka", "a net for each length")
PLANS = ("these numbers alone", "shortlist, then all", "funnel")


def prefixed_trace(*, images: bool = True, lead: float = 0.3) -> Trace:
    """Three lengths of 2 × 2 images or lines of code; Matryoshka leads by `lead` at 2 numbers, a third of it at 4."""
    times = np.array([2, 4, 8])
    plain = np.array([0.3, 0.6, 0.9])
    ahead = lead * np.array([1, 1 / 3, 0])
    right = np.stack([plain, plain + ahead / 2, plain + ahead, plain + ahead * 1.2], -1)
    cost = np.array([[200, 360, 220], [400, 520, 440], [800, 800, 800.0]])
    share = np.stack([plain + ahead, [0.8, 0.88, 0.9], [0.7, 0.86, 0.9]], -1)
    found, hits = np.array([[4, 1, 0], [2, 4, 1], [2, 3, 4]]), np.array([[0, 0, 1], [1, 0, 0], [1, 1, 0.0]])

    def signal(values: np.ndarray, unit: str = "", names: tuple[str, ...] = ()) -> Signal:
        return Signal(values[:, None], times[: len(values)], unit, names)

    signals = {
        "right": signal(right, "share whose nearest is right", WAYS),
        "plan right": signal(share, "share whose nearest is right", PLANS),
        "plan cost": signal(cost, "multiply-adds for one question", PLANS),
        "found": signal(found),
        "found right": signal(hits),
    }
    said, asked = [f"for ⟨part_{row}⟩ in <self>" for row in found.ravel()], "return ⟨part_9⟩"
    if images:
        signals["found image"] = signal(found[..., None] / 10 + np.array([0.0, 0.1, 0.2, 0.3]))
        signals["asked image"] = signal(np.array([[1.0, 0.0, 0.5, 0.25]]))
        said, asked = [str(row) for row in found.ravel()], "7"
    return Trace(signals, notes={"way": "Matryoshka", "asked": asked, "found": tuple(said)})
