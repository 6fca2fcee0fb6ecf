"""Which write an answer comes from, and what is left when one is taken back: what notebook 13 says."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import inner, memory, streams
from nlviz.memory import Gates, Pairs

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

WIDTH, STREAMS = 32, 50


@cache
def traces(others: int, rule: Any = memory.Delta) -> np.ndarray:
    """How far from the memory that was never told: as it is, and with the patch taken off; in patches, by seed."""
    return np.array([_trace(others, rule(WIDTH, WIDTH), seed) for seed in SEEDS])


def _trace(others: int, rule: Any, seed: int) -> list[float]:
    told = streams.recall_pairs(1 + others, WIDTH, generator=chance(seed), batch=STREAMS).pairs
    gates = Gates.constant(told)
    whole = inner.unroll_blocks(rule, told, gates).state.memory
    never = inner.strike(rule, told, gates, tokens=[0]).state.memory
    patch = told.values[:, :1].mT @ told.keys[:, :1]
    far = [_size(whole - never), _size(whole - patch - never)]
    return [one / _size(patch) for one in far]


def _size(matrices: Tensor) -> float:
    return matrices.flatten(1).norm(dim=1).mean().item()


def test_a_patch_taken_off_after_forty_more_facts_takes_off_more_than_is_there(claims: Claims) -> None:
    left, off = traces(40).T
    claims.more(off, left, "farther away than before", by=0.2)
    claims.says(".52", left, "what is left of the write")
    claims.says(".84", off, "with its patch taken off")


def test_after_few_it_is_nearer_and_for_hebb_it_is_exact(claims: Claims) -> None:
    left, off = traces(10).T
    claims.more(left, off, "nearer after ten more", by=0.2)
    assert traces(40, memory.Hebbian)[:, 1].max() < 1e-4


def test_what_erases_answers_with_what_was_never_asked_for() -> None:
    """Asked at right angles to the first key, the delta rule takes off what its second write erased of it."""
    keys = torch.tensor([[[1.0, 0.0], [0.6, 0.8]]])
    pairs, asked = Pairs(keys, torch.ones(1, 2, 1)), torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])
    shares = inner.influence(memory.Delta(2, 1), pairs, Gates.constant(pairs), asked).shares[0, 1]
    torch.testing.assert_close(shares, torch.tensor([-0.48, 0.8]))
    hebb = inner.influence(memory.Hebbian(2, 1), pairs, Gates.constant(pairs), asked).shares[0, 1]
    torch.testing.assert_close(hebb, torch.tensor([0.0, 0.8]))
