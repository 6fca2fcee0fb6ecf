"""SurpriseGate: what is let through, what keeps acting, and whom an outer gradient reaches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import (
    DeepMemory,
    Delta,
    Gates,
    Hebbian,
    Pairs,
    ProgressGate,
    SurpriseGate,
    Titans,
    bits,
    cross_entropy,
    entropy,
    gradient_norm,
    past_surprise,
    prediction_error,
    total_surprise,
)

from .. import reference
from ..strategies import make
from .catalogue import mlp

EXACT = 1e-12
CASE = make(1, (2, 20, 3, 4), "raw", state=False)


def _gated_by_hand(threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(outputs, writes, M at the end) of a hard gate over Titans, in NumPy: θ is struck out where surprise is low."""
    arrays = CASE.arrays()
    outputs, writes, ends = np.zeros((2, 20, 4)), np.zeros((2, 20)), []
    for b in range(2):
        M, S = np.zeros((4, 3)), np.zeros((4, 3))
        for t in range(20):
            k, v = arrays["keys"][b, t], arrays["values"][b, t]
            lr, momentum, forget = (gate[b, t] for gate in arrays["gates"])
            writes[b, t] = np.linalg.norm(np.outer(M @ k - v, k)) > threshold
            M, S = reference.RULES["Titans"](M, S, k, v, lr * writes[b, t], momentum, forget)
            outputs[b, t] = M @ arrays["queries"][b, t]
        ends.append(M)
    return outputs, writes, np.array(ends)


@pytest.mark.parametrize("threshold", [0.0, 0.8, 1.5, 1e9])
def test_a_hard_gate_strikes_out_the_write_and_nothing_else(threshold: float) -> None:
    outputs, writes, end = _gated_by_hand(threshold)
    gate = SurpriseGate(Titans(3, 4), threshold)
    run = unroll(gate, *CASE[:3], probes=[probes.written, probes.memory_norm])
    np.testing.assert_allclose(run.outputs, outputs, rtol=0, atol=EXACT)
    np.testing.assert_allclose(run.state.memory, end, rtol=0, atol=EXACT)
    np.testing.assert_array_equal(run.trace["written"].values.T, writes)
    np.testing.assert_array_equal(run.state.written, writes.sum(1))


def test_the_threshold_divides_the_stream() -> None:
    """Not a test of all or nothing: at 0.8 some tokens pass and some do not."""
    _, writes, _ = _gated_by_hand(0.8)
    assert 0 < writes.sum() < writes.size


@pytest.mark.parametrize("softness", [0.0, 0.3])
def test_decay_and_momentum_act_on_tokens_that_are_kept_out(softness: float) -> None:
    gate = SurpriseGate(Titans(3, 4), 1e9, softness)
    start = gate.init(2, like=CASE.pairs.keys)
    M, S = make(2, (2, 1, 3, 4)).state or pytest.fail("no state")
    start = start._replace(inner=start.inner._replace(memory=M, past_surprise=S))
    pairs = Pairs(*(x[:, :1] for x in CASE.pairs))
    after = gate.write(start, pairs, Gates.constant(pairs, inner_lr=1.0, momentum=0.5, forget=0.25))
    torch.testing.assert_close(after.past_surprise, 0.5 * S, rtol=0, atol=EXACT)
    torch.testing.assert_close(after.memory, 0.75 * M + 0.5 * S, rtol=0, atol=EXACT)
    assert after.written.tolist() == [0, 0]


def test_an_open_gate_is_no_gate() -> None:
    plain, gated = (unroll(memory, *CASE[:3]) for memory in (Titans(3, 4), SurpriseGate(Titans(3, 4), -1.0)))
    assert torch.equal(plain.outputs, gated.outputs)
    assert gated.state.written.tolist() == [20, 20]


def test_surprise_equal_to_the_threshold_is_not_above_it() -> None:
    pairs = Pairs(torch.ones(1, 1, 1), torch.full((1, 1, 1), 2.0))
    for threshold, writes in ((2.0, 0), (1.999, 1)):
        gate = SurpriseGate(Hebbian(1, 1), threshold)
        assert gate.write(gate.init(1), pairs, Gates.constant(pairs)).written.item() == writes


