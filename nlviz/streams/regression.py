"""In-context regression: every token is an example (x, W* x + noise) of one hidden map."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.memory import Pairs

__all__ = ["Regression", "regression"]


class Regression(NamedTuple):
    """Examples to be read, and the map behind them.

    pairs: keys x [batch, time, d_key], unit vectors; values W* x + noise [batch, time, d_value].
    truth: W* [batch, d_value, d_key], normal with deviation 1, so a value has length √d_value on average.
    """

    pairs: Pairs
    truth: Tensor


def regression(
    examples: int,
    d_key: int,
    d_value: int | None = None,
    *,
    generator: Generator,
    noise: float = 0.0,
    overlap: float = 0.0,
    batch: int = 1,
) -> Regression:
    """`examples` examples of one random linear map for each stream of the batch, all on the generator's device.

    noise: deviation of what is added to every number of a value. overlap: cosine between any two keys on average.
    Raises ValueError for fewer than one example, negative noise or an overlap outside [0, 1).
    """
    if min(examples, d_key, batch) < 1:
        raise ValueError(f"examples {examples}, d_key {d_key}, batch {batch}; each counts something, use at least 1")
    if noise < 0 or not 0 <= overlap < 1:
        raise ValueError(f"noise is {noise:g}, overlap {overlap:g}; use noise ≥ 0 and 0 ≤ overlap < 1")
    d_value = d_key if d_value is None else d_value

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=generator.device)

    truth = normal(batch, d_value, d_key)
    own, common = (F.normalize(normal(batch, count, d_key), dim=-1) for count in (examples, 1))
    keys = F.normalize((1 - overlap) ** 0.5 * own + overlap**0.5 * common, dim=-1)
    return Regression(Pairs(keys, keys @ truth.mT + noise * normal(batch, examples, d_value)), truth)
