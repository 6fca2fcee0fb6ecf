"""The blocks of a stretch: what they know before any state is known, and the march from state to state through them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.door.tensors import may_look
from nlviz.inner.blocks.channels import Channels
from nlviz.inner.blocks.marching import Steps, mixer, walk
from nlviz.inner.blocks.shares import Shares, meet
from nlviz.memory import Choices

__all__ = ["STRAIN", "System", "Walk", "march", "system"]

# what a row of the triangle may add up to in float32; measured in tests/benchmarks/near_the_limit.md
STRAIN = 16.0


class System(NamedTuple):
    """What a stretch of blocks knows before any state is known, [batch, blocks, …]; X stands for M_0, and S_0 if any.

    chosen: the rule's choices, in blocks. asking, queries: per X, what erase keys and what queries ask of it. triangle:
    the matrix on the left, its diagonal of ones left out; None where it is the identity. minus: what E has before any
    state is asked. known, asked: the shares of every X in what keys and queries find; of a state that is kept by
    channel they are in `asking` already. mixed: what E adds to a read. ends: per X, what Eᵀ is multiplied with to be
    added to it at the block's end. to_memory, to_past: the shares of every X that are left in M and in S there. read,
    added: what known writes add to reads and to M at the block's end; None where there are none.
    """

    chosen: Choices
    asking: list[Tensor]
    queries: list[Tensor]
    gram: Tensor | None
    triangle: Tensor | None
    minus: Tensor
    known: list[Tensor]
    asked: list[Tensor]
    mixed: Tensor
    ends: list[Tensor]
    to_memory: list[Tensor]
    to_past: Tensor | None
    read: Tensor | None
    added: Tensor | None

    @property
    def size(self) -> int:
        """Rows in a block: C tokens, and for each as many pairs as it writes."""
        return self.chosen.write.shape[-2]

    @property
    def is_strained(self) -> bool:
        """Whether a float32 would lose digits here that a token loop keeps; True where numbers cannot be looked at.

        A row of the triangle adds up what earlier tokens of the block changed. Near the limit of stability these are
        large numbers of both signs that leave little: a float32 loses as many digits as the sum of their sizes has.
        """
        if self.triangle is None or self.triangle.dtype == torch.float64:
            return False
        added_up = torch.linalg.vector_norm(self.triangle.detach(), 1, dim=-1)
        return not may_look(added_up) or bool((added_up > STRAIN).any())


class Walk(NamedTuple):
    """What a march leaves: per X what it was at every block's start and at the end; in blocks E and the reads."""

    starts: list[Tensor]
    end: tuple[Tensor, ...]
    errors: Tensor
    reads: Tensor


def system(
    chosen: Choices, queries: Tensor | None, share: Shares | Channels, *, read_first: bool, at_once: int = 1
) -> System:
    """The system of a stretch; `share` comes from its gates, everything else from choices and queries, in blocks.

    queries: None where the erase keys ask. at_once: so many rows belong to one token, and there is one query for each.
    """
    erase = chosen.write if chosen.erase is None else chosen.erase
    asks = erase if queries is None else queries
    if isinstance(share, Channels):
        return _of_channels(chosen, erase, asks, share, read_first=read_first)
    before, when = slice(None, -1), slice(None, -1, at_once) if read_first else slice(at_once, None, at_once)
    starts = [share.memory] if chosen.momentum is None else [share.memory, share.past_in_memory]
    # by channel the shares are large, so the rate goes to the keys
    writes = chosen.write * -chosen.inner_lr[..., None] if share.by_channel else chosen.write
    pushes = share.impulses if share.by_channel else share.impulses * -chosen.inner_lr[:, :, None]
    gram = None if share.by_channel else erase @ chosen.write.mT
    recalled = _recalled(chosen)[..., None]
    if share.by_channel:
        asking, found = ([one[:, :, rows] * each for one in starts] for each, rows in ((erase, before), (asks, when)))
        known, asked = ([one] * len(starts) for one in (recalled, torch.ones_like(asks[..., :1])))
    else:
        asking, found = [erase] * len(starts), [asks] * len(starts)
        known, asked = [recalled * one[:, :, before, None] for one in starts], [one[:, :, when, None] for one in starts]
    told = _told(chosen, share, (erase, before), (asks, when))
    return System(
        chosen=chosen,
        asking=asking,
        queries=found,
        gram=gram,
        triangle=None if chosen.erase is None else -recalled * meet(pushes[:, :, before], erase, writes, gram),
        minus=-chosen.target if told is None else recalled * told.erased - chosen.target,
        known=known,
        asked=asked,
        mixed=meet(pushes[:, :, when], asks, writes, gram if queries is None else None),
        ends=_ends(chosen, share, writes),
        to_memory=[_wide(one[:, :, -1], share) for one in starts],
        to_past=share.past[:, :, -1, None, None],
        read=None if told is None else told.read,
        added=None if told is None else told.added,
    )


