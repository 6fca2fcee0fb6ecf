"""The inner loop in blocks: the same numbers as `unroll`, exactly, at many times its speed.

Inside a block every state is a sum of the block's starting state and of the impulses u_i c_iᵀ with shares that the
gates alone decide (`shares`). So all errors of a block solve one unit triangular system,

    (I + ρ_t P[t−1, i] (p_t·c_i) θ_i) E = ρ_t (a_t p_t M_0ᵀ + b_t p_t S_0ᵀ) − W,

with P, a, b the shares of impulses, M_0 and S_0 in M_{t−1}, and erase keys p, write keys c, targets w and ρ the rule's
`Choices`; where every key channel forgets by itself, the shares stand inside the products p_t·c_i. The matrix on the
left knows no state, so many blocks set theirs up at once; what runs one block after the other is a handful of products
and one substitution. Its inverse is never built: near the limit of stability that loses what the substitution keeps.
For Delta this is the WY form of Yang et al. 2024 (arXiv 2406.06484); momentum and forgetting by shares are ours,
measured here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.inner.blocks.channels import Channels, channels
from nlviz.inner.blocks.recurrence import System, march, system
from nlviz.inner.blocks.shares import Shares, shares
from nlviz.inner.blocks.signals import block_signals, measure
from nlviz.inner.blocks.telemetry import Solved
from nlviz.inner.checks import check_probes
from nlviz.inner.entrance import check_count, look, probes_of
from nlviz.inner.lost import Done, by_token, loses
from nlviz.inner.marks import divergence, reason, unheld
from nlviz.inner.precision import cast, double, outside_autocast, wide
from nlviz.inner.probes import Probe
from nlviz.inner.unroll import Pending, Unrolled
from nlviz.memory import Choices, Gates, LinearMemory, LinearRule, LinearState, Pairs, State
from nlviz.memory.able import Able
from nlviz.memory.choices import carried
from nlviz.trace import Trace

__all__ = ["unroll_blocks"]

# numbers per stretch and array: half a megabyte in float32, which a core keeps near
STRETCH = 1 << 17

# tokens in a block whose shares have a channel axis, under momentum: each costs as many numbers as this times channels
NARROW = 8


def unroll_blocks(
    memory: LinearMemory,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    state: State[Tensor] | None = None,
    block: int = 64,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """`unroll(…, period=1)` computed in blocks: the same outputs, state, signals and gradients.

    For a linear rule that states its `choices`: Hebbian, Delta, GatedDelta, Titans, KDA, …, or your own.
    `block` is an execution choice: it changes speed, never a number beyond rounding. In float32 reads, state, norms and
    gradients are at most 6 times as far from the float64 loop as the float32 loop is (or as 1e-7), measured up to .999
    of the limit of stability, momentum .99 and 2,000 writes of one key (tests/benchmarks/near_the_limit.md); there
    blocks are solved in float64, at half the speed.
    A stream that overflows is as in `unroll` up to the token it is lost at and does not touch the others; after that
    its answers and signals are not finite, though which of them is infinite and which NaN may differ.
    Raises ValueError as `unroll` does, for a block below one, and for a memory that has no block form.

        >>> stream = streams.recall_pairs(9, 8, generator=torch.Generator().manual_seed(0))
        >>> rule, gates = memory.Titans(8, 8), memory.Gates.constant(stream.pairs, 0.5, 0.5, 0.1)
        >>> both = [run(rule, stream.pairs, gates).outputs for run in (inner.unroll, inner.unroll_blocks)]
        >>> torch.allclose(*both, atol=1e-6)
        True
    """
    block, read_first = check_count("block", block), words.flag("read_first", read_first)
    given, probes = look(memory, pairs, gates, queries, state), probes_of(probes)
    rule = _a_rule(memory)
    if isinstance(state, Pending):
        raise ValueError("the state holds tokens that wait for their chunk; finish it with unroll at the same period")
    with outside_autocast(given.asked):
        stream = cast(given, wide(*given))
        return _run(rule, *stream, given.asked.dtype, block=block, read_first=read_first, probes=probes)


def _run(
    memory: LinearRule,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None,
    state: State[Tensor] | None,
    answers: torch.dtype,
    *,
    block: int,
    read_first: bool,
    probes: Sequence[Probe],
) -> Unrolled:
    """The run itself, all in one precision, stretch after stretch; `answers` is that of what was read."""
    start = at = memory.init(pairs.keys.shape[0], like=pairs.keys) if state is None else state
    blanks = check_probes(memory, start, pairs, gates, probes)
    queries = pairs.keys if queries is None else queries
    reads, rows = [pairs.values[:, :0]], []
    by_channel = gates.forget.dim() > 2 and ("momentum" in memory.obeys or memory.at_once > 1)
    most, wide = (min(block, NARROW), pairs.keys.shape[-1]) if by_channel else (block, 1)
    size = max(1, most // memory.at_once)
    stretches = list(_stretches(pairs, size, wide, memory.at_once))
    # split, not sliced: the gradient of n slices is n tensors of the whole length
    parts = (x.split([last - first for first, last, _ in stretches], 1) for x in (*pairs, *gates, queries))
    for (first, _, size), now in zip(stretches, zip(*parts, strict=True), strict=True):
        now, how, asked = Pairs(*now[:2]), Gates(*now[2:5]), now[0] if queries is pairs.keys else now[5]
        solved = _solve(memory, now, how, asked, at, block=size, read_first=read_first)
        done = Done(solved.outputs, solved.end)
        if loses(at, done):
            asking = {"probes": probes, "blanks": blanks}
            done, measured = by_token(memory, now, how, asked, at, first=first, read_first=read_first, **asking)
        else:
            with torch.no_grad():
                both = zip(probes, blanks, strict=True)
                measured = [measure(probe, solved, first, blank) for probe, blank in both]
        reads.append(done.reads)
        rows.append(measured)
        at = done.end
    outputs = torch.cat(reads, 1).to(answers)
    marks = (*divergence(outputs, pairs.values, reason(memory, start, pairs, gates)), *unheld(memory, gates))
    signals = block_signals(probes, rows, outputs.shape[1], blanks)
    return Unrolled(cast(at, pairs.keys.dtype), outputs, Trace(signals, marks=marks))


def _a_rule(memory: Any) -> LinearRule:
    if not Able(memory).has_blocks:
        raise ValueError(
            f"{type(memory).__name__} has no exact block form; use unroll, or one of Hebbian, Delta, GatedDelta, Titans"
        )
    return memory


def _solve(
    memory: LinearRule,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor,
    entry: State[Tensor],
    *,
    block: int,
    read_first: bool,
) -> Solved:
    """One stretch: shares from the gates, a system from these and the choices, a march through it.

    In the precision of the pairs, or in float64 where that would lose digits.
    """
    dtype = pairs.keys.dtype
    start = _system(memory, pairs, gates, queries, entry, block, read_first)
    if start.system.is_strained:
        asks_keys = queries is pairs.keys
        pairs, gates, queries = cast((pairs, gates, queries), double(pairs.keys))
        queries = pairs.keys if asks_keys else queries
        start = _system(memory, pairs, gates, queries, entry, block, read_first)
    first = start.entry if start.chosen.momentum is not None else (start.entry.memory,)
    walk = march(start.system, tuple(first))
    return Solved(memory, pairs, gates, *start[:-2], start.system, walk, start.entry, dtype)


class _Start(NamedTuple):
    """A stretch before its march: see `Solved`."""

    chosen: Choices
    known: Any
    shares: Shares | Channels
    system: System
    entry: LinearState


def _system(
    memory: LinearRule,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor,
    entry: State[Tensor],
    block: int,
    read_first: bool,
) -> _Start:
    state, past_surprise = cast(tuple(entry), pairs.keys.dtype)
    past_surprise, known = carried(past_surprise)
    chosen, known = memory.choose(pairs, gates, known)
    many = memory.at_once
    asks_as_it_erases = many == 1 and queries is (chosen.write if chosen.erase is None else chosen.erase)
    chosen = chosen.in_turn(many)
    blocked = chosen.blocked(block * many)
    keep = torch.ones_like(blocked.inner_lr) if blocked.keep is None else blocked.keep
    if chosen.by_channel and chosen.momentum is None:
        share = channels(keep, blocked.output)
    else:
        share = shares(blocked.momentum, keep, blocked.output, by_channel=chosen.by_channel)
    asked = None if asks_as_it_erases else queries.unflatten(1, (-1, block))
    solving = system(blocked, asked, share, read_first=read_first, at_once=many)
    return _Start(chosen, known, share, solving, LinearState(state, past_surprise))


def _stretches(pairs: Pairs, block: int, wide: int, at_once: int) -> Iterator[tuple[int, int, int]]:
    """(first, last, block size): runs of whole blocks, then the ragged end as one shorter block.

    As many blocks at once as fit a processor's cache: fewer would leave the vector units idle, more the caches.
    wide: how many numbers a share is, one for each channel or one for all. at_once: how many pairs a token writes.
    """
    (batch, time, d_key), d_value = pairs.keys.shape, pairs.values.shape[-1]
    whole = time - time % block
    rows = block * at_once
    stride = block * max(1, STRETCH // (rows * max(1, batch) * max(rows * wide, d_key, d_value)))
    for first in range(0, whole, stride):
        yield first, min(first + stride, whole), block
    if time > whole:
        yield whole, time, time - whole