def test_a_soft_gate_opens_by_a_sigmoid() -> None:
    pairs = Pairs(torch.ones(1, 1, 1), torch.full((1, 1, 1), 2.0))
    for threshold, share in ((2.0, 0.5), (1.5, 1 / (1 + math.exp(-1))), (2.5, 1 / (1 + math.exp(1)))):
        gate = SurpriseGate(Hebbian(1, 1), threshold, softness=0.5)
        after = gate.write(gate.init(1), pairs, Gates.constant(pairs))
        assert after.memory.item() == pytest.approx(2 * share)
        assert after.written.item() == pytest.approx(share)


def test_a_soft_gate_that_sharpens_becomes_the_hard_one() -> None:
    hard, sharp = (
        unroll(SurpriseGate(Titans(3, 4), 0.8, softness), *CASE[:3]).outputs for softness in (0.0, 1e-5)
    )  # fmt: skip
    torch.testing.assert_close(sharp, hard, rtol=0, atol=1e-6)


def test_an_outer_gradient_reaches_the_threshold_of_a_soft_gate_only() -> None:
    def outputs(threshold: Tensor, softness: float = 0.4) -> Tensor:
        return unroll(SurpriseGate(Delta(3, 4), threshold, softness), *CASE[:3]).outputs

    threshold = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(outputs, [threshold])
    (reached,) = torch.autograd.grad(outputs(threshold).square().sum(), threshold)
    assert abs(reached.item()) > 1e-3
    assert not outputs(threshold, softness=0.0).requires_grad


@pytest.mark.parametrize("period", [3, 5])
def test_in_a_chunk_all_surprise_is_measured_at_the_old_weights(period: int) -> None:
    """Titans eq. 16–18 with θ struck out by hand; 20 tokens end inside a chunk of 3, whose writes are not yet made."""
    whole, threshold = 20 - 20 % period, 0.9
    run = unroll(SurpriseGate(Titans(3, 4), threshold), *CASE[:3], period=period, probes=[probes.written])
    arrays = CASE.arrays()
    for b in range(2):
        start, counts = (np.zeros((4, 3)), np.zeros((4, 3))), []
        for first in range(0, whole, period):
            part = slice(first, first + period)
            k, v = arrays["keys"][b, part], arrays["values"][b, part]
            lr, momentum, forget = (gate[b, part] for gate in arrays["gates"])
            opened = np.linalg.norm(k @ start[0].T - v, axis=1) * np.linalg.norm(k, axis=1) > threshold
            after, S = reference.titans_in_chunks(k, v, (lr * opened, momentum, forget), period, start)
            start = after[-1], S
            counts.append(opened.sum())
        end = run.state if whole == 20 else run.state.state
        np.testing.assert_allclose(end.memory[b], start[0], rtol=0, atol=EXACT)
        np.testing.assert_array_equal(run.trace["written"].values[:, b], counts)
        assert end.written[b] == sum(counts)
    assert 0 < run.trace["written"].values.sum() < 2 * whole


def test_the_gradient_norm_is_that_of_the_gradient() -> None:
    memory = Titans(3, 4)
    state = unroll(memory, *CASE[:3]).state
    one = Pairs(CASE.pairs.keys[:, :1], CASE.pairs.values[:, :1])

    def loss(matrices: Tensor) -> Tensor:
        return 0.5 * (torch.einsum("bvk,btk->btv", matrices, one.keys) - one.values).square().sum()

    expected = torch.func.grad(loss)(state.memory).flatten(1).norm(dim=1)
    torch.testing.assert_close(gradient_norm(memory, state, one)[:, 0], expected, rtol=0, atol=EXACT)


