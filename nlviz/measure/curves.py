"""Curves: what a memory answers, how well, and how that falls with age."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.memory import Memory
from nlviz.streams import Stream
from nlviz.trace import Signal

__all__ = [
    "Forgetting",
    "accuracy",
    "cosine",
    "forgetting_curve",
    "half_life",
    "recalled",
    "relative_error",
    "since_written",
]


def recalled(memory: Memory[Any], state: Any, stream: Stream) -> Tensor:
    """What the memory answers to every item's key, [batch, items, d_value]."""
    return memory.read(state, stream.keys)


def cosine(answers: Tensor, values: Tensor) -> Tensor:
    """Cosine of each answer with its value, [batch, items]; 0 where nothing is answered."""
    return F.cosine_similarity(answers, values, dim=-1)


def accuracy(answers: Tensor, values: Tensor, others: Tensor | None = None) -> Tensor:
    """Share of items whose answer is nearer (by cosine) to their own value than to any other's, [batch].

    others: [batch, others, d_value], further values an answer may be mistaken for (none of them an item's own), such as
    those an item had before it was overwritten. Without them only the items' own values compete, and an answer that
    mixes an old value in passes.
    """
    choices = values if others is None else torch.cat([values, others], -2)
    nearest = (F.normalize(answers, dim=-1) @ F.normalize(choices, dim=-1).mT).argmax(-1)
    return (nearest == torch.arange(values.shape[-2], device=values.device)).float().mean(-1)


def relative_error(answers: Tensor, values: Tensor) -> Tensor:
    """Σ‖answer − value‖² / Σ‖value‖² over the items, [batch]: 0 is perfect, 1 is what answering nothing gives."""
    return (answers - values).square().sum((-2, -1)) / values.square().sum((-2, -1))


class Forgetting(NamedTuple):
    """Recall by age: ages [points], in tokens since an item was written; recall [points], mean of items and streams."""

    ages: np.ndarray
    recall: np.ndarray


def forgetting_curve(recall: Signal, written_at: np.ndarray | Tensor) -> Forgetting:
    """Mean recall against age, from a `recall` signal [time, batch, items].

    written_at: [items], the token of each item's write. Age 0 is right after it, and only ages that some item reached
    are in the curve. The mean runs over all times at which an item had that age; for recall by age at the end of a
    stream, give the signal's last row alone.
    Raises ValueError if written_at does not give one time per item.
    """
    age = _age(recall, written_at)
    known = age >= 0
    ages, at = np.unique(age[known], return_inverse=True)
    by_item = recall.values.mean(1)
    return Forgetting(ages, np.bincount(at, by_item[known], len(ages)) / np.bincount(at, minlength=len(ages)))


def since_written(recall: Signal, written_at: np.ndarray | Tensor) -> Signal:
    """The same signal with a gap (NaN) wherever an item is not written yet: what it then recalls is chance.

    written_at: [items]. Raises ValueError if it does not give one time per item.
    """
    known = _age(recall, written_at) >= 0
    return recall._replace(values=np.where(known[:, None], recall.values, np.nan))


def _age(recall: Signal, written_at: np.ndarray | Tensor) -> np.ndarray:
    """Tokens since each item's write, [time, items]; negative before it."""
    written = written_at.cpu().numpy() if isinstance(written_at, Tensor) else np.asarray(written_at)
    if written.shape != recall.values.shape[2:]:
        tracked = recall.values.shape[2] if recall.values.ndim == 3 else f"no items, {list(recall.values.shape)}"
        raise ValueError(f"written_at has shape {list(written.shape)}, recall tracks {tracked}; give one time per item")
    return recall.times[:, None] - written


def half_life(curve: Forgetting) -> float:
    """Tokens until recall first falls to half of what it was at the youngest age, interpolated; inf if it never does.

    Raises ValueError if there is nothing to halve: no age, a recall that starts at or below zero or is not finite.
    """
    ages, recall = curve
    if not len(recall) or not recall[0] > 0:
        start = f"starts at recall {recall[0]:.3g}" if len(recall) else "is empty"
        raise ValueError(f"the curve {start}; a half-life needs an item that was known, check written_at and the gates")
    if not np.isfinite(recall).all():
        lost = ages[~np.isfinite(recall)][0]
        raise ValueError(f"recall at age {lost} is not finite: the run diverged; cut the curve before it")
    half = recall[0] / 2
    below = np.flatnonzero(recall <= half)
    if not len(below):
        return math.inf
    (a0, a1), (r0, r1) = (part[below[0] - 1 : below[0] + 1] for part in curve)
    return float(a0 + (r0 - half) / (r0 - r1) * (a1 - a0) - ages[0])
