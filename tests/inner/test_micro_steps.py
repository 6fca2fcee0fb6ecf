"""Micro-steps: two keys a token are two tokens of the delta rule, with decay on the first and one read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nlviz import inner
from nlviz.inner import unroll, unroll_micro_steps
from nlviz.memory import DeepMemory, Delta, GatedDelta, Gates, Pairs

CHANCE = np.random.default_rng(3)
BATCH, TIME, STEPS, D_KEY, D_VALUE = 2, 7, 3, 4, 5


def drawn(*shape: int) -> torch.Tensor:
    return torch.tensor(CHANCE.normal(size=shape))


KEYS, VALUES = drawn(BATCH, TIME, STEPS, D_KEY), drawn(BATCH, TIME, STEPS, D_VALUE)
THETA, ALPHA = drawn(BATCH, TIME, STEPS).sigmoid(), drawn(BATCH, TIME).sigmoid()
QUERIES = drawn(BATCH, TIME, D_KEY)
RULE = GatedDelta(D_KEY, D_VALUE)


@pytest.mark.parametrize("read_first", [False, True])
def test_it_is_the_product_of_the_steps(read_first: bool) -> None:
    """By the paper's line in NumPy, stream by stream."""
    found = unroll_micro_steps(RULE, KEYS, VALUES, THETA, ALPHA, QUERIES, read_first=read_first)
    k, v, theta, alpha, q = (x.numpy() for x in (KEYS, VALUES, THETA, ALPHA, QUERIES))
    for b in range(BATCH):
        M = np.zeros((D_VALUE, D_KEY))
        for t in range(TIME):
            before, M = M, (1 - alpha[b, t]) * M
            for j in range(STEPS):
                M = M @ (np.eye(D_KEY) - theta[b, t, j] * np.outer(k[b, t, j], k[b, t, j]))
                M = M + theta[b, t, j] * np.outer(v[b, t, j], k[b, t, j])
            np.testing.assert_allclose(found.outputs[b, t], (before if read_first else M) @ q[b, t], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.state.memory[b], M, rtol=0, atol=1e-12)


def test_two_keys_are_two_tokens_of_delta() -> None:
    pairs = Pairs(KEYS.flatten(1, 2), VALUES.flatten(1, 2))
    tokens = unroll(Delta(D_KEY, D_VALUE), pairs, Gates.constant(pairs, THETA.flatten(1)))
    steps = unroll_micro_steps(Delta(D_KEY, D_VALUE), KEYS, VALUES, THETA)
    torch.testing.assert_close(steps.state.memory, tokens.state.memory, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(steps.outputs, tokens.outputs[:, STEPS - 1 :: STEPS], rtol=1e-12, atol=1e-12)


def test_one_step_is_the_token_and_a_stream_may_be_split() -> None:
    one = unroll_micro_steps(RULE, KEYS[:, :, :1], VALUES[:, :, :1], THETA[:, :, :1], ALPHA)
    pairs = Pairs(KEYS[:, :, 0], VALUES[:, :, 0])
    plain = unroll(RULE, pairs, Gates.constant(pairs, THETA[:, :, 0], forget=ALPHA))
    torch.testing.assert_close(one.outputs, plain.outputs, rtol=1e-12, atol=1e-12)
    state, read = None, []
    for part in (slice(0, 3), slice(3, TIME)):
        run = unroll_micro_steps(RULE, KEYS[:, part], VALUES[:, part], THETA[:, part], ALPHA[:, part], state=state)
        state, _ = run.state, read.append(run.outputs)
    whole = unroll_micro_steps(RULE, KEYS, VALUES, THETA, ALPHA)
    torch.testing.assert_close(torch.cat(read, 1), whole.outputs, rtol=1e-12, atol=1e-12)


def test_gradients_and_signals_and_other_memories() -> None:
    leaves = [x.clone().requires_grad_() for x in (KEYS[:, :3], VALUES[:, :3], THETA[:, :3], ALPHA[:, :3])]
    assert torch.autograd.gradcheck(lambda *x: unroll_micro_steps(RULE, *x).outputs, leaves)
    run = unroll_micro_steps(DeepMemory(D_KEY, D_VALUE), KEYS, VALUES, 0.1, probes=[inner.probes.surprise])
    assert run.trace["surprise"].values.shape == (TIME * STEPS, BATCH)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keys": KEYS[:, :, 0]}, "keys"),
        ({"values": VALUES[:, :, :1]}, r"values is .*; expected batch, time and steps \[2, 7, 3\]"),
        ({"inner_lr": THETA[:, :, 0]}, r"inner_lr is .*; expected one number, or \[2, 7, 3\]"),
        ({"forget": THETA}, r"forget is .*; expected one number, or \[2, 7\]"),
        ({"forget": 1.5}, "forget is 1.5"),
        ({"keys": KEYS[:, :, :0], "values": VALUES[:, :, :0]}, "steps of keys is 0"),
        ({"queries": QUERIES[..., :2]}, "queries"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        unroll_micro_steps(RULE, **{"keys": KEYS, "values": VALUES, "inner_lr": THETA, "forget": ALPHA, **change})
