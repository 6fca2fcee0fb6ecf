"""The inner loop in blocks: the same numbers as `unroll`, exactly, at many times its speed.

Inside a block every state is a sum of the block's starting state and of the impulses u_i k_iᵀ with shares that the
gates alone decide (`coefficients`). So all errors of a block solve one unit triangular system,

    (I + c_t P[t−1, i] (k_t·k_i) θ_i) E = c_t (a_t K M_0ᵀ + b_t K S_0ᵀ) − V,

with P, a, b the shares of impulses, M_0 and S_0 in M_{t−1}, and c the rule's `recalled_share`. Solved against [c a K
| c b K | V] it leaves per block two matrix products with the state, and only those run one block after the other. For
Delta this is the WY form of Yang et al. 2024 (arXiv 2406.06484); momentum and forgetting by shares are ours, measured
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.inner.checks import check_count, check_probes, check_state, check_stream
from nlviz.inner.coefficients import Shares, shares
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import divergence
from nlviz.inner.solved import Solved, block_signals
from nlviz.inner.unroll import Pending, Unrolled, unroll
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, LinearState, Pairs, Titans
from nlviz.trace import Trace

__all__ = ["unroll_blocks"]


def unroll_blocks(
    memory: LinearMemory,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    state: LinearState | None = None,
    block: int = 64,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """`unroll(…, period=1)` computed in blocks: the same outputs, state, signals and gradients.

    For Hebbian, Delta, GatedDelta and Titans. `block` is an execution choice; it changes speed, never a number beyond
    rounding. A run that overflows is done again by `unroll`: in a matrix product one infinity would hide where it
    began.
    Raises ValueError as `unroll` does, for a block below one, and for a memory that has no block form.
    """
    check_count("block", block)
    check_stream(memory, pairs, gates, queries)
    _check_memory(memory)
    if isinstance(state, Pending):
        raise ValueError("the state holds tokens that wait for their chunk; finish it with unroll at the same period")
    check_state(state, pairs.keys.shape[0])
    start = memory.init(pairs.keys.shape[0], like=pairs.keys) if state is None else state
    check_probes(memory, start, pairs, gates, probes)
    queries = pairs.keys if queries is None else queries
    solved, reads, at = [], [pairs.values[:, :0]], start
    for first, last, size in _parts(pairs.keys.shape[1], block):
        now = [stream[:, first:last] for stream in (*pairs, *gates, queries)]
        system = _system(memory, Pairs(*now[:2]), Gates(*now[2:5]), now[5], size, read_first)
        part, read, at = _march(system, at)
        solved.append(part)
        reads.append(read)
    outputs = torch.cat(reads, 1)
    if not all(bool(torch.isfinite(x.detach().sum())) for x in (outputs, *at)):
        return unroll(memory, pairs, gates, queries, state=start, read_first=read_first, probes=probes)
    with torch.no_grad():
        signals = block_signals(memory, solved, probes)
    return Unrolled(at, outputs, Trace(signals, marks=divergence(outputs, pairs.values)))


def _check_memory(memory: object) -> None:
    # a subclass may have changed the equation, so it is refused too
    if type(memory) not in (Hebbian, Delta, GatedDelta, Titans):
        raise ValueError(
            f"{type(memory).__name__} has no exact block form; use unroll, or one of Hebbian, Delta, GatedDelta, Titans"
        )


def _parts(time: int, block: int) -> Iterator[tuple[int, int, int]]:
    """(first, last, block size): the whole blocks together, then the ragged end as one shorter block."""
    whole = time - time % block
    if whole:
        yield 0, whole, block
    if time > whole:
        yield whole, time, time - whole


class _System(NamedTuple):
    """What of a stretch of blocks does not depend on the state they start from; [batch, blocks, …] throughout.

    errors, reads: rows linear in the state X = [M | S] at the block's start, as (factor on Xᵀ, constant); reads get
    `mixed` U on top.
    ends: [P_M K | P_S K], what the impulses leave in X at the block's end; carry: the shares of M in M, S in M, S in
    S there.
    """

    memory: LinearMemory
    pairs: Pairs
    gates: Gates
    keys: Tensor
    inner_lr: Tensor
    shares: Shares
    errors: tuple[Tensor, Tensor]
    reads: Tensor
    mixed: Tensor
    ends: Tensor
    carry: tuple[Tensor, Tensor, Tensor]
    has_momentum: bool


def _system(memory: LinearMemory, pairs: Pairs, gates: Gates, queries: Tensor, size: int, read_first: bool) -> _System:
    keys, values, asked = (x.unflatten(1, (-1, size)) for x in (*pairs, queries))
    inner_lr, momentum, forget = (gate.unflatten(1, (-1, size)) for gate in gates)
    has_momentum = "momentum" in memory.obeys
    keep = 1 - forget if "forget" in memory.obeys else torch.ones_like(forget)
    share = shares(momentum if has_momentum else None, keep)
    recalled = memory.recalled_share(gates).unflatten(1, (-1, size))
    gram = keys @ keys.mT

    def from_start(rows: slice, tokens: Tensor) -> Tensor:
        """tokens × the shares of M_0 and S_0, so that its product with [M | S]ᵀ is what the starting state answers."""
        parts = (share.memory, share.past_in_memory) if has_momentum else (share.memory,)
        return torch.cat([part[..., rows, None] * tokens for part in parts], -1)

    before, after = slice(None, -1), slice(1, None)
    when = before if read_first else after
    factor = recalled[..., None] * from_start(before, keys)
    if not isinstance(memory, Hebbian):
        triangle = recalled[..., None] * share.impulses[..., before, :] * gram * inner_lr[..., None, :]
        solution = torch.linalg.solve_triangular(
            triangle, torch.cat([factor, values], -1), upper=False, unitriangular=True
        )
        factor, values = solution.split([factor.shape[-1], values.shape[-1]], -1)
    ends = [share.impulses[..., -1, :, None] * keys]
    if has_momentum:
        ends.append(share.carried[..., -1, :, None] * keys)
    return _System(
        memory, pairs, gates, keys, inner_lr, share,
        errors=(factor, -values),
        reads=from_start(when, asked),
        mixed=share.impulses[..., when, :] * (asked @ keys.mT),
        ends=torch.cat(ends, -1),
        carry=(share.memory[..., -1], share.past_in_memory[..., -1], share.past[..., -1]),
        has_momentum=has_momentum,
    )  # fmt: skip


def _march(system: _System, state: LinearState) -> tuple[Solved, Tensor, LinearState]:
    """The only part that runs one block after the other: E from the state, then the next state from E."""
    width = system.keys.shape[-1]
    at = torch.cat(state, -1) if system.has_momentum else state.memory
    size = system.keys.shape[-2]
    rows = torch.cat([system.errors[0], system.reads], -2).unbind(1)
    constant = torch.cat([system.errors[1], torch.zeros_like(system.errors[1])], -2).unbind(1)
    strength = -system.inner_lr[..., None]
    to_memory, past_to_memory, to_past = (share[..., None, None].unbind(1) for share in system.carry)
    starts, answers = [], []
    for b, (row, plus, lr, end) in enumerate(
        zip(rows, constant, strength.unbind(1), system.ends.unbind(1), strict=True)
    ):
        starts.append(at)
        answer = torch.baddbmm(plus, row, at.mT)
        answers.append(answer)
        if system.has_momentum:
            memory, past = at.split(width, -1)
            memory = torch.addcmul(to_memory[b] * memory, past_to_memory[b], past)
            kept = torch.cat([memory, to_past[b] * past], -1)
        else:
            kept = to_memory[b] * at
        at = torch.baddbmm(kept, (lr * answer[:, :size]).mT, end)
    errors, base = torch.stack(answers, 1).split(size, -2)
    impulses = strength * errors
    outputs = (base + system.mixed @ impulses).flatten(1, 2)
    last = impulses[:, -1, -1, :, None] * system.keys[:, -1, -1, None, :]
    end = LinearState(*at.split(width, -1)) if system.has_momentum else LinearState(at, last)
    return (
        Solved(system.memory, system.pairs, system.gates, system.shares, impulses, errors, state, starts),
        outputs,
        end,
    )
