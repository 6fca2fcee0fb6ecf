"""The blocks of a stretch: what they know before any state is known, and the march from state to state through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.door.tensors import may_look
from nlviz.inner.blocks.shares import Shares
from nlviz.memory import Gates, LinearMemory, Pairs

__all__ = ["STRAIN", "System", "Walk", "march", "system"]

# what a row of the triangle may add up to in float32; measured in tests/benchmarks/near_the_limit.md
STRAIN = 16.0


class System(NamedTuple):
    """What a stretch of blocks knows before any state is known, [batch, blocks, …]; X stands for M_0, and S_0 if any.

    asking: keys and then queries, or the keys alone where they are the queries. triangle: the matrix on the left, its
    diagonal of ones left out; None where it is the identity. known, asked: the shares of every X in what keys and
    queries find. mixed: what E adds to a read. ends: per X, what Eᵀ is multiplied with to be added to it at the block's
    end. to_memory, to_past: the shares of every X that are left in M and in S there.
    """

    keys: Tensor
    asking: Tensor
    values: Tensor
    gram: Tensor
    triangle: Tensor | None
    known: list[Tensor]
    asked: list[Tensor]
    mixed: Tensor
    ends: list[Tensor]
    to_memory: list[Tensor]
    to_past: Tensor

    @property
    def is_strained(self) -> bool:
        """Whether a float32 would lose digits here that a token loop keeps; True where numbers cannot be looked at.

        A row of the triangle adds up what earlier tokens of the block changed. Near the limit of stability these are
        large numbers of both signs that leave little: a float32 loses as many digits as the sum of their sizes has.
        """
        if self.triangle is None or self.triangle.dtype == torch.float64:
            return False
        added_up = self.triangle.detach().abs().sum(-1).flatten()
        return not may_look(added_up) or bool((added_up > STRAIN).any())


class Walk(NamedTuple):
    """What a march leaves: X at every block's start and at the end, and in blocks what X said to keys, E and the reads.

    starts is a list over blocks and one more; said has one [batch, blocks, C, d_value] per X.
    """

    starts: list[tuple[Tensor, ...]]
    said: list[Tensor]
    errors: Tensor
    reads: Tensor


def system(
    memory: LinearMemory, pairs: Pairs, gates: Gates, queries: Tensor, share: Shares, *, read_first: bool
) -> System:
    """The system of a stretch; `share` comes from its gates, everything else from its keys, values and queries."""
    size = share.carried.shape[-1]
    keys, values, inner_lr = (x.unflatten(1, (-1, size)) for x in (*pairs, gates.inner_lr))
    queries = keys if queries is pairs.keys else queries.unflatten(1, (-1, size))
    recalled = memory.recalled_share(gates).unflatten(1, (-1, size))[..., None]
    before, after = slice(None, -1), slice(1, None)
    when = before if read_first else after
    starts = [share.memory, share.past_in_memory] if "momentum" in memory.obeys else [share.memory]
    pushes = share.impulses * -inner_lr[..., None, :]
    gram = keys @ keys.mT
    corrects = memory.recalls != "nothing"
    last = [pushes[..., -1, :], share.carried[..., -1, :] * -inner_lr][: len(starts)]
    return System(
        keys=keys,
        asking=keys if queries is keys else torch.cat([keys, queries], -2),
        values=values,
        gram=gram,
        triangle=-recalled * pushes[..., before, :] * gram if corrects else None,
        known=[recalled * start[..., before, None] for start in starts],
        asked=[start[..., when, None] for start in starts],
        mixed=pushes[..., when, :] * (gram if queries is keys else queries @ keys.mT),
        ends=[push[..., None] * keys for push in last],
        to_memory=[start[..., -1, None, None] for start in starts],
        to_past=share.past[..., -1, None, None],
    )


def march(system: System, at: tuple[Tensor, ...]) -> Walk:
    """From X to E to the next X, one block after the other; the reads, which nothing waits for, at the end at once."""
    size = system.keys.shape[-2]
    mix = _mix if may_look(system.keys, system.values, system.mixed, *at) else _mix_apart
    starts, heard, errors = [at], [], []
    asking, minus, to_past = (x.unbind(1) for x in (system.asking, -system.values, system.to_past))
    triangle = None if system.triangle is None else system.triangle.unbind(1)
    known, ends, to_memory = (
        list(zip(*(share.unbind(1) for share in shares), strict=True))
        for shares in (system.known, system.ends, system.to_memory)
    )
    for b in range(len(asking)):
        # keys and queries ask in one product: at these sizes two small ones cost more than a large one
        heard.append([torch.bmm(asking[b], weights.mT) for weights in at])
        (share, *shares), (said, *others) = known[b], [answer[:, :size] for answer in heard[b]]
        error = mix(torch.addcmul(minus[b], share, said), shares, others)
        error = error if triangle is None else _solved(triangle[b], error)
        errors.append(error)
        memory = mix(torch.bmm(error.mT, ends[b][0]), to_memory[b], at)
        at = (memory, mix(torch.bmm(error.mT, ends[b][1]), (to_past[b],), at[1:])) if len(at) == 2 else (memory,)
        starts.append(at)
    every = torch.stack(errors, 1)
    answers = [torch.stack(answer, 1) for answer in zip(*heard, strict=True)]
    reads = mix(system.mixed @ every, system.asked, [answer[..., -size:, :] for answer in answers])
    return Walk(starts, [answer[..., :size, :] for answer in answers], every, reads)


def _solved(triangle: Tensor, known: Tensor) -> Tensor:
    """E of (I + triangle) E = known, by substitution; from the right, where LAPACK takes our rows as they lie."""
    upper = triangle.mT
    return torch.linalg.solve_triangular(upper, known.mT, upper=True, left=False, unitriangular=True).mT


def _mix(total: Tensor, shares: Sequence[Tensor], parts: Sequence[Tensor]) -> Tensor:
    """`total`, a product nobody else holds, with every part's share added to it in place."""
    for share, part in zip(shares, parts, strict=True):
        total.addcmul_(share, part)
    return total


def _mix_apart(total: Tensor, shares: Sequence[Tensor], parts: Sequence[Tensor]) -> Tensor:
    """The same with nothing in place: what `torch.func.vmap` can do, a tenth slower at large widths."""
    for share, part in zip(shares, parts, strict=True):
        total = total + share * part
    return total
