"""The dual form: reads inside a chunk without a matrix of weights for every token.

In a chunk every gradient is taken at the old weights W, so the weights that token t reads are a sum,

    W_t = a_t W + b_t S − Σ_{i≤t} P[t, i] θ_i u_i κ_iᵀ,

with shares a, b, P that the gates alone decide. A layer needs W_t only to multiply it with its input x_t:

    W_t x_t = a_t W x_t + b_t S x_t − Σ_i P[t, i] θ_i (κ_i · x_t) u_i,

which for all t together is attention from inputs to inputs. Layer by layer that is TTT's dual form (Sun et al. 2024,
arXiv 2407.04620, eq. 7–8), here with Titans' momentum and forgetting too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.inner.blocks.shares import Shares, shares
from nlviz.inner.probes import Probe
from nlviz.inner.unroll import Pending, Turn, Unrolled, march_chunks
from nlviz.memory import MLP, DeepMemory, Gates, Gradient, GradientDescent, Momentum, Pairs, State
from nlviz.memory.able import Able
from nlviz.memory.look import a_memory
from nlviz.memory.nets import Layer
from nlviz.memory.scan import acts
from nlviz.memory.state import as_weights, parts

__all__ = ["unroll_dual"]


def unroll_dual(
    memory: DeepMemory,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    state: Any = None,
    period: int = 16,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """`unroll(…, period=period)` with all reads of a chunk at once: the same outputs, state, signals and gradients.

    For a `DeepMemory` on an `MLP` under `GradientDescent` or `Momentum` (TTT's too). A chunk costs a few products of
    matrices instead of one write per token; a stream split inside a chunk gives the same numbers up to rounding.
    Raises ValueError as `unroll` does, and for a memory that has no dual form.
    """
    _check_memory(memory)
    read_first = words.flag("read_first", read_first)

    def turn(before: State[Any], now: Pairs, how: Gates, asked: Tensor, whole: bool) -> Turn:
        gradients = memory.gradients(before, now)
        if not now.keys.shape[1]:
            return Turn(before if whole else Pending(before, now, how), memory.answer(before, asked), None, gradients)
        share = _shares(memory, how)
        after = _after(memory, before, gradients, how, share) if whole else Pending(before, now, how)
        if read_first or not asked.shape[1]:
            return Turn(after, memory.answer(before, asked), None, gradients)
        layers = _layers(memory, before, gradients, how, share, asked.shape[1])
        return Turn(after, memory.net.run(layers, asked).answer, None, gradients)  # pyright: ignore

    return march_chunks(memory, pairs, gates, queries, turn, state=state, period=period, probes=probes)


def _check_memory(memory: object) -> None:
    a_memory("memory", memory)
    if Able(memory).has_dual:  # pyright: ignore[reportArgumentType]
        return
    if not isinstance(memory, DeepMemory):
        raise ValueError(f"{type(memory).__name__} has no dual form; use unroll, or a DeepMemory")
    for part, known in ((memory.net, MLP), (memory.rule, GradientDescent | Momentum)):
        if not isinstance(part, known):
            raise ValueError(
                f"a DeepMemory with {type(part).__name__} has no dual form; use unroll, "
                "or an MLP under GradientDescent or Momentum"
            )


def _shares(memory: DeepMemory, gates: Gates) -> Shares:
    """The shares of a chunk: the same for every layer, for its reads and for its end."""
    return shares(gates.momentum if _carries(memory, gates) else None, 1 - gates.forget)


def _carries(memory: DeepMemory, gates: Gates) -> bool:
    return "momentum" in memory.obeys and acts(gates.momentum)


def _pasts(memory: DeepMemory, before: State[Any]) -> Any:
    """S of every matrix."""
    return before.past_surprise if len(parts(before.memory)) > 1 else (before.past_surprise,)


def _after(
    memory: DeepMemory, before: State[Any], gradients: tuple[Gradient, ...], gates: Gates, share: Shares
) -> State[Any]:
    """`memory.step`, with what the chunk's end has of each impulse and of what stood there before."""
    rates = -gates.inner_lr * memory.factor(gates.inner_lr.shape[1])
    in_memory, in_past = (rates * rows[:, -1] for rows in (share.impulses, share.carried))
    kept, ridden, left = (rows[:, -1, None, None] for rows in (share.memory, share.past_in_memory, share.past))
    carries, forgets, olds = _carries(memory, gates), acts(gates.forget), parts(before.memory)
    weights, pasts = [], []
    for old, base, past, (errors, inputs) in zip(
        olds, memory.rest(olds), _pasts(memory, before), gradients, strict=True
    ):
        moved = (in_memory[..., None] * errors).mT @ inputs
        if carries:
            moved = torch.addcmul(moved, ridden, past)
        if not forgets:
            weights.append(old + moved)
        else:
            drift = torch.addcmul(moved, kept, old if base is None else old - base)
            weights.append(drift if base is None else base + drift)
        # without momentum S is the last token's own write
        tokens = slice(None) if carries else slice(-1, None)
        now = (in_past[:, tokens, None] * errors[:, tokens]).mT @ inputs[:, tokens]
        pasts.append(torch.addcmul(now, left, past) if carries else now)
    return State(as_weights(tuple(weights)), as_weights(tuple(pasts)))


def _layers(
    memory: DeepMemory, before: State[Any], gradients: tuple[Gradient, ...], gates: Gates, share: Shares, asked: int
) -> list[Layer]:
    """Each layer as the last `asked` tokens of the chunk see it, each after its own part of the update."""
    tokens = gates.inner_lr.shape[1]
    rows = slice(tokens - asked + 1, tokens + 1)
    carries = _carries(memory, gates)
    pushed = share.impulses[:, rows] * gates.inner_lr[:, None]
    if not isinstance(memory.position, str) or memory.position != "sum":
        factors = [memory.factor(count) for count in range(tokens - asked + 1, tokens + 1)]
        pushed = pushed * torch.stack([torch.as_tensor(one, dtype=pushed.dtype) for one in factors])[:, None].to(pushed)
    olds = parts(before.memory)
    pasts = _pasts(memory, before)
    # shares of W and of S; None where all is kept or nothing carried
    kept = share.memory[:, rows, None] if acts(gates.forget) else None
    ridden = share.past_in_memory[:, rows, None] if carries else None

    def layer(old: Tensor, base: Tensor | None, past: Tensor, gradient: Gradient) -> Layer:
        def multiply(x: Tensor) -> Tensor:
            met = x @ old.mT if kept is None else kept * (x @ old.mT)
            if kept is not None and base is not None:
                met = met + (1 - kept) * (x @ base.mT)
            if ridden is not None:
                met = met + ridden * (x @ past.mT)
            return met - (pushed * (x @ gradient.inputs.mT)) @ gradient.errors

        return multiply

    return [layer(*each) for each in zip(olds, memory.rest(olds), pasts, gradients, strict=True)]
