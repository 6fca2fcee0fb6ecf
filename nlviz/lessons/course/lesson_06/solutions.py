"""Solutions of notebook 06."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

__all__ = ["forget_for", "half_life", "keep", "savings", "transfer"]


def half_life(ages: np.ndarray, recall: np.ndarray) -> float:
    """06.1"""
    fallen = ages[recall <= recall[0] / 2]
    return fallen[0] - ages[0] if len(fallen) else np.inf


def forget_for(horizon: float, kept: float) -> float:
    """06.2"""
    return 1 - kept ** (1 / horizon)


def transfer(R: np.ndarray, start: np.ndarray) -> list[float]:
    """06.3"""
    end, learned, earlier = R[-1], R.diagonal(), slice(None, -1)
    acc = end.mean()
    bwt = (end - learned)[earlier].mean()
    fwt = (R.diagonal(1) - start[1:]).mean()
    forgetting = (R[:-1].max(0) - end)[earlier].mean()
    return [acc, bwt, fwt, forgetting]


def keep(origin: Tensor, room: int) -> Tensor:
    """06.4"""
    tasks = origin.unique()
    share = room // len(tasks)
    return torch.cat([torch.nonzero(origin == task)[:share, 0] for task in tasks])


def savings(first: np.ndarray, again: np.ndarray, criterion: float) -> float:
    """06.5"""
    learned, relearned = (np.flatnonzero(curve >= criterion)[0] for curve in (first, again))
    return (learned - relearned) / learned
