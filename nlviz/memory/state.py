"""State: fast weights and what the last writes left on its way. One form for every memory."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import torch
from torch import Tensor

__all__ = ["LinearState", "State", "as_weights", "carried_norm", "frobenius", "parts", "ungated"]

Weights = TypeVar("Weights")


class State(NamedTuple, Generic[Weights]):
    """Fast weights M and their past surprise S.

    memory: one tensor [batch, rows, columns] where the memory is one matrix, a tuple of such tensors, from the keys to
    the values, where it is a net of several.
    past_surprise: what the update rule carries for each of them. For momentum that is a tensor like the weights; for a
    rule that keeps more it is a NamedTuple whose first field is.
    """

    memory: Weights
    past_surprise: Any


LinearState: TypeAlias = State[Tensor]
"""The state of a memory that is one matrix: M and S, each [batch, d_value, d_key]."""


def ungated(memory: Any, state: Any) -> tuple[Any, Any]:
    """The memory behind its gates, and its own state."""
    while hasattr(memory, "gated"):
        memory, state = memory.gated, getattr(state, "inner", state)
    return memory, state


def parts(weights: Any) -> tuple[Any, ...]:
    """The weights one by one, whether they are one tensor or several."""
    return (weights,) if isinstance(weights, Tensor) else tuple(weights)


def as_weights(weights: tuple[Any, ...]) -> Any:
    """The inverse of `parts`: a single matrix stands for itself."""
    return weights[0] if len(weights) == 1 else weights


def frobenius(weights: Any, less: Any = None) -> Tensor:
    """‖W‖_F over all weights of a memory, or ‖W − less‖_F, for each stream: [batch]."""
    others = (None,) * len(parts(weights)) if less is None else parts(less)
    norms = [_norm(one, other) for one, other in zip(parts(weights), others, strict=True)]
    return norms[0] if len(norms) == 1 else torch.stack(norms).norm(dim=0)


def _norm(one: Tensor, less: Tensor | None) -> Tensor:
    change = one if less is None else one - less
    return (change if change.dim() > 1 else change[:, None]).flatten(1).norm(dim=1)


def carried_norm(past_surprise: Any) -> Tensor:
    """‖S‖_F of what a rule carries [batch], over all weights; of a rule that keeps more, the first part counts."""
    if isinstance(past_surprise, Tensor):
        return frobenius(past_surprise)
    # a NamedTuple is what one matrix's rule carries, a plain tuple one of those for every matrix
    if hasattr(past_surprise, "_fields"):
        return carried_norm(past_surprise[0])
    return torch.stack([carried_norm(one) for one in past_surprise]).norm(dim=0)
