"""The two executors on one case, and what counts as the same answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlviz import memory
from nlviz.inner import Probe, Unrolled, unroll, unroll_blocks
from nlviz.memory import LinearMemory

from ..strategies import Case

__all__ = ["BLOCK_FORM", "EXACT", "NORMS", "build", "by_token", "in_blocks", "same"]

EXACT = 1e-10
BLOCK_FORM = ("Hebbian", "Delta", "GatedDelta", "Titans", "MomentumDelta", "KDA", "GDN2", "Comba", "RWKV7")
NORMS = ("surprise", "inner_loss", "past_surprise", "write_norm", "memory_norm")


def build(rule: str, case: Case) -> LinearMemory:
    return getattr(memory, rule)(d_key=case.pairs.keys.shape[-1], d_value=case.pairs.values.shape[-1])


def by_token(rule: LinearMemory, case: Case, asked: list[Probe]) -> Unrolled:
    return unroll(
        rule, case.pairs, case.gates, case.queries, state=case.state, read_first=case.read_first, probes=asked
    )


def in_blocks(rule: LinearMemory, case: Case, asked: list[Probe]) -> Unrolled:
    return unroll_blocks(
        rule,
        case.pairs,
        case.gates,
        case.queries,
        state=case.state,
        block=case.block,
        read_first=case.read_first,
        probes=asked,
    )


def same(found: Any, expected: Any, what: str, tolerance: float = EXACT) -> None:
    """Equal to `tolerance` of the largest number of this quantity over the whole run, or of one."""
    found, expected = np.asarray(found), np.asarray(expected)
    if expected.size == 0 and found.size == 0:
        return
    assert found.shape == expected.shape, what
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale, err_msg=what)
