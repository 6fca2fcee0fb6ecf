"""Solved blocks: what they say about every token, without building a state per token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.inner.coefficients import Shares
from nlviz.inner.norms import Sum, squares
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import to_numpy
from nlviz.inner.step import Step
from nlviz.memory import Delta, Gates, LinearMemory, LinearState, Pairs, Titans
from nlviz.trace import Signal

__all__ = ["Norms", "Solved", "block_signals"]


class Norms(NamedTuple):
    """Frobenius norms after every token, each [batch, time]: ‖S_t‖, ‖M_t − M_{t−1}‖, ‖M_t‖."""

    past_surprise: Tensor
    write: Tensor
    memory: Tensor


@dataclass(frozen=True, eq=False)
class Solved:
    """A stretch of blocks after their solve; [batch, blocks, C, …] where blocked.

    pairs, gates: the stretch itself, [batch, time, …]. impulses: u_t. errors: what the rule corrected, c_t M_{t−1}
    k_t − v_t.
    entry: the state the stretch began with. starts: [M | S] (or M, for a rule without momentum) at each block's
    start, a list over blocks.
    """

    rule: LinearMemory
    pairs: Pairs
    gates: Gates
    shares: Shares
    impulses: Tensor
    errors: Tensor
    entry: LinearState
    starts: list[Tensor]

    @cached_property
    def keys(self) -> Tensor:
        """Keys in blocks, [batch, blocks, C, d_key]."""
        return self.pairs.keys.unflatten(1, (-1, self.size))

    @property
    def size(self) -> int:
        """C, tokens in a block."""
        return self.impulses.shape[-2]

    @property
    def has_momentum(self) -> bool:
        """Whether the starts hold a past surprise that counts."""
        return "momentum" in self.rule.obeys

    @cached_property
    def start(self) -> LinearState:
        """M and S at every block's start, [batch, blocks, d_value, d_key]."""
        at = torch.stack(self.starts, 1)
        if self.has_momentum:
            return LinearState(*at.split(self.pairs.keys.shape[-1], -1))
        # without momentum S is just the last write, which the march had no need to carry
        last = self.impulses[:, :-1, -1, :, None] * self.keys[:, :-1, -1, None, :]
        return LinearState(at, torch.cat([self.entry.past_surprise[:, None], last], 1))

    @cached_property
    def error(self) -> Tensor:
        """M_{t−1} k_t − v_t of every token, [batch, time, d_value]; the solve's own E where the rule corrects that."""
        if isinstance(self.rule, Delta | Titans):
            return self.errors.flatten(1, 2)
        return (
            self._answers(self.shares.memory, self.shares.impulses, self.start.memory).flatten(1, 2) - self.pairs.values
        )

    def _answers(self, of_start: Tensor, of_impulses: Tensor, start: Tensor) -> Tensor:
        """Answer to each token's key by a state of which the shares before the token are given."""
        mixed = of_impulses[..., :-1, :] * (self.keys @ self.keys.mT)
        return of_start[..., :-1, None] * (self.keys @ start.mT) + mixed @ self.impulses

    @cached_property
    def norms(self) -> Norms:
        """All three norms of every token, from `norms.squares`; where a square cancelled, from the matrices."""
        error, values = (x.unflatten(1, (-1, self.size)) for x in (self.error, self.pairs.values))
        # M k as e + v is off by the rounding of v, however small M k itself is (short keys, low inner_lr)
        rounded = (self.impulses.abs() * (error.abs() + values.abs())).sum(-1)
        in_memory = Sum((self.impulses * (error + values)).sum(-1), rounded)
        in_past = torch.zeros_like(rounded)
        if self.has_momentum:
            carried = self._answers(self.shares.past, self.shares.carried, self.start.past_surprise)
            in_past = (self.impulses * carried).sum(-1)
        own = self.impulses.square().sum(-1) * self.keys.square().sum(-1)
        sums = squares(self.shares, self._momentum_and_forget(), self.start, (in_memory, in_past, own))
        found = torch.stack([total.value for total in sums]).clamp_min(0).sqrt()
        sizes = torch.stack([total.size for total in sums])
        # eps × size off in a square is eps × size / (2 × norm) off in the norm: harmless until the norm is small
        lost = found.square() < sizes * torch.finfo(found.dtype).eps ** 0.5
        return Norms(*self._on_matrices(found, lost.any(0).any(0)).flatten(2))

    def _momentum_and_forget(self) -> tuple[Tensor, Tensor]:
        """The gates the rule obeys, in blocks; zero for one it does not."""

        def obeyed(name: str, gate: Tensor) -> Tensor:
            return (gate if name in self.rule.obeys else torch.zeros_like(gate)).unflatten(1, (-1, self.size))

        return obeyed("momentum", self.gates.momentum), obeyed("forget", self.gates.forget)

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
        share = self.shares
        pick = torch.tensor(rows, device=self.impulses.device)
        u, k = self.impulses[:, block, None], self.keys[:, block, None]
        memory0, past0 = (start[:, block, None] for start in self.start)

        def sum_up(of_impulses: Tensor) -> Tensor:
            return (of_impulses[:, block, pick, :, None] * u).mT @ k

        def of(shares: Tensor, start: Tensor) -> Tensor:
            return shares[:, block, pick, None, None] * start

        memory = of(share.memory, memory0) + of(share.past_in_memory, past0) + sum_up(share.impulses)
        return LinearState(memory, of(share.past, past0) + sum_up(share.carried))

    def recall(self, keys: Tensor, values: Tensor) -> Tensor:
        """Cosine of read(M_t, key_i) with value_i for every item, [batch, time, items]."""
        share, rows = self.shares, []
        for b in range(self.impulses.shape[1]):
            cross = self.keys[:, b] @ keys.mT
            pushes = cross[..., None] * self.impulses[:, b, :, None, :]
            from_start = [keys @ start[:, b].mT for start in self.start]
            answers = (share.impulses[:, b, 1:] @ pushes.flatten(2)).unflatten(2, pushes.shape[2:])
            for shares, start in zip((share.memory, share.past_in_memory), from_start, strict=True):
                answers = answers + shares[:, b, 1:, None, None] * start[:, None]
            rows.append(F.cosine_similarity(answers, values.expand_as(answers[:, 0])[:, None], dim=-1))
        return torch.cat(rows, 1)


