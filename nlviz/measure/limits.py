"""Limits: how much a memory holds before recall falls, and how far its steps may go before it diverges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.inner import to_numpy, unroll
from nlviz.measure.curves import accuracy, recalled, relative_error
from nlviz.memory import Delta, Gates, Memory, Pairs
from nlviz.streams import Regression, recall_pairs

__all__ = ["capacity_curve", "chunk_sharpness", "regression_error"]


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
