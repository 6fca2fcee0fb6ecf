"""Shares where every key channel forgets by itself, by halves: nothing is divided, and nothing is [C, C, channels].

What token i wrote is in M_{t−1} with ∏_{i<l<t} a_l, channel by channel. A block is halved, and halved again. Where i
is in the first half of a piece and t in the second, that product is what is left of i at the first half's end times
what is left of that end at t. So what all t of the second half ask of all i of the first is one product of matrices,
with these two in the keys; and there are log₂ C such halvings. Products are put together from those of smaller pieces,
so a gate of exactly 0 or 1 is a number like others.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.inner.blocks.shares import Shares, kept_by_channel

__all__ = ["Channels", "channels"]


class Channels(NamedTuple):
    """Shares inside blocks of C tokens, for M_t = M_{t−1} diag(a_t) + b_t u_t c_tᵀ.

    keep: a [.., C, d_key], or [.., C, 1] where all channels have one. output: b [.., C], None where it is 1. levels: of
    each halving, from single tokens on, what is left of the middle just before t in the second half, and of i at the
    middle in the first, both [.., pieces, C / pieces / 2, d_key]. before: of the block's start just before t; after: of
    i at the block's end, [.., C, d_key]; whole: of the start there, [.., 1, d_key].
    """

    keep: Tensor
    output: Tensor | None
    levels: list[tuple[Tensor, Tensor]]
    before: Tensor
    after: Tensor
    whole: Tensor

    @property
    def by_channel(self) -> bool:
        """Whether channels have shares of their own."""
        return True

    def block(self, block: int) -> Shares:
        """The shares of one block written out."""
        found = kept_by_channel(self.keep[:, block])
        if self.output is None:
            return found
        return found._replace(impulses=found.impulses * self.output[:, block, None, :, None])

    def written(self, keys: Tensor) -> Tensor:
        """What an impulse is multiplied with in M: write keys, with the output gate."""
        return keys if self.output is None else keys * self.output[..., None]

    def asked(self, asking: Tensor) -> list[Tensor]:
        """What is asked of M_{t−1}, [.., C, kinds, d_key], for `meet`: of each halving what the second half asks."""
        padded = self._padded(asking, 1)
        return [
            (padded.unflatten(-3, (-1, 2, left.shape[-2]))[..., 1, :, :, :] * left[..., None, :]).flatten(-3, -2)
            for left, _ in self.levels
        ]

    def meet(self, asked: list[Tensor], writing: Tensor) -> list[Tensor]:
        """Σ_ch asking_t,ch ∏_{i<l<t} a_l,ch writing_i,ch for i < t, zero elsewhere: of every kind [.., C, C]."""
        size, kinds = self.keep.shape[-2], asked[0].shape[-2]
        padded, found = self._padded(writing), None
        for (_, left), asks in zip(self.levels, asked, strict=True):
            half = left.shape[-2]
            low = asks @ (padded.unflatten(-2, (-1, 2, half))[..., 0, :, :] * left).mT
            if found is None:
                found = F.pad(low, (0, half, half * kinds, 0))
                continue
            first, second = found.unflatten(-3, (-1, 2)).unbind(-3)
            found = torch.cat([F.pad(first, (0, half)), torch.cat([low, second], -1)], -2)
        assert found is not None
        return list(found.squeeze(-3).unflatten(-2, (-1, kinds))[..., :size, :, :size].unbind(-2))

    def gathered(self, weights: Tensor, writing: Tensor) -> Tensor:
        """Σ_{i<t} weights[t, i] ∏_{i<l<t} a_l writing_i, [.., C, d_key]; weights [.., C, C]. Without gradients."""
        size, padded = self.keep.shape[-2], self._padded(writing)
        room = padded.shape[-2] - size
        weights, total = F.pad(weights, (0, room, 0, room)), torch.zeros_like(padded)
        for left, right in self.levels:
            half = left.shape[-2]
            pieces = padded.shape[-2] // (2 * half)
            tiles = weights.unflatten(-1, (pieces, 2, half))[..., 0, :].unflatten(-3, (pieces, 2, half))[
                ..., 1, :, :, :
            ]
            # the tile of a piece with itself: second half by first half
            low = tiles.diagonal(dim1=-4, dim2=-2).movedim(-1, -3)
            writes = padded.unflatten(-2, (pieces, 2, half))[..., 0, :, :] * right
            total.unflatten(-2, (pieces, 2, half))[..., 1, :, :] += (low @ writes) * left
        return total[..., :size, :]

    def summed(self, start: Tensor, added: Tensor) -> Tensor:
        """y_t = a_t² y_{t−1} + added_t, [.., C, d_key]; start [.., d_key] is y before the block. Without gradients."""
        size = self.keep.shape[-2]
        total, keep = self._padded(added).clone(), self._padded(self.keep)
        for left, _ in self.levels:
            first, second = total.unflatten(-2, (-1, 2, left.shape[-2])).unbind(-3)
            later = keep.unflatten(-2, (-1, 2, left.shape[-2]))[..., 1, :, :] * left
            second.addcmul_(later.square(), first[..., -1:, :])
        return total[..., :size, :].addcmul_((self.before * self.keep).square(), start[..., None, :])

    def _padded(self, rows: Tensor, behind: int = 0) -> Tensor:
        """With rows of nothing up to a power of two; behind: axes between the rows and the channels."""
        size = rows.shape[-2 - behind]
        room = _power(size) - size
        return F.pad(rows, (0, 0) * (1 + behind) + (0, room)) if room else rows


def channels(keep: Tensor, output: Tensor | None = None) -> Channels:
    """The shares of every block, halving by halving; keep [.., C, d_key] or [.., C, 1], output [.., C]."""
    size = keep.shape[-2]
    total = F.pad(keep, (0, 0, 0, _power(size) - size), value=1.0)[..., None, :]
    before = after = torch.ones_like(total)
    levels: list[tuple[Tensor, Tensor]] = []
    while total.shape[-3] > 1:
        earlier, later = total.unflatten(-3, (-1, 2)).unbind(-3)
        first, second = before.unflatten(-3, (-1, 2)).unbind(-3)
        early, late = after.unflatten(-3, (-1, 2)).unbind(-3)
        levels.append((second, early))
        before, after = torch.cat([first, second * earlier], -2), torch.cat([early * later, late], -2)
        total = earlier * later
    # tokens that only fill up keep all, so what is left at their end is what is left at the block's
    before, after = (one.squeeze(-3)[..., :size, :] for one in (before, after))
    return Channels(keep, output, levels, before, after, total.squeeze(-3))


def _power(size: int) -> int:
    """The next power of two, and at least two."""
    return 1 << max(1, (size - 1).bit_length())
