"""Attention: memory as the tokens themselves, kept as they came and for as long as they fit into a window.

Where a fast weight is rewritten by every token, attention appends: its state is the list of past keys and values (the
KV cache). Nothing is ever overwritten; what leaves the window is gone without a trace.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import count, refuse
from nlviz.outer.entrance import carried_on, vectors
from nlviz.outer.layers.initial import linear
from nlviz.outer.layers.masks import Mask, band, numbered

__all__ = ["Attention", "AttentionState"]


class AttentionState(NamedTuple):
    """The KV cache: keys and values of the past tokens still in the window, each [batch, heads, past, d_head]."""

    keys: Tensor
    values: Tensor


class Attention(nn.Module):
    """Causal softmax attention on whatever is still in its window:

        y_t = W_o Σ_{t−window < i ≤ t} softmax_i(⟨R_t q_t, R_i k_i⟩/√d) v_i

    R_t turns a vector by an angle that grows with t, so only the distance t − i matters (rotary positions) and a window
    may be any that is not longer than those trained. window: tokens a token sees, itself included; None is all of them.
    It may be given for a single call too, so one trained model can be asked with many windows.
    Vectors of another kind may be put in view: a prefix that every token sees, and a companion beside every token.
    generator: draws the initial weights; torch's global one if None.
    Source: Vaswani et al. 2017 (arXiv 1706.03762) eq. 1; Su et al. 2021 (arXiv 2104.09864) eq. 34 for R.

        y, state = attention(x)                      # [batch, time, width] -> [batch, time, width], and the cache
        y, state = attention(more, state)            # any split of a text gives the numbers of the whole

        >>> answers, state = outer.Attention(8, heads=2, window=4)(torch.randn(1, 6, 8))
        >>> answers.shape
        torch.Size([1, 6, 8])
    """

    def __init__(
        self, width: int, heads: int = 4, *, window: int | None = None, generator: Generator | None = None
    ) -> None:
        super().__init__()
        width, heads = count("width", width), count("heads", heads)
        if width % heads or (width // heads) % 2:
            raise ValueError(
                f"width {width} does not split into {heads} heads of an even width; use a multiple of {2 * heads}"
            )
        self.heads: int = heads
        self.window: int | None = _window(window)
        self.into: nn.Linear = linear(width, 3 * width, generator)
        self.out: nn.Linear = linear(width, width, generator)

    def begin(self, x: Tensor) -> AttentionState:
        """The cache before any token: [batch, heads, 0, d_head]."""
        none = x.new_zeros(x.shape[0], self.heads, 0, self.out.in_features // self.heads)
        return AttentionState(none, none)

    def mask(self, time: int) -> Mask:
        """What each of the first `time` tokens may attend to, [time, time]."""
        at = torch.arange(count("time", time, least=0))
        return Mask(band(at, at, self.window), numbered("x", len(at)))

    def given(self, x: Any, name: str = "x") -> Tensor:
        """x as the layer takes it, [batch, time, width]. Raises ValueError for other axes, dtypes and devices."""
        return vectors(x, self.into.in_features, self.into.weight, name)

    def forward(
        self,
        x: Tensor,
        state: AttentionState | None = None,
        *,
        window: int | None = None,
        prefix: Tensor | None = None,
        beside: Tensor | None = None,
    ) -> tuple[Tensor, AttentionState]:
        """(y [batch, time, width], the cache to go on from). window: in place of the layer's own, for this call.

        prefix: [batch, count, width], in view of every token, whatever the window. It stands nowhere in the text, so a
        score with it knows no distance: ⟨q, k⟩ with neither turned.
        beside: [batch, time, width], one more vector to be seen at the place of each token, in its cache too.
        """
        window = self.window if window is None else _window(window)
        x = self.given(x)
        each = 1 if beside is None else 2
        past = self.begin(x) if state is None else _last(self._carried_on(state, x, each), window, each)
        q, k, v = self._heads(x)
        if beside is not None:
            _, *companions = self._heads(self._alike("beside", beside, x, 2))
            k, v = (torch.stack(both, 3).flatten(2, 3) for both in zip(companions, (k, v), strict=True))
        k, v = (torch.cat([old.to(new), new], 2) for old, new in zip(past, (k, v), strict=True))
        # Positions count from the oldest token kept: only distances matter, and they stay small in an endless text.
        at = torch.arange(k.shape[2] // each, device=x.device).repeat_interleave(each)
        asking = at[k.shape[2] - each * q.shape[2] :: each]
        seen = band(asking, at, window)
        if prefix is None or not prefix.shape[1]:
            y = F.scaled_dot_product_attention(_turn(q, asking), _turn(k, at), v, attn_mask=seen)
        else:
            y = _with_prefix(
                q,
                _turn(q, asking),
                AttentionState(_turn(k, at), v),
                self._heads(self._alike("prefix", prefix, x, 1))[1:],
                seen,
            )
        return self.out(y.transpose(1, 2).flatten(2)), _last(AttentionState(k, v), window, each)

    def _carried_on(self, state: Any, x: Tensor, each: int) -> AttentionState:
        found = carried_on(state, AttentionState, len(x), "attention", self.begin(x))
        if found.keys.shape != found.values.shape or found.keys.shape[2] % each:
            past = f"keys of {found.keys.shape[2]} and values of {found.values.shape[2]} vectors"
            refuse("the cache in the state", past, f"as many of both, {each} for each token")
        return found

    def _alike(self, name: str, other: Any, x: Tensor, axes: int) -> Tensor:
        """Vectors to be seen beside x: of the same batch, and for axes=2 of the same time."""
        other = self.given(other, name)
        if other.shape[:axes] != x.shape[:axes]:
            refuse(name, other, f"the {' and '.join(('batch', 'time')[:axes])} of x, {list(x.shape[:axes])}")
        return other

    def _heads(self, x: Tensor) -> Tensor:
        """q, k and v of x: [3, batch, heads, time, d_head]."""
        return self.into(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)


def _with_prefix(q: Tensor, turned: Tensor, text: AttentionState, prefix: Tensor, seen: Tensor) -> Tensor:
    """Attention to a prefix and the text in one softmax, where the one is met by q as it is and the other by R q.

    Side by side both are inner products of one query: ⟨[R q, q], [R k, 0]⟩ and ⟨[R q, q], [0, p]⟩.
    """
    width = q.shape[-1]
    keys = torch.cat([F.pad(prefix[0], (width, 0)), F.pad(text.keys, (0, width))], 2)
    values = torch.cat([prefix[1], text.values], 2)
    seen = F.pad(seen, (prefix.shape[-2], 0), value=True)
    both = torch.cat([turned, q], -1)
    return F.scaled_dot_product_attention(both, keys, values, attn_mask=seen, scale=width**-0.5)


def _last(state: AttentionState, window: int | None, each: int) -> AttentionState:
    """What the next token can still see: window − 1 places of `each` vectors, for it will be one itself."""
    drop = 0 if window is None else max(0, state.keys.shape[2] - each * (window - 1))
    return AttentionState(state.keys[:, :, drop:], state.values[:, :, drop:])


def _turn(x: Tensor, at: Tensor) -> Tensor:
    """R: each pair of numbers (x_j, x_{j+d/2}) turned by position times 10000^{−2j/d}."""
    half = x.shape[-1] // 2
    # in float64: of a float32 angle of 1000 the fourth digit is already lost
    speeds = 10_000.0 ** (-torch.arange(half, dtype=torch.float64, device=x.device) / half)
    angles = at[:, None] * speeds
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    one, other = x[..., :half], x[..., half:]
    return torch.cat([one * cos - other * sin, one * sin + other * cos], -1)


def _window(window: int | None) -> int | None:
    return None if window is None else count("window", window, of="tokens, itself included (None sees all)")
