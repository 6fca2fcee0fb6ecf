"""What goes into memories that rewrite themselves, comes out of them, and is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.inner import to_numpy
from nlviz.outer.layers.self_writes import Stack
from nlviz.trace import Signal, Trace

__all__ = ["Done", "Seen", "SelfModifyingState", "Weights", "apart", "stacked", "told"]

Weights = tuple[tuple[Tensor, ...], ...]
"""For each of the memories its matrices, each [batch, rows, columns]."""


class SelfModifyingState(NamedTuple):
    """now: the memories' weights after the last token. start: those at the last multiple of the period, which keys,
    values, gates, targets and gradients are made at. clock: tokens read so far, a plain number.
    tails: what the convolutions of q, k and v still see, each [batch, kernel − 1, width]; none without them.
    surprise: the past surprise S of every weight, which momentum carries on; none without it.
    """

    now: Weights
    start: Weights
    clock: int = 0
    tails: tuple[Tensor, ...] = ()
    surprise: Weights = ()


class Seen(NamedTuple):
    """A piece of text as the memories meet it, each [batch, time, width]: what q, k and v are made of, and x itself.

    queries: already q where that is W_q x.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor
    x: Tensor


class Done(NamedTuple):
    """What a chunk did: its answers [batch, time, width], η, α and, if there is one, μ [batch, time], and if watched
    the size of every memory's write [time, batch, memories]."""

    answers: Tensor
    inner_lr: Tensor
    forget: Tensor
    momentum: Tensor | None
    writes: Tensor | None


def stacked(weights: Weights) -> Stack:
    """The memories side by side: one tensor for each matrix of their net."""
    return tuple(torch.stack(each) for each in zip(*weights, strict=True))


def apart(stack: Stack) -> Weights:
    """And each for itself again."""
    return tuple(zip(*(one.unbind() for one in stack), strict=True))


def told(done: Sequence[Done], names: tuple[str, ...]) -> Trace:
    """What happened, token by token; `names` of the memories."""
    if not done:
        return Trace({})
    gates = {name: [getattr(one, name) for one in done] for name in ("inner_lr", "forget", "momentum")}
    writes = torch.cat([one.writes for one in done if one.writes is not None])
    times = np.arange(len(writes))
    signals = {
        name: Signal(to_numpy(torch.cat(parts, 1).mT.detach()), times)
        for name, parts in gates.items()
        if parts[0] is not None
    }
    return Trace({**signals, "write_norm": Signal(to_numpy(writes), times, "‖ΔM‖", names)})
