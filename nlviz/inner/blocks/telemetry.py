"""Solved blocks: what they say about every token, without building a state per token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vecdot

from nlviz.inner.blocks.norms import squares
from nlviz.inner.blocks.recurrence import System, Walk
from nlviz.inner.blocks.shares import Shares
from nlviz.inner.precision import cast, double
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import to_numpy
from nlviz.inner.seen import Items, Judge
from nlviz.inner.step import Step
from nlviz.memory import Gates, LinearMemory, LinearState, Pairs
from nlviz.trace import Signal

__all__ = ["Norms", "Solved", "block_signals", "measure"]

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

    pairs, gates: the stretch itself, [batch, time, …]. entry: the state it began with. dtype: what leaves has this one;
    a stretch near the limit of stability is solved in a wider one. Whatever only telemetry asks for is worked out when
    it is asked for.
    """

    memory: LinearMemory
    pairs: Pairs
    gates: Gates
    shares: Shares
    system: System
    walk: Walk
    entry: LinearState
    dtype: torch.dtype

    @property
    def size(self) -> int:
        """C, tokens in a block."""
        return self.system.keys.shape[-2]

    @property
    def has_momentum(self) -> bool:
        """Whether the past surprise counts, so that the march carried it."""
        return "momentum" in self.memory.obeys

    @property
    def outputs(self) -> Tensor:
        """What the queries were answered, [batch, time, d_value]."""
        return self.walk.reads.flatten(1, 2).to(self.dtype)

    @property
    def end(self) -> LinearState:
        """The state after the last token."""
        if self.has_momentum:
            return LinearState(*self.walk.starts[-1])
        # without momentum S is just the last write, which the march had no need to carry
        impulse = -self.gates.inner_lr[:, -1:] * self.walk.errors[:, -1, -1]
        return LinearState(self.walk.starts[-1][0], impulse[..., None] * self.pairs.keys[:, -1, None, :])

    @property
    def keys(self) -> Tensor:
        """Keys in blocks."""
        return self.system.keys

    @property
    def errors(self) -> Tensor:
        """What the rule corrected, c_t M_{t−1} k_t − v_t, in blocks."""
        return self.walk.errors

    @cached_property
    def impulses(self) -> Tensor:
        """u_t = −θ_t times what the rule corrected, in blocks."""
        return self.errors * -self.gates.inner_lr.unflatten(1, (-1, self.size))[..., None]

    @cached_property
    def start(self) -> LinearState:
        """M and S at every block's start, [batch, blocks, d_value, d_key]."""
        starts = [torch.stack(weights, 1) for weights in zip(*self.walk.starts[:-1], strict=True)]
        if self.has_momentum:
            return LinearState(*starts)
        last = self.impulses[:, :-1, -1, :, None] * self.keys[:, :-1, -1, None, :]
        return LinearState(starts[0], torch.cat([self.entry.past_surprise[:, None], last], 1))

    @cached_property
    def error(self) -> Tensor:
        """M_{t−1} k_t − v_t of every token, [batch, time, d_value]; the solve's own E where the rule corrects that."""
        if self.memory.recalls == "all":
            return self.errors.flatten(1, 2)
        mixed = self.shares.impulses[..., :-1, :] * self.system.gram
        answer = self.shares.memory[..., :-1, None] * self.walk.said[0] + mixed @ self.impulses
        return answer.flatten(1, 2) - self.pairs.values

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
        """All three norms of every token, from `norms.squares`; where a square cancelled, from the matrices."""
        sums = squares(self.shares, self._momentum_and_forget(), self._start_products(), self._pushes())
        cancels = any(bool((total.size > CANCELS * total.value).any()) for total in sums)
        if cancels and self.keys.dtype != double(self.keys):
            return cast(self._widened().norms, self.keys.dtype)
        found = torch.stack([total.value for total in sums]).clamp_min(0).sqrt()
        sizes = torch.stack([total.size for total in sums])
        # eps × size off in a square is eps × size / (2 × norm) off in the norm: harmless until the norm is small
        lost = found.square() < sizes * torch.finfo(found.dtype).eps ** 0.5
        return Norms(*self._on_matrices(found, lost.any(0).any(0)).flatten(2))

    def _widened(self) -> Solved:
        """The same stretch in float64."""
        held = {field.name: cast(getattr(self, field.name), double(self.keys)) for field in fields(self)}
        return replace(self, **held)

    def _start_products(self) -> tuple[Tensor, Tensor, Tensor]:
        """‖M‖², ⟨M, S⟩ and ‖S‖² at every block's start, [batch, blocks]."""
        memory, past = (weights.flatten(2) for weights in self.start)
        return memory.norm(dim=-1).square(), vecdot(memory, past), past.norm(dim=-1).square()

    def _pushes(self) -> tuple[Tensor, Tensor, Tensor]:
        """uᵀM_{t−1}k, uᵀS_{t−1}k and ‖u‖²‖k‖² of every token: what a write meets in the state before it."""
        pulls = (self.impulses @ self.impulses.mT) * self.system.gram
        met = [vecdot(self.impulses, said) for said in self.walk.said]
        own = pulls.diagonal(dim1=-2, dim2=-1)

        def pull(of_impulses: Tensor, *of_starts: Tensor) -> Tensor:
            total = (of_impulses[..., :-1, :] * pulls).sum(-1)
            for share, part in zip(of_starts, met, strict=True):
                total = total.addcmul(share[..., :-1], part)
            return total

        if not self.has_momentum:
            return pull(self.shares.impulses, self.shares.memory), torch.zeros_like(own), own
        in_memory = pull(self.shares.impulses, self.shares.memory, self.shares.past_in_memory)
        return in_memory, pull(self.shares.carried, torch.zeros_like(self.shares.past), self.shares.past), own

    def _momentum_and_forget(self) -> tuple[Tensor, Tensor]:
        """The gates the rule obeys, in blocks; zero for one it does not."""

        def obeyed(name: str, gate: Tensor) -> Tensor:
            return (gate if name in self.memory.obeys else torch.zeros_like(gate)).unflatten(1, (-1, self.size))

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

    def asked(self, items: Items, judge: Judge) -> Tensor:
        """What `judge` says of read(M_t, key_i) for every item, [batch, time, items]."""
        share, rows = self.shares, []
        keys, values = (one.to(self.keys.dtype) for one in items)
        for b in range(self.impulses.shape[1]):
            cross = self.keys[:, b] @ keys.mT
            pushes = cross[..., None] * self.impulses[:, b, :, None, :]
            from_start = [keys @ start[:, b].mT for start in self.start]
            answers = (share.impulses[:, b, 1:] @ pushes.flatten(2)).unflatten(2, pushes.shape[2:])
            for shares, start in zip((share.memory, share.past_in_memory), from_start, strict=True):
                answers = answers + shares[:, b, 1:, None, None] * start[:, None]
            rows.append(judge(answers, values.expand_as(answers[:, 0])[:, None]))
        return torch.cat(rows, 1)


