"""One write of one or many tokens: impulses from the same old weights, gates acting token by token."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["accumulate", "scale"]


def scale(gate: Tensor, weights: Tensor) -> Tensor:
    """gate [batch] times weights [batch, …]."""
    return gate.reshape(-1, *(1,) * (weights.dim() - 1)) * weights


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
    """The same for several tokens: the end of both scans as one weighted sum of impulses and old states.

    Going backwards from the last token, in_memory[i] is the share of impulse i in the final M, in_past its share in
    the final S.
    """
    absent = torch.zeros_like(impulses[..., 0])
    momentum = absent if momentum is None else momentum
    keep = 1 - absent if forget is None else 1 - forget
    in_memory, in_past = [], []
    kept, carried, written = torch.ones_like(keep[:, 0]), torch.ones_like(keep[:, 0]), absent[:, 0]
    for i in reversed(range(impulses.shape[1])):
        # `written` arrives as η_{i+1} × the share of impulse i+1, which is how far impulse i rides on with the momentum
        written = kept + written
        in_memory.append(written)
        in_past.append(carried)
        kept, carried, written = kept * keep[:, i], carried * momentum[:, i], written * momentum[:, i]
    to_memory = torch.stack(in_memory[::-1], 1)[..., None] * impulses
    to_past = torch.stack(in_past[::-1], 1)[..., None] * impulses
    return (
        scale(kept, memory) + scale(written, past_surprise) + to_memory.mT @ directions,
        scale(carried, past_surprise) + to_past.mT @ directions,
    )
