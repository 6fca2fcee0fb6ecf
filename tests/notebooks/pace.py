"""How much dearer a second of a processor is now than on a free core.

Two workers may share a core, and a busy machine counts seconds in which little was done. Work of the kind
that notebooks do, in short bursts between their cells, tells by how much.
"""

from __future__ import annotations

import time
from statistics import mean

import torch

__all__ = ["Pace"]

STEPS = 1000
FREE = 0.015
"""Seconds of processor time of a burst on a free core of the machine on which the limit of a minute was set."""


class Pace:
    """Bursts so far. `dearer` is their mean beside a free core's, 1 at least."""

    def __init__(self) -> None:
        self._bursts = list[float]()

    def feel(self) -> None:
        """One more burst."""
        matrix, key = torch.eye(32), torch.ones(32) / 32**0.5
        begun = time.process_time()
        for _ in range(STEPS):
            matrix = matrix - 0.1 * torch.outer(matrix @ key - key, key)
        self._bursts.append(time.process_time() - begun)

    @property
    def dearer(self) -> float:
        return max(1.0, mean(self._bursts or [FREE]) / FREE)
