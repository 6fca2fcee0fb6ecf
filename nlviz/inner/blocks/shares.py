"""How much of each impulse, and of a block's starting state, is in the state after each token. Gates decide it."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.memory.scan import products

__all__ = ["Shares", "kept_by_channel", "meet", "shares"]


class Shares(NamedTuple):
    """Shares inside blocks of C tokens, for S_t = η_t S_{t−1} + u_t c_tᵀ and M_t = M_{t−1} diag(a_t) + b_t S_t.

    Row 0 is the block's start, row t + 1 the state after its token t.
    carried [.., C+1, C]: of impulse i in S. impulses [.., C+1, C]: of impulse i in M. past [.., C+1]: of S_0 in S.
    past_in_memory [.., C+1]: of S_0 in M. memory [.., C+1]: of M_0 in M. kept [.., C, C]: of M_i in M_t, both after
    their token.
    Where every key channel has an a of its own, what is of M has one more axis at the end, [.., d_key].
    """

    carried: Tensor
    impulses: Tensor
    past: Tensor
    past_in_memory: Tensor
    memory: Tensor
    kept: Tensor

    @property
    def by_channel(self) -> bool:
        """Whether the shares in M have a channel axis."""
        return self.memory.dim() > self.past.dim()

    def over_channels(self, each: Tensor) -> Tensor:
        """What every token has, [.., C], with an axis for the channels if the shares in M have one."""
        return each[..., None] if self.by_channel else each

    def block(self, block: int) -> Shares:
        """Those of one block."""
        return Shares(*(one[:, block] for one in self))

    @property
    def kept_from_start(self) -> Tensor:
        """`kept` in the rows of the others: row t + 1 for M_t, none of them in row 0."""
        return _from_start(self.kept, 1 if self.by_channel else 0)


def shares(momentum: Tensor | None, keep: Tensor, output: Tensor | None = None, *, by_channel: bool = False) -> Shares:
    """The shares of every block; momentum and output (None where the rule has none) and keep [.., C].

    by_channel: keep is [.., C, d_key].
    """
    if by_channel:
        return _by_channel(momentum, keep, output)
    kept = products(keep)
    memory = F.pad(kept[..., 0] * keep[..., :1], (1, 0), value=1.0)
    taken = kept if output is None else kept * output[..., None, :]
    if momentum is None:
        alone = torch.eye(keep.shape[-1], dtype=keep.dtype, device=keep.device).expand_as(kept)
        nothing = torch.zeros_like(memory)
        return Shares(
            _from_start(alone), _from_start(taken), F.pad(nothing[..., 1:], (1, 0), value=1.0), nothing, memory, kept
        )
    carried = products(momentum)
    impulses = taken @ carried
    past = F.pad(carried[..., 0] * momentum[..., :1], (1, 0), value=1.0)
    past_in_memory = F.pad(impulses[..., 0] * momentum[..., :1], (1, 0))
    return Shares(_from_start(carried), _from_start(impulses), past, past_in_memory, memory, kept)


def _by_channel(momentum: Tensor | None, keep: Tensor, output: Tensor | None) -> Shares:
    """Every channel's shares by themselves, with what all have in common once."""
    if momentum is None and output is None:
        return kept_by_channel(keep)
    repeated = [None if one is None else one[..., None, :].expand(keep.mT.shape) for one in (momentum, output)]
    each = shares(repeated[0], keep.mT, repeated[1])
    return Shares(
        carried=each.carried[..., 0, :, :],
        impulses=each.impulses.movedim(-3, -1),
        past=each.past[..., 0, :],
        past_in_memory=each.past_in_memory.mT,
        memory=each.memory.mT,
        kept=each.kept.movedim(-3, -1),
    )


def kept_by_channel(keep: Tensor) -> Shares:
    """The same where a write is just kept. Arrays with a channel axis are large: as few passes over them as may be."""
    size = keep.shape[-2]
    row, column = torch.arange(size + 1, device=keep.device)[:, None], torch.arange(size, device=keep.device)
    # row t + 1 multiplies with what its token keeps, from the token after the write's own
    factors = torch.where((row > column + 1)[..., None], F.pad(keep, (0, 0, 1, 0))[..., None, :], 1.0)
    impulses = factors.cumprod(-3) * (row > column)[..., None]
    memory = F.pad(keep, (0, 0, 1, 0), value=1.0).cumprod(-2)
    alone = torch.eye(size, dtype=keep.dtype, device=keep.device).expand(*keep.shape[:-2], size, size)
    past = (row[:, 0] == 0).to(keep).expand(*keep.shape[:-2], -1)
    return Shares(_from_start(alone), impulses, past, torch.zeros_like(memory), memory, impulses[..., 1:, :, :])


def meet(shares: Tensor, asking: Tensor, writing: Tensor, product: Tensor | None = None) -> Tensor:
    """Σ_ch h[t, i, ch] · asking_t,ch · writing_i,ch, [.., C, C]: what each asks of each earlier write.

    shares [.., C, C], or [.., C, C, d_key] by channel. product: asking @ writingᵀ if it is at hand.
    """
    if shares.dim() == asking.dim():
        return shares * (asking @ writing.mT if product is None else product)
    return ((shares * writing[..., None, :, :]) @ asking[..., None]).squeeze(-1)


def _from_start(rows: Tensor, behind: int = 0) -> Tensor:
    """A row of nothing before the rows; behind: axes after the columns."""
    return F.pad(rows, (0, 0) * (behind + 1) + (1, 0))
