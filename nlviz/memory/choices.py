"""Choices: what a linear rule does with each token, and one store for all rules that say it.

Every linear fast-weight rule in print is a line of

    e_t = ρ_t M_{t−1} p_t − w_t              what the write corrects
    S_t = η_t S_{t−1} − θ_t e_t c_tᵀ         the past surprise
    M_t = M_{t−1} diag(a_t) + b_t S_t + z_t r_tᵀ

A rule states the right-hand sides, token by token, and nothing else: loop, blocks, probes and gradients follow. A rule
that forgets before it looks asks M diag(a) p, which is M (a ∘ p): its erase key is a ∘ p.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor

from nlviz.memory.scan import accumulate, scale

__all__ = ["Carried", "Choices", "carried", "stored"]


class Choices(NamedTuple):
    """The choices of a stretch of tokens.

    write: c, target: w; [batch, time, d_key] and [batch, time, d_value]. inner_lr: θ [batch, time].
    erase: p, what the memory is asked before it is corrected [batch, time, d_key]; None: nothing is taken out.
    recalled: ρ [batch, time], the share of that answer which counts; None: all of it.
    keep: a [batch, time], or [batch, time, d_key] for each key channel; None: nothing is forgotten.
    momentum: η [batch, time]; None: none. output: b [batch, time], how much of S the memory takes; None: all.
    known: (z, r), a write that asks nothing first, [batch, time, d_value] and [batch, time, d_key]; None: none.
    """

    write: Tensor
    target: Tensor
    inner_lr: Tensor
    erase: Tensor | None = None
    recalled: Tensor | None = None
    keep: Tensor | None = None
    momentum: Tensor | None = None
    output: Tensor | None = None
    known: tuple[Tensor, Tensor] | None = None

    def errors(self, memory: Tensor) -> Tensor:
        """e of every token, all at the same memory [batch, d_value, d_key]: [batch, time, d_value]."""
        if self.erase is None:
            return -self.target
        found = self.erase @ memory.mT
        return (found if self.recalled is None else self.recalled[..., None] * found) - self.target

    def impulses(self, memory: Tensor) -> Tensor:
        """u = −θ e of every token, all at the same memory: [batch, time, d_value]."""
        return -self.inner_lr[..., None] * self.errors(memory)

    def at(self, tokens: slice) -> Choices:
        """Those of some tokens."""
        known = None if self.known is None else (self.known[0][:, tokens], self.known[1][:, tokens])
        return Choices(*(None if one is None else one[:, tokens] for one in self[:-1]), known)  # pyright: ignore

    def blocked(self, size: int) -> Choices:
        """The same in blocks of so many tokens, [batch, blocks, size, …]; what was one tensor stays one."""
        found: dict[int, Tensor] = {}

        def once(one: Tensor) -> Tensor:
            if id(one) not in found:
                found[id(one)] = one.unflatten(1, (-1, size))
            return found[id(one)]

        known = None if self.known is None else (once(self.known[0]), once(self.known[1]))
        return Choices(*(None if one is None else once(one) for one in self[:-1]), known)  # pyright: ignore

    @property
    def by_channel(self) -> bool:
        """Whether every key channel forgets by itself."""
        return self.keep is not None and self.keep.dim() > self.inner_lr.dim()

    @property
    def is_plain(self) -> bool:
        """Whether M ← a M + S with one number a: what the norms have scalar recurrences for."""
        return not self.by_channel and self.output is None and self.known is None


class Carried(NamedTuple):
    """What a rule carries that knows something of the keys so far: its past surprise, and that."""

    past_surprise: Tensor
    known: Any


def carried(past_surprise: Any) -> tuple[Tensor, Any]:
    """The past surprise, and what the rule knows of the keys so far; None where it knows nothing."""
    if isinstance(past_surprise, Carried):
        return past_surprise.past_surprise, past_surprise.known
    return past_surprise, None


def stored(chosen: Choices, memory: Tensor, past_surprise: Tensor) -> tuple[Tensor, Tensor]:
    """(M, S) after tokens whose errors are all taken at the same old M, gates acting token by token."""
    impulses = chosen.impulses(memory)
    if chosen.is_plain or not impulses.shape[1]:
        return accumulate(memory, past_surprise, impulses, chosen.write, chosen.momentum, chosen.keep)
    for t in range(impulses.shape[1]):
        now = slice(t, t + 1)
        memory, past_surprise = _one(chosen.at(now), impulses[:, now], memory, past_surprise)
    return memory, past_surprise


def _one(chosen: Choices, impulse: Tensor, memory: Tensor, past_surprise: Tensor) -> tuple[Tensor, Tensor]:
    push = impulse.mT @ chosen.write
    past_surprise = push if chosen.momentum is None else scale(chosen.momentum[:, 0], past_surprise) + push
    if chosen.keep is not None:
        memory = chosen.keep * memory if chosen.by_channel else scale(chosen.keep[:, 0], memory)
    memory = memory + (past_surprise if chosen.output is None else scale(chosen.output[:, 0], past_surprise))
    if chosen.known is not None:
        values, keys = chosen.known
        memory = memory + values.mT @ keys
    return memory, past_surprise
