"""A student's own function inside a lab: it is run as it is, and what goes wrong with it is said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nlviz.memory import Gates, LinearState, Pairs, SurpriseGate
from nlviz.memory.linear import LinearMemory

__all__ = ["OwnGate", "OwnRule"]


@dataclass(frozen=True)
class OwnRule(LinearMemory):
    """A linear memory written by `step(M, k, v, inner_lr) -> M`: one token, one matrix [d_value, d_key], no batch.

    The function gets copies, so it may change M in place or not, as long as it returns it. What it raises, and a
    result of the wrong shape, is a ValueError in words; so is a write of several tokens, which it cannot do.
    """

    step: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    obeys = frozenset({"inner_lr"})

    def write(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        if pairs.keys.shape[1] != 1:
            raise ValueError(
                f"a write of {pairs.keys.shape[1]} tokens; your step takes one at a time, unroll with period 1"
            )
        rows = zip(state.memory, pairs.keys[:, 0], pairs.values[:, 0], gates.inner_lr[:, 0], strict=True)
        after = torch.stack([self._once(*row) for row in rows])
        return LinearState(after, after - state.memory)

    def _once(self, memory: Tensor, key: Tensor, value: Tensor, inner_lr: Tensor) -> Tensor:
        arguments = memory.clone(), key.clone(), value.clone(), inner_lr.item()
        after = _called("step(M, k, v, inner_lr)", self.step, *arguments)
        return _shaped("step", after, memory, "M, [d_value, d_key]")


@dataclass(frozen=True, eq=False)
class OwnGate(SurpriseGate):
    """A SurpriseGate opened by `step(surprise) -> share`: surprise and share [chunk], share 0 (skip) to 1 (write)."""

    step: Callable[[Tensor], Tensor] = torch.ones_like

    def opening(self, state: Any, pairs: Pairs) -> Tensor:
        surprise = self.metric(self.gated, state.inner, pairs)
        rows = [
            _shaped("step", _called("step(surprise)", self.step, row.clone()), row, "one share per token")
            for row in surprise
        ]
        share = torch.stack(rows)
        outside = share[(share < 0) | (share > 1) | share.isnan()]
        if len(outside):
            raise ValueError(
                f"your step returned a share of {outside[0].item():g}; a gate is between 0 (skip) and 1 (write), "
                "return (surprise > threshold).float() or the like"
            )
        return share


def _called(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        raise ValueError(f"your {name} raised {type(error).__name__}: {error}") from error


def _shaped(name: str, result: Any, like: Tensor, meaning: str) -> Tensor:
    if not isinstance(result, Tensor):
        remedy = "does it end with `return`?" if result is None else "return one made with torch"
        expected = f"expected a tensor of shape {list(like.shape)} ({meaning})"
        raise ValueError(f"your {name} returned {type(result).__name__}, {expected}; {remedy}")
    if result.shape != like.shape:
        raise ValueError(f"your {name} returned shape {list(result.shape)}, expected {list(like.shape)} ({meaning})")
    return result.detach().to(like.dtype)
