"""A search of one size for everybody: settings strewn over all ranges, then over a third of each around the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

__all__ = ["Ranges", "Setting", "at", "position", "strewn"]

Setting = dict[str, float]
Ranges = Mapping[str, tuple[float, float]]


def strewn(ranges: Ranges, knobs: Sequence[str], many: int, best: Setting | None = None) -> list[Setting]:
    """So many settings of these knobs, evenly strewn (Sobol): over all their ranges, or a third of each near `best`."""
    places = torch.quasirandom.SobolEngine(len(knobs), scramble=True, seed=0 if best is None else 1).draw(many)
    near = best or {}
    return [
        {knob: at(ranges[knob], place, near.get(knob)) for knob, place in zip(knobs, row, strict=True)}
        for row in places.tolist()
    ]


def at(ends: tuple[float, float], place: float, near: float | None) -> float:
    """The value at a place between 0 and 1 of a range, or of the third of it around a value.

    A range that begins above 0 is gone through in equal ratios.
    """
    low, high = ends
    if near is not None:
        place = min(max(position(ends, near) + (place - 0.5) / 3, 0.0), 1.0)
    return low * (high / low) ** place if low > 0 else low + place * (high - low)


def position(ends: tuple[float, float], value: float) -> float:
    """Where in its range a value lies: the reverse of `at`."""
    low, high = (torch.tensor(end, dtype=torch.float64) for end in ends)
    if low > 0:
        return float((value / low).log() / (high / low).log())
    return float((value - low) / (high - low))
