"""Solved blocks: what they say about every token, without building a state per token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.linalg import vecdot

from nlviz.inner.blocks.channels import Channels, channels
from nlviz.inner.blocks.norms import Sum, by_channel, squares, unmoved
from nlviz.inner.blocks.recurrence import System, Walk
from nlviz.inner.blocks.shares import Shares, meet
from nlviz.inner.precision import cast, double
from nlviz.inner.seen import Items, Judge
from nlviz.memory import Choices, Gates, LinearRule, LinearState, Pairs, State
from nlviz.memory.choices import Carried

__all__ = ["Norms", "Solved"]

# A square may be this many times smaller than what was added up for it; beyond that float64 does the sums.
CANCELS = 16.0


class Norms(NamedTuple):
    """Frobenius norms after every token, each [batch, time]: ‖S_t‖, ‖M_t − M_{t−1}‖, ‖M_t‖."""

    past_surprise: Tensor
    write: Tensor
    memory: Tensor


@dataclass(frozen=True, eq=False)
class Solved:
    """A stretch of blocks after their march; [batch, blocks, C, …] where blocked.

    pairs, gates, chosen: the stretch itself and what the rule does in it, [batch, time, …]; of a rule that writes
    several pairs at once all in turn, `Choices.in_turn`. known: what the rule knows of the keys up to its end.
    entry: the state it began with. dtype: what leaves has this one;
    a stretch near the limit of stability is solved in a wider one. Whatever only telemetry asks for is worked out when
    it is asked for.
    """

    memory: LinearRule
    pairs: Pairs
    gates: Gates
    chosen: Choices
    known: Any
    shares: Shares | Channels
    system: System
    walk: Walk
    entry: LinearState
    dtype: torch.dtype

    @property
    def size(self) -> int:
        """C, tokens in a block."""
        return self.system.size // self.memory.at_once

    @property
    def has_momentum(self) -> bool:
        """Whether the past surprise counts, so that the march carried it."""
        return self.chosen.momentum is not None

    @property
    def outputs(self) -> Tensor:
        """What the queries were answered, [batch, time, d_value]."""
        return self.walk.reads.flatten(1, 2).to(self.dtype)

    @property
    def end(self) -> State[Tensor]:
        """The state after the last token."""
        memory, past_surprise = self.walk.end if self.has_momentum else (self.walk.end[0], self._last)
        return State(memory, past_surprise if self.known is None else Carried(past_surprise, self.known))

    @property
    def _last(self) -> Tensor:
        """S after the last token without momentum: just the last write, which the march had no need to carry."""
        impulse = -self.chosen.inner_lr[:, -1:] * self.walk.errors[:, -1, -1]
        return impulse[..., None] * self.chosen.write[:, -1, None, :]

    @property
    def write(self) -> Tensor:
        """Write keys in blocks."""
        return self.system.chosen.write

    @property
    def errors(self) -> Tensor:
        """What the rule corrected, ρ_t M_{t−1} p_t − w_t, in blocks."""
        return self.walk.errors

    @cached_property
    def impulses(self) -> Tensor:
        """u_t = −θ_t times what the rule corrected, in blocks."""
        return self.errors * -self.system.chosen.inner_lr[..., None]

    @cached_property
    def start(self) -> LinearState:
        """M and S at every block's start, [batch, blocks, d_value, d_key]."""
        starts = self.walk.starts
        if self.has_momentum:
            return LinearState(*starts)
        last = self.impulses[:, :-1, -1, :, None] * self.write[:, :-1, -1, None, :]
        return LinearState(starts[0], torch.cat([self.entry.past_surprise[:, None], last], 1))

    @cached_property
    def error(self) -> Tensor:
        """M_{t−1} k_t − v_t of every token, [batch, time, d_value]; the solve's own E where the rule corrects that."""
        chosen, (keys, values) = self.chosen, self.pairs
        if chosen.erase is keys and chosen.target is values and chosen.recalled is None:
            return self.errors.flatten(1, 2)
        found = self._met if chosen.write is keys else self._before(keys.unflatten(1, (-1, self.size)))
        return found.flatten(1, 2) - values

    @cached_property
    def _met(self) -> Tensor:
        """M_{t−1} c_t, of every write's key, in blocks."""
        return self._before(self.write)

    @cached_property
    def _gram(self) -> Tensor:
        """c_t·c_i, in blocks."""
        chosen, gram = self.system.chosen, self.system.gram
        asks_as_it_writes = chosen.erase is None or chosen.erase is chosen.write
        return gram if asks_as_it_writes and gram is not None else self.write @ self.write.mT

    def _before(self, keys: Tensor) -> Tensor:
        """M_{t−1} k_t, of keys in blocks."""
        if isinstance(self.shares, Channels):
            return self._before_by_channel(self.shares, keys)
        share, before = self.shares, slice(None, -1, self.memory.at_once)
        gram = self._gram if keys is self.write and not share.by_channel else None
        answer = meet(share.impulses[:, :, before], keys, self.write, gram) @ self.impulses
        for part, start in zip((share.memory, share.past_in_memory), self.walk.starts, strict=False):
            if share.by_channel:
                answer = answer + (part[:, :, before] * keys) @ start.mT
            else:
                answer = torch.addcmul(answer, part[:, :, before, None], keys @ start.mT)
        if self.system.chosen.known is None:
            return answer
        told, where = self.system.chosen.known
        return answer + meet(share.kept_from_start[:, :, before], keys, where) @ told

    def _before_by_channel(self, share: Channels, keys: Tensor) -> Tensor:
        asked = share.asked(keys[..., None, :])
        answer = share.meet(asked, share.written(self.write))[0] @ self.impulses
        answer = answer + (share.before * keys) @ self.start.memory.mT
        if self.system.chosen.known is None:
            return answer
        told, where = self.system.chosen.known
        return answer + share.meet(asked, where)[0] @ told

    @property
    def surprise(self) -> Tensor:
        """‖e_t‖·‖k_t‖ of every token, [batch, time]."""
        return self.error.norm(dim=-1) * self.pairs.keys.norm(dim=-1)

    @property
    def loss(self) -> Tensor:
        """ℓ of every token before its write, ½‖e_t‖², [batch, time]."""
        return 0.5 * self.error.square().sum(-1)

    @property
    def past_surprise(self) -> Tensor:
        """‖S_t‖ after every token, [batch, time]."""
        return self.norms.past_surprise

    @property
    def write_norm(self) -> Tensor:
        """‖M_t − M_{t−1}‖ of every token, [batch, time]."""
        return self.norms.write

    @property
    def memory_norm(self) -> Tensor:
        """‖M_t‖ after every token, [batch, time]."""
        return self.norms.memory

    @cached_property
    def norms(self) -> Norms:
        """All three norms of every token, from `norms.squares`; where there is none or it cancelled, from matrices."""
        if not isinstance(self.shares, Channels) and self.chosen.is_plain:
            sums = self._squares(self.shares)
        elif self.has_momentum:
            blank = self.write.new_empty(3, *self.write.shape[:2], self.size)
            return Norms(*self._on_matrices(blank, blank.new_ones(blank.shape[2:], dtype=torch.bool)).flatten(2))
        else:
            sums = self._squares_by_channel()
        cancels = any(bool((total.size > CANCELS * total.value).any()) for total in sums)
        if cancels and self.write.dtype != double(self.write):
            return cast(self._widened().norms, self.write.dtype)
        found = torch.stack([total.value for total in sums]).clamp_min(0).sqrt()
        sizes = torch.stack([total.size for total in sums])
        # eps × size off in a square is eps × size / (2 × norm) off in the norm: harmless until the norm is small
        lost = found.square() < sizes * torch.finfo(found.dtype).eps ** 0.5
        return Norms(*self._on_matrices(found, lost.any(0).any(0)).flatten(2))

    def _widened(self) -> Solved:
        """The same stretch in float64."""
        held = {field.name: cast(getattr(self, field.name), double(self.write)) for field in fields(self)}
        return replace(self, **held)

    def _squares(self, share: Shares) -> tuple[Sum, Sum, Sum]:
        """`norms.squares`, of a rule with one gate for all; without momentum there is less to add up."""
        chosen, forget = self.system.chosen, None if self.system.chosen.keep is None else 1 - self.system.chosen.keep
        starts = [weights.flatten(2) for weights in self.walk.starts]
        own = self.impulses.square().sum(-1) * self._gram.diagonal(dim1=-2, dim2=-1)
        in_memory, m = vecdot(self.impulses, self._met), starts[0].square().sum(-1)
        if chosen.momentum is None:
            return Sum(own, own), *unmoved(share, forget, m, in_memory, own)
        ridden = (share.carried[..., :-1, :] * self._gram) @ self.impulses
        ridden = torch.addcmul(ridden, share.past[..., :-1, None], self.write @ self.walk.starts[1].mT)
        forget = torch.zeros_like(own) if forget is None else forget
        products = m, vecdot(*starts), starts[1].square().sum(-1)
        return squares(share, (chosen.momentum, forget), products, (in_memory, vecdot(self.impulses, ridden), own))

    def _squares_by_channel(self) -> tuple[Sum, Sum, Sum]:
        """`norms.by_channel`, of a rule without momentum; where all channels forget alike they have one gate."""
        share, chosen = self.shares, self.system.chosen
        if not isinstance(share, Channels):
            keep = torch.ones_like(chosen.inner_lr) if chosen.keep is None else chosen.keep
            share = channels(keep[..., None], chosen.output)
        known = [] if chosen.known is None else [chosen.known]
        writes = [(self.impulses, share.written(self.write)), *known]
        own = self.impulses.square().sum(-1) * self.write.square().sum(-1)
        return Sum(own, own), *by_channel(share, self.start.memory, writes)

    def _on_matrices(self, found: Tensor, lost: Tensor) -> Tensor:
        """The norms [3, batch, blocks, C] with those of lost tokens [blocks, C] taken from the matrices."""
        for block in lost.any(-1).nonzero()[:, 0].tolist():
            rows = lost[block].nonzero()[:, 0]
            after = self.states(block, (rows + 1).tolist())
            before = self.states(block, rows.tolist())
            for norm, matrix in enumerate((after.past_surprise, after.memory - before.memory, after.memory)):
                found[norm, :, block, rows] = matrix.flatten(2).norm(dim=-1)
        return found

    def states(self, block: int, rows: Sequence[int]) -> LinearState:
        """The states of one block, [batch, rows, d_value, d_key]; row 0 is its start, row t + 1 after its token t."""
        share = self.shares.block(block)
        pick = torch.tensor(rows, device=self.impulses.device) * self.memory.at_once
        u, c = self.impulses[:, block, None], self.write[:, block, None]
        memory0, past0 = (start[:, block, None] for start in self.start)

        def sum_up(shares: Tensor, values: Tensor, keys: Tensor) -> Tensor:
            each = shares[:, pick]
            return values.mT @ ((each if each.dim() == keys.dim() else each[..., None]) * keys)

        def of(shares: Tensor, start: Tensor) -> Tensor:
            each = shares[:, pick]
            return (each[:, :, None] if each.dim() > 2 else each[..., None, None]) * start

        memory = of(share.memory, memory0) + of(share.past_in_memory, past0) + sum_up(share.impulses, u, c)
        if self.system.chosen.known is not None:
            told, where = (one[:, block, None] for one in self.system.chosen.known)
            memory = memory + sum_up(share.kept_from_start, told, where)
        return LinearState(memory, of(share.past, past0) + sum_up(share.carried, u, c))

    def asked(self, items: Items, judge: Judge) -> Tensor:
        """What `judge` says of read(M_t, key_i) for every item, [batch, time, items]."""
        rows = []
        keys, values = (one.to(self.write.dtype) for one in items)
        for b in range(self.impulses.shape[1]):
            if not self.chosen.is_plain:
                after = self.states(b, range(1, self.size + 1)).memory
                answers = (keys if keys.dim() == 2 else keys[:, None]) @ after.mT
                rows.append(judge(answers, values.expand_as(answers[:, 0])[:, None]))
                continue
            share, cross = self.shares.block(b), self.write[:, b] @ keys.mT
            pushes = cross[..., None] * self.impulses[:, b, :, None, :]
            from_start = [keys @ start[:, b].mT for start in self.start]
            answers = (share.impulses[:, 1:] @ pushes.flatten(2)).unflatten(2, pushes.shape[2:])
            for shares, start in zip((share.memory, share.past_in_memory), from_start, strict=True):
                answers = answers + shares[:, 1:, None, None] * start[:, None]
            rows.append(judge(answers, values.expand_as(answers[:, 0])[:, None]))
        return torch.cat(rows, 1)