def block_signals(memory: LinearMemory, parts: Sequence[Solved], probes: Sequence[Probe]) -> dict[str, Signal]:
    """Every probe's signal over all parts, as `Recorder.signals` would give it."""
    lengths = [part.pairs.keys.shape[1] for part in parts]
    firsts = [sum(lengths[:i]) for i in range(len(parts))]
    time = np.arange(sum(lengths))
    signals = {}
    for probe in probes:
        due = time[probe.every - 1 :: probe.every]
        if probe.in_blocks is not None and parts:
            rows = torch.cat([probe.in_blocks(part) for part in parts], 1).transpose(0, 1)[due]
        else:
            built = [_measured(probe, memory, part, first) for part, first in zip(parts, firsts, strict=True)]
            measured = [row for rows in built for row in rows]
            rows = torch.stack(measured) if measured else torch.zeros(0, 1)
        signals[probe.name] = Signal(to_numpy(rows), due, probe.unit)
    return signals


def _measured(probe: Probe, memory: LinearMemory, part: Solved, first: int) -> Iterator[Tensor]:
    """A probe without a shortcut: its rows, on the very Steps the token loop would build."""
    for block in range(part.impulses.shape[1]):
        offsets = [t for t in range(part.size) if (first + block * part.size + t + 1) % probe.every == 0]
        if not offsets:
            continue
        before, after = part.states(block, offsets), part.states(block, [t + 1 for t in offsets])
        for row, offset in enumerate(offsets):
            at = block * part.size + offset
            now = slice(at, at + 1)
            step = Step(
                first + at,
                Pairs(*(x[:, now] for x in part.pairs)),
                Gates(*(x[:, now] for x in part.gates)),
                part.error[:, now],
                LinearState(*(x[:, row] for x in before)),
                LinearState(*(x[:, row] for x in after)),
                memory,
            )
            measured = probe.measure(step)
            yield measured[:, 0] if probe.per == "token" else measured
