"""Step: one write seen from outside. The loop builds it, never a memory."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from torch import Tensor

from nlviz.inner.seen import Items, Judge
from nlviz.memory import Gates, Gradient, Memory, Pairs
from nlviz.memory.able import Able

__all__ = ["Step"]

State = TypeVar("State")


class Step(NamedTuple, Generic[State]):
    """What there is to see of one write.

    index: of its last token. pairs, gates: what was written and how strongly, chunk axis kept.
    error: ∂ℓ/∂answer at the weights before, [batch, chunk, d_value]: read(before, keys) − values under squared error.
    before, after: the states around the write. memory: the rule.
    gradients: of every token, where the loop had them at hand (`memory.gradients(before, pairs)` gives the same).
    What is worked out from these is told by `Seen`, and worked out when it is asked for.
    """

    index: int  # pyright: ignore[reportIncompatibleMethodOverride]
    pairs: Pairs
    gates: Gates
    error: Tensor
    before: State
    after: State
    memory: Memory[Any]
    gradients: tuple[Gradient, ...] | None = None

    @property
    def surprise(self) -> Tensor:
        """‖∇ℓ‖ of each token, [batch, chunk]."""
        return Able(self.memory).surprise(self.before, self.pairs, self.error, self.gradients)

    @property
    def loss(self) -> Tensor:
        """ℓ of each token at the weights before, [batch, chunk]."""
        return Able(self.memory).loss(self.before, self.pairs)

    @property
    def past_surprise(self) -> Tensor:
        """‖S‖ after the write, [batch]."""
        return Able(self.memory).past_surprise(self.after)

    @property
    def write_norm(self) -> Tensor:
        """‖M_t − M_{t−1}‖, [batch]."""
        return Able(self.memory).write_norm(self.before, self.after)

    @property
    def memory_norm(self) -> Tensor:
        """‖M_t‖ after the write, [batch]."""
        return Able(self.memory).memory_norm(self.after)

    def asked(self, items: Items, judge: Judge) -> Tensor:
        """What `judge` says of read(M_t, key) for each item [batch, items, …]: [batch, items]."""
        return judge(Able(self.memory).answer(self.after, items.keys), items.values)
