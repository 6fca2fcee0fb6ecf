"""In-context regression: every token is an example (x, W* x + noise) of one hidden map."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door.tensors import generator as generator_at
from nlviz.door.words import count, number
from nlviz.memory import Pairs
from nlviz.streams.pairs import share_below_one

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

        >>> pairs, truth = streams.regression(5, 4, 3, generator=torch.Generator().manual_seed(0))
        >>> pairs.keys.shape, truth.shape, torch.allclose(pairs.values, pairs.keys @ truth.mT)
        (torch.Size([1, 5, 4]), torch.Size([1, 3, 4]), True)
    """
    examples, d_key, batch = count("examples", examples), count("d_key", d_key), count("batch", batch)
    d_value = d_key if d_value is None else count("d_value", d_value)
    noise, overlap = number("noise", noise, least=0.0), share_below_one("overlap", overlap)
    generator = generator_at("generator", generator)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=generator.device)

    truth = normal(batch, d_value, d_key)
    own, common = (F.normalize(normal(batch, many, d_key), dim=-1) for many in (examples, 1))
    keys = F.normalize((1 - overlap) ** 0.5 * own + overlap**0.5 * common, dim=-1)
    return Regression(Pairs(keys, keys @ truth.mT + noise * normal(batch, examples, d_value)), truth)
