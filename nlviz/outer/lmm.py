"""LMM: Titans' long-term memory as a layer. Convolutions look a few tokens back, the memory looks back for ever.

q, k, v = conv(W_q x), conv(W_k x), conv(W_v x);   gates = σ(W_g x + b);   M_t = write(M_{t−1}, k_t, v_t, gates)
y_t = W_o (norm(M_t(q_t)) ∘ σ(W_z x_t))
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, TypedDict

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.inner import Pending
from nlviz.memory import Gates, Memory, Pairs
from nlviz.outer.convolution import Convolution
from nlviz.outer.drawing import linear
from nlviz.outer.layers import MemoryLayer, Streamed, execute
from nlviz.outer.masks import Mask
from nlviz.outer.persistent import PersistentMemory

__all__ = ["LMM", "Around", "LMMState", "weights_now"]


class Around(TypedDict, total=False):
    """What may be said of an `LMM` wherever one is built; see there."""

    period: int
    convolution: int
    rate: float
    without: Collection[str]


class LMMState(NamedTuple):
    """memory: the fast weights, `Pending` between two updates. queries, keys, values: the convolutions' tails,
    each [batch, kernel − 1, heads · d]."""

    memory: Any
    queries: Tensor
    keys: Tensor
    values: Tensor


class LMM(MemoryLayer):
    """A `MemoryLayer` with all of Titans around it: convolutions, output norm and gate, persistent memory in front.

    memory: linear (`Titans(32, 32)`), or deep (a `DeepMemory` whose `initial` is Parameters). heads, period: as there.
    convolution: kernel after each of q, k, v; 0 for none. persistent: vectors that the memory reads before any text,
    p in [p ‖ x]: what it has written by then is a learned beginning.
    rate: the largest θ, for a deep memory has gradients of its own scale. without: gates held at zero, "momentum" or
    "forget". The state goes in and comes out: any split of a text gives the numbers of the whole.
    Raises ValueError for a gate that is none, and as the parts do.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §3.1, 4.4 and eq. 8–15; the kernel, the number of vectors and the
    gates' beginning are not in the paper.

        y, state = LMM(64, memory.Titans(64, 64))(x)             # [batch, time, 64] -> the same
        unroll(layer.memory, *layer.stream(x), probes=…)         # what happens inside
    """

    def __init__(
        self,
        width: int,
        memory: Memory[Any],
        *,
        heads: int = 1,
        period: int = 1,
        convolution: int = 4,
        persistent: int = 0,
        rate: float = 1.0,
        without: Collection[str] = (),
        generator: Generator | None = None,
    ) -> None:
        super().__init__(width, memory, heads=heads, period=period, generator=generator)
        strange = [name for name in without if name not in ("momentum", "forget")]
        if strange:
            raise ValueError(f"without names {strange[0]!r}; a memory can do without 'momentum' and 'forget'")
        self.rate, self.without, self.kernel = rate, tuple(without), convolution
        channels = [made.out_features for made in (self.queries, self.keys, self.values)]
        self.convolutions = nn.ModuleList(
            Convolution(count, convolution, generator=generator) for count in channels if convolution
        )
        self.persistent = PersistentMemory(persistent, width, generator=generator)
        self.norm = nn.RMSNorm(memory.d_value)
        self.gate = linear(width, heads * memory.d_value, generator)

    def begin(self, x: Tensor) -> LMMState:
        """The state before any token, persistent ones included; dtype, device and number of streams are those of x."""
        memory: Any = self.memory.init(x.shape[0] * self.heads, like=x)
        q, k, v = (made(x[:, :0]) for made in (self.queries, self.keys, self.values))
        if self.period > 1:
            memory = Pending(memory, Pairs(self.unit(k), self._fold(v)), self.gated(x[:, :0]))
        return LMMState(memory, *(F.pad(none, (0, 0, max(self.kernel - 1, 0), 0)) for none in (q, k, v)))

    def forward(self, x: Tensor, state: LMMState | None = None) -> tuple[Tensor, LMMState]:
        """(y [batch, time, width], the state to go on from)."""
        whole = self.persistent.before(x) if state is None else x
        streamed, tails = self._streamed(whole, self.begin(x) if state is None else state)
        run = execute(self.memory, streamed, tails.memory, self.period)
        y = self.answered(run.outputs, whole)
        return y[:, y.shape[1] - x.shape[1] :], tails._replace(memory=run.state)

    def stream(self, x: Tensor) -> Streamed:
        """What the memory is given when a text begins with x: that of the persistent vectors first."""
        return self._streamed(self.persistent.before(x), self.begin(x))[0]

    def asked(self, x: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        """The queries of x, [batch · heads, time, d_key], and the tail to go on from: reading without writing."""
        q, tail = self._convolved(0, self.queries(x), tail)
        return self.unit(q), tail

    def answered(self, reads: Tensor, x: Tensor) -> Tensor:
        """The layer's output for what was read [batch · heads, time, d_value], gated by x."""
        return self.out(self._unfold(self.norm(reads)) * self.gate(x).sigmoid())

    def mask(self, time: int) -> Mask:
        """Nothing to attend to, [time, 0]: all that reaches a token comes through the memory."""
        return Mask(torch.ones(time, 0, dtype=torch.bool), ())

    def gated(self, x: Tensor) -> Gates:
        """θ below `rate`, η and α below one; zero for those it does without."""
        gates = super().gated(x)
        gates = gates._replace(inner_lr=self.rate * gates.inner_lr)
        return gates._replace(**{name: torch.zeros_like(getattr(gates, name)) for name in self.without})

    def _streamed(self, x: Tensor, state: LMMState) -> tuple[Streamed, LMMState]:
        """What the memory is given, and the state with new tails."""
        q, queries = self.asked(x, state.queries)
        k, keys = self._convolved(1, self.keys(x), state.keys)
        v, values = self._convolved(2, self.values(x), state.values)
        pairs = Pairs(self.unit(k), F.silu(self._fold(v)))
        return Streamed(pairs, self.gated(x), q), LMMState(state.memory, queries, keys, values)

    def _convolved(self, which: int, projected: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        return self.convolutions[which](projected, tail) if self.convolutions else (projected, tail)


def weights_now(memory: Any) -> Any:
    """The fast weights of a memory's state as of its last whole update: those that a read without a write sees."""
    return memory.state if isinstance(memory, Pending) else memory
