"""A student's own Titans step inside a lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from nlviz.labs.own.rules_and_gates import DIVERGING, OwnState
from nlviz.labs.returned import both, called, shaped
from nlviz.memory import Gates, Pairs
from nlviz.memory.linear import LinearMemory

__all__ = ["OwnTitans"]


@dataclass(frozen=True)
class OwnTitans(LinearMemory):
    """A linear memory written by `step(M, S, gradient, inner_lr, momentum, forget) -> (M, S)`, one token at a time.

    M, S and gradient are [d_value, d_key], copies; the gradient is (M k − v) kᵀ, taken before the step. What it raises
    is a ValueError in words, as is a result that is no such pair, or not finite while the memory was small.
    """

    step: Callable[[Tensor, Tensor, Tensor, float, float, float], tuple[Tensor, Tensor]]
    obeys: ClassVar[frozenset[str]] = frozenset({"inner_lr", "momentum", "forget"})

    def init(self, batch: int, like: Tensor | None = None) -> OwnState:  # pyright: ignore[reportIncompatibleMethodOverride]
        start = super().init(batch, like)
        return OwnState(start.memory, start.past_surprise)

    def write(self, state: OwnState, pairs: Pairs, gates: Gates) -> OwnState:  # pyright: ignore[reportIncompatibleMethodOverride]
        if pairs.keys.shape[1] != 1:
            raise ValueError(f"a write of {pairs.keys.shape[1]} tokens; your step takes one, unroll with period 1")
        if not pairs.keys.any():  # a probe is tried on a write of nothing
            return OwnState.of(state.memory, state.past_surprise, state.seen + 1)
        error = (pairs.keys @ state.memory.mT - pairs.values)[:, 0]
        gradients = error[..., None] * pairs.keys
        how = [gate[0, 0].item() for gate in gates]
        rows = [self._once(state, row, gradient, how) for row, gradient in enumerate(gradients)]
        memory, past = (torch.stack(parts) for parts in zip(*rows, strict=True))
        return OwnState.of(memory, past, state.seen + 1)

    def _once(self, state: OwnState, row: int, gradient: Tensor, how: list[float]) -> tuple[Tensor, Tensor]:
        where, before = f"token {state.seen}", state.memory[row]
        arguments = before.clone(), state.past_surprise[row].clone(), gradient.clone(), *how
        result: Any = called("step(M, S, gradient, inner_lr, momentum, forget)", where, self.step, *arguments)
        result = both(where, result, "step", "two matrices; end with `return M, S`")
        named = zip("MS", result, strict=True)
        memory, past = (shaped(where, part, before, f"{name}, [d_value, d_key]") for name, part in named)
        if before.abs().max() < DIVERGING and not (memory.isfinite().all() and past.isfinite().all()):
            raise ValueError(f"at {where} your step returned numbers that are not finite; does it divide by zero?")
        return memory, past
