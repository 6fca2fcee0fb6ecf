"""LMM: Titans' long-term memory as a layer. Convolutions look a few tokens back, the memory looks back for ever.

q, k, v = conv(W_q x), conv(W_k x), conv(W_v x);   gates = σ(W_g x + b);   M_t = write(M_{t−1}, k_t, v_t, gates)
y_t = W_o (norm(M_t(q_t)) ∘ σ(W_z x_t))
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, TypedDict, cast

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import choice, count, instance, number, refuse, several
from nlviz.inner import Pending
from nlviz.memory import Gates, LinearMemory, Memory, Pairs
from nlviz.outer.entrance import carried_on
from nlviz.outer.homes import Home
from nlviz.outer.layers.convolution import Convolution
from nlviz.outer.layers.initial import linear
from nlviz.outer.layers.masks import Mask
from nlviz.outer.layers.memory_layers import START, MemoryLayer, Streamed, execute
from nlviz.outer.layers.persistent import PersistentMemory
from nlviz.outer.precision import in_full, wide

__all__ = ["LMM", "Around", "Beginning", "LMMState", "weights_now"]


class Beginning(NamedTuple):
    """Where the slow weights around a memory begin. All of them are learned from there.

    gates: the biases of θ, η and α under their σ. queries, keys: weights of their convolution, the same in every
    channel, the newest token first; None draws them near the identity. alike: W_q begins as W_k.
    learned: a linear memory starts from a drawn, learned M_0 instead of zero: also where nothing is written there is
    something to read. Gates and kernels decide what a short training finds; compare models from the same ones.

        Beginning(gates=(0, -2, -8))                     # forgetting starts at σ(−8) = 0.0003
    """

    gates: tuple[float, float, float] = START
    queries: tuple[float, ...] | None = None
    keys: tuple[float, ...] | None = None
    alike: bool = False
    learned: bool = False


AS_DRAWN = Beginning()


class Around(TypedDict, total=False):
    """What may be said of an `LMM` wherever one is built; see there."""

    period: int
    convolution: int
    rate: float
    without: Collection[str]
    beginning: Beginning


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
    "forget". beginning: where the slow weights start. The state goes in and comes out: any split of a text gives the
    numbers of the whole.
    Raises ValueError for a gate that is none, a beginning that does not fit, and as the parts do.
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
        beginning: Beginning = AS_DRAWN,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(width, memory, heads=heads, period=period, generator=generator)
        given = several("without", without, what="gates")
        self.without: tuple[str, ...] = tuple(choice("without", name, ("momentum", "forget")) for name in given)
        self.rate: float = number("rate", rate, least=0.0)
        self.kernel: int = count("convolution", convolution, least=0)
        channels = [made.out_features for made in (self.queries, self.keys, self.values)]
        self.convolutions: nn.ModuleList = nn.ModuleList(
            Convolution(channel, convolution, generator=generator) for channel in channels if convolution
        )
        self.persistent: PersistentMemory = PersistentMemory(persistent, self.width, generator=generator)
        self.norm: nn.RMSNorm = nn.RMSNorm(memory.d_value)
        self.gate: nn.Linear = linear(self.width, self.heads * memory.d_value, generator)
        self.matrix: Home = Home(self._begun(instance("beginning", beginning, Beginning), generator))

    def _begun(self, at: Beginning, generator: Generator | None) -> list[nn.Parameter]:
        """Put the slow weights where `at` says, and M_0 if it is to be learned."""
        gates = [number("gates", one) for one in several("gates", at.gates, what="biases")]
        if len(gates) != len(START):
            refuse("gates", at.gates, "three biases, of θ, η and α")
        with torch.no_grad():
            self.gates.bias.copy_(torch.tensor(gates).repeat_interleave(self.heads))
            for which, kernel in enumerate((at.queries, at.keys)):
                if kernel is not None:
                    self._convolution(which).begin_at(kernel)
            if at.alike:
                self.queries.weight.copy_(self.keys.weight)
        if not at.learned:
            return []
        if not isinstance(self.memory, LinearMemory):
            raise ValueError(
                f"the beginning asks for a learned M_0, but the memory is a {type(self.memory).__name__}; "
                "that is for one matrix, a DeepMemory takes its own as `initial`"
            )
        return [nn.Parameter(linear(self.memory.d_key, self.memory.d_value, generator).weight.detach())]

    def begin(self, x: Tensor) -> LMMState:
        """The state before any token, persistent ones included; dtype, device and number of streams are those of x."""
        x = self.given(x)
        memory: Any = self.memory.init(x.shape[0] * self.heads, like=x.new_empty(0, dtype=wide(self.keys.weight.dtype)))
        for matrix in self.matrix():
            memory = memory._replace(memory=memory.memory + matrix)
        q, k, v = (made(x[:, :0]) for made in (self.queries, self.keys, self.values))
        if self.period > 1:
            memory = Pending(memory, Pairs(self.unit(k), self._fold(v)), self.gated(x[:, :0]))
        return LMMState(memory, *(F.pad(none, (0, 0, max(self.kernel - 1, 0), 0)) for none in (q, k, v)))

    def forward(self, x: Tensor, state: LMMState | None = None) -> tuple[Tensor, LMMState]:
        """(y [batch, time, width], the state to go on from)."""
        x = self.given(x)
        state = None if state is None else carried_on(state, LMMState, len(x), "LMM", self.begin(x))
        whole = self.persistent.before(x) if state is None else x
        streamed, tails = self._streamed(whole, self.begin(x) if state is None else state)
        run = execute(self.memory, streamed, tails.memory, self.period)
        y = self.answered(run.outputs, whole)
        return y[:, y.shape[1] - x.shape[1] :], tails._replace(memory=run.state)

    def stream(self, x: Tensor) -> Streamed:
        """What the memory is given when a text begins with x: that of the persistent vectors first."""
        x = self.given(x)
        return self._streamed(self.persistent.before(x), self.begin(x))[0]

    def asked(self, x: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        """The queries of x, [batch · heads, time, d_key], and the tail to go on from: reading without writing."""
        q, tail = self._convolved(0, self.queries(x), tail)
        return self.unit(q), tail

    def recalled(self, memory: Any, queries: Tensor) -> Tensor:
        """What a state of the memory answers to queries, nothing written: [batch · heads, time, d_value]."""
        with in_full(queries):
            return self.memory.read(memory, queries.to(wide(queries.dtype))).to(queries.dtype)

    def answered(self, reads: Tensor, x: Tensor) -> Tensor:
        """The layer's output for what was read [batch · heads, time, d_value], gated by x."""
        return self.out(self._unfold(self.norm(reads)) * self.gate(x).sigmoid())

    def mask(self, time: int) -> Mask:
        """Nothing to attend to, [time, 0]: all that reaches a token comes through the memory."""
        return Mask(torch.ones(count("time", time, least=0), 0, dtype=torch.bool), ())

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

    def _convolution(self, which: int) -> Convolution:
        if not self.convolutions:
            raise ValueError("the beginning gives a convolution its weights, but convolution is 0; leave one out")
        return cast(Convolution, self.convolutions[which])

    def _convolved(self, which: int, projected: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        return self.convolutions[which](projected, tail) if self.convolutions else (projected, tail)


def weights_now(memory: Any) -> Any:
    """The fast weights of a memory's state as of its last whole update: those that a read without a write sees."""
    return memory.state if isinstance(memory, Pending) else memory
