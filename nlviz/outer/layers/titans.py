"""Titans' three wirings of attention and memory: as a context (MAC), as a gate (MAG), as a layer (MAL).

Attention is the short-term memory, exact and as long as its window; the neural memory is the long-term one; persistent
vectors are knowledge of the task. While reading, only the state moves: fast weights, cache, tails. No slow weight does.
Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

import torch
from torch import Generator, Tensor, nn

from nlviz.door.tensors import fits, tensor
from nlviz.door.words import count, instance
from nlviz.memory import Memory
from nlviz.outer.entrance import carried_on
from nlviz.outer.layers.attention import Attention, AttentionState
from nlviz.outer.layers.lmm import LMM, Around, LMMState, weights_now
from nlviz.outer.layers.masks import Mask, numbered, segments
from nlviz.outer.layers.persistent import PersistentMemory

__all__ = ["MAC", "MAG", "MAL", "Gating", "MACState", "MAGState"]

FROM_BEFORE = "give the state that an earlier call of this layer returned, or None"


class Gating(nn.Module):
    """y ⊗ m = norm(y) ∘ σ(norm(m)): the memory m decides how much of each channel of y is heard.

    The norms are RMS norms with learned gains, "learnable vector-valued weights". On which side σ stands the paper
    leaves open; this is one reading of it.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.2, below eq. 28.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        width = count("width", width)
        self.heard: nn.RMSNorm = nn.RMSNorm(width)
        self.gate: nn.RMSNorm = nn.RMSNorm(width)

    def forward(self, y: Tensor, m: Tensor) -> Tensor:
        """y and m of one shape, their last axis `width`; so is the result."""
        both = (tensor(name, given, like=self.heard.weight) for name, given in (("y", y), ("m", m)))
        width, dtype = self.heard.weight.shape[0], self.heard.weight.dtype
        # autocast rounds what comes in, not the gains
        y, m = (fits("y and m", one, "width", width).to(dtype) for one in both)
        return self.heard(y) * self.gate(m).sigmoid()


class _Wiring(nn.Module):
    """The parts that all three have: attention, a memory around it or beside it, persistent vectors."""

    def __init__(
        self,
        width: int,
        memory: Memory[Any],
        window: int | None,
        *,
        heads: int,
        persistent: int,
        generator: Generator | None,
        **around: Unpack[Around],
    ) -> None:
        super().__init__()
        persistent = count("persistent", persistent, least=0)
        self.persistent = PersistentMemory(persistent, width, generator=generator)
        self.attention = Attention(width, heads, window=window, generator=generator)
        self.memory = LMM(width, memory, generator=generator, **around)


class MACState(NamedTuple):
    """Where a MAC stands. memory: the fast weights now. before: those of the segment's start, from which h is read.
    queries: the convolution's tail of q = conv(W_q x). attention: the segment so far, [h_1, x_1, h_2, x_2, …]."""

    memory: LMMState
    before: Any
    queries: Tensor
    attention: AttentionState


