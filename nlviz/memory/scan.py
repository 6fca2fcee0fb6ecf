"""One write of one or many tokens: impulses from the same old weights, gates acting token by token."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["accumulate", "products", "scale"]


def scale(gate: Tensor, weights: Tensor) -> Tensor:
    """gate [batch] times weights [batch, …]."""
    return gate.reshape(-1, *(1,) * (weights.dim() - 1)) * weights


def products(factors: Tensor) -> Tensor:
    """∏_{i<l≤t} f_l at [.., t, i], 1 on the diagonal, 0 above it; factors [.., C].

    No division and no logarithm, so a factor of zero (forget = 1) is exact, and so are the gradients. Built by
    doubling: a product across the middle of a run is one from its left half times one from its right half.
    """
    width = factors.shape[-1]
    padded = F.pad(factors, (0, (1 << (width - 1).bit_length()) - width), value=1.0)
    runs = torch.ones_like(padded)[..., None, None]
    while runs.shape[-3] > 1:
        size = runs.shape[-1]
        left, right = runs.unflatten(-3, (-1, 2)).unbind(-3)
        middle = padded.unflatten(-1, (-1, 2 * size))[..., size, None]
        across = (right[..., :, 0] * middle)[..., :, None] * left[..., -1, None, :]
        runs = torch.cat([torch.cat([left, torch.zeros_like(left)], -1), torch.cat([across, right], -1)], -2)
    return runs[..., 0, :width, :width]


def accumulate(
    memory: Tensor,
    past_surprise: Tensor,
    impulses: Tensor,
    directions: Tensor,
    momentum: Tensor | None,
    forget: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """(M, S) after a chunk: S ← η S + u κᵀ, M ← (1 − α) M + S at every token.

    memory, past_surprise [batch, d_value, d_key]; impulses u [batch, chunk, d_value]; directions κ [batch, chunk,
    d_key]; gates [batch, chunk], None where the rule has none (η = 0, α = 0).
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 16–18, with the scans written as one sum over the chunk.
    """
    if impulses.shape[1] > 1:
        return _accumulate_many(memory, past_surprise, impulses, directions, momentum, forget)
    push = impulses.mT @ directions
    past_surprise = push if momentum is None else scale(momentum[:, 0], past_surprise) + push
    kept = memory if forget is None else scale(1 - forget[:, 0], memory)
    return kept + past_surprise, past_surprise


def _accumulate_many(
    memory: Tensor,
    past_surprise: Tensor,
    impulses: Tensor,
    directions: Tensor,
    momentum: Tensor | None,
    forget: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """The same for several tokens: the end of both scans as one weighted sum of impulses and old states."""
    absent = torch.zeros_like(impulses[..., 0])
    kept = products(1 - (absent if forget is None else forget))
    carried = products(absent if momentum is None else momentum)
    # the last rows: of M after each token in the final M, of each impulse in the final S and, by way of S, in the final M
    in_memory = (kept[:, -1:] @ carried)[:, 0]
    in_past = carried[:, -1]
    first_keep = 1.0 if forget is None else 1 - forget[:, 0]
    first_carry = absent[:, 0] if momentum is None else momentum[:, 0]
    return (
        scale(kept[:, -1, 0] * first_keep, memory)
        + scale(in_memory[:, 0] * first_carry, past_surprise)
        + (in_memory[..., None] * impulses).mT @ directions,
        scale(in_past[:, 0] * first_carry, past_surprise) + (in_past[..., None] * impulses).mT @ directions,
    )
