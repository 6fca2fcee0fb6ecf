"""Limits: how much a memory holds before recall falls, and how far its steps may go before it diverges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.door.tensors import floating, tensor
from nlviz.door.tensors import generator as generator_at
from nlviz.door.words import count, instance, number, refuse, several
from nlviz.inner import to_numpy, unroll
from nlviz.measure.curves import accuracy, recalled, relative_error
from nlviz.memory import Delta, Gates, Memory, Pairs
from nlviz.memory.look import a_memory
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

    Raises ValueError for what is no memory, no count, or no share; no counts give no rows.
    """
    a_memory("memory", memory)
    generator, trials, rows = generator_at("generator", generator), count("trials", trials), []
    inner_lr = number("inner_lr", inner_lr)
    for items in _counts("counts", counts):
        stream = recall_pairs(
            items, memory.d_key, memory.d_value, generator=generator, passes=passes, overlap=overlap, batch=trials
        )
        state = unroll(memory, stream.pairs, Gates.constant(stream.pairs, inner_lr)).state
        rows.append(to_numpy(accuracy(recalled(memory, state, stream), stream.values)))
    return np.stack(rows) if rows else np.zeros((0, trials))


def regression_error(examples: Regression, periods: Sequence[int], inner_lrs: Sequence[float]) -> np.ndarray:
    """Error left after reading the examples once by the delta rule: [periods, inner_lrs, batch].

    period: examples whose gradients are taken at the same weights and summed, TTT's mini-batch. The error is
    ‖W − W*‖²/‖W*‖²: 1 knows nothing, 0 all; far above 1 is a run that diverged. A last, unfinished mini-batch is
    not written. Computed in float64, where even that fits into a number. For the limit 2/λ_max see `chunk_sharpness`.
    Raises ValueError for other examples than those of streams.regression, and for what is no period or no number.

        >>> examples = streams.regression(64, 4, generator=torch.Generator().manual_seed(0))
        >>> measure.regression_error(examples, periods=[1], inner_lrs=[0.0, 1.0]).round(3)[0, :, 0]
        array([1., 0.])
    """
    instance("examples", examples, Regression, "give those of streams.regression(…)")
    periods = _counts("periods", periods)
    inner_lrs = [
        number(f"inner_lrs[{place}]", one) for place, one in enumerate(several("inner_lrs", inner_lrs, what="numbers"))
    ]
    keys, values, truth = (part.double() for part in (*examples.pairs, examples.truth))
    batch, many = len(keys), len(inner_lrs)
    # every inner_lr is a further row of the batch
    pairs = Pairs(keys.repeat(many, 1, 1), values.repeat(many, 1, 1))
    rates = torch.tensor(inner_lrs, dtype=torch.float64, device=keys.device).repeat_interleave(batch)[:, None]
    memory, wanted = Delta(keys.shape[-1], values.shape[-1]), truth.repeat(many, 1, 1)
    rows = []
    for period in periods:
        whole = keys.shape[1] - keys.shape[1] % period
        state = memory.init(len(wanted), like=keys)
        for start in range(0, whole, period):
            now = Pairs(*(part[:, start : start + period] for part in pairs))
            state = memory.write(state, now, Gates.constant(now, rates))
        rows.append(to_numpy(relative_error(state.memory, wanted)).reshape(many, batch))
    return np.stack(rows) if rows else np.zeros((0, many, batch))


def chunk_sharpness(keys: Tensor, period: int) -> Tensor:
    """λ_max(K Kᵀ) of every whole mini-batch of `period` keys, [batch, chunks]: inner_lr times it below 2 is stable.

    keys: [batch, time, d_key]; fewer than a mini-batch give no chunks.
    Raises ValueError for keys that are not finite.

        >>> keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]])
        >>> measure.chunk_sharpness(keys, 2).round(decimals=2)
        tensor([[1., 2.]])
    """
    keys, period = floating("keys", tensor("keys", keys, "batch time d_key")), count("period", period)
    if not bool(keys.isfinite().all()):
        refuse("keys", keys, "finite numbers", "leave out what is lost first")
    chunks = keys.shape[1] // period
    if not chunks or not keys.numel():
        return keys.new_zeros(len(keys), chunks)
    return torch.linalg.matrix_norm(keys[:, : chunks * period].unflatten(1, (chunks, period)), 2).square()


def _counts(name: str, values: Any) -> list[int]:
    return [count(f"{name}[{place}]", one) for place, one in enumerate(several(name, values, what="counts"))]