def test_bits_are_the_surprise_of_a_distribution() -> None:
    """A memory that knows nothing of four classes is surprised by two bits, whichever comes."""
    memory = DeepMemory(3, 4, cross_entropy)
    one_hot = torch.eye(4).expand(2, 4, 4)
    pairs = Pairs(torch.ones(2, 4, 3), one_hot)
    torch.testing.assert_close(bits(memory, memory.init(2), pairs), torch.full((2, 4), 2.0))
    gate = SurpriseGate(memory, 1.99, metric=bits)
    assert gate.write(gate.init(2), pairs, Gates.constant(pairs)).written.tolist() == [4, 4]


def test_entropy_is_the_mean_of_the_bits_over_what_may_come() -> None:
    generator = torch.Generator().manual_seed(0)
    memory = DeepMemory(3, 4, cross_entropy)
    state = memory.init(2)
    state = state._replace(memory=torch.randn(2, 4, 3, generator=generator))
    keys = torch.randn(2, 5, 3, generator=generator)
    each = [Pairs(keys, torch.eye(4)[which].expand(2, 5, 4)) for which in range(4)]
    p = memory.read(state, keys).softmax(-1)
    mean = sum(p[..., which] * bits(memory, state, pairs) for which, pairs in enumerate(each))
    torch.testing.assert_close(entropy(memory, state, each[0]), mean)


def test_bits_need_probabilities() -> None:
    gate = SurpriseGate(Titans(3, 4), 1.0, metric=bits)
    with pytest.raises(ValueError, match=r"probabilities.*objective is squared error.*cross_entropy, or gradient_norm"):
        unroll(gate, *CASE[:3])


def test_a_gate_may_be_gated() -> None:
    inner = SurpriseGate(Titans(3, 4), 0.5)
    run = unroll(SurpriseGate(inner, 0.9), *CASE[:3], probes=[probes.memory_norm, probes.written])
    alone = unroll(SurpriseGate(Titans(3, 4), 0.9), *CASE[:3])
    assert torch.equal(run.outputs, alone.outputs)


def test_a_negative_softness_is_refused() -> None:
    with pytest.raises(ValueError, match=r"softness is -1.0; expected .* least 0; use 0 for a hard gate or a positive"):
        SurpriseGate(Titans(3, 4), 1.0, softness=-1.0)


def test_the_gradient_norm_of_a_net_is_over_all_its_weights() -> None:
    memory = mlp(5, bias=True)
    state = unroll(memory, *CASE[:3]).state
    one = Pairs(CASE.pairs.keys[:, :1], CASE.pairs.values[:, :1])

    def loss(weights: tuple[Tensor, ...]) -> Tensor:
        return memory.objective.loss(memory.read(state._replace(memory=weights), one.keys), one.values).sum()

    parts = torch.func.grad(loss)(state.memory)
    expected = torch.cat([part.flatten(1) for part in parts], 1).norm(dim=1)
    found = gradient_norm(memory, state, one)[:, 0]
    torch.testing.assert_close(found, expected, rtol=0, atol=EXACT)
    assert bool((found > 1.01 * prediction_error(memory, state, one)[:, 0] * one.keys.norm(dim=-1)[:, 0]).any())


def test_the_error_does_not_ask_how_long_the_key_is() -> None:
    memory, state = Titans(3, 4), Titans(3, 4).init(2, like=CASE.pairs.keys)
    found = prediction_error(memory, state, CASE.pairs)
    torch.testing.assert_close(found, CASE.pairs.values.norm(dim=-1))
    torch.testing.assert_close(gradient_norm(memory, state, CASE.pairs), found * CASE.pairs.keys.norm(dim=-1))


def test_past_surprise_is_what_the_momentum_carries() -> None:
    memory = mlp(5)
    state = unroll(memory, *CASE[:3]).state
    found = past_surprise(memory, state, CASE.pairs)
    assert found.shape == (2, 20)
    carried = torch.cat([one.flatten(1) for one in state.past_surprise], 1).norm(dim=1)
    torch.testing.assert_close(found[:, 7], carried)
    torch.testing.assert_close(
        total_surprise(memory, state, CASE.pairs) - found, gradient_norm(memory, state, CASE.pairs)
    )


