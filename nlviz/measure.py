"""Measures: how well, how long and how much a memory remembers; and the lines theory draws beside them.

All theory lines are for unit random keys in dimension d; each docstring says what is assumed. They are
derived for this project, and each is held against a real memory in tests/test_measure.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.inner import to_numpy, unroll
from nlviz.memory import Delta, Gates, Memory, Pairs
from nlviz.streams import Regression, Stream, recall_pairs
from nlviz.trace import Signal

__all__ = [
    "Forgetting",
    "accuracy",
    "best_linear_error",
    "capacity_curve",
    "chunk_sharpness",
    "cosine",
    "decay",
    "delta_interference",
    "forgetting_curve",
    "half_life",
    "hebbian_crosstalk",
    "hebbian_recall",
    "momentum_total_write",
    "recalled",
    "regression_error",
    "relative_error",
    "since_written",
    "stable_inner_lr",
    "titans_steady_recall",
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


def capacity_curve(
    memory: Memory[Any],
    counts: Sequence[int],
    *,
    generator: Generator,
    trials: int = 20,
    inner_lr: float = 1.0,
    passes: int = 1,
    overlap: float = 0.0,
) -> np.ndarray:
    """Accuracy [counts, trials] after writing so many random pairs once, or `passes` times.

    Each trial has pairs of its own. Example, about [1.00, 0.82]:

        capacity_curve(Hebbian(32, 32), [16, 64], generator=torch.Generator().manual_seed(0)).mean(1)
    """
    rows = []
    for count in counts:
        stream = recall_pairs(
            count, memory.d_key, memory.d_value, generator=generator, passes=passes, overlap=overlap, batch=trials
        )
        state = unroll(memory, stream.pairs, Gates.constant(stream.pairs, inner_lr)).state
        rows.append(to_numpy(accuracy(recalled(memory, state, stream), stream.values)))
    return np.stack(rows)


def regression_error(examples: Regression, periods: Sequence[int], inner_lrs: Sequence[float]) -> np.ndarray:
    """Error left after reading the examples once by the delta rule: [periods, inner_lrs, batch].

    period: examples whose gradients are taken at the same weights and summed, TTT's mini-batch. The error is
    ‖W − W*‖²/‖W*‖²: 1 knows nothing, 0 all; far above 1 is a run that diverged. A last, unfinished mini-batch is
    not written. Computed in float64, where even that fits into a number. For the limit 2/λ_max see `chunk_sharpness`.
    """
    keys, values, truth = (part.double() for part in (*examples.pairs, examples.truth))
    batch, count = len(keys), len(inner_lrs)
    # every inner_lr is a further row of the batch
    pairs = Pairs(keys.repeat(count, 1, 1), values.repeat(count, 1, 1))
    rates = torch.tensor(inner_lrs, dtype=torch.float64, device=keys.device).repeat_interleave(batch)[:, None]
    memory, wanted = Delta(keys.shape[-1], values.shape[-1]), truth.repeat(count, 1, 1)
    rows = []
    for period in periods:
        whole = keys.shape[1] - keys.shape[1] % period
        state = memory.init(len(wanted), like=keys)
        for start in range(0, whole, period):
            now = Pairs(*(part[:, start : start + period] for part in pairs))
            state = memory.write(state, now, Gates.constant(now, rates))
        rows.append(to_numpy(relative_error(state.memory, wanted)).reshape(count, batch))
    return np.stack(rows)


def chunk_sharpness(keys: Tensor, period: int) -> Tensor:
    """λ_max(K Kᵀ) of every whole mini-batch of `period` keys, [batch, chunks]: inner_lr times it below 2 is stable."""
    whole = keys[:, : keys.shape[1] - keys.shape[1] % period].unflatten(1, (-1, period))
    return torch.linalg.matrix_norm(whole, 2).square()


def hebbian_crosstalk(pairs: np.ndarray | int, d: int) -> np.ndarray:
    """(N − 1)/d: relative squared error of a Hebbian memory (inner_lr 1) after N pairs, from the other N − 1."""
    return (np.asarray(pairs) - 1) / d


def hebbian_recall(ages: np.ndarray, d: int, forget: float = 0.0) -> np.ndarray:
    """s/√(s² + c): expected cosine by age in a Hebbian memory that wrote one random pair at each of these ages.

    s = (1 − α)^L is what the gate left of the pair itself, c = Σ s²/d over the other pairs their crosstalk. Without a
    gate c is (N − 1)/d, and every age is recalled alike.
    """
    kept = decay(ages, forget)
    crosstalk = (np.sum(kept**2) - kept**2) / d
    return kept / np.sqrt(kept**2 + crosstalk)


def best_linear_error(pairs: np.ndarray | int, d: int) -> np.ndarray:
    """max(0, 1 − d/N): relative squared error that no linear memory can beat; a cliff at N = d.

    Raises ValueError for fewer than one pair.
    """
    if np.min(pairs) < 1:
        raise ValueError(f"{np.min(pairs)} pairs; the error is relative to what was stored, give at least 1")
    return np.maximum(0.0, 1 - d / np.asarray(pairs))


def delta_interference(age: np.ndarray | int, inner_lr: float, d: int) -> np.ndarray:
    """(1 − θ/d)^L: share of a pair that L later delta writes leave, with no forget gate; half-life ≈ 0.69 d/θ."""
    return (1 - inner_lr / d) ** np.asarray(age)


def decay(age: np.ndarray | int, forget: float) -> np.ndarray:
    """(1 − α)^L: what a forget gate alone leaves after L tokens."""
    return (1 - forget) ** np.asarray(age)


def titans_steady_recall(inner_lr: float, momentum: float, forget: float) -> float:
    """θ/(θ + α(1 − η)): where recall of one pair settles when it is written for ever (unit key).

    Raises ValueError if inner_lr is not above 0: nothing would be written.
    """
    if not inner_lr > 0:
        raise ValueError(f"inner_lr is {inner_lr:g}; a pair that is written for ever needs one above 0")
    return inner_lr / (inner_lr + forget * (1 - momentum))


def momentum_total_write(inner_lr: float, momentum: float) -> float:
    """θ/(1 − η): all that one surprise writes in the end, if nothing corrects it; 10 for θ = 1, η = 0.9.

    Raises ValueError if the momentum is not below 1: such a surprise never ends.
    """
    if not 0 <= momentum < 1:
        raise ValueError(
            f"momentum is {momentum}; a surprise fades only below 1, use a number from 0 up to but not including 1"
        )
    return inner_lr / (1 - momentum)


def stable_inner_lr(momentum: float = 0.0, forget: float = 0.0, key_norm: float = 1.0) -> float:
    """(2 − α)(1 + η)/‖k‖²: the inner_lr below which writing one key for ever settles; 2/‖k‖² for the delta rule.

    Raises ValueError if key_norm is not above 0.
    """
    if not key_norm > 0:
        raise ValueError(f"key_norm is {key_norm:g}; give the length of the key, above 0")
    return (2 - forget) * (1 + momentum) / key_norm**2
