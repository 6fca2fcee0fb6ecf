"""A student's own function inside a lab: it is run as it is, and what goes wrong with it is said in words.

Every complaint says at which token, what came, and what was expected. Where the function raised, the traceback of the
complaint ends in the function's own line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from nlviz.door.results import fitted, numbers
from nlviz.labs.returned import called, one_number, shaped
from nlviz.memory import Gates, Pairs, SurpriseGate
from nlviz.memory.linear import LinearMemory
from nlviz.memory.state import State

__all__ = ["DIVERGING", "OwnGate", "OwnRule", "OwnState", "largest_inner_lr"]

# A memory larger than this is diverging, and what is not finite then is a result, drawn and named; below it is a slip.
DIVERGING = 1e6


class OwnState(State[Tensor]):
    """A State that knows how many tokens it has seen."""

    seen: int = 0

    @classmethod
    def of(cls, memory: Tensor, past_surprise: Tensor, seen: int) -> OwnState:
        """The state after `seen` tokens."""
        state = cls(memory, past_surprise)
        state.seen = seen
        return state


@dataclass(frozen=True)
class OwnRule(LinearMemory):
    """A linear memory written by `step(M, k, v, inner_lr) -> M`: one token, one matrix [d_value, d_key], no batch.

    The function gets copies, so it may change M in place or not, as long as it returns it; whole numbers and booleans
    become real numbers. What it raises is a ValueError in words, as is a result that is no such matrix, one that is
    not finite while the memory was small, and a write of several tokens, which it cannot do.
    tokens: what each token is called ("item 3"), for those words.
    """

    step: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    tokens: Sequence[str] = ()
    obeys: ClassVar[frozenset[str]] = frozenset({"inner_lr"})

    def init(self, batch: int, like: Tensor | None = None) -> OwnState:  # pyright: ignore[reportIncompatibleMethodOverride]
        start = super().init(batch, like)
        return OwnState(start.memory, start.past_surprise)

    def write(self, state: OwnState, pairs: Pairs, gates: Gates) -> OwnState:  # pyright: ignore[reportIncompatibleMethodOverride]
        if pairs.keys.shape[1] != 1:
            raise ValueError(
                f"a write of {pairs.keys.shape[1]} tokens; your step takes one at a time, unroll with period 1"
            )
        where = f"token {state.seen}" + (f" ({self.tokens[state.seen]})" if state.seen < len(self.tokens) else "")
        rows = zip(state.memory, pairs.keys[:, 0], pairs.values[:, 0], gates.inner_lr[:, 0], strict=True)
        after = torch.stack([self._once(where, *row) for row in rows])
        return OwnState.of(after, after - state.memory, state.seen + 1)

    def _once(self, where: str, memory: Tensor, key: Tensor, value: Tensor, inner_lr: Tensor) -> Tensor:
        if not key.any():  # a probe is tried on a write of nothing, at which a function may well divide by ‖k‖
            return memory
        arguments = memory.clone(), key.clone(), value.clone(), inner_lr.item()
        after = called("step(M, k, v, inner_lr)", where, self.step, *arguments)
        after = shaped(where, after, memory, "M, [d_value, d_key]")
        largest = memory.abs().max().item()
        if largest < DIVERGING and not after.isfinite().all():
            raise ValueError(
                f"at {where} your step returned {_first_lost(after):g} in M, expected finite numbers (before, the "
                f"largest was {largest:.3g}); does it divide by zero, or take the root or logarithm of a negative one?"
            )
        return after


class OwnGateState(NamedTuple):
    """A GateState that knows how many bytes it has seen."""

    inner: Any
    written: Tensor
    seen: int

    @property
    def memory(self) -> Tensor:
        """The fast weights behind the gate."""
        return self.inner.memory

    @property
    def past_surprise(self) -> Tensor:
        """The past surprise behind the gate."""
        return self.inner.past_surprise


@dataclass(frozen=True, eq=False)
class OwnGate(SurpriseGate):
    """A SurpriseGate opened by `step(surprise) -> share`: surprise and share [chunk], share 0 (skip) to 1 (write).

    The function gets a copy and is asked about a chunk of bytes at a time; booleans become 0 and 1.
    """

    step: Callable[[Tensor], Tensor] = torch.ones_like

    def init(self, batch: int, like: Tensor | None = None) -> OwnGateState:  # pyright: ignore[reportIncompatibleMethodOverride]
        start = super().init(batch, like)
        return OwnGateState(start.inner, start.written, 0)

    def write(self, state: OwnGateState, pairs: Pairs, gates: Gates) -> OwnGateState:  # pyright: ignore[reportIncompatibleMethodOverride]
        after = super().write(state, pairs, gates)  # pyright: ignore[reportArgumentType] (it has all of a GateState)
        return OwnGateState(after.inner, after.written, state.seen + pairs.keys.shape[1])

    def opening(self, state: OwnGateState, pairs: Pairs) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """How far the gate opens for each token, 0…1, [batch, chunk]."""
        surprise = self.metric(self.gated, state.inner, pairs)
        if not pairs.keys.any():  # a probe is tried on a write of nothing
            return torch.zeros_like(surprise)
        return torch.stack([self._once(state.seen, row) for row in surprise])

    def _asked(self, where: str, surprise: Tensor) -> Any:
        """All bytes at once; a gate written for one of them (`if surprise > …`, or a constant) is asked one by one."""
        together, problem = None, None
        try:
            together = called("step(surprise)", where, self.step, surprise.clone())
            found = numbers(together)
            if together is None or (found is not None and fitted(found, surprise.shape) is not None):
                return together
        except ValueError as raised:
            problem = raised
        try:
            alone = [numbers(self.step(one.clone())) for one in surprise]
        except (Exception, SystemExit):  # what it says of all of them at once is the one to tell
            alone = [None]
        every = [share.item() for share in alone if share is not None and share.numel() == 1]
        if len(every) == len(surprise):
            return every
        if problem is not None:
            raise problem
        return together

    def _once(self, first: int, surprise: Tensor) -> Tensor:
        last = first + len(surprise) - 1
        where = f"byte {first}" if first == last else f"bytes {first:,} to {last:,}"
        share = shaped(where, self._asked(where, surprise), surprise, "one share per byte")
        outside = torch.nonzero((share < 0) | (share > 1) | share.isnan())
        if len(outside):
            index = int(outside[0])
            raise ValueError(
                f"at byte {first + index:,} (surprise {surprise[index].item():.3g}) your step returned a share of "
                f"{share[index].item():g}; a gate is between 0 (skip) and 1 (write), "
                "return (surprise > threshold).float() or the like"
            )
        return share


def largest_inner_lr(limit: Callable[[Tensor], float], keys: Tensor) -> float:
    """What a student's `limit(keys)` says of one mini-batch [b, d_key]; a ValueError in words if it is no number."""
    where = f"a mini-batch of {len(keys)}"
    said = called("limit(keys)", where, limit, keys.clone())
    return one_number(where, said, "limit(keys)", "the largest inner_lr that is stable")


def _first_lost(result: Tensor) -> float:
    return result[~result.isfinite()][0].item()