def measure(probe: Probe, solved: Solved, first: int, blank: Tensor) -> Tensor:
    """The rows [due tokens, batch, …] of a probe in a stretch whose first token is `first`; `blank` is none of them."""
    due = [t for t in range(solved.pairs.keys.shape[1]) if (first + t + 1) % probe.every == 0]
    if not due:
        return blank
    if not probe.whole:
        return torch.stack(list(_measured(probe, solved, first)))
    rows = cast(probe.measure(solved), solved.dtype).transpose(0, 1)
    return rows if probe.every == 1 else rows[due]


def block_signals(
    probes: Sequence[Probe], rows: Sequence[Sequence[Tensor]], time: int, blanks: Sequence[Tensor]
) -> dict[str, Signal]:
    """Every probe's signal from its rows in each stretch, as `Recorder.signals` would give it.

    blanks: no row of each, [0, batch, …]: what is left of a signal that was never due.
    """
    signals = {}
    for i, (probe, blank) in enumerate(zip(probes, blanks, strict=True)):
        due = np.arange(probe.every - 1, time, probe.every)
        measured = torch.cat([blank, *(stretch[i] for stretch in rows)])
        signals[probe.name] = Signal(to_numpy(measured), due, probe.unit)
    return signals


def _measured(probe: Probe, part: Solved, first: int) -> Iterator[Tensor]:
    """A probe that asks for more than `Seen` tells: its rows, on the very Steps the token loop would build."""
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
                part.memory,
            )
            measured = probe.measure(cast(step, part.dtype))
            yield measured[:, 0] if probe.per == "token" else measured
