"""How much of each impulse, and of a block's starting state, is in the state after each token. Gates decide it."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.memory.scan import products

__all__ = ["Shares", "shares"]


class Shares(NamedTuple):
    """Shares inside blocks of C tokens, for S_t = η_t S_{t−1} + u_t k_tᵀ and M_t = (1 − α_t) M_{t−1} + S_t.

    Row 0 is the block's start, row t + 1 the state after its token t.
    carried [.., C+1, C]: of impulse i in S. impulses [.., C+1, C]: of impulse i in M. past [.., C+1]: of S_0 in S.
    past_in_memory [.., C+1]: of S_0 in M. memory [.., C+1]: of M_0 in M. kept [.., C, C]: of M_i in M_t, both after
    their token.
    """

    carried: Tensor
    impulses: Tensor
    past: Tensor
    past_in_memory: Tensor
    memory: Tensor
    kept: Tensor


def shares(momentum: Tensor | None, keep: Tensor) -> Shares:
    """The shares of every block; momentum (None where the rule has none) and keep [.., C]."""
    kept = products(keep)
    memory = F.pad(kept[..., 0] * keep[..., :1], (1, 0), value=1.0)
    if momentum is None:
        alone = torch.eye(keep.shape[-1], dtype=keep.dtype, device=keep.device).expand_as(kept)
        nothing = torch.zeros_like(memory)
        return Shares(
            _from_start(alone), _from_start(kept), F.pad(nothing[..., 1:], (1, 0), value=1.0), nothing, memory, kept
        )
    carried = products(momentum)
    impulses = kept @ carried
    past = F.pad(carried[..., 0] * momentum[..., :1], (1, 0), value=1.0)
    past_in_memory = F.pad(impulses[..., 0] * momentum[..., :1], (1, 0))
    return Shares(_from_start(carried), _from_start(impulses), past, past_in_memory, memory, kept)


def _from_start(rows: Tensor) -> Tensor:
    return F.pad(rows, (0, 0, 1, 0))