def test_a_gate_on_past_surprise_alone_never_opens() -> None:
    """Its docstring's warning: nothing written, nothing carried. With the momentary part it opens."""
    closed, opens = (
        unroll(SurpriseGate(Titans(3, 4), 0.5, metric=metric), *CASE[:3]).state.written
        for metric in (past_surprise, total_surprise)
    )
    assert closed.tolist() == [0, 0]
    assert (opens > 0).all()


def test_what_follows_a_surprising_moment_is_written_too() -> None:
    """One large error, then tokens that say nothing new: they pass while the momentum rings, and not a gate without."""
    values = torch.zeros(1, 10, 1)
    values[0, 2] = 10
    keys = torch.eye(10)[None]
    pairs = Pairs(keys, values)
    memory, gates = Titans(10, 1), Gates.constant(pairs, 0.5, momentum=0.5)
    asked = [probes.written]
    after, alone = (
        unroll(SurpriseGate(memory, 1.0, metric=metric), pairs, gates, probes=asked).trace["written"].values[:, 0]
        for metric in (total_surprise, gradient_norm)
    )
    assert after.tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert alone.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_progress_is_what_writing_everything_would_have_gained() -> None:
    """By hand: a pair that comes once is not written, one that comes again is, one that is known is no progress."""
    keys = torch.eye(3)[[0, 1, 0, 0, 2]][None]
    values = torch.tensor([1.0, 5.0, 1.0, 1.0, 7.0])[None, :, None]
    pairs = Pairs(keys, values)
    gate = ProgressGate(Delta(3, 1), 0.1)
    run = unroll(gate, pairs, Gates.constant(pairs), probes=[probes.written])
    assert run.trace["written"].values[:, 0].tolist() == [0, 0, 1, 0, 0]
    assert run.state.memory[0, 0].tolist() == [1, 0, 0]
    assert run.state.candidate.memory[0, 0].tolist() == [1, 5, 7]


def test_progress_is_not_fooled_by_surprise() -> None:
    gate = ProgressGate(Titans(3, 4), 0.1)
    state = gate.init(2, like=CASE.pairs.keys)
    wild = Pairs(CASE.pairs.keys, 1e6 * CASE.pairs.values)
    assert not gate.opening(state, wild).any()


@pytest.mark.parametrize("threshold", [torch.ones(3, 1), torch.ones(0, 1)], ids=["three", "none"])
def test_thresholds_of_other_streams_are_refused(threshold: Tensor) -> None:
    pairs = Pairs(torch.ones(2, 4, 3), torch.ones(2, 4, 3))
    with pytest.raises(ValueError, match=r"one number, or one for each stream: \[2, 1\]"):
        unroll(SurpriseGate(Delta(3, 3), threshold), pairs, Gates.constant(pairs))


@pytest.mark.parametrize(
    ("given", "shown"),
    [(0.5, "0.5"), (torch.ones(2, 4, 1), r"Tensor \[2, 4, 1\] of torch.float32"), (torch.ones(3), r"Tensor \[3\] .*")],
    ids=["a number", "an axis more", "an axis less"],
)
def test_a_metric_that_gives_no_number_for_each_token_is_refused(given: Any, shown: str) -> None:
    pairs = Pairs(torch.ones(2, 4, 3), torch.ones(2, 4, 3))
    gate = SurpriseGate(Delta(3, 3), 0.5, metric=lambda memory, state, pairs: given)
    with pytest.raises(ValueError, match=rf"^what the metric gave is {shown}; expected \[2, 4\]: one number for each"):
        gate.opening(gate.init(2), pairs)


@pytest.mark.parametrize(
    ("threshold", "shown"), [([float("nan"), 1.0], r"\[nan, 1.0\]"), ([[1.0, 2.0]], r"\[\[1.0, 2.0\]\]")]
)
def test_a_threshold_that_is_none_is_named(threshold: Any, shown: str) -> None:
    with pytest.raises(ValueError, match=rf"^threshold is {shown}; expected "):
        SurpriseGate(Delta(3, 3), threshold)
