"""A cache in the place of a memory: the same layer around it, so that only what is kept of the past differs."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door import words
from nlviz.memory import Hebbian
from nlviz.outer import LMM, LMMState, Streamed
from nlviz.outer.layers.lmm import Beginning

__all__ = ["Beside", "Cache", "Lookup"]

SHARPNESS = 16.0
"""Where β begins: unit keys of cosine .5 are then heard e⁸ times less than the one that is asked for."""


class Cache(NamedTuple):
    """keys, values [batch, past, d]: of the tokens still in the window. heard [batch, past]: ln θ, and what has been
    forgotten since."""

    keys: Tensor
    values: Tensor
    heard: Tensor


class Lookup(LMM):
    """An `LMM` whose memory is the last `window` tokens themselves, looked up by softmax:

        y_t = W_o (norm(Σ_s p_ts v_s) ∘ σ(W_z x_t)),   p_ts = softmax_s(β ⟨q_t, k_s⟩ + ln θ_s + Σ_{s<u≤t} ln(1 − α_u))

    q, k, v, their convolutions, the gates, norm and output gate are those of an LMM, from the same beginning; a token
    written weakly is heard softly, and forgetting makes what is old soft. Of η it knows nothing. β is learned.
    window: tokens it sees, itself included; None is all of them. d: width of keys and values.
    Raises ValueError for a window below one, and as `LMM` does.
    Source: a softmax with decay, Lin et al. 2025 (Forgetting Transformer, arXiv 2503.02130); ln θ in it is ours.

        >>> answers, state = experiments.budget.Lookup(8, 4, window=2)(torch.randn(1, 6, 8))
        >>> answers.shape, state.memory.keys.shape
        (torch.Size([1, 6, 8]), torch.Size([1, 1, 4]))
    """

    def __init__(
        self,
        width: int,
        d: int,
        *,
        window: int | None = None,
        convolution: int = 4,
        beginning: Beginning | None = None,
        generator: Generator | None = None,
    ) -> None:
        begun = Beginning() if beginning is None else beginning
        d = words.count("d", d)
        super().__init__(width, Hebbian(d, d), convolution=convolution, beginning=begun, generator=generator)
        of = "tokens, itself included (None sees all)"
        self.window: int | None = None if window is None else words.count("window", window, of=of)
        self.sharpness: nn.Parameter = nn.Parameter(torch.tensor(SHARPNESS).log())

    def begin(self, x: Tensor) -> LMMState:
        """The state before any token: an empty cache."""
        state, d = super().begin(x), self.memory.d_key
        none = x.new_zeros(len(x), 0, d)
        return state._replace(memory=Cache(none, none, x.new_zeros(len(x), 0)))

    def forward(self, x: Tensor, state: LMMState | None = None) -> tuple[Tensor, LMMState]:
        """(y [batch, time, width], the state to go on from)."""
        x = self.given(x)
        streamed, tails = self._streamed(x, self.begin(x) if state is None else state)
        reads, cache = self._looked_up(streamed, tails.memory)
        return self.answered(reads, x), tails._replace(memory=cache)

    def _looked_up(self, streamed: Streamed, past: Cache) -> tuple[Tensor, Cache]:
        (keys, values), gates, queries = streamed
        kept = (1 - gates.forget).log().cumsum(1)
        # what all tokens of a row have in common falls out of its softmax, so each says only how it stands to others
        heard = torch.cat([past.heard, gates.inner_lr.log() - kept], 1)
        keys, values = torch.cat([past.keys, keys], 1), torch.cat([past.values, values], 1)
        seen = heard[:, None].masked_fill(~self._seen(keys.shape[1], queries.shape[1]).to(keys.device), -torch.inf)
        asked = queries * self.sharpness.exp()
        reads = F.scaled_dot_product_attention(asked, keys, values, attn_mask=seen, scale=1.0)
        drop = 0 if self.window is None else max(0, keys.shape[1] - self.window + 1)
        # as of the last token, or the numbers would grow with the text
        heard = (heard + kept[:, -1:])[:, drop:] if kept.shape[1] else past.heard
        return reads, Cache(keys[:, drop:], values[:, drop:], heard)

    def _seen(self, whole: int, now: int) -> Tensor:
        """What each of the last `now` of `whole` tokens sees, [now, whole]."""
        away = torch.arange(whole - now, whole)[:, None] - torch.arange(whole)
        return (away >= 0) & (away < (self.window or whole))


class Beside(nn.Module):
    """Layers that read the same x, and whose answers are added: y = Σ layer(x). The state is one for each.

    Raises ValueError for no layer.

        >>> window = experiments.budget.Lookup(8, 8, window=4)
        >>> both = experiments.budget.Beside(window, outer.LMM(8, memory.Delta(8, 8)))
        >>> both(torch.randn(1, 6, 8))[0].shape
        torch.Size([1, 6, 8])
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        words.several("layers", layers, least=1, what="layers")
        self.layers: nn.ModuleList = nn.ModuleList(words.instance("a layer", one, nn.Module) for one in layers)

    def forward(self, x: Tensor, state: tuple[Any, ...] | None = None) -> tuple[Tensor, tuple[Any, ...]]:
        """(y [batch, time, width], the state to go on from)."""
        before = (None,) * len(self.layers) if state is None else state
        every = [layer(x, one) for layer, one in zip(self.layers, before, strict=True)]
        return torch.stack([y for y, _ in every]).sum(0), tuple(after for _, after in every)
