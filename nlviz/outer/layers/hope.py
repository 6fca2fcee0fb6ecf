"""Hope and Hope-Attention: what mixes tokens, then a continuum of blocks that keeps what it has to be kept for longer.

Hope              y = blocks(o),  o = SelfModifying(x)
Hope-Attention    y = blocks(o),  o = softmax attention of x
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

from torch import Generator, Tensor, nn

from nlviz.door.words import instance, refuse
from nlviz.inner import Unrolled
from nlviz.memory import ContinuumState
from nlviz.outer.layers.attention import Attention, AttentionState
from nlviz.outer.layers.continuum_blocks import ContinuumBlocks
from nlviz.outer.layers.self_modifying import SelfModifying, SelfModifyingState

__all__ = ["Hope", "HopeAttention", "HopeAttentionState", "HopeState"]


class Chain(TypedDict, total=False):
    """What may be said of the blocks; see `ContinuumBlocks`."""

    hidden: int | None
    joined: Literal["sequential", "independent", "nested"]
    mean: bool


class HopeState(NamedTuple):
    """memories: the five that rewrite themselves. blocks: the continuum's fast weights, and what waits for a tick."""

    memories: SelfModifyingState
    blocks: ContinuumState


class Hope(nn.Module):
    """Self-modifying memories, then a continuum of MLP blocks, as a layer: x [batch, time, width] -> y, the same.

    The first half is `SelfModifying`, yours, or one with unit values; the second is `ContinuumBlocks`. The paper
    trains those blocks by the task loss, each at its own period (eq. 71). A layer knows no task loss. So here they are
    fast weights of each text, which begin at learned ones and are written by a loss of their own; block_rate=0 leaves
    them slow, to be updated by `PeriodicUpdates`, as printed.
    memories: the first half, of the same width; with momentum or a memory for q, if you made it so. periods: in the
    order in which a token meets the blocks; the rest of `blocks` as in `ContinuumBlocks`. With frozen memories and
    periods longer than the text it is a matrix, then MLPs.
    Raises ValueError as its halves do.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 94–97. No official code is public.

        >>> layer = outer.Hope(4, (1, 4), generator=torch.Generator().manual_seed(0))
        >>> answers, state = layer(torch.randn(1, 6, 4))
        >>> answers.shape, state.memories.clock, state.blocks.clock
        (torch.Size([1, 6, 4]), 6, 6)
    """

    def __init__(
        self,
        width: int,
        periods: Sequence[int] = (4, 16, 64),
        *,
        memories: SelfModifying | None = None,
        block_rate: float = 1.0,
        generator: Generator | None = None,
        **blocks: Unpack[Chain],
    ) -> None:
        super().__init__()
        if memories is None:
            memories = SelfModifying(width, unit_values=True, generator=generator)
        self.memories: SelfModifying = instance("memories", memories, SelfModifying)
        self.blocks: ContinuumBlocks = ContinuumBlocks(width, periods, rate=block_rate, generator=generator, **blocks)
        if self.memories.width != self.blocks.width:
            refuse("width of memories", self.memories.width, f"{self.blocks.width}, that of the layer")

    def begin(self, batch: int) -> HopeState:
        """The state before any token, for so many texts."""
        return HopeState(self.memories.begin(batch), self.blocks.begin(batch))

    def forward(self, x: Tensor, state: HopeState | None = None) -> tuple[Tensor, HopeState]:
        """(y [batch, time, width], the state to go on from); any split of a text gives the numbers of the whole."""
        first, second = _halves(state, HopeState)
        o, memories = self.memories(x, first)
        y, blocks = self.blocks(o, second)
        return y, HopeState(memories, blocks)

    def watched(self, x: Tensor, state: HopeState | None = None) -> Unrolled:
        """The same, with the signals of both halves: those of `SelfModifying.watched`, of which "write_norm" has the
        five memories, and of `ContinuumBlocks.watched`, of which "level_writes" has the blocks, 0 off their ticks.
        """
        first, second = _halves(state, HopeState)
        memories = self.memories.watched(x, first)
        blocks = self.blocks.watched(memories.outputs, second)
        both = memories.trace.merge(blocks.trace.signals)
        return Unrolled(HopeState(memories.state, blocks.state), blocks.outputs, both)


class HopeAttentionState(NamedTuple):
    """attention: its cache. blocks: the continuum's fast weights, and what waits for a tick."""

    attention: AttentionState
    blocks: ContinuumState


class HopeAttention(nn.Module):
    """Softmax attention, then a continuum of MLP blocks, as a layer: x [batch, time, width] -> y, the same.

    `Hope` with attention in the place of its memories; the blocks are the same, and so is what may be said of them.
    With block_rate=0 it is a transformer's attention and MLPs, of which each may have a period of its own.
    heads, window: as in `Attention`.
    Raises ValueError as its halves do.
    Source: Behrouz et al. 2025 (arXiv 2512.24695), there Hope-Attention.

        >>> layer = outer.HopeAttention(8, (1, 4), heads=2, generator=torch.Generator().manual_seed(0))
        >>> answers, state = layer(torch.randn(1, 6, 8))
        >>> answers.shape, state.attention.keys.shape[2], state.blocks.clock
        (torch.Size([1, 6, 8]), 6, 6)
    """

    def __init__(
        self,
        width: int,
        periods: Sequence[int] = (4, 16, 64),
        *,
        heads: int = 4,
        window: int | None = None,
        block_rate: float = 1.0,
        generator: Generator | None = None,
        **blocks: Unpack[Chain],
    ) -> None:
        super().__init__()
        self.attention: Attention = Attention(width, heads, window=window, generator=generator)
        self.blocks: ContinuumBlocks = ContinuumBlocks(width, periods, rate=block_rate, generator=generator, **blocks)

    def forward(self, x: Tensor, state: HopeAttentionState | None = None) -> tuple[Tensor, HopeAttentionState]:
        """(y [batch, time, width], the state to go on from); any split of a text gives the numbers of the whole."""
        first, second = _halves(state, HopeAttentionState)
        o, attention = self.attention(x, first)
        y, blocks = self.blocks(o, second)
        return y, HopeAttentionState(attention, blocks)

    def watched(self, x: Tensor, state: HopeAttentionState | None = None) -> Unrolled:
        """The same, with what happened in the blocks, as in `ContinuumBlocks.watched`."""
        first, second = _halves(state, HopeAttentionState)
        o, attention = self.attention(x, first)
        run = self.blocks.watched(o, second)
        return run._replace(state=HopeAttentionState(attention, run.state))


def _halves(state: Any, kind: type[Any]) -> tuple[Any, Any]:
    """The states of both halves, none at the beginning; each looks at its own."""
    if state is None:
        return None, None
    remedy = "give the state that an earlier call of this layer returned, or None"
    return tuple(instance("state", state, kind, remedy))
