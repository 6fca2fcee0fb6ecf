"""Ways to make a memory forget what it was told, the exact one and four that are tried, and what each leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.agents.personal.user import Life
from nlviz.door import words
from nlviz.inner import strike, unroll_blocks
from nlviz.inner.entrance import look
from nlviz.inner.precision import cast, wide
from nlviz.memory import Gates, LinearRule, Pairs

__all__ = ["WAYS", "Remains", "remains", "ways"]

WAYS = ("never told", "log deleted", "patch taken off", "told nothing there", "rest told again")
"""The names of the ways; the first is exact."""


class Remains(NamedTuple):
    """What a way leaves, one number for each user.

    apart: ‖M − N‖/‖N_told − N‖, N the memory that was never told and N_told the one that was: 0 is never told, 1 as if
    nothing had been done. recall: 1 where the nearest of all tastes and the deleted one to the answer in the deleted
    context is the deleted one; chance is one of them. answer: the length of that answer, where a memory that was never
    told has `usual`. error: ‖answer − taste‖² of all topics.
    """

    apart: Tensor
    recall: Tensor
    answer: Tensor
    usual: Tensor
    error: Tensor


def ways(memory: LinearRule, pairs: Pairs, gates: Gates, tokens: Sequence[int]) -> dict[str, Tensor]:
    """The matrix [batch, d_value, d_key] after each way to delete these tokens, by its name in WAYS.

        never told          the run without them (`inner.strike`)
        log deleted         M as it is: only what was kept beside it is gone
        patch taken off     M − Σ θ (v − M_then p) cᵀ: what their writes added when they were made
        told nothing there  M (I − k kᵀ/‖k‖²) for each: the memory answers nothing in their contexts
        rest told again     M goes on, told once more all that stays

    Raises ValueError as `inner.strike` does.

        >>> stream = streams.recall_pairs(4, 8, generator=torch.Generator().manual_seed(0)).pairs
        >>> found = agents.personal.ways(memory.Delta(8, 8), stream, memory.Gates.constant(stream), [3])
        >>> torch.allclose(found["patch taken off"], found["never told"], atol=1e-6)
        True
    """
    words.instance("memory", memory, LinearRule)
    given = look(memory, pairs, gates, None, None)
    pairs, gates, *_ = cast(given, wide(*given))
    never = strike(memory, pairs, gates, tokens=tokens).state.memory
    whole = unroll_blocks(memory, pairs, gates)
    # the state of every moment at which one of them was written, to know what the write added
    taken = torch.zeros_like(never)
    emptied = whole.state.memory
    for token in sorted(set(tokens)):
        before, now = slice(0, token), slice(token, token + 1)
        then = unroll_blocks(memory, *_part(pairs, gates, before)).state.memory
        chosen = memory.choices(*_part(pairs, gates, now))
        taken = taken + chosen.impulses(then).mT @ chosen.write
        key = F.normalize(pairs.keys[:, now], dim=-1)
        emptied = emptied - emptied @ key.mT @ key
    again = strike(memory, pairs, gates, tokens=tokens, state=whole.state).state.memory
    found = never, whole.state.memory, whole.state.memory - taken, emptied, again
    return dict(zip(WAYS, found, strict=True))


def _part(pairs: Pairs, gates: Gates, tokens: slice) -> tuple[Pairs, Gates]:
    return Pairs(*(one[:, tokens] for one in pairs)), Gates(*(one[:, tokens] for one in gates))


def remains(memory: LinearRule, life: Life, gates: Gates, tokens: Sequence[int]) -> dict[str, Remains]:
    """What each of WAYS leaves behind of interactions that all say one thing, and what it does to all else.

    tokens: the interactions to delete, the same for all users; what they say is taken from the first of them. Asked
    after the last day. Raises ValueError as `ways` does.
    """
    life = words.instance("life", life, Life, "life(…) gives one")
    made = ways(memory, life.pairs, gates, tokens)
    context, said = (one[:, tokens[0]] for one in life.pairs)
    never, whole = made[WAYS[0]], made[WAYS[1]]
    every = torch.cat([life.tastes[:, -1], life.others[:, -1], said[:, None]], 1)
    usual = (never @ context[..., None])[..., 0].norm(dim=-1)
    found = {}
    for name, matrix in made.items():
        answer = (matrix @ context[..., None])[..., 0]
        nearest = (every @ answer[..., None])[..., 0].argmax(-1)
        apart = _size(matrix - never) / _size(whole - never)
        error = (life.topics @ matrix.mT - life.tastes[:, -1]).square().sum(-1).mean(-1)
        found[name] = Remains(apart, (nearest == every.shape[1] - 1).to(apart), answer.norm(dim=-1), usual, error)
    return found


def _size(matrices: Tensor) -> Tensor:
    return matrices.flatten(1).norm(dim=1)
