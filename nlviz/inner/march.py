"""The blocks of a stretch: what they know before any state is known, and the march from state to state through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.inner.coefficients import Shares
from nlviz.memory import Gates, Hebbian, LinearMemory, Pairs

__all__ = ["System", "Walk", "march", "system"]


class System(NamedTuple):
    """What a stretch of blocks knows before any state is known, [batch, blocks, …]; X stands for M_0, and S_0 if any.

    inverse: of the matrix on the left; None where it is the identity. known, asked: the shares of every X in what keys
    and queries find. mixed: what E adds to a read. ends: per X, what Eᵀ is multiplied with to be added to it at the
    block's end. to_memory, to_past: the shares of every X that are left in M and in S there.
    """

    keys: Tensor
    queries: Tensor
    values: Tensor
    gram: Tensor
    inverse: Tensor | None
    known: list[Tensor]
    asked: list[Tensor]
    mixed: Tensor
    ends: list[Tensor]
    to_memory: list[Tensor]
    to_past: Tensor


class Walk(NamedTuple):
    """What a march leaves, lists over blocks: X at their starts, what it said to their keys, their errors and reads.

    starts has one more, the end of the last block.
    """

    starts: list[tuple[Tensor, ...]]
    said: list[list[Tensor]]
    errors: list[Tensor]
    reads: list[Tensor]


def system(
    memory: LinearMemory, pairs: Pairs, gates: Gates, queries: Tensor, share: Shares, *, read_first: bool
) -> System:
    """The system of a stretch; `share` comes from its gates, everything else from its keys, values and queries."""
    size = share.carried.shape[-1]
    keys, values, inner_lr = (x.unflatten(1, (-1, size)) for x in (*pairs, gates.inner_lr))
    asked = keys if queries is pairs.keys else queries.unflatten(1, (-1, size))
    recalled = memory.recalled_share(gates).unflatten(1, (-1, size))[..., None]
    before, after = slice(None, -1), slice(1, None)
    when = before if read_first else after
    starts = [share.memory, share.past_in_memory] if "momentum" in memory.obeys else [share.memory]
    pushes = share.impulses * -inner_lr[..., None, :]
    gram = keys @ keys.mT
    inverse = None
    if not isinstance(memory, Hebbian):
        triangle = -recalled * pushes[..., before, :] * gram
        identity = torch.eye(size, dtype=gram.dtype, device=gram.device).expand_as(gram)
        inverse = torch.linalg.solve_triangular(triangle, identity, upper=False, unitriangular=True)
    last = [pushes[..., -1, :], share.carried[..., -1, :] * -inner_lr][: len(starts)]
    return System(
        keys=keys,
        queries=asked,
        values=values,
        gram=gram,
        inverse=inverse,
        known=[recalled * start[..., before, None] for start in starts],
        asked=[start[..., when, None] for start in starts],
        mixed=pushes[..., when, :] * (gram if asked is keys else asked @ keys.mT),
        ends=[push[..., None] * keys for push in last],
        to_memory=[start[..., -1, None, None] for start in starts],
        to_past=share.past[..., -1, None, None],
    )


def march(system: System, at: tuple[Tensor, ...]) -> Walk:
    """The only part that runs one block after the other: E and the reads from X, then the next X from E."""
    walk = Walk([], [], [], [])
    keys, queries, minus, mixed, to_past = (
        x.unbind(1) for x in (system.keys, system.queries, -system.values, system.mixed, system.to_past)
    )
    inverse = None if system.inverse is None else system.inverse.unbind(1)
    known, asked, ends, to_memory = (
        list(zip(*(share.unbind(1) for share in shares), strict=True))
        for shares in (system.known, system.asked, system.ends, system.to_memory)
    )
    for b in range(len(keys)):
        said = [torch.bmm(keys[b], weights.mT) for weights in at]
        told = said if system.queries is system.keys else [torch.bmm(queries[b], weights.mT) for weights in at]
        error = _mix(minus[b], known[b], said)
        error = error if inverse is None else torch.bmm(inverse[b], error)
        walk.starts.append(at)
        walk.said.append(said)
        walk.errors.append(error)
        walk.reads.append(_mix(torch.bmm(mixed[b], error), asked[b], told))
        memory = _mix(torch.bmm(error.mT, ends[b][0]), to_memory[b], at)
        at = (memory, _mix(torch.bmm(error.mT, ends[b][1]), (to_past[b],), at[1:])) if len(at) == 2 else (memory,)
    walk.starts.append(at)
    return walk


def _mix(total: Tensor, shares: Sequence[Tensor], parts: Sequence[Tensor]) -> Tensor:
    for share, part in zip(shares, parts, strict=True):
        total = torch.addcmul(total, share, part)
    return total
