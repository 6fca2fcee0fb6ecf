"""Step: one write seen from outside. The loop builds it, never a memory."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from torch import Tensor

from nlviz.memory import Gates, Gradient, Memory, Pairs

__all__ = ["Step"]

State = TypeVar("State")


class Step(NamedTuple, Generic[State]):
    """What there is to see of one write.

    index: of its last token. pairs, gates: what was written and how strongly, chunk axis kept.
    error: ∂ℓ/∂answer at the weights before, [batch, chunk, d_value]: read(before, keys) − values under squared error.
    before, after: the states around the write. memory: the rule.
    gradients: of every token, where the loop had them at hand (`memory.gradients(before, pairs)` gives the same).
    """

    index: int  # pyright: ignore[reportIncompatibleMethodOverride]
    pairs: Pairs
    gates: Gates
    error: Tensor
    before: State
    after: State
    memory: Memory[Any]
    gradients: tuple[Gradient, ...] | None = None
