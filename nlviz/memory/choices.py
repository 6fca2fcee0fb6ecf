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

import torch
from torch import Tensor

from nlviz.memory.scan import accumulate, scale

__all__ = ["Carried", "Choices", "carried", "stored"]


class Choices(NamedTuple):
    """The choices of a stretch of tokens.

    A rule whose tokens write several pairs at once (`LinearRule.at_once`) has write, target, inner_lr, erase and
    recalled of every pair, [batch, time · at_once, …], those of a token side by side; all else is of every token.
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
        """Those of some tokens, each of which writes one pair."""
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

    def in_turn(self, at_once: int) -> Choices:
        """Pairs that a token writes at once, one after the other: each a row of its own in everything.

        M stands still (b = 0, a = 1) while S gathers them (η = 1), and takes what is gathered with the token's last
        pair. So all of them see the same M, and it is the family's equation still.
        """
        if at_once == 1:
            return self
        told = self.known
        known = None if told is None else (_last(told[0], 0.0, at_once), _last(told[1], 0.0, at_once))
        momentum = torch.zeros_like(self.inner_lr[:, ::at_once]) if self.momentum is None else self.momentum
        output = torch.ones_like(momentum) if self.output is None else self.output
        return self._replace(
            keep=None if self.keep is None else _last(self.keep, 1.0, at_once),
            momentum=_first(momentum, 1.0, at_once),
            output=_last(output, 0.0, at_once),
            known=known,
        )

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


def stored(chosen: Choices, memory: Tensor, past_surprise: Tensor, at_once: int = 1) -> tuple[Tensor, Tensor]:
    """(M, S) after tokens whose errors are all taken at the same old M, gates acting token by token.

    at_once: how many pairs each of them writes, `LinearRule.at_once`.
    """
    impulses = chosen.impulses(memory)
    if (chosen.is_plain and at_once == 1) or not impulses.shape[1]:
        return accumulate(memory, past_surprise, impulses, chosen.write, chosen.momentum, chosen.keep)
    for t in range(impulses.shape[1] // at_once):
        pairs = slice(t * at_once, (t + 1) * at_once)
        push = impulses[:, pairs].mT @ chosen.write[:, pairs]
        memory, past_surprise = _one(chosen, t, push, memory, past_surprise)
    return memory, past_surprise


def _last(each: Tensor, other: float, at_once: int) -> Tensor:
    """What every token has, at the last of its pairs, and `other` at those before: [batch, time · at_once, …]."""
    others = torch.full_like(each, other)
    return torch.stack([*[others] * (at_once - 1), each], 2).flatten(1, 2)


def _first(each: Tensor, other: float, at_once: int) -> Tensor:
    """What every token has, at the first of its pairs, and `other` at those after."""
    others = torch.full_like(each, other)
    return torch.stack([each, *[others] * (at_once - 1)], 2).flatten(1, 2)


def _one(chosen: Choices, t: int, push: Tensor, memory: Tensor, past_surprise: Tensor) -> tuple[Tensor, Tensor]:
    """After the push Σ u cᵀ of token t, by its gates."""
    past_surprise = push if chosen.momentum is None else scale(chosen.momentum[:, t], past_surprise) + push
    if chosen.keep is not None:
        memory = chosen.keep[:, t, None] * memory if chosen.by_channel else scale(chosen.keep[:, t], memory)
    memory = memory + (past_surprise if chosen.output is None else scale(chosen.output[:, t], past_surprise))
    if chosen.known is not None:
        values, keys = (one[:, t : t + 1] for one in chosen.known)
        memory = memory + values.mT @ keys
    return memory, past_surprise
