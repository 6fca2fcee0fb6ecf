"""ContinuumBlocks: a chain of MLP blocks, each updated with a period of its own (the Continuum Memory System).

y = f_L(… f_2(f_1(x))),  f_l(x) = x + W_2 silu(W_1 x);    block l changes once in C_l tokens
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import count, flag, number, several
from nlviz.inner import Unrolled, to_numpy
from nlviz.inner.entrance import look_at_numbers
from nlviz.memory import MLP, Continuum, ContinuumState, DeepMemory, Gates, GradientDescent, Level, Pairs, silu
from nlviz.memory.state import parts
from nlviz.outer import entrance
from nlviz.outer.homes import Housed
from nlviz.outer.layers.initial import linear, source
from nlviz.outer.precision import in_full, wide
from nlviz.trace import Signal, Trace

__all__ = ["ContinuumBlocks"]

WRITING = -2.0
"""Bias under the σ of θ: writing begins at .12 of `rate`."""


class ContinuumBlocks(Housed):
    """MLP blocks in a chain, each with an update period of its own, as a layer: x [batch, time, width] -> y, the same.

    There are two ways in which a block may learn, and they are two loops.

    By the **task loss**, eq. 71 as printed: the blocks' slow weights take a step by the gradient of the model's loss
    once in C_l tokens. A layer knows no such loss, so this happens outside of it: `PeriodicUpdates`. For this alone,
    rate=0.
    By a **loss of its own**, in the forward pass, for rate > 0: the blocks are fast weights of each text, which begin
    at the slow ones, and every token writes

        ½‖f(k) − v‖²,   k = W_k x/‖·‖,  v = W_v x/‖·‖,  θ = rate·σ(w·x + b)

    into each of them, all gradients at the weights shown, which change at the block's tick (`memory.Continuum`). A
    token is answered before it is written. Outer gradients go through the writes to the slow weights: where a text
    begins is meta-learned. Values have length one: with longer ones a training ended after seven steps (measured here).
    The paper has the first way; the second is its chain with TTT's loss, and is ours.

    periods: C_l of the blocks in the order in which x meets them, so the order says which end is fast (the paper's
    text and figure differ). joined: "sequential", or "independent" and "nested" as in `memory.Continuum`.
    hidden: units of a block, as many as the width if None. mean: whether what a block gathered is divided by its
    period. W_2 begins at zero, so a new chain is the identity.
    Raises ValueError for a period below one, and for blocks that cannot be joined so.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 70–74.

        >>> blocks = outer.ContinuumBlocks(4, (1, 4), generator=torch.Generator().manual_seed(0))
        >>> answers, state = blocks(torch.randn(1, 6, 4))
        >>> answers.shape, state.clock, blocks.memory.waiting(state)
        (torch.Size([1, 6, 4]), 6, (0, 2))
    """

    homes: ClassVar[tuple[str, ...]] = ("initial",)

    def __init__(
        self,
        width: int,
        periods: Sequence[int] = (4, 16, 64),
        *,
        hidden: int | None = None,
        joined: Literal["sequential", "independent", "nested"] = "sequential",
        rate: float = 1.0,
        mean: bool = True,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.width: int = count("width", width)
        given = several("periods", periods, least=1, what="tokens")
        self.periods: tuple[int, ...] = tuple(count("periods", one, of="tokens") for one in given)
        self.rate: float = number("rate", rate, least=0.0)
        net = MLP((self.width if hidden is None else count("hidden", hidden, of="units"),), silu, residual=True)
        levels = [Level(_block(self.width, net, generator), period, mean=flag("mean", mean)) for period in self.periods]
        self.keys: nn.Linear | None = None
        self.values: nn.Linear | None = None
        self.rates: nn.Linear | None = None
        if self.rate:
            self.keys, self.values = (linear(self.width, self.width, generator) for _ in range(2))
            self.rates = linear(self.width, 1, generator, share=0.1)
            self.rates.bias = nn.Parameter(torch.tensor([WRITING]))
        # from now on its slow weights are the layer's
        self.memory = Continuum(levels, joined)

    def begin(self, batch: int) -> ContinuumState:
        """The state before any token, for so many texts: every block at its slow weights."""
        return self._begun(self.memory, count("batch", batch, least=0, of="texts"))

    def forward(self, x: Tensor, state: ContinuumState | None = None) -> tuple[Tensor, ContinuumState]:
        """(y [batch, time, width], the state to go on from); any split of a text gives the numbers of the whole."""
        run = self._run(x, state, watch=False)
        return run.outputs, run.state

    def watched(self, x: Tensor, state: ContinuumState | None = None) -> Unrolled:
        """The same, with what happened inside: "level_writes" ‖ΔM‖ of what every block shows, [time, batch, blocks], 0
        off its tick; "level_waiting", how much waits in it for its next tick; "level_lr", θ [time, batch].
        """
        return self._run(x, state, watch=True)

    def slow(self) -> list[tuple[Tensor, ...]]:
        """W_1 and W_2 of every block, in their order: what `PeriodicUpdates` changes."""
        return [parts(level.memory.initial) for level in self.memory.levels]

    def _begun(self, memory: Continuum, batch: int) -> ContinuumState:
        slow = self.initial()[0]
        return memory.init(batch, slow.new_empty(0, dtype=wide(slow.dtype)))

    def _run(self, x: Any, state: Any, watch: bool) -> Unrolled:
        x, memory = entrance.vectors(x, self.width, self.initial()[0]), self.memory
        look_at_numbers({"x": x})
        begun = self._begun(memory, len(x))
        state = begun if state is None else entrance.same_state(state, begun, "layer")
        with in_full(x):
            found = x.to(begun.memory[0].dtype)
            if self.rate or watch:
                state, y, trace = self._written(memory, found, state, watch)
            else:
                # nothing is written: the whole text at once, and the clock goes on
                y, trace = memory.answer(state, found), Trace({})
                state = state._replace(clock=state.clock + x.shape[1])
        return Unrolled(state, y.to(x.dtype), trace)

    def _written(
        self, memory: Continuum, x: Tensor, state: ContinuumState, watch: bool
    ) -> tuple[ContinuumState, Tensor, Trace]:
        """Piece by piece: answer, then write."""
        pairs, gates = self._stream(x)
        reads, told = [x[:, :0]], []
        for first, last in self._pieces(state.clock, x.shape[1], each=watch):
            reads.append(memory.answer(state, x[:, first:last]))
            now, how = Pairs(*_cut(pairs, first, last)), Gates(*_cut(gates, first, last))
            before, state = state, memory.store(state, now, how)
            told += [(memory.level_writes(before, state), memory.level_waiting(state))] if watch else []
        return state, torch.cat(reads, 1), self._told(told, gates.inner_lr)

    def _stream(self, x: Tensor) -> tuple[Pairs, Gates]:
        """What is written: keys and values, and θ; nothing is forgotten by the token."""
        none = x.new_zeros(x.shape[:2])
        if self.keys is None or self.values is None or self.rates is None:
            return Pairs(x, x), Gates(none, none, none)
        k, v = (F.normalize(x @ made.weight.mT.to(x.dtype), dim=-1) for made in (self.keys, self.values))
        share = F.linear(x, self.rates.weight.to(x.dtype), self.rates.bias.to(x.dtype))[..., 0].sigmoid()
        return Pairs(k, v), Gates(self.rate * share, none, none)

    def _pieces(self, clock: int, time: int, each: bool) -> Iterator[tuple[int, int]]:
        """Runs of tokens between two ticks of any block, which see the same weights; or token by token."""
        first = 0
        while first < time:
            ahead = 1 if each else min(period - (clock + first) % period for period in self.periods)
            last = min(time, first + ahead)
            yield first, last
            first = last

    def _told(self, rows: Sequence[tuple[Tensor, Tensor]], rates: Tensor) -> Trace:
        if not rows:
            return Trace({})
        times, names = np.arange(len(rows)), tuple(f"period {period}" for period in self.periods)
        writes, waiting = (torch.stack(each).detach() for each in zip(*rows, strict=True))
        signals = {
            name: Signal(to_numpy(values), times, "‖ΔM‖", names)
            for name, values in (("level_writes", writes), ("level_waiting", waiting))
        }
        return Trace({**signals, "level_lr": Signal(to_numpy(rates.mT.detach()), times)})


def _cut(stream: Sequence[Tensor], first: int, last: int) -> Iterator[Tensor]:
    return (one[:, first:last] for one in stream)


def _block(width: int, net: MLP, generator: Generator | None) -> DeepMemory:
    """One block, its slow weights Parameters: the identity until W_2 is learned."""
    first, last = net.draw(width, width, source(generator))
    here = torch.get_default_device()
    initial = tuple(nn.Parameter(one.to(here)) for one in (first, torch.zeros_like(last)))
    return DeepMemory(width, width, net=net, initial=initial, rule=GradientDescent())
