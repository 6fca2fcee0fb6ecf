"""The inner loop in blocks: the same numbers as `unroll`, exactly, at many times its speed.

Inside a block every state is a sum of the block's starting state and of the impulses u_i k_iᵀ with shares that the
gates alone decide (`coefficients`). So all errors of a block solve one unit triangular system,

    (I + c_t P[t−1, i] (k_t·k_i) θ_i) E = c_t (a_t K M_0ᵀ + b_t K S_0ᵀ) − V,

with P, a, b the shares of impulses, M_0 and S_0 in M_{t−1}, and c the rule's `recalled_share`. The matrix on the left
knows no state, so many blocks invert theirs at once; what runs one block after the other is a handful of products.
For Delta this is the WY form of Yang et al. 2024 (arXiv 2406.06484); momentum and forgetting by shares are ours,
measured here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from nlviz.inner.checks import check_count, check_probes, check_state, check_stream
from nlviz.inner.coefficients import shares
from nlviz.inner.march import march, system
from nlviz.inner.marks import divergence, reason
from nlviz.inner.probes import Probe
from nlviz.inner.solved import Solved, block_signals, measure
from nlviz.inner.unroll import Pending, Unrolled, unroll
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, LinearState, Pairs, Titans
from nlviz.trace import Trace

__all__ = ["unroll_blocks"]

# numbers per stretch and array: half a megabyte in float32, which a core keeps near
STRETCH = 1 << 17


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
    reads, rows, at = [pairs.values[:, :0]], [], start
    stretches = list(_stretches(pairs, block))
    # split, not sliced: the gradient of n slices is n tensors of the whole length
    parts = (x.split([last - first for first, last, _ in stretches], 1) for x in (*pairs, *gates, queries))
    for (first, _, size), now in zip(stretches, zip(*parts, strict=True), strict=True):
        now, how, asked = Pairs(*now[:2]), Gates(*now[2:5]), now[0] if queries is pairs.keys else now[5]
        solved = _solve(memory, now, how, asked, at, block=size, read_first=read_first)
        read, at = solved.outputs, solved.end
        if not all(bool(torch.isfinite(x.detach().sum())) for x in (read, *at)):
            return unroll(memory, pairs, gates, queries, state=start, read_first=read_first, probes=probes)
        reads.append(read)
        with torch.no_grad():
            rows.append([measure(probe, solved, first) for probe in probes])
    outputs = torch.cat(reads, 1)
    signals = block_signals(probes, rows, outputs.shape[1])
    return Unrolled(
        at, outputs, Trace(signals, marks=divergence(outputs, pairs.values, reason(memory, start, pairs, gates)))
    )


def _check_memory(memory: object) -> None:
    # a subclass may have changed the equation, so it is refused too
    if type(memory) not in (Hebbian, Delta, GatedDelta, Titans):
        raise ValueError(
            f"{type(memory).__name__} has no exact block form; use unroll, or one of Hebbian, Delta, GatedDelta, Titans"
        )


def _solve(
    memory: LinearMemory,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor,
    entry: LinearState,
    *,
    block: int,
    read_first: bool,
) -> Solved:
    """One stretch: shares from the gates, a system from these and the pairs, a march through it."""
    momentum, keep = (gate.unflatten(1, (-1, block)) for gate in (gates.momentum, 1 - gates.forget))
    share = shares(
        momentum if "momentum" in memory.obeys else None,
        keep if "forget" in memory.obeys else torch.ones_like(keep),
    )
    known = system(memory, pairs, gates, queries, share, read_first=read_first)
    walk = march(known, tuple(entry) if "momentum" in memory.obeys else (entry.memory,))
    return Solved(memory, pairs, gates, share, known, walk, entry)


def _stretches(pairs: Pairs, block: int) -> Iterator[tuple[int, int, int]]:
    """(first, last, block size): runs of whole blocks, then the ragged end as one shorter block.

    As many blocks at once as fit a processor's cache: fewer would leave the vector units idle, more the caches.
    """
    (batch, time, d_key), d_value = pairs.keys.shape, pairs.values.shape[-1]
    whole = time - time % block
    stride = block * max(1, STRETCH // (block * max(1, batch) * max(block, d_key, d_value)))
    for first in range(0, whole, stride):
        yield first, min(first + stride, whole), block
    if time > whole:
        yield whole, time, time - whole
