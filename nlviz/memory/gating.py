"""SurpriseGate: writes only what is surprising enough.

Titans itself thresholds nothing: there the gradient scales the write. A threshold is a popular reading of "surprise",
shown beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.memory.objectives import Objective
from nlviz.memory.protocol import Gates, Memory, Pairs

__all__ = ["GateState", "SurpriseGate", "bits", "entropy", "gradient_norm"]

Metric = Callable[[Memory[Any], Any, Pairs], Tensor]


def gradient_norm(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Momentary surprise ‖∇ℓ‖_F = ‖e‖·‖k‖ of each token [batch, chunk], at the weights before the write.

    Exact where the memory is one matrix. Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 8.
    """
    error = memory.objective.error(memory.read(state, pairs.keys), pairs.values)
    return error.norm(dim=-1) * pairs.keys.norm(dim=-1)


def bits(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Surprise in bits, −log₂ p(value), of each token [batch, chunk]; for a memory under cross-entropy.

    Raises ValueError under any other objective: there is no probability to take the logarithm of.
    """
    _expect_probabilities(memory)
    return memory.objective.loss(memory.read(state, pairs.keys), pairs.values) / math.log(2)


def entropy(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Expected surprise in bits, −Σ p log₂ p of the answer, of each token [batch, chunk]: it never sees the value.

    Raises ValueError under any other objective than cross-entropy, as `bits` does.
    """
    _expect_probabilities(memory)
    logs = memory.read(state, pairs.keys).log_softmax(-1)
    return -(logs.exp() * logs).sum(-1) / math.log(2)


def _expect_probabilities(memory: Memory[Any]) -> None:
    if memory.objective.unit != "nats":
        raise ValueError(
            f"surprise in bits needs probabilities, this memory's objective is {memory.objective.name}; "
            "use cross_entropy, or gradient_norm as the metric"
        )


class GateState(NamedTuple):
    """The gated memory's own state, and how many writes were let through so far [batch] (shares, if soft)."""

    inner: Any
    written: Tensor

    @property
    def memory(self) -> Tensor:
        """The fast weights behind the gate."""
        return self.inner.memory

    @property
    def past_surprise(self) -> Tensor:
        """The past surprise behind the gate."""
        return self.inner.past_surprise


@dataclass(frozen=True, eq=False)
class SurpriseGate:
    """Any memory behind a gate: θ_t ← θ_t · g(surprise_t); g = [surprise > threshold], a sigmoid if softness > 0.

    Only inner_lr is gated: what was forgotten is still forgotten and past surprise still carried, at every token.
    threshold: in units of `metric`. softness: width of the sigmoid((surprise − threshold)/softness), 0 for a hard step.
    metric: (memory, state, pairs) -> [batch, chunk], taken before the write; `gradient_norm` or `bits`, or your own.
    A hard gate is piecewise constant, so no outer gradient reaches its threshold; a soft one's does.
    Raises ValueError if softness is negative.
    """

    gated: Memory[Any]
    threshold: float | Tensor
    softness: float = 0.0
    metric: Metric = gradient_norm

    def __post_init__(self) -> None:
        if self.softness < 0:
            raise ValueError(f"softness is {self.softness}; use 0 for a hard gate or a positive width")

    @property
    def d_key(self) -> int:
        """As the gated memory's."""
        return self.gated.d_key

    @property
    def d_value(self) -> int:
        """As the gated memory's."""
        return self.gated.d_value

    @property
    def objective(self) -> Objective:
        """As the gated memory's."""
        return self.gated.objective

    def init(self, batch: int, like: Tensor | None = None) -> GateState:
        zeros = torch.zeros(batch) if like is None else like.new_zeros(batch)
        return GateState(self.gated.init(batch, like), zeros)

    def read(self, state: GateState, queries: Tensor) -> Tensor:
        return self.gated.read(state.inner, queries)

    def write(self, state: GateState, pairs: Pairs, gates: Gates) -> GateState:
        share = self.opening(state, pairs)
        opened = gates._replace(inner_lr=gates.inner_lr * share)
        return GateState(self.gated.write(state.inner, pairs, opened), state.written + share.sum(-1))

    def opening(self, state: GateState, pairs: Pairs) -> Tensor:
        """How far the gate opens for each token, 0…1, [batch, chunk]."""
        surprise = self.metric(self.gated, state.inner, pairs)
        if self.softness == 0:
            return (surprise > self.threshold).to(surprise.dtype)
        return torch.sigmoid((surprise - self.threshold) / self.softness)
