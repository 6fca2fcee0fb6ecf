"""An exact cache beside a memory: what is kept, and what a read makes of both, by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import inner
from nlviz.memory import Cached, CachedState, Delta, Gates, Memory, Pairs, Titans

TIME = 12


def stream(seed: int = 0) -> tuple[Pairs, Gates]:
    chance = torch.Generator().manual_seed(seed)
    keys, values = torch.randn(2, 2, TIME, 4, generator=chance, dtype=torch.float64)
    rates = torch.rand(2, TIME, generator=chance, dtype=torch.float64)
    return Pairs(keys, values), Gates.constant(Pairs(keys, values), 0.3)._replace(inner_lr=rates)


def run(built: Memory[Any], seed: int = 0) -> CachedState:
    return inner.unroll(built, *stream(seed)).state


def rows(kept: Tensor, every: Tensor) -> list[set[int]]:
    """Which tokens are kept, stream by stream."""
    same = (kept[:, :, None] == every[:, None]).all(-1)
    return [{int(one.nonzero()[0, 0]) for one in stream} for stream in same]


def test_the_tokens_with_the_largest_writes_are_kept() -> None:
    """Of a rule without forgetting and momentum the write is what the loop measures as ‖ΔM‖."""
    pairs, gates = stream()
    writes = inner.unroll(Delta(4, 4), pairs, gates, probes=[inner.probes.write_norm]).trace["write_norm"].values
    largest = [set(writes[:, row].argsort()[-3:].tolist()) for row in range(2)]
    state = run(Cached(Delta(4, 4), 3))
    assert rows(state.keys, pairs.keys) == largest
    expected = -np.sort(-writes.T, axis=1)[:, :3]
    np.testing.assert_allclose(state.worth.numpy(), expected, rtol=1e-5)


def test_the_newest_tokens_are_kept_in_their_order() -> None:
    pairs, _ = stream()
    state = run(Cached(Titans(4, 4), 3, "newest"))
    torch.testing.assert_close(state.values, pairs.values[:, [11, 10, 9]], rtol=0, atol=0)


def test_a_lot_keeps_each_token_alike_often() -> None:
    """Of 12 tokens 3 are kept: each in a quarter of 400 lots, give or take four standard errors."""
    pairs, _ = stream()
    counts = torch.zeros(TIME)
    for seed in range(400):
        for token in rows(run(Cached(Delta(4, 4), 3, "random", seed=seed)).keys, pairs.keys)[0]:
            counts[token] += 1
    within = 4 * math.sqrt(0.25 * 0.75 / 400)
    assert (counts / 400 - 0.25).abs().max() < within


def test_a_token_that_is_not_written_is_not_kept() -> None:
    pairs, gates = stream()
    gates = gates._replace(inner_lr=torch.zeros_like(gates.inner_lr).index_fill(1, torch.tensor([5]), 0.4))
    for keep in ("largest write", "newest", "random"):
        state = inner.unroll(Cached(Delta(4, 4), 3, keep), pairs, gates).state
        assert (state.worth > -torch.inf).sum(1).tolist() == [1, 1]
        torch.testing.assert_close(state.keys[:, 0], pairs.keys[:, 5], rtol=0, atol=0)


def test_a_read_joins_both_by_the_cosine() -> None:
    state, built = (
        run(Cached(Delta(4, 4), 3, sharpness=2.0, level=0.3)),
        Cached(Delta(4, 4), 3, sharpness=2.0, level=0.3),
    )
    asked = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    said = Delta(4, 4).read(state.inner, asked)
    for row in range(2):
        for t in range(5):
            near = [torch.cosine_similarity(asked[row, t], key, dim=0).item() for key in state.keys[row]]
            weights = [math.exp(2 * one) for one in (*near, 0.3)]
            parts = (*state.values[row], said[row, t])
            expected = sum(w / sum(weights) * part for w, part in zip(weights, parts, strict=True))
            torch.testing.assert_close(built.read(state, asked)[row, t], expected, rtol=1e-12, atol=1e-12)


def test_without_room_it_is_the_memory_itself() -> None:
    pairs, gates = stream()
    plain = inner.unroll(Titans(4, 4), pairs, gates).outputs
    torch.testing.assert_close(inner.unroll(Cached(Titans(4, 4), 0), pairs, gates).outputs, plain, rtol=0, atol=0)


def test_with_room_for_all_and_a_sharp_read_every_key_gives_its_own_value() -> None:
    pairs, _ = stream()
    built = Cached(Delta(4, 4), TIME, sharpness=1e6, level=0.999)
    torch.testing.assert_close(built.read(run(built), pairs.keys), pairs.values, rtol=0, atol=1e-9)


@pytest.mark.parametrize("keep", ["largest write", "newest", "random"])
def test_the_cache_changes_nothing_in_the_memory(keep: Any) -> None:
    plain = inner.unroll(Titans(4, 4), *stream()).state
    beside = run(Cached(Titans(4, 4), 3, keep)).inner
    torch.testing.assert_close(beside.memory, plain.memory, rtol=0, atol=0)
