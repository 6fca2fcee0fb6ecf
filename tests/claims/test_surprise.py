"""What notebook 04 says of gates on random pairs, over five seeds; what it says of code stands in test_reading.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from nlviz import labs, measure, memory, streams
from nlviz.inner import probes, unroll
from nlviz.labs.own import OwnGate

pytestmark = pytest.mark.claim
DELTA = memory.Delta(32, 32)


class Outcome(NamedTuple):
    written: float
    recall: float
    noisy: float


def outcome(gate: memory.SurpriseGate, noise: float) -> Outcome:
    """Means over five seeds of twenty streams: share written, cosine recall, share of the writes that was noise."""
    runs = []
    for seed in range(5):
        generator = torch.Generator().manual_seed(seed)
        stream = streams.recall_pairs(16, 32, passes=20, noise=noise, generator=generator, batch=20)
        run = unroll(gate, stream.pairs, memory.Gates.constant(stream.pairs), probes=[probes.written])
        through = torch.tensor(run.trace["written"].values).mean(1)
        noisy = through[stream.item == streams.NOISE].sum() / through.sum()
        recall = measure.cosine(measure.recalled(gate, run.state, stream), stream.values).mean()
        runs.append(torch.stack([through.mean(), recall, noisy]))
    return Outcome(*torch.stack(runs).mean(0).tolist())


def own(step: Callable[[Tensor], Tensor]) -> OwnGate:
    return OwnGate(DELTA, 0.0, step=step)


def test_on_clean_repetition_a_gate_saves_three_writes_in_four():
    gated = outcome(memory.SurpriseGate(DELTA, 0.2), noise=0.0)
    assert gated.written == pytest.approx(0.23, abs=0.01)
    assert gated.recall == pytest.approx(0.99, abs=0.005)


def test_in_noise_the_choosier_gate_writes_more_noise_and_recalls_less():
    easy, choosy = (outcome(memory.SurpriseGate(DELTA, threshold), noise=0.5) for threshold in (0.0, 1.0))
    assert (easy.recall, choosy.recall) == (pytest.approx(0.76, abs=0.01), pytest.approx(0.635, abs=0.01))
    assert (easy.noisy, choosy.noisy) == (pytest.approx(0.50, abs=0.005), pytest.approx(0.63, abs=0.01))


def test_writing_little_of_what_is_new_beats_the_threshold_and_slow_writing_nearly_does():
    progress = outcome(own(lambda surprise: torch.where(surprise > 0.95, 0.2, 1.0)), noise=0.5)
    slow = outcome(own(lambda surprise: torch.full_like(surprise, 0.2)), noise=0.5)
    assert progress.recall == pytest.approx(0.98, abs=0.01)
    assert slow.recall == pytest.approx(0.92, abs=0.01)


def test_in_noisy_code_a_sceptical_gate_beats_the_frozen_model_until_inner_lr_is_doubled():
    lab = labs.surprise(step=lambda bits: torch.where(bits > 8, 0.1, 1.0), preset="noisy")

    def gain() -> float:
        assert lab.trace is not None
        code = lab.trace["noise"].values[:, 0] == 0
        return float((lab.trace["frozen_bits"].values - lab.trace["bits"].values)[code].mean())

    assert gain() > 0.05
    lab.set(inner_lr=2.0)
    assert gain() < -0.02
