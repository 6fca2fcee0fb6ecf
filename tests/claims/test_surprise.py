"""What notebook 04 says of gates on random pairs; what it says of code stands in test_reading.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import labs, measure, memory, streams
from nlviz.inner import probes, unroll
from nlviz.labs.own.rules_and_gates import OwnGate
from nlviz.widgets import Lab

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim
DELTA = memory.Delta(32, 32)
TEXTS = 50


class Outcome(NamedTuple):
    """One value per seed."""

    written: np.ndarray
    recall: np.ndarray
    noisy: np.ndarray


class Mixed(NamedTuple):
    """Streams that each have an order of their own: pairs [streams, time, 32], noise [time, streams], the items."""

    pairs: memory.Pairs
    noise: np.ndarray
    keys: Tensor
    values: Tensor


@cache
def mixed(seed: int, noise: float) -> Mixed:
    """Sixteen pairs twenty times. Drawn one by one: the streams of one draw share the places of their noise."""
    source = chance(seed)
    drawn = [streams.recall_pairs(16, 32, passes=20, noise=noise, generator=source) for _ in range(TEXTS)]
    pairs = memory.Pairs(*(torch.cat(parts) for parts in zip(*(one.pairs for one in drawn), strict=True)))
    is_noise = torch.stack([one.item == streams.NOISE for one in drawn], 1).numpy()
    return Mixed(pairs, is_noise, torch.cat([one.keys for one in drawn]), torch.cat([one.values for one in drawn]))


def outcome(gate: memory.SurpriseGate, noise: float) -> Outcome:
    """Share written, cosine recall, share of the writes that was noise."""
    rows = []
    for seed in SEEDS:
        told = mixed(seed, noise)
        run = unroll(gate, told.pairs, memory.Gates.constant(told.pairs), probes=[probes.written])
        through = run.trace["written"].values.reshape(told.noise.shape)
        recall = measure.cosine(gate.read(run.state, told.keys), told.values).mean().item()
        rows.append((through.mean(), recall, through[told.noise].sum() / through.sum()))
    return Outcome(*np.array(rows).T)


@dataclass(frozen=True, eq=False)
class Alike(memory.SurpriseGate):
    """An `OwnGate` for steps that treat every token alike: asked once for all streams, not for one after the other."""

    step: Callable[[Tensor], Tensor] = torch.ones_like

    def share(self, surprise: Tensor) -> Tensor:
        return self.step(surprise)


def little_of_the_new(surprise: Tensor) -> Tensor:
    return torch.where(surprise > 0.95, 0.2, 1.0)


def a_fifth(surprise: Tensor) -> Tensor:
    return torch.full_like(surprise, 0.2)


@pytest.mark.parametrize("step", [little_of_the_new, a_fifth])
def test_a_gate_asked_for_all_streams_at_once_is_the_labs_own(step: Callable[[Tensor], Tensor]) -> None:
    pairs = memory.Pairs(*(part[:3, :40] for part in mixed(SEEDS[0], 0.5).pairs))
    gates = memory.Gates.constant(pairs)
    together, alone = (unroll(kind(DELTA, 0.0, step=step), pairs, gates).state for kind in (Alike, OwnGate))
    assert torch.equal(together.memory, alone.memory)
    assert torch.equal(together.written, alone.written)


def test_on_clean_repetition_a_gate_saves_three_writes_in_four(claims: Claims) -> None:
    gated = outcome(memory.SurpriseGate(DELTA, 0.2), noise=0.0)
    claims.says("22%", gated.written, "written")
    claims.says(".99", gated.recall, "recall")


def test_in_noise_the_choosier_gate_writes_more_noise_and_recalls_less(claims: Claims) -> None:
    easy, choosy = (outcome(memory.SurpriseGate(DELTA, threshold), noise=0.5) for threshold in (0.0, 1.0))
    for gate, recall, noisy in ((easy, ".70", "50%"), (choosy, ".60", "63%")):
        claims.says(recall, gate.recall, "recall")
        claims.says(noisy, gate.noisy, "noise among the writes")
    claims.more(easy.recall, choosy.recall, "no gate against a choosy one", share=1)


def test_writing_little_of_what_is_new_beats_the_threshold_and_slow_writing_nearly_does(claims: Claims) -> None:
    progress, slow = (outcome(Alike(DELTA, 0.0, step=step), noise=0.5) for step in (little_of_the_new, a_fifth))
    claims.says(".97", progress.recall, "little of what is new")
    claims.says(".91", slow.recall, "a constant share of .2")
    claims.more(progress.recall, slow.recall, "little of what is new against slow", share=1)


def test_in_noisy_code_a_sceptical_gate_beats_the_frozen_model_until_inner_lr_is_tripled(claims: Claims) -> None:
    def gain(lab: Lab) -> float:
        assert lab.trace is not None
        code = lab.trace["noise"].values[:, 0] == 0
        return float((lab.trace["frozen_bits"].values - lab.trace["bits"].values)[code].mean())

    gained, lost = [], []
    for seed in SEEDS:
        lab = labs.surprise(step=lambda bits: torch.where(bits > 8, 0.1, 1.0), preset="noisy", seed=seed)
        assert lab.knobs["inner_lr"] == 1.0
        gained.append(gain(lab))
        lab.set(inner_lr=3.0)
        lost.append(gain(lab))
    claims.more(gained, 0.0, "bits gained at inner_lr 1", share=1)
    claims.more(0.0, lost, "bits lost at inner_lr 3", share=1)
