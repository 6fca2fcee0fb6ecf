"""Probes on a memory of several layers: norms over all its weights, any layer as a picture, either executor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nlviz.inner import probes, unroll, unroll_blocks, unroll_dual
from nlviz.memory import MLP, Adam, DeepMemory, Gates, Pairs, SurpriseGate, Titans, gradient_norm

from ..strategies import make

CASE = make(2, (2, 12, 3, 4))


def _memory(**how: Any) -> DeepMemory:
    net = MLP((5,), bias=True)
    initial = [one.double() for one in net.draw(3, 4, torch.Generator().manual_seed(0))]
    return DeepMemory(3, 4, initial=initial, net=net, **how)


def _flat(weights: tuple[torch.Tensor, ...]) -> np.ndarray:
    return torch.cat([one.flatten(1) for one in weights], 1).numpy()


@pytest.mark.parametrize("execute", [unroll, unroll_dual])
def test_norms_are_over_all_weights(execute: Any) -> None:
    memory, gates = _memory(), Gates.constant(CASE.pairs, 0.1, 0.5, 0.1)
    asked = [probes.memory_norm, probes.write_norm, probes.past_surprise, probes.weights(), probes.surprise]
    run = execute(memory, CASE.pairs, gates, period=4, probes=asked)
    first = Pairs(*(x[:, :8] for x in CASE.pairs)), Gates(*(x[:, :8] for x in gates))
    before = unroll(memory, *first, period=4).state
    after = run.state
    np.testing.assert_allclose(run.trace["memory_norm"].values[-1], np.linalg.norm(_flat(after.memory), axis=1))
    moved = np.linalg.norm(_flat(after.memory) - _flat(before.memory), axis=1)
    np.testing.assert_allclose(run.trace["write_norm"].values[-1], moved, rtol=1e-9)
    np.testing.assert_allclose(
        run.trace["past_surprise"].values[-1], np.linalg.norm(_flat(after.past_surprise), axis=1), rtol=1e-9
    )
    last = Pairs(*(x[:, 8:] for x in CASE.pairs))
    np.testing.assert_allclose(run.trace["surprise"].values[8:].T, gradient_norm(memory, before, last), rtol=1e-9)
    assert run.trace["weights"].values.shape == (3, 2, 5, 4)


def test_a_share_is_what_comes_back_in_size_and_sign() -> None:
    """θ of the value after one write of a unit key; linear in M, where a cosine would be 1 or −1."""
    key, value = torch.eye(3)[:1].double(), torch.tensor([[1.0, -2.0, 0.5, 0.0]]).double()
    pairs = Pairs(key[None], value[None])
    for inner_lr in (0.3, 1.7, -0.4):
        gates = Gates.constant(pairs, inner_lr)
        for execute in (unroll, unroll_blocks):
            run = execute(Titans(3, 4), pairs, gates, probes=[probes.share(key, value)])
            np.testing.assert_allclose(run.trace["share"].values, [[[inner_lr]]])


def test_any_layer_can_be_looked_at() -> None:
    gates = Gates.constant(CASE.pairs, 0.1)
    shapes = {0: (5, 4), 1: (4, 6), -1: (4, 6)}
    for layer, shape in shapes.items():
        run = unroll(_memory(), CASE.pairs, gates, probes=[probes.weights(every=6, layer=layer)])
        assert run.trace["weights"].values.shape == (2, 2, *shape)
        np.testing.assert_array_equal(run.trace["weights"].values[-1], run.state.memory[layer].numpy())


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"probe 'weights' cannot be answered by DeepMemory: layer is 2; .*-2 to 1"):
        unroll(_memory(), CASE.pairs, CASE.gates, probes=[probes.weights(layer=2)])


def test_what_adam_carries_is_its_running_mean() -> None:
    gates = Gates.constant(CASE.pairs, 0.05)
    run = unroll(_memory(rule=Adam()), CASE.pairs, gates, probes=[probes.past_surprise])
    means = _flat(tuple(carried.first for carried in run.state.past_surprise))
    np.testing.assert_allclose(run.trace["past_surprise"].values[-1], np.linalg.norm(means, axis=1), rtol=1e-9)


def test_behind_a_gate_the_surprise_is_the_same() -> None:
    gates = Gates.constant(CASE.pairs, 0.1)
    plain, gated = (
        unroll(memory, CASE.pairs, gates, probes=[probes.surprise, probes.memory_norm]).trace
        for memory in (_memory(), SurpriseGate(_memory(), -1.0))
    )
    for name in plain:
        np.testing.assert_array_equal(plain[name].values, gated[name].values)
