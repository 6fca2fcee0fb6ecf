"""Layers with fast weights inside: slow weights make keys, values, queries and gates; a memory does the rest.

    k, v, q, gates = slow(x);    for every token: state = write(state, k, v, gates), z = read(state, q);    y = W_o z

The state goes in and comes out, so a text may be split anywhere; `outer.detach(state)` cuts it from its past. Outer
gradients run through every write to the projections, the gates and the initial weights.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import choice, count, flag, number
from nlviz.inner import Pending, Unrolled, fastest
from nlviz.memory import (
    DeepMemory,
    Gates,
    Memory,
    Pairs,
    ttt_linear,
    ttt_mlp,
)
from nlviz.memory.nets import LayerNorm
from nlviz.memory.state import parts
from nlviz.outer import entrance
from nlviz.outer.homes import Housed
from nlviz.outer.layers.initial import linear, source
from nlviz.outer.precision import in_full

__all__ = ["MemoryLayer", "Streamed", "TTTLayer"]

START = (0.0, -2.0, -4.0)
"""Biases of the gates: writing begins at σ(0) = ½, momentum at 0.12, forgetting at 0.018; at ½ a memory would be gone
in two tokens."""

ENDLESS = 1 << 62


class Streamed(NamedTuple):
    """What a layer hands to its memory, heads as further streams: each [batch · heads, time, …].

    `unroll(layer.memory, *layer.stream(x), probes=…)` shows what happens inside.
    """

    pairs: Pairs
    gates: Gates
    queries: Tensor


class _FastWeights(Housed):
    """What both layers share: projections, heads folded into the batch, the run, the output."""

    def __init__(
        self, width: int, memory: Memory[Any], heads: int, period: int, *, generator: Generator | None
    ) -> None:
        super().__init__()
        self.width, self.heads = width, heads = count("width", width), count("heads", heads)
        self.period = count("period", period, most=ENDLESS, of="tokens")
        memory = entrance.memory(memory)
        self.queries = linear(width, heads * memory.d_key, generator)
        self.keys = linear(width, heads * memory.d_key, generator)
        self.values = linear(width, heads * memory.d_value, generator)
        self.out = linear(heads * memory.d_value, width, generator)
        # from now on its slow weights are the layer's
        self.memory = memory

    def stream(self, x: Tensor) -> Streamed:
        """Keys, values, gates and queries of x [batch, time, width]."""
        raise NotImplementedError

    def given(self, x: Any) -> Tensor:
        """x as the layer takes it, [batch, time, width]. Raises ValueError for other axes, dtypes and devices."""
        return entrance.vectors(x, self.width, self.keys.weight)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """(y [batch, time, width], the state to go on from); any split of a text gives the numbers of the whole."""
        run = execute(self.memory, self.stream(x), state, self.period)
        return self.out(self.read_out(self._unfold(run.outputs))), run.state

    def read_out(self, z: Tensor) -> Tensor:
        """What happens to the reads, heads side by side, before the output projection."""
        return z

    def _fold(self, x: Tensor) -> Tensor:
        """[batch, time, heads · d] -> [batch · heads, time, d], in the precision of the slow weights."""
        d = x.shape[-1] // self.heads
        return x.to(self.keys.weight.dtype).unflatten(-1, (self.heads, d)).transpose(1, 2).flatten(0, 1)

    def _unfold(self, x: Tensor) -> Tensor:
        streams = x.to(self.keys.weight.dtype).unflatten(0, (len(x) // self.heads, self.heads))
        return streams.transpose(1, 2).flatten(2)


class MemoryLayer(_FastWeights):
    """Any memory as a layer: q, k = SiLU projections of x, L2-normalised; v = SiLU projection; gates σ(W_g x + b).

    memory: `Titans(32, 32)`, a `DeepMemory` whose `initial` is a Parameter, or one of your own. Every head is a stream
    of its own in the same memory, so heads share W_0. Gates the memory does not obey are left without effect.
    period: tokens that see the same old weights before one update. generator: draws the slow weights.
    Forgetting starts at σ(−4) = 0.018, writing at ½.
    Computed in blocks where the memory is linear, in the dual form where it is a net: the same numbers, faster.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.4, without convolutions, output norm and gate: those has `LMM`.

        y, state = MemoryLayer(64, memory.Titans(32, 32))(x)

        >>> layer = outer.MemoryLayer(8, memory.Titans(4, 4), heads=2)
        >>> answers, state = layer(torch.randn(1, 6, 8))
        >>> answers.shape
        torch.Size([1, 6, 8])
    """

    def __init__(
        self,
        width: int,
        memory: Memory[Any],
        *,
        heads: int = 1,
        period: int = 1,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(width, memory, heads, period, generator=generator)
        self.gates: nn.Linear = linear(self.width, 3 * self.heads, generator, share=0.1)
        self.gates.bias = nn.Parameter(torch.tensor(START).repeat_interleave(self.heads))

    def stream(self, x: Tensor) -> Streamed:
        x = self.given(x)
        q, k = (self.unit(made(x)) for made in (self.queries, self.keys))
        return Streamed(Pairs(k, F.silu(self._fold(self.values(x)))), self.gated(x), q)

    def unit(self, projected: Tensor) -> Tensor:
        """Keys or queries from their projection: unit vectors of every head, [batch · heads, time, d_key]."""
        return F.normalize(F.silu(self._fold(projected)), dim=-1)

    def gated(self, x: Tensor) -> Gates:
        """θ, η and α of every token and head, each [batch · heads, time]."""
        each = self.gates(x).sigmoid().to(self.keys.weight.dtype).unflatten(-1, (3, self.heads))
        return Gates(*each.permute(2, 0, 3, 1).flatten(1, 2))


class TTTLayer(_FastWeights):
    """Test-time training as a layer: the fast weights W of a small net f learn, while reading, to make v from k.

        z_t = f(q_t; W_t), a gradient step on ½‖f(k_t; W) − v_t‖² per token, gradients at each mini-batch's start

    kind: "linear" or "mlp", see `memory.ttt_linear`, `memory.ttt_mlp`. period: tokens of a mini-batch, 16 in the paper;
    None never ends one (batch gradient descent, all gradients at W_0).
    start: W_0 "learned", or "zero". norm: f(x) = x + LN(f_res(x)) with slow gain and shift; False leaves f_res alone.
    rate: "learned" is η(x) = η_base·σ(θ_lr·x + b)/d with η_base 1 (linear) or 0.1 (mlp); a number is η_base·rate/d for
    every token. position: see `ttt_linear`. Heads share W_0 and the norm; the paper's have their own.
    start="zero", norm=False, bias=False, period=None, rate fixed: linear attention (Theorem 1).
    Source: Sun et al. 2024 (arXiv 2407.04620) eq. 4–8 and their code, without its rotary positions and convolutions.

        y, state = TTTLayer(64)(x)                    # [batch, time, 64] -> the same, and fast weights to go on with
    """

    homes: ClassVar[tuple[str, ...]] = ("initial", "norm")

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        kind: Literal["linear", "mlp"] = "linear",
        period: int | None = 16,
        start: Literal["learned", "zero"] = "learned",
        norm: bool = True,
        bias: bool = True,
        rate: float | Literal["learned"] = "learned",
        position: Literal["sum", "mean"] = "mean",
        generator: Generator | None = None,
    ) -> None:
        width, heads = count("width", width), count("heads", heads)
        if width % heads:
            raise ValueError(f"width {width} does not split into {heads} heads; use a multiple of {heads}")
        shape = Shape(kind, start, flag("norm", norm), flag("bias", bias))
        net = replace(_net(width // heads, shape, generator), position=choice("position", position, ("sum", "mean")))
        super().__init__(width, net, heads, ENDLESS if period is None else period, generator=generator)
        self.base: float = 1.0 if kind == "linear" else 0.1
        self.fixed: float = 0.0 if rate == "learned" else number("rate", rate, least=0.0, remedy="or use 'learned'")
        self.rate: nn.Linear | None = None
        if rate == "learned":
            self.rate = linear(width, heads, generator, share=0.1)
            self.rate.bias = nn.Parameter(torch.zeros(heads))
        # as in the code: one layer norm over all heads before the output projection, and its ε
        self.after: nn.LayerNorm = nn.LayerNorm(width, eps=1e-6)

    def stream(self, x: Tensor) -> Streamed:
        x = self.given(x)
        k, v, q = (self._fold(made(x)) for made in (self.keys, self.values, self.queries))
        share = x.new_full((*x.shape[:2], self.heads), self.fixed) if self.rate is None else self.rate(x).sigmoid()
        pairs = Pairs(k, v)
        return Streamed(pairs, Gates.constant(pairs, self._fold(self.base * share / k.shape[-1])[..., 0]), q)

    def read_out(self, z: Tensor) -> Tensor:
        return self.after(z)


def execute(memory: Memory[Any], streamed: Streamed, state: Any, period: int) -> Unrolled:
    """The fastest exact way to run this memory, and its state in one form: `Pending` whenever a period is above one."""
    with in_full(streamed.queries):
        run = fastest(memory, *streamed, state=state, period=period)
    if period == 1 or isinstance(run.state, Pending):
        return run
    # nothing waits, said in the form in which something may: a saved state always has the same names
    pairs, gates, _ = streamed
    none = Pairs(*(one[:, :0] for one in pairs)), Gates(*(one[:, :0] for one in gates))
    return run._replace(state=Pending(run.state, *none))


class Shape(NamedTuple):
    """What a TTT layer's memory is; see there."""

    kind: str
    start: str
    norm: bool
    bias: bool


def _net(width: int, shape: Shape, generator: Generator | None) -> DeepMemory:
    """The memory of a TTT layer, its slow weights Parameters."""
    kind, start, norm, bias = shape
    choice("kind", kind, ("linear", "mlp"))
    zero = choice("start", start, ("learned", "zero")) == "zero"
    slow = LayerNorm(nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))) if norm else None
    if kind == "mlp" and (zero or not norm):
        raise ValueError("TTT-MLP starts from learned weights with a norm: from zero no gradient would move it")
    if zero:
        return ttt_linear(width, bias=bias, norm=slow, residual=norm)
    if kind == "mlp":
        memory = ttt_mlp(width, source(generator), bias=bias, norm=slow)
    else:
        memory = ttt_linear(width, source(generator), bias=bias, norm=slow, residual=norm)
    here = torch.get_default_device()
    return replace(memory, initial=tuple(nn.Parameter(one.to(here)) for one in parts(memory.initial)))
