"""Bytes of a state and of a cache, counted in real ones; and the context that is of use."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Generator

from nlviz import inner, measure, memory, outer
from nlviz.measure import Forgetting


def curve(*recall: float) -> Forgetting:
    return Forgetting(np.arange(len(recall)) * 10, np.array(recall))


@pytest.mark.parametrize(
    ("recall", "expected"),
    [
        ((1.0, 1.0, 0.8, 0.0), 15.0),
        ((1.0, 0.9, 0.9, 0.5), 20.0),
        ((1.0, 0.95), math.inf),
        ((0.5, 1.0), 0.0),
        ((1.0, 0.8, 1.0, 1.0), 5.0),
    ],
)
def test_the_context_of_use_ends_where_recall_first_falls_below(recall: tuple[float, ...], expected: float) -> None:
    assert measure.effective_context(curve(*recall), 0.9) == pytest.approx(expected)


def test_half_of_the_start_is_the_half_life() -> None:
    falling = curve(0.8, 0.6, 0.35, 0.1)
    assert measure.effective_context(falling, 0.4) == pytest.approx(measure.half_life(falling))


@pytest.mark.parametrize(
    ("recall", "words"),
    [((), "is empty"), ((1.0, np.nan), "age 10 is not finite"), ((np.nan, 1.0), "age 0 is not finite")],
)
def test_a_curve_that_says_nothing_is_refused(recall: tuple[float, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        measure.effective_context(curve(*recall))


@pytest.mark.parametrize("tokens", [1, 5, 24])
def test_a_cache_has_the_bytes_of_a_real_one(tokens: int) -> None:
    layer = outer.Attention(8, 2, generator=Generator().manual_seed(0))
    _, state = layer(torch.randn(1, tokens, 8, generator=Generator().manual_seed(1)))
    keys_and_values = sum(one.numel() * one.element_size() for one in state if one.is_floating_point())
    assert measure.cache_bytes(tokens, 8) == keys_and_values


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_a_state_has_the_bytes_of_a_real_one(heads: int) -> None:
    rule = memory.Hebbian(8 // heads, 8 // heads)
    pairs = memory.Pairs(torch.ones(heads, 5, 8 // heads), torch.ones(heads, 5, 8 // heads))
    held = inner.unroll(rule, pairs, memory.Gates.constant(pairs)).state.memory
    assert measure.state_bytes(8, heads=heads) == held.numel() * held.element_size()


@pytest.mark.parametrize(("width", "heads"), [(64, 1), (64, 4), (48, 3)])
def test_a_cache_outgrows_a_state_at_half_of_a_heads_width(width: int, heads: int) -> None:
    tokens = measure.cache_outgrows(width, heads=heads)
    assert tokens == width / heads / 2
    below, above = (measure.cache_bytes(int(tokens) + step, width) for step in (0, 1))
    assert below <= measure.state_bytes(width, heads=heads) < above
