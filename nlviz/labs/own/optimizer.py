"""A student's own optimizer step inside a lab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from nlviz.labs.returned import both, called, shaped
from nlviz.optim import MemoryOptimizer

__all__ = ["OwnOptimizer", "Step"]

Step = Callable[[Tensor, Tensor, Tensor, float, float], tuple[Tensor, Tensor]]

# Weights larger than this are on their way to infinity, and what is not finite then is a result; below it is a slip.
LOST = 1e3
CALL = "step(weight, gradient, past, lr, beta)"


class OwnOptimizer(MemoryOptimizer):
    """An optimizer whose every step is `step(weight, gradient, past, lr, beta) -> (weight, past)`, for one matrix.

    weight, gradient and past are [rows, columns], copies; past is zero at first. What is left of an older gradient is
    found by calling the function again with more in its past: exactly, where the new past is linear in the old one.
    What it raises is a ValueError in words, as is a result that is no such pair, or not finite while the weight was
    small.
    """

    def __init__(self, weight: Tensor, step: Step, lr: float, beta: float) -> None:
        super().__init__([weight], {"lr": lr})
        self.own, self.beta, self.steps = step, beta, 0
        self._given: tuple[Tensor, Tensor, Tensor] | None = None
        self._past = torch.zeros_like(weight)

    def carried(self, weight: Tensor) -> Tensor:
        return self._past

    def kept(self, past: Tensor, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        """What the last step left of older gradients: the new past of each number in the old one, as a matrix."""
        if self._given is None:  # a probe is tried before the first step
            return torch.zeros_like(past)
        weight, slope, old = self._given
        size = old.norm() or old.new_ones(())
        told = torch.eye(old.numel(), dtype=old.dtype, device=old.device).reshape(-1, *old.shape) * size
        left = torch.stack([self._once(weight, slope, old + one)[1] - self._past for one in told]) / size
        return (past.flatten(-2) @ left.flatten(1)).reshape(past.shape)

    def taken(self, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        """What the newest gradient adds: the past it makes where there was none."""
        if self._given is None:
            return torch.zeros_like(gradient)
        weight, slope, old = self._given
        return self._once(weight, slope, torch.zeros_like(old))[1]

    def _move(self) -> None:
        [weight] = self.param_groups[0]["params"]
        self._given = weight.clone(), weight.grad.clone(), self._past
        after, self._past = self._once(*self._given)
        weight.copy_(after)
        self.steps += 1

    def _once(self, weight: Tensor, gradient: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        where, how = f"step {self.steps}", (self.param_groups[0]["lr"], self.beta)
        result: Any = called(CALL, where, self.own, weight.clone(), gradient.clone(), past.clone(), *how)
        result = both(where, result, "step", "two matrices; end with `return weight, past`")
        names = zip(("weight", "past"), result, strict=True)
        after, new = (shaped(where, part, weight, f"{name}, as the weight") for name, part in names)
        if weight.abs().max() < LOST and not (after.isfinite().all() and new.isfinite().all()):
            raise ValueError(f"at {where} your step returned numbers that are not finite; does it divide by zero?")
        return after, new
