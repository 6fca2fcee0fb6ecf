"""The writes of memories that stand side by side, when all they are made of is known: token by token, or in blocks.

M ← (1 − α) M − η (M κ + u) κᵀ for every matrix of every memory; "forget first" sees (1 − α) M in the brackets, "no
erasing" nothing. κ and u were found at the chunk's start, so inside the chunk each matrix is a linear memory with keys
κ and values −u. With momentum what is taken and added goes by way of S ← μ S − η (M κ + u) κᵀ, M ← (1 − α) M + S.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.inner import fastest
from nlviz.memory import MLP, GatedDelta, Gates, Gradient, Hebbian, MomentumDelta, Pairs, Titans
from nlviz.memory.linear import LinearState

__all__ = ["ORDERS", "Held", "Stack", "Writes", "by_token", "has_blocks", "in_blocks", "sizes"]

ORDERS = {"error first": Titans, "forget first": GatedDelta, "no erasing": Hebbian}
"""What the erasing term sees, and the rule that such a write is."""
CARRIED = {"error first": Titans, "forget first": MomentumDelta}
"""The same with momentum, where there is such a rule."""
Stack = tuple[Tensor, ...]
"""One tensor for every matrix of the net, [memories, batch, rows, columns]."""


class Held(NamedTuple):
    """What the memories hold after a token. surprise: S of every matrix; () without momentum."""

    memory: Stack
    surprise: Stack = ()


class Writes(NamedTuple):
    """What a chunk is to write. gradients: κ and u of every matrix. inner_lr, forget: [memories, batch, time].

    order: what the erasing term sees, one of ORDERS. momentum: μ [batch, time], if there is one.
    """

    gradients: tuple[Gradient, ...]
    inner_lr: Tensor
    forget: Tensor
    order: str
    momentum: Tensor | None = None


def by_token(net: MLP, before: Held, writes: Writes, queries: Tensor) -> tuple[list[Held], Tensor]:
    """(what is held after each token, what the last memory answers to the queries [batch, time, width])."""
    now, states, reads = before, [], []
    for t in range(queries.shape[1]):
        now = _written(now, writes, t)
        states.append(now)
        reads.append(net.answer([one[-1] for one in now.memory], queries[:, t : t + 1]))
    return states, torch.cat(reads, 1)


def _written(before: Held, writes: Writes, t: int) -> Held:
    inner_lr, kept = writes.inner_lr[..., t, None, None], 1 - writes.forget[..., t, None, None]
    left, steps = [kept * matrix for matrix in before.memory], []
    for matrix, rest, (errors, inputs) in zip(before.memory, left, writes.gradients, strict=True):
        kappa = inputs[..., t, None, :]
        # a sum of products: for so small a matrix half the time of a matrix product
        seen = ((rest if writes.order == "forget first" else matrix) * kappa).sum(-1, keepdim=True)
        push = errors[..., t, :, None] if writes.order == "no erasing" else seen + errors[..., t, :, None]
        steps.append(inner_lr * push * kappa)
    if writes.momentum is None:
        return Held(tuple(rest - step for rest, step in zip(left, steps, strict=True)))
    carried = writes.momentum[..., t, None, None]
    surprise = tuple(carried * past - step for past, step in zip(before.surprise, steps, strict=True))
    return Held(tuple(rest + new for rest, new in zip(left, surprise, strict=True)), surprise)


def has_blocks(writes: Writes) -> bool:
    """Whether such writes are a rule that has a block form: with momentum Hebb's is none."""
    return writes.momentum is None or writes.order in CARRIED


def in_blocks(net: MLP, before: Held, writes: Writes, queries: Tensor) -> tuple[Held, Tensor]:
    """The same at the chunk's end, by the exact block form of a linear memory: one run for each matrix of the net."""
    after: list[LinearState] = []
    # a rule without momentum is given an S that it never reads
    surprise = before.surprise or tuple(map(torch.zeros_like, before.memory))

    def layer(asked: Tensor) -> Tensor:
        at = len(after)
        end, reads = _run(LinearState(before.memory[at], surprise[at]), writes, writes.gradients[at], asked)
        after.append(end)
        return reads

    answer = net.run([layer] * len(before.memory), queries).answer
    carried = tuple(one.past_surprise for one in after) if before.surprise else ()
    return Held(tuple(one.memory for one in after), carried), answer


def _run(before: LinearState, writes: Writes, gradient: Gradient, asked: Tensor) -> tuple[LinearState, Tensor]:
    """All memories as so many streams of one linear memory; only the last one's reads are wanted."""
    memories, batch, rows, columns = before.memory.shape

    def streams(one: Tensor) -> Tensor:
        return one.expand(memories, batch, *one.shape[-2:]).flatten(0, 1)

    rule = (ORDERS if writes.momentum is None else CARRIED)[writes.order](columns, rows)
    momentum = 0 * writes.forget if writes.momentum is None else writes.momentum.expand_as(writes.forget)
    gates = Gates(*(one.flatten(0, 1) for one in (writes.inner_lr, momentum, writes.forget)))
    pairs = Pairs(streams(gradient.inputs), streams(-gradient.errors))
    begun = LinearState(*(one.flatten(0, 1) for one in before))
    run = fastest(rule, pairs, gates, streams(asked), state=begun)
    end = LinearState(*(one.unflatten(0, (memories, batch)) for one in run.state))
    return end, run.outputs.unflatten(0, (memories, batch))[-1]


def sizes(before: Sequence[Tensor], after: Sequence[Tensor]) -> Tensor:
    """‖ΔM‖ of every memory, [batch, memories]."""
    norms = [(new - old).flatten(2).norm(dim=2) for old, new in zip(before, after, strict=True)]
    return torch.stack(norms).norm(dim=0).mT
