"""The map of the Titans console: θ against η, the limits of stability as lines, the regimes between them by name."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nlviz import measure
from nlviz.measure.expected import stable_among_unrelated
from nlviz.trace import Signal

__all__ = ["areas", "regime_map"]

MAP = np.linspace(0.0, 0.98, 50)
# What lies between the lines of the map, from below.
AREAS: dict[str, tuple[str, ...]] = {
    "once": ("under-writing", "overshoot", "noise grows", "diverges"),
    "always": ("creeps up", "overshoots, settles", "diverges"),
}
BETWEEN = ("settles", "noise grows", "diverges")


def areas(event: str) -> tuple[str, ...]:
    """The names of what lies between the lines, from below, for an event that comes so."""
    return AREAS.get(event, BETWEEN)


def regime_map(event: str, gates: tuple[float, float, float], d: int, *, left: float = 1.0) -> dict[str, Signal]:
    """The lines of θ over η that part one regime from the next, from below, and where the knobs stand.

    event: how it comes, "once", "always" or in between. gates: θ, η and α, which stand at "knobs".
    left: the share of the memory that the error is taken of, 1 − α if it forgets first: that much of θ takes back.
    """
    inner_lr, momentum, forget = gates
    over = "/(1 − α)" if left < 1 else ""
    # where nothing is left nothing is taken back, and no θ is too large
    most = 1 / max(left, 1e-3)
    steady = [measure.stable_inner_lr(eta, forget) * most for eta in MAP]
    among = [limit * most for limit in _among_unrelated(forget, d)]
    lines = {f"one key: (2 − α)(1 + η){over}": steady}
    level: dict[str, float] = {}
    if event == "always":
        lines = {"swings about it": most * np.square(np.sqrt(1 - forget) - np.sqrt(MAP)), **lines}
        if inner_lr > 0:
            named = "θ(1 − α)" if left < 1 else "θ"
            level[f"steady θ/({named} + α(1 − η))"] = inner_lr / (left * inner_lr + forget * (1 - momentum))
    else:
        lines = {f"unrelated keys, d = {d}": np.minimum(among, steady), **lines}
    if event == "once":
        lines = {"balanced: θ/(1 − η) = 1": 1 - MAP, **lines}
        level["total write θ/(1 − η)"] = measure.momentum_total_write(inner_lr, momentum)
    columns = np.stack([np.asarray(line) for line in lines.values()], -1)
    signals = {
        "map": Signal(columns[:, None], np.arange(len(MAP)), names=tuple(lines)),
        "map_momentum": Signal(MAP[:, None], np.arange(len(MAP)), "momentum η"),
        "knobs": Signal(np.array([[[inner_lr, momentum, forget]]]), np.array([0]), names=("θ", "η", "α")),
    }
    for name, value in level.items():
        signals["level"] = Signal(np.array([[value]]), np.array([0]), names=(name,))
    return signals


@lru_cache(maxsize=64)
def _among_unrelated(forget: float, d: int) -> tuple[float, ...]:
    """The limit over the whole map, which no other knob moves: each is searched for in forty steps."""
    return tuple(stable_among_unrelated(eta, forget, d) for eta in MAP)
