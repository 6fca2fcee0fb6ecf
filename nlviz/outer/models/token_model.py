"""Token models: blocks that mix tokens, one after the other, between an embedding and a head. You choose the mixer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import count, number, refuse, several
from nlviz.memory import DeepMemory, cross_entropy
from nlviz.outer import entrance
from nlviz.outer.homes import Head
from nlviz.outer.layers.initial import embedding, head, linear
from nlviz.outer.models.byte_model import BYTES, START

__all__ = ["Block", "ModelState", "TokenModel"]


class Block(nn.Module):
    """x ← x + mixer(norm x); x ← x + MLP(norm x): the block of a transformer, with any mixer in attention's place.

    mixer: (x, state) -> (y, state), as `Attention`, `MemoryLayer`, `TTTLayer`, `MAC`. expand: hidden width of the MLP,
    in widths; 0 leaves it out.
    """

    def __init__(self, mixer: nn.Module, width: int, expand: float = 4, *, generator: Generator | None = None) -> None:
        super().__init__()
        width, expand = count("width", width), number("expand", expand, least=0.0)
        self.norm: nn.RMSNorm = nn.RMSNorm(width)
        self.mixer: nn.Module = entrance.module("mixer", mixer)
        self.mlp: nn.Sequential | None = None
        if expand:
            hidden = round(expand * width)
            up, down = linear(width, hidden, generator), linear(hidden, width, generator)
            self.mlp = nn.Sequential(nn.RMSNorm(width), up, nn.GELU(), down)

    def forward(self, x: Tensor, state: Any = None, **how: Any) -> tuple[Tensor, Any]:
        """(x, the mixer's state to go on from). how: what this mixer takes for one call, as attention its window."""
        x = entrance.vectors(x, self.norm.normalized_shape[0], self.norm.weight)
        mixed, state = self.mixer(self.norm(x), state, **how)
        x = x + mixed
        return (x if self.mlp is None else x + self.mlp(x)), state


class ModelState(NamedTuple):
    """Where a model stands in the text: the last symbol it saw [batch], and the state of every block's mixer."""

    last: Tensor
    blocks: tuple[Any, ...]


class TokenModel(nn.Module):
    """A causal model of bytes (or any symbols): embedding, one block per mixer, and a head W_0 on unit keys.

        x = embed(symbol_{t−1}), then every block;  k_t = x/‖x‖;  logits_t = W_0 k_t predict symbol t

    The interface is `ByteModel`'s: keys of symbol t depend on the symbols before t alone, and the head is one matrix
    that a memory may start from. generator: draws the initial weights; torch's global one if None.

        model = TokenModel([Attention(64, 4), Attention(64, 4)], 64)
        keys, state = model(text)                     # [batch, time] whole numbers -> [batch, time, width]
        logits = keys @ model.head_weights().mT

        >>> generator = torch.Generator().manual_seed(0)
        >>> model = outer.TokenModel([outer.Attention(8, 2, generator=generator)], 8, vocabulary=5, generator=generator)
        >>> keys, state = model(torch.tensor([[0, 1, 2, 3]]))
        >>> keys.shape, (keys @ model.head_weights().mT).shape
        (torch.Size([1, 4, 8]), torch.Size([1, 4, 5]))
    """

    def __init__(
        self,
        mixers: Sequence[nn.Module],
        width: int,
        *,
        vocabulary: int = BYTES,
        expand: float = 4,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        width, vocabulary = count("width", width), count("vocabulary", vocabulary, of="symbols")
        self.d_key: int = width
        self.vocabulary: int = vocabulary
        every = several("mixers", mixers, what="layers")
        self.embed: nn.Embedding = embedding(vocabulary, width, generator)
        blocks = (Block(mixer, width, expand, generator=generator) for mixer in every)
        self.blocks: nn.ModuleList = nn.ModuleList(blocks)
        self.head: Head = head(width, vocabulary, generator)

    def forward(self, text: Tensor, state: ModelState | None = None) -> tuple[Tensor, ModelState]:
        """The keys [batch, time, width] of `text` [batch, time], and the state to go on from.

        A list or a NumPy array of whole numbers will do. Raises ValueError if `text` is not [batch, time] of symbols
        that the model has, or `state` not one of its own for as many texts.
        """
        return self.run(text, state, [{}] * len(self.blocks))

    def run(self, text: Tensor, state: ModelState | None, how: Sequence[dict[str, Any]]) -> tuple[Tensor, ModelState]:
        """`forward`, with what each block's mixer is to be told for this call."""
        text = entrance.symbols(text, self.vocabulary, self.head.weight)
        if state is None:
            # the line end that bytes begin with, or a symbol there is
            state = ModelState(text.new_full(text.shape[:1], START % self.vocabulary), (None,) * len(self.blocks))
        state = entrance.carried_on(state, ModelState, len(text), "model")
        entrance.lasts(state.last, len(text), self.vocabulary, self.head.weight)
        given = len(several("blocks of the state", state.blocks, what="states of mixers"))
        if given != len(self.blocks):
            refuse("blocks in the state", given, f"{len(self.blocks)}, as the model has")
        if text.shape[1] == 0:
            # nothing, but of the model: a loss over it may be gone back from
            return self.head()[:1, 0] * self.head.weight.new_zeros(len(text), 0, self.d_key), state
        x = self.embed(torch.cat([state.last[:, None], text[:, :-1]], 1).long())
        after = []
        for block, before, told in zip(self.blocks, state.blocks, how, strict=True):
            x, now = block(x, before, **told)
            after.append(now)
        return F.normalize(x, dim=-1), ModelState(text[:, -1], tuple(after))

    def keys(self, text: Tensor) -> Tensor:
        """The keys of a text read from its beginning: unit vectors [batch, time, width]."""
        return self(text)[0]

    def head_weights(self) -> Tensor:
        """W_0 [vocabulary, width], scale included: √width puts unit keys on the scale of RMS-normalised input."""
        return self.head() * math.sqrt(self.d_key)

    def memory(self) -> DeepMemory:
        """The head as fast weights: a linear map under cross-entropy that starts at W_0. Values are one-hot bytes."""
        initial = self.head_weights().detach()
        return DeepMemory(self.d_key, len(initial), cross_entropy, initial=initial)

    def loss(self, text: Tensor, state: ModelState | None = None) -> tuple[Tensor, ModelState]:
        """(−ln p of every symbol [batch, time], the state to go on from)."""
        text = entrance.symbols(text, self.vocabulary, self.head.weight)
        keys, after = self(text, state)
        logits = keys @ self.head_weights().mT
        return F.cross_entropy(logits.flatten(0, 1), text.flatten().long(), reduction="none").view_as(text), after
