"""A memory that explodes is a result: found, located at its first token, named, and never raised."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nlviz.inner import Unrolled, probes, unroll, unroll_blocks
from nlviz.memory import Delta, Gates, Hebbian, LinearState, Pairs, Titans

LIMIT = 1e9
TIME = 450


def _one_key(dtype: torch.dtype, lr: float, time: int = TIME, batch: int = 1) -> tuple[Pairs, Gates]:
    """One unit key and one value, again and again: the error grows by 1 − θ‖k‖² at each write."""
    key = torch.tensor([0.6, 0.0, 0.8], dtype=dtype)
    value = torch.tensor([1.0, -2.0], dtype=dtype)
    pairs = Pairs(key.expand(batch, time, 3), value.expand(batch, time, 2))
    return pairs, Gates.constant(pairs, lr)


def _first_lost(dtype: torch.dtype, lr: float) -> int | None:
    """By a NumPy loop on the answer alone: a ← a − θ (a − v), in the same precision."""
    number = np.float32 if dtype == torch.float32 else np.float64
    k, v = np.array([0.6, 0.0, 0.8], number), np.array([1.0, -2.0], number)
    M, usual = np.zeros((2, 3), number), None
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(TIME):
            M = M - number(lr) * np.outer(M @ k - v, k)
            answer = np.abs(M @ k).max()
            usual = max(2.0, answer) if usual is None else usual
            if not answer <= LIMIT * usual:
                return t
    return None


def _marks(run: Unrolled) -> list[tuple[int, str]]:
    return [(mark.time, mark.kind) for mark in run.trace.marks]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("lr", [2.1, 2.5, 3.0, 7.0])
@pytest.mark.parametrize("block", [1, 16, 500])
def test_both_executors_find_the_token(dtype: torch.dtype, lr: float, block: int) -> None:
    pairs, gates = _one_key(dtype, lr)
    expected = _first_lost(dtype, lr)
    assert expected is not None
    loop = unroll(Delta(3, 2), pairs, gates, probes=[probes.memory_norm])
    blocks = unroll_blocks(Delta(3, 2), pairs, gates, block=block, probes=[probes.memory_norm])
    assert _marks(loop) == _marks(blocks) == [(expected, "diverged")]
    for run in (loop, blocks):
        assert run.trace.marks[0].label == f"diverged at write {expected}: inner_lr·‖k‖² = {lr:g} ≥ 2"
    # the error grows by θ − 1 a write, the first answer is θ v: so much for when
    assert expected == pytest.approx(math.log(LIMIT * lr) / math.log(lr - 1), abs=2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_overflows_is_reported_alike_to_the_end(dtype: torch.dtype) -> None:
    """To infinity and beyond: NaN in the outputs and the signals of both, at the same tokens, and no exception."""
    pairs, gates = _one_key(dtype, 7.0)
    runs = [
        execute(Delta(3, 2), pairs, gates, probes=[probes.surprise, probes.memory_norm])
        for execute in (unroll, unroll_blocks)
    ]
    finite = [torch.isfinite(run.outputs) for run in runs]
    assert torch.equal(*finite)
    assert not finite[0].all()
    for name in ("surprise", "memory_norm"):
        loop, blocks = (run.trace[name].values for run in runs)
        np.testing.assert_allclose(blocks, loop, rtol=1e-4)


def test_a_stable_memory_is_not_marked() -> None:
    for lr in (0.5, 1.0, 1.99):
        pairs, gates = _one_key(torch.float64, lr)
        assert unroll(Delta(3, 2), pairs, gates).trace.marks == ()
        assert unroll_blocks(Delta(3, 2), pairs, gates).trace.marks == ()


@pytest.mark.parametrize("scale", [1e-20, 1e-6, 1e20])
def test_large_or_small_numbers_alone_are_no_divergence(scale: float) -> None:
    pairs, gates = _one_key(torch.float64, 0.5, time=50)
    pairs = pairs._replace(values=pairs.values * scale)
    for execute in (unroll, unroll_blocks):
        assert execute(Hebbian(3, 2), pairs, gates).trace.marks == ()


def test_numbers_too_large_for_the_limit_are_still_found_when_they_overflow() -> None:
    """10⁹ times 10³⁰ is no float32, and an infinite limit would let infinity pass."""
    pairs, gates = _one_key(torch.float32, 3.0, time=100)
    pairs = pairs._replace(values=pairs.values * 1e30)
    loop, blocks = (execute(Delta(3, 2), pairs, gates) for execute in (unroll, unroll_blocks))
    first = int((~torch.isfinite(loop.outputs)).any(-1)[0].nonzero()[0])
    assert _marks(loop) == _marks(blocks) == [(first, "diverged")]


def test_a_full_memory_read_beside_an_empty_stream_is_no_divergence() -> None:
    """All values zero and the first query zero: nothing to measure sizes by, and still no alarm."""
    pairs = Pairs(torch.zeros(1, 4, 3), torch.zeros(1, 4, 2))
    queries = torch.eye(4)[None, :, 1:]
    start = LinearState(torch.ones(1, 2, 3), torch.zeros(1, 2, 3))
    for execute in (unroll, unroll_blocks):
        run = execute(Delta(3, 2), pairs, Gates.constant(pairs), queries, state=start)
        assert run.outputs.abs().max() == 1
        assert run.trace.marks == ()


def test_momentum_moves_the_edge() -> None:
    """θ‖k‖² < (2 − α)(1 + η): a strength Delta cannot bear, Titans with momentum can."""
    pairs, _ = _one_key(torch.float64, 1.0)
    for lr, lost in ((2.8, False), (3.3, True)):
        gates = Gates.constant(pairs, lr, momentum=0.5)
        for execute in (unroll, unroll_blocks):
            assert bool(execute(Titans(3, 2), pairs, gates).trace.marks) == lost


def test_the_stream_that_diverged_is_named() -> None:
    pairs, _ = _one_key(torch.float64, 1.0, batch=3)
    strength = torch.tensor([0.5, 0.5, 3.0], dtype=torch.float64)[:, None]
    for execute in (unroll, unroll_blocks):
        (mark,) = execute(Delta(3, 2), pairs, Gates.constant(pairs, strength)).trace.marks
        assert mark.label == f"diverged at write {mark.time} of stream 2: inner_lr·‖k‖² = 3 ≥ 2"
