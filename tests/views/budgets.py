"""Races, sliders and caches on a budget, made by hand."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Signal, Trace

__all__ = ["kept_trace", "raced_trace", "slid_trace"]


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


def slid_trace(kinds: tuple[str, ...] = ("common", "rare")) -> Trace:
    """Eight tokens, the odd ones rare; segments of 1, 2, 4 and all: common items lose a tenth from each to the next,
    rare ones three tenths; a state keeps 16 numbers, the tokens themselves 64."""
    lengths, item = np.array([1, 2, 4, 8]), np.arange(8)
    kind = item % 2 if len(kinds) > 1 else np.zeros(8)
    steps = np.arange(4)[:, None]
    signals = {
        "recall": Signal((1.0 - steps * np.where(kind, 0.3, 0.1))[:, None], lengths, "share of streams"),
        "place": Signal(item[None, None].astype(float), np.arange(1), "tokens"),
        "kind": Signal(kind[None, None].astype(float), np.arange(1)),
        "kept": Signal((16.0 * 8 / lengths)[:, None], lengths, "numbers"),
        "cache": Signal(np.array([[64.0]]), np.arange(1), "numbers"),
    }
    return Trace(signals, notes={"kinds": kinds})


def kept_trace(kinds: tuple[str, ...] = ("common", "rare"), room: int = 2) -> Trace:
    """Eight tokens, every fourth rare and written twice as much; two are kept, the first rare ones as they come."""
    item = np.arange(8)
    kind = (item % 4 == 3) * 1.0 if len(kinds) > 1 else np.zeros(8)
    write = np.where(item % 4 == 3, 1.0, 0.5)
    order = np.argsort(-write[None] + np.where(item > item[:, None], 9.0, 0.0), kind="stable")
    kept = np.array([np.isin(item, row[: min(2, end + 1)]) for end, row in enumerate(order)])
    rooms = np.stack([[0.5, 0.8, 0.9], [0.5, 0.55, 0.6], [0.5, 0.65, 0.7]], -1)
    signals = {
        "write": Signal(write[:, None], item, "θ‖∇ℓ‖"),
        "kept": Signal(kept[:, None].astype(float), item),
        "kind": Signal(kind[None, None], np.arange(1)),
        "by_room": Signal(rooms[:, None], np.array([0, 2, 4]), "share", ("largest write", "newest", "random")),
    }
    return Trace(signals, notes={"keep": "largest write", "room": str(room), "kinds": kinds})
