"""Attention: memory as the tokens themselves, kept as they came and for as long as they fit into a window.

Where a fast weight is rewritten by every token, attention appends: its state is the list of past keys and values (the
KV cache). Nothing is ever overwritten; what leaves the window is gone without a trace.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.outer.drawing import linear

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
    generator: draws the initial weights; torch's global one if None.
    Source: Vaswani et al. 2017 (arXiv 1706.03762) eq. 1; Su et al. 2021 (arXiv 2104.09864) eq. 34 for R.

        y, state = attention(x)                      # [batch, time, width] -> [batch, time, width], and the cache
        y, state = attention(more, state)            # any split of a text gives the numbers of the whole
    """

    def __init__(
        self, width: int, heads: int = 4, *, window: int | None = None, generator: Generator | None = None
    ) -> None:
        super().__init__()
        if heads < 1 or width % heads or (width // heads) % 2:
            raise ValueError(
                f"width {width} does not split into {heads} heads of an even width; use a multiple of {2 * heads}"
            )
        _check_window(window)
        self.heads, self.window = heads, window
        self.into = linear(width, 3 * width, generator)
        self.out = linear(width, width, generator)

    def forward(
        self, x: Tensor, state: AttentionState | None = None, *, window: int | None = None
    ) -> tuple[Tensor, AttentionState]:
        """(y [batch, time, width], the cache to go on from). window: in place of the layer's own, for this call."""
        _check_window(window)
        window = self.window if window is None else window
        # [batch, heads, time, d_head] each
        q, k, v = self.into(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        past = AttentionState(k[:, :, :0], v[:, :, :0]) if state is None else _last(state, window)
        k, v = torch.cat([past.keys, k], 2), torch.cat([past.values, v], 2)
        # Positions count from the oldest token kept: only distances matter, and they stay small in an endless text.
        at = torch.arange(k.shape[2], device=x.device)
        asking = at[k.shape[2] - q.shape[2] :]
        seen = _seen(asking, at, window)
        y = F.scaled_dot_product_attention(_turn(q, asking), _turn(k, at), v, attn_mask=seen)
        return self.out(y.transpose(1, 2).flatten(2)), _last(AttentionState(k, v), window)


def _seen(asking: Tensor, at: Tensor, window: int | None) -> Tensor:
    """Whether the token at `asking` sees the one at `at`, [asking, at]."""
    back = asking[:, None] - at
    return (back >= 0) if window is None else (back >= 0) & (back < window)


def _last(state: AttentionState, window: int | None) -> AttentionState:
    """What the next token can still see: window − 1 tokens, for it will be one itself."""
    drop = 0 if window is None else max(0, state.keys.shape[2] - (window - 1))
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


def _check_window(window: int | None) -> None:
    if window is not None and window < 1:
        raise ValueError(f"window is {window}; a token sees at least itself, use 1 or more, or None for all")
