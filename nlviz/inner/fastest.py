"""The fastest exact way to run a memory: blocks where it has them, dual where it has that, the loop otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from nlviz.inner.blocks.unroll_blocks import unroll_blocks
from nlviz.inner.dual import unroll_dual
from nlviz.inner.entrance import check_count
from nlviz.inner.probes import Probe
from nlviz.inner.states import Pending
from nlviz.inner.unroll import Unrolled, unroll
from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.able import Able
from nlviz.memory.look import a_memory

__all__ = ["fastest"]


def fastest(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    state: Any = None,
    period: int = 1,
    block: int = 64,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """`unroll` with the same arguments and, up to rounding, the same numbers, by whichever form the memory has.

    In blocks for period 1, dual for any period, token by token where the memory tells of neither. block: how many
    tokens to a block, where there are blocks; an execution choice.
    Raises ValueError as `unroll` does.
    """
    able, period, block = Able(a_memory("memory", memory)), check_count("period", period), check_count("block", block)
    given: dict[str, Any] = {"state": state, "read_first": read_first, "probes": probes}
    if period == 1 and able.has_blocks and not isinstance(state, Pending):
        return unroll_blocks(memory, pairs, gates, queries, block=block, **given)  # pyright: ignore[reportArgumentType]
    if able.has_dual:
        return unroll_dual(memory, pairs, gates, queries, period=period, **given)  # pyright: ignore[reportArgumentType]
    return unroll(memory, pairs, gates, queries, period=period, **given)
