"""Outer gradients through inner updates: loop, blocks, and the NumPy loop by a complex step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from nlviz.inner import Probe, Unrolled, probes
from nlviz.memory import Gates, LinearMemory, LinearState, Pairs

from .. import reference
from ..strategies import Case, cases, make
from .executors import BLOCK_FORM, build, by_token, in_blocks, same

GRADIENTS = 1e-8


def _leaves(case: Case) -> list[Tensor]:
    assert case.queries is not None
    assert case.state is not None
    return [*case.pairs, *case.gates, case.queries, *case.state]


def _with_leaves(case: Case, leaves: list[Tensor]) -> Case:
    return case._replace(
        pairs=Pairs(*leaves[:2]), gates=Gates(*leaves[2:5]), queries=leaves[5], state=LinearState(*leaves[6:])
    )


def _weighing(case: Case, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A fixed random functional of outputs and final state, so that no direction of the answer is left out."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=tuple(case.pairs.values.shape)), rng.normal(
        size=(2, case.pairs.keys.shape[0], case.pairs.values.shape[-1], case.pairs.keys.shape[-1])
    )


def _gradients(
    execute: Callable[[LinearMemory, Case, list[Probe]], Unrolled], rule: LinearMemory, case: Case
) -> list[np.ndarray]:
    leaves = [leaf.clone().requires_grad_() for leaf in _leaves(case)]
    run = execute(rule, _with_leaves(case, leaves), [probes.memory_norm])
    on_outputs, on_state = (torch.tensor(weight) for weight in _weighing(case, 7))
    total = (on_outputs * run.outputs).sum() + (on_state[0] * run.state.memory).sum()
    total = total + (on_state[1] * run.state.past_surprise).sum()
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [np.zeros(leaf.shape) if g is None else g.numpy() for g, leaf in zip(found, leaves, strict=True)]


def _complex_step(rule_name: str, case: Case, directions: list[np.ndarray]) -> float:
    """The NumPy loop's derivative along `directions`, without a difference and so without its rounding."""
    step = 1e-30
    moved = [leaf.numpy() + 1j * step * way for leaf, way in zip(_leaves(case), directions, strict=True)]
    run = reference.run(
        rule_name, moved[0], moved[1], (moved[2], moved[3], moved[4]), moved[5], (moved[6], moved[7]), case.read_first
    )
    on_outputs, on_state = _weighing(case, 7)
    total = (on_outputs * run.outputs).sum()
    total = total + (on_state[0] * run.memory[:, -1]).sum() + (on_state[1] * run.past[:, -1]).sum()
    return float(np.imag(total)) / step


@pytest.mark.parametrize("rule", BLOCK_FORM)
@settings(max_examples=25)
@given(case=cases(), seed=st.integers(0, 99))
def test_gradients_agree(rule: str, case: Case, seed: int) -> None:
    batch, time, d_key = case.pairs.keys.shape
    full = make(seed, (batch, time, d_key, case.pairs.values.shape[-1]))
    case = case._replace(queries=full.queries, state=full.state)
    # a key of no length has no direction, and no slope of it: RWKV-7 divides by the length
    assume(rule != "RWKV7" or bool((case.pairs.keys.norm(dim=-1) > 1e-3).all()))
    built = build(rule, case)
    loop, blocks = _gradients(by_token, built, case), _gradients(in_blocks, built, case)
    names = ("keys", "values", "inner_lr", "momentum", "forget", "queries", "initial M", "initial S")
    for name, found, expected in zip(names, blocks, loop, strict=True):
        same(found, expected, f"gradient of {name}", GRADIENTS)
    rng = np.random.default_rng(seed)
    directions = [rng.normal(size=gradient.shape) for gradient in loop]
    along = sum(float((way * gradient).sum()) for way, gradient in zip(directions, loop, strict=True))
    scale = 1 + sum(float(np.abs(way * gradient).sum()) for way, gradient in zip(directions, loop, strict=True))
    assert abs(along - _complex_step(rule, case, directions)) <= GRADIENTS * scale


@pytest.mark.parametrize("rule", BLOCK_FORM)
def test_gradients_agree_on_a_long_stream(rule: str) -> None:
    case = make(11, (2, 150, 12, 10), "unit", ("random", "random", "edges"), block=64)
    built = build(rule, case)
    for found, expected in zip(_gradients(in_blocks, built, case), _gradients(by_token, built, case), strict=True):
        same(found, expected, "gradient", GRADIENTS)
