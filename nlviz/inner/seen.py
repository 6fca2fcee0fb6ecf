"""Seen: what both loops know of every token, so that a probe is written once.

`Step` answers for one write, the solved blocks for a whole stretch of them; the quantity is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from torch import Tensor

from nlviz.memory import Gates, Pairs

__all__ = ["Items", "Judge", "Seen"]

Judge = Callable[[Tensor, Tensor], Tensor]
"""(answers […, items, d_value], values alike) -> […, items]: how good an answer is."""


class Items(NamedTuple):
    """What is asked for after every write: keys and values, [items, …] or [batch, items, …]."""

    keys: Tensor
    values: Tensor


class Seen(Protocol):
    """A write, [batch, chunk, …], or a stretch of writes of one token each, [batch, time, …].

    error: ∂ℓ/∂answer at the weights before. surprise: ‖∇ℓ‖ of each token. loss: ℓ of each token before its write.
    past_surprise, write_norm, memory_norm: ‖S_t‖, ‖M_t − M_{t−1}‖ and ‖M_t‖ after it, [batch] or [batch, time].
    asked: what `judge` says of read(M_t, keys) for each item, [batch, items] or [batch, time, items].
    """

    @property
    def pairs(self) -> Pairs: ...

    @property
    def gates(self) -> Gates: ...

    @property
    def error(self) -> Tensor: ...

    @property
    def surprise(self) -> Tensor: ...

    @property
    def loss(self) -> Tensor: ...

    @property
    def past_surprise(self) -> Tensor: ...

    @property
    def write_norm(self) -> Tensor: ...

    @property
    def memory_norm(self) -> Tensor: ...

    def asked(self, items: Items, judge: Judge) -> Tensor: ...