class MAC(_Wiring):
    """Memory as a context. Segment by segment, with M the memory at the segment's start:

        h_t = M(q_t)                                 read: what is known of this token                      (21)
        y_t = Attention over [p ‖ h_{≤t} ‖ x_{≤t}]    in the segment                                         (22, 23)
        M_t = write(M_{t−1}, y_t)                    the memory learns what attention made of it            (24)
        o_t = y_t ⊗ M_t(y_t)                         read again                                             (25)

    Causal at every token: where the paper lets a segment see all of its h, which are made of later tokens too, here a
    token sees h up to its own; and it is answered from what was written up to itself. So an unfinished segment is no
    special case: its tokens wait for nobody, and a text may be split inside one. What changes at a segment's end: the
    cache is emptied, and the memory from which h is read is the one written so far.
    segment: tokens of one. memory, and what stands `around` it: as in `LMM`; the period must divide the segment.
    heads: of attention. persistent: vectors p. The same projections ask the memory both times.
    Raises ValueError for a segment below one, or one that its period does not divide.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.1, eq. 21–25.

        y, state = MAC(64, memory.Titans(64, 64), segment=16)(x)     # [batch, time, 64] -> the same
    """

    def __init__(
        self,
        width: int,
        memory: Memory[Any],
        *,
        segment: int = 16,
        heads: int = 4,
        persistent: int = 4,
        generator: Generator | None = None,
        **around: Unpack[Around],
    ) -> None:
        super().__init__(width, memory, None, heads=heads, persistent=persistent, generator=generator, **around)
        segment = count("segment", segment, of="tokens")
        if segment % self.memory.period:
            raise ValueError(
                f"segment is {segment} tokens, the memory's period {self.memory.period}; "
                f"use a multiple of {self.memory.period}, for h is read from whole updates"
            )
        self.segment: int = segment
        self.gating: Gating = Gating(width)

    def begin(self, x: Tensor) -> MACState:
        """The state before any token."""
        x = self.memory.given(x)
        memory = self.memory.begin(x)
        return MACState(memory, weights_now(memory.memory), memory.queries, self.attention.begin(x))

    def forward(self, x: Tensor, state: MACState | None = None) -> tuple[Tensor, MACState]:
        """(o [batch, time, width], the state to go on from)."""
        x = self.memory.given(x)
        begun = self.begin(x)
        state = begun if state is None else carried_on(state, MACState, len(x), "MAC", begun)
        carried_on(state.attention, AttentionState, len(x), "MAC", begun.attention)
        # a segment begun in the last call is finished first
        first = min(self.segment - state.attention.keys.shape[2] // 2, x.shape[1])
        answers = [self.gating(x[:, :0], x[:, :0])]
        for piece in (x[:, :first], *x[:, first:].split(self.segment, 1)):
            o, state = self._read(piece, state)
            answers.append(o)
        return torch.cat(answers, 1), state

    def _read(self, x: Tensor, state: MACState) -> tuple[Tensor, MACState]:
        """Some tokens of one segment, perhaps its last."""
        if not x.shape[1]:
            return x, state
        q, queries = self.memory.asked(x, state.queries)
        h = self.memory.answered(self.memory.recalled(state.before, q), x)
        y, cache = self.attention(x, state.attention, prefix=self.persistent(x), beside=h)
        m, memory = self.memory(y, state.memory)
        before = state.before
        if cache.keys.shape[2] == 2 * self.segment:
            before, cache = weights_now(memory.memory), self.attention.begin(x)
        return self.gating(y, m), MACState(memory, before, queries, cache)

    def mask(self, time: int) -> Mask:
        """What attention sees of [p ‖ h ‖ x], [time, persistent + 2 · time]."""
        time = count("time", time, least=0)
        own = segments(time, self.segment)
        names = (*numbered("h", time), *numbered("x", time))
        return Mask(torch.cat([own, own], 1), names).after(len(self.persistent))


class MAGState(NamedTuple):
    """Where a MAG or a MAL stands: attention's cache, and the memory with its tails."""

    attention: AttentionState
    memory: LMMState


class MAG(_Wiring):
    """Memory as a gate: both read the same text, side by side.

        y = sliding-window attention over [p ‖ x],    o = y ⊗ M([p ‖ x])

    Every token sees the persistent vectors, whatever the window. The memory reads them first.
    window: tokens that attention sees. The rest as in `MAC`.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.2, eq. 26–28.

        y, state = MAG(64, memory.Titans(64, 64), window=16)(x)      # [batch, time, 64] -> the same
    """

    def __init__(
        self,
        width: int,
        memory: Memory[Any],
        *,
        window: int | None = 16,
        heads: int = 4,
        persistent: int = 4,
        generator: Generator | None = None,
        **around: Unpack[Around],
    ) -> None:
        super().__init__(width, memory, window, heads=heads, persistent=persistent, generator=generator, **around)
        self.gating: Gating = Gating(width)

    def forward(self, x: Tensor, state: MAGState | None = None) -> tuple[Tensor, MAGState]:
        """(o [batch, time, width], the state to go on from)."""
        x = self.memory.given(x)
        past, known = (None, None) if state is None else instance("state", state, MAGState, FROM_BEFORE)
        y, cache = self.attention(x, past, prefix=self.persistent(x))
        m, memory = self.memory(self.persistent.before(x) if state is None else x, known)
        return self.gating(y, m[:, m.shape[1] - x.shape[1] :]), MAGState(cache, memory)

    def mask(self, time: int) -> Mask:
        """What attention sees of [p ‖ x], [time, persistent + time]."""
        return self.attention.mask(time).after(len(self.persistent))


class MAL(_Wiring):
    """Memory as a layer: attention sees nothing but what the memory made of the text.

        y = M([p ‖ x]),    o = sliding-window attention over y

    Here the persistent vectors are tokens like any other, and slide out of the window.
    window: tokens that attention sees. The rest as in `MAC`. No residual between the two, as in the equations.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.3, eq. 29–31.

        y, state = MAL(64, memory.Titans(64, 64), window=16)(x)      # [batch, time, 64] -> the same
    """

    def __init__(
        self,
        width: int,
        memory: Memory[Any],
        *,
        window: int | None = 16,
        heads: int = 4,
        persistent: int = 4,
        generator: Generator | None = None,
        **around: Unpack[Around],
    ) -> None:
        super().__init__(width, memory, window, heads=heads, persistent=persistent, generator=generator, **around)

    def forward(self, x: Tensor, state: MAGState | None = None) -> tuple[Tensor, MAGState]:
        """(o [batch, time, width], the state to go on from)."""
        x = self.memory.given(x)
        past, known = (None, None) if state is None else instance("state", state, MAGState, FROM_BEFORE)
        y, memory = self.memory(self.persistent.before(x) if state is None else x, known)
        o, cache = self.attention(y, past)
        return o[:, o.shape[1] - x.shape[1] :], MAGState(cache, memory)

    def mask(self, time: int) -> Mask:
        """What attention sees of M([p ‖ x]), [time, persistent + time]."""
        first, time = len(self.persistent), count("time", time, least=0)
        seen = self.attention.mask(first + time).seen[first:]
        return Mask(seen, (*numbered("p", first), *numbered("y", time)))
