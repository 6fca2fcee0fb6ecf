"""DeepMemory: a small net as fast weights, written by gradient steps on an inner objective.

So far the net is one linear map; more layers follow. What it already adds to the linear memories: any objective
(cross-entropy makes the memory a classifier) and fast weights that start from slow ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.memory.objectives import Objective, squared_error
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.scan import accumulate

__all__ = ["DeepMemory", "DeepState"]


class DeepState(NamedTuple):
    """Fast weights and their past surprise, each [batch, d_value, d_key]."""

    memory: Tensor
    past_surprise: Tensor


@dataclass(frozen=True, eq=False)
class DeepMemory:
    """A linear map f(k; M) = M k whose weights take one step on `objective` per write:

        S ← η S − θ ∂ℓ(M k, v)/∂M;   M ← M_0 + (1 − α)(M − M_0) + S

    initial: the slow weights M_0 [d_value, d_key] the fast ones start from and decay to; zero if None. Gradients of
    an outer loss reach it. Obeys all three gates. With squared error and M_0 = 0 it is `Titans`.
    Raises ValueError if `initial` does not have the shape [d_value, d_key].
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 8–14; decay towards M_0 is ours.
    """

    d_key: int
    d_value: int
    objective: Objective = squared_error
    initial: Tensor | None = None

    def __post_init__(self) -> None:
        if self.initial is not None and self.initial.shape != (self.d_value, self.d_key):
            raise ValueError(
                f"initial weights have shape {list(self.initial.shape)}, expected [d_value, d_key] = "
                f"[{self.d_value}, {self.d_key}]; transpose or project them"
            )

    def init(self, batch: int, like: Tensor | None = None) -> DeepState:
        like = (torch.empty(0) if self.initial is None else self.initial) if like is None else like
        zeros = like.new_zeros(batch, self.d_value, self.d_key)
        return DeepState(zeros + self._slow(zeros), zeros)

    def read(self, state: DeepState, queries: Tensor) -> Tensor:
        """M q, before any softmax: the logits, where the objective is cross-entropy."""
        self._expect("queries", queries, self.d_key)
        return queries @ state.memory.mT

    def write(self, state: DeepState, pairs: Pairs, gates: Gates) -> DeepState:
        self._expect("values", pairs.values, self.d_value)
        error = self.objective.error(self.read(state, pairs.keys), pairs.values)
        slow = self._slow(state.memory)
        drift, past_surprise = accumulate(
            state.memory - slow,
            state.past_surprise,
            -gates.inner_lr[..., None] * error,
            pairs.keys,
            gates.momentum,
            gates.forget,
        )
        return DeepState(slow + drift, past_surprise)

    def _slow(self, like: Tensor) -> Tensor:
        return torch.zeros_like(like) if self.initial is None else self.initial.to(like).expand_as(like)

    def _expect(self, name: str, given: Tensor, width: int) -> None:
        if given.shape[-1] != width:
            raise ValueError(
                f"{name} have last axis {given.shape[-1]}, this DeepMemory expects {width}; "
                f"build the memory with that width or project the {name}"
            )
