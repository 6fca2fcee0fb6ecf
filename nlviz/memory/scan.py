"""One write of one or many tokens: impulses from the same old weights, gates acting token by token."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door.tensors import goes_back

__all__ = ["accumulate", "acts", "products", "scale"]


def scale(gate: Tensor, weights: Tensor) -> Tensor:
    """gate [batch] times weights [batch, …]."""
    return gate.reshape(-1, *(1,) * (weights.dim() - 1)) * weights


def products(factors: Tensor) -> Tensor:
    """∏_{i<l≤t} f_l at [.., t, i], 1 on the diagonal, 0 above it; factors [.., C].

    Running products, not ratios of two: no division and no logarithm, so a factor of zero (forget = 1) is exact.
    """
    return _Products.apply(factors) if goes_back(factors) else _products(factors)  # pyright: ignore[reportReturnType]


def _products(factors: Tensor) -> Tensor:
    width = factors.shape[-1]
    later = torch.ones(width, width, dtype=torch.bool, device=factors.device).tril(-1)
    return torch.where(later, factors[..., None], 1.0).cumprod(-2).tril()


class _Products(torch.autograd.Function):
    """`products`, and ∂ℓ/∂f_l = Σ_{t≥l>i} ∂ℓ/∂P[t, i] P[t, l] P[l−1, i]: no division on the way back either."""

    @staticmethod
    def forward(ctx: Any, factors: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        found = _products(factors)
        ctx.save_for_backward(found)
        return found

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        (found,) = ctx.saved_tensors
        behind = found.mT @ slope
        return F.pad((behind[..., 1:, :] * found[..., :-1, :]).sum(-1), (1, 0))


def accumulate(
    memory: Tensor,
    past_surprise: Tensor,
    impulses: Tensor,
    directions: Tensor,
    momentum: Tensor | None,
    keep: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """(M, S) after a chunk: S ← η S + u κᵀ, M ← a M + S at every token; a = keep = 1 − α.

    A chunk of no tokens changes nothing.
    memory, past_surprise [batch, d_value, d_key]; impulses u [batch, chunk, d_value]; directions κ [batch, chunk,
    d_key]; gates [batch, chunk], None where the rule has none (η = 0, a = 1).
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 16–18, with the scans written as one sum over the chunk.
    """
    tokens = impulses.shape[1]
    if tokens != 1:
        many = memory, past_surprise, impulses, directions, momentum, keep
        return _accumulate_many(*many) if tokens else (memory, past_surprise)
    push = impulses.mT @ directions
    past_surprise = push if momentum is None else scale(momentum[:, 0], past_surprise) + push
    kept = memory if keep is None else scale(keep[:, 0], memory)
    return kept + past_surprise, past_surprise


def _accumulate_many(
    memory: Tensor,
    past_surprise: Tensor,
    impulses: Tensor,
    directions: Tensor,
    momentum: Tensor | None,
    keep: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """The same for several tokens: the end of both scans as one weighted sum of impulses and old states."""
    if not acts(momentum) and not acts(None if keep is None else 1 - keep):
        return memory + impulses.mT @ directions, impulses[:, -1:].mT @ directions[:, -1:]
    absent = torch.zeros_like(impulses[..., 0])
    keep = 1 - absent if keep is None else keep
    kept = products(keep)
    carried = products(absent if momentum is None else momentum)
    # last rows: the shares of each impulse in the final M, by way of S, and in the final S
    in_memory = (kept[:, -1:] @ carried)[:, 0]
    in_past = carried[:, -1]
    first_carry = absent[:, 0] if momentum is None else momentum[:, 0]
    return (
        scale(kept[:, -1, 0] * keep[:, 0], memory)
        + scale(in_memory[:, 0] * first_carry, past_surprise)
        + (in_memory[..., None] * impulses).mT @ directions,
        scale(in_past[:, 0] * first_carry, past_surprise) + (in_past[..., None] * impulses).mT @ directions,
    )


def acts(gate: Tensor | None) -> bool:
    """False for a gate that is zero throughout, as far as looking is free: on the CPU, with no gradient asked of it."""
    if gate is None or gate.requires_grad or gate.is_cuda:
        return gate is not None
    try:
        return bool(gate.any())
    except RuntimeError:
        # under torch.func.vmap one gate stands for many
        return True
