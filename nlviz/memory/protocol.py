"""What a memory is: three pure methods on a state. Fast weights are the state, slow weights the memory's parameters.

Axis words used everywhere: batch, time, chunk (the tokens of one write), d_key, d_value.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor

from nlviz.memory.objectives import Objective

__all__ = ["Gates", "Memory", "Pairs"]

State = TypeVar("State")


class Pairs(NamedTuple):
    """What is to be stored: keys [batch, time, d_key], values [batch, time, d_value]."""

    keys: Tensor
    values: Tensor


class Gates(NamedTuple):
    """How strongly each token is written; each [batch, time].

    inner_lr: θ_t, the write strength (β in DeltaNet). momentum: η_t, how much of the past surprise is carried on.
    forget: α_t, the share forgotten; keep = 1 − forget. Papers that print *keep* are converted by the caller.
    """

    inner_lr: Tensor
    momentum: Tensor
    forget: Tensor

    @classmethod
    def constant(
        cls,
        pairs: Pairs,
        inner_lr: float | Tensor = 1.0,
        momentum: float | Tensor = 0.0,
        forget: float | Tensor = 0.0,
    ) -> Gates:
        """The same gates for every token of `pairs`: numbers, or tensors that broadcast to [batch, time]."""

        def fill(gate: float | Tensor) -> Tensor:
            like = pairs.keys[..., 0]
            return torch.as_tensor(gate, dtype=like.dtype, device=like.device).expand(like.shape)

        return cls(fill(inner_lr), fill(momentum), fill(forget))


class Memory(Protocol[State]):
    """Fast weights under a rule: `init` makes a state, `read` asks it, `write` returns the next one; all are pure.

    init: a state for `batch` streams, on the dtype and device of `like`.
    read: queries [batch, chunk, d_key] -> [batch, chunk, d_value], all against the same state.
    write: all pairs of the chunk see the same old weights (the chunk is one update); gates [batch, chunk].
    objective: the inner loss whose derivative is the error of a write, squared error unless the memory says otherwise.
    """

    @property
    def d_key(self) -> int: ...

    @property
    def d_value(self) -> int: ...

    @property
    def objective(self) -> Objective: ...

    def init(self, batch: int, like: Tensor | None = None) -> State: ...

    def read(self, state: State, queries: Tensor) -> Tensor: ...

    def write(self, state: State, pairs: Pairs, gates: Gates) -> State: ...