def _of_channels(chosen: Choices, erase: Tensor, asks: Tensor, share: Channels, *, read_first: bool) -> System:
    """The same where every channel forgets by itself, without momentum: shares stand in keys and queries."""
    recalled = _recalled(chosen)[..., None]
    writes = share.written(chosen.write) * -chosen.inner_lr[..., None]
    # after its token M has been kept once more, and has what the token wrote
    later = asks if read_first else asks * share.keep
    asked = share.asked(torch.stack([erase, later], -2))

    def found(keys: Tensor) -> tuple[Tensor, Tensor]:
        erased, read = share.meet(asked, keys)
        return erased, read if read_first else read + (asks * keys).sum(-1).diag_embed()

    erased, mixed = found(writes)
    told = None
    if chosen.known is not None:
        values, keys = chosen.known
        of_erased, of_read = found(keys)
        told = _Told(of_erased @ values, of_read @ values, values.mT @ (share.after * keys))
    return System(
        chosen=chosen,
        asking=[share.before * erase],
        queries=[share.before * later],
        gram=None,
        triangle=None if chosen.erase is None else -recalled * erased,
        minus=-chosen.target if told is None else recalled * told.erased - chosen.target,
        known=[recalled],
        asked=[torch.ones_like(asks[..., :1])],
        mixed=mixed,
        ends=[share.after * writes],
        to_memory=[share.whole],
        to_past=None,
        read=None if told is None else told.read,
        added=None if told is None else told.added,
    )


def _recalled(chosen: Choices) -> Tensor:
    """ρ [batch, blocks, C]: 0 where nothing is taken out."""
    if chosen.erase is None:
        return torch.zeros_like(chosen.inner_lr)
    return torch.ones_like(chosen.inner_lr) if chosen.recalled is None else chosen.recalled


def _ends(chosen: Choices, share: Shares, writes: Tensor) -> list[Tensor]:
    """Per X, what Eᵀ is multiplied with: the keys, with their rates and with what each impulse is in X at the end."""
    last = [share.impulses[:, :, -1], share.carried[:, :, -1]][: 1 if chosen.momentum is None else 2]
    if share.by_channel:
        return [(one if one.dim() == writes.dim() else one[..., None]) * writes for one in last]
    return [(one * -chosen.inner_lr)[..., None] * chosen.write for one in last]


def _wide(end: Tensor, share: Shares) -> Tensor:
    """A share that is left at the block's end, as a matrix [batch, blocks, d_value, d_key] is multiplied with it."""
    return end[:, :, None] if share.by_channel else end[:, :, None, None]


class _Told(NamedTuple):
    """What known writes z rᵀ are in what erase keys and queries find, and in M at the block's end."""

    erased: Tensor
    read: Tensor
    added: Tensor


def _told(chosen: Choices, share: Shares, erased: tuple[Tensor, slice], asked: tuple[Tensor, slice]) -> _Told | None:
    if chosen.known is None:
        return None
    values, keys = chosen.known
    kept = share.kept_from_start
    found = [meet(kept[:, :, rows], asks, keys) @ values for asks, rows in (erased, asked)]
    last = kept[:, :, -1] if share.by_channel else kept[:, :, -1, :, None]
    return _Told(*found, added=values.mT @ (last * keys))


def march(system: System, at: tuple[Tensor, ...]) -> Walk:
    """From X to E to the next X, one block after the other; the reads, which nothing waits for, at the end at once."""
    to_past = system.to_past if len(at) == 2 else None
    shares = system.asking, system.known, system.ends, system.to_memory
    errors, starts, end = walk(Steps(system.minus, system.triangle, system.added, to_past, *shares), at)
    answers = [asks @ x.mT for asks, x in zip(system.queries, starts, strict=True)]
    reads = system.mixed @ errors if system.read is None else system.mixed @ errors + system.read
    reads = mixer(reads, *system.asked, *answers)(reads, system.asked, answers)
    return Walk(starts, tuple(end), errors, reads)
