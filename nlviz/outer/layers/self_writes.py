"""The writes of memories that stand side by side, when all they are made of is known: token by token, or in blocks.

M ← (1 − α) M − η (M κ + u) κᵀ for every matrix of every memory; "forget first" sees (1 − α) M in the brackets, "no
erasing" nothing. κ and u were found at the chunk's start, so inside the chunk each matrix is a linear memory with keys
κ and values −u.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.inner import fastest
from nlviz.memory import MLP, GatedDelta, Gates, Gradient, Hebbian, Pairs, Titans
from nlviz.memory.linear import LinearState

__all__ = ["ORDERS", "Stack", "Writes", "by_token", "in_blocks", "sizes"]

ORDERS = {"error first": Titans, "forget first": GatedDelta, "no erasing": Hebbian}
"""What the erasing term sees, and the rule that such a write is."""
Stack = tuple[Tensor, ...]
"""One tensor for every matrix of the net, [memories, batch, rows, columns]."""


class Writes(NamedTuple):
    """What a chunk is to write. gradients: κ and u of every matrix. inner_lr, forget: [memories, batch, time].

    order: what the erasing term sees, one of ORDERS.
    """

    gradients: tuple[Gradient, ...]
    inner_lr: Tensor
    forget: Tensor
    order: str


def by_token(net: MLP, before: Stack, writes: Writes, queries: Tensor) -> tuple[list[Stack], Tensor]:
    """(the memories after each token, what the last memory answers to the queries [batch, time, width])."""
    now, states, reads = before, [], []
    for t in range(queries.shape[1]):
        now = _written(now, writes, t)
        states.append(now)
        reads.append(net.answer([one[-1] for one in now], queries[:, t : t + 1]))
    return states, torch.cat(reads, 1)


def _written(before: Stack, writes: Writes, t: int) -> Stack:
    inner_lr, kept = writes.inner_lr[..., t, None, None], 1 - writes.forget[..., t, None, None]
    made = []
    for matrix, (errors, inputs) in zip(before, writes.gradients, strict=True):
        kappa, left = inputs[..., t, None, :], kept * matrix
        # a sum of products: for so small a matrix half the time of a matrix product
        seen = ((left if writes.order == "forget first" else matrix) * kappa).sum(-1, keepdim=True)
        push = errors[..., t, :, None] if writes.order == "no erasing" else seen + errors[..., t, :, None]
        made.append(left - inner_lr * push * kappa)
    return tuple(made)


def in_blocks(net: MLP, before: Stack, writes: Writes, queries: Tensor) -> tuple[Stack, Tensor]:
    """The same at the chunk's end, by the exact block form of a linear memory: one run for each matrix of the net."""
    after: list[Tensor] = []

    def layer(asked: Tensor) -> Tensor:
        at = len(after)
        end, reads = _run(before[at], writes, writes.gradients[at], asked)
        after.append(end)
        return reads

    answer = net.run([layer] * len(before), queries).answer
    return tuple(after), answer


def _run(matrix: Tensor, writes: Writes, gradient: Gradient, asked: Tensor) -> tuple[Tensor, Tensor]:
    """All memories as so many streams of one linear memory; only the last one's reads are wanted."""
    memories, batch, rows, columns = matrix.shape

    def streams(one: Tensor) -> Tensor:
        return one.expand(memories, batch, *one.shape[-2:]).flatten(0, 1)

    rule = ORDERS[writes.order](columns, rows)
    gates = Gates(*(one.flatten(0, 1) for one in (writes.inner_lr, 0 * writes.forget, writes.forget)))
    pairs = Pairs(streams(gradient.inputs), streams(-gradient.errors))
    begun = LinearState(matrix.flatten(0, 1), torch.zeros_like(matrix).flatten(0, 1))
    run = fastest(rule, pairs, gates, streams(asked), state=begun)
    return run.state.memory.unflatten(0, (memories, batch)), run.outputs.unflatten(0, (memories, batch))[-1]


def sizes(before: Sequence[Tensor], after: Sequence[Tensor]) -> Tensor:
    """‖ΔM‖ of every memory, [batch, memories]."""
    norms = [(new - old).flatten(2).norm(dim=2) for old, new in zip(before, after, strict=True)]
    return torch.stack(norms).norm(dim=0).mT
