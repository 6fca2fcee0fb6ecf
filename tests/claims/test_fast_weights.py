"""The numbers that notebook 02 states, measured again: d = 32, means over many texts, for each of five seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from nlviz import labs, measure
from nlviz.inner import unroll
from nlviz.memory import Delta, Gates, Hebbian
from nlviz.streams import Stream, overwrites, recall_pairs

pytestmark = pytest.mark.claim

D = 32
TEXTS = 100
SEEDS = range(5)


@pytest.fixture(params=SEEDS)
def generator(request: pytest.FixtureRequest) -> Generator:
    return torch.Generator().manual_seed(request.param)


def answers(memory: Any, stream: Stream, **gates: float) -> Tensor:
    """What the memory answers for every item once the whole stream is written."""
    state = unroll(memory, stream.pairs, Gates.constant(stream.pairs, **gates)).state
    return measure.recalled(memory, state, stream)


def test_capacity_of_a_matrix_of_32_by_32(generator: Generator) -> None:
    """About fifty facts before recall falls under 90 %, not 1,024."""
    counts = [16, 32, 48, 56, 64, 96]
    found = measure.capacity_curve(Hebbian(D, D), counts, generator=generator, trials=TEXTS).mean(1)
    np.testing.assert_allclose(found, [1.00, 0.98, 0.92, 0.88, 0.82, 0.63], atol=0.02)
    assert found[2] > 0.90 > found[3]


def test_crosstalk_grows_as_a_straight_line(generator: Generator) -> None:
    for pairs in (16, 64):
        stream = recall_pairs(pairs, D, generator=generator, batch=TEXTS)
        error = measure.relative_error(answers(Hebbian(D, D), stream), stream.values).mean().item()
        assert error == pytest.approx((pairs - 1) / D, rel=0.06)


def test_no_linear_memory_holds_more_than_d_facts_exactly(generator: Generator) -> None:
    def best(pairs: int) -> float:
        stream = recall_pairs(pairs, D, generator=generator, batch=20)
        keys, values = stream.keys.double(), stream.values.double()
        solution = torch.linalg.lstsq(keys, values, driver="gelsd").solution
        return measure.relative_error(keys @ solution, values).mean().item()

    assert best(32) < 1e-9
    assert best(64) == pytest.approx(0.5, abs=0.02)


def test_overlapping_keys_ruin_sixteen_pairs(generator: Generator) -> None:
    """16 pairs: .25 right with keys that overlap by .6, 1.00 with independent ones."""
    found = measure.capacity_curve(Hebbian(D, D), [16], generator=generator, trials=TEXTS, overlap=0.6)
    assert found.mean() == pytest.approx(0.25, abs=0.04)


def test_a_matrix_cannot_change_its_mind(generator: Generator) -> None:
    """16 keys, 80 writes: among all values ever given Hebbian finds the newest of .19, delta of .94.

    Among the sixteen newest values alone it is .63 and .96: a sum of old and new still points to the right item.
    """
    stream = overwrites(16, 80, D, generator=generator, batch=TEXTS)
    old = torch.ones(80, dtype=torch.bool)
    old[stream.last_shown] = False
    superseded = stream.pairs.values[:, old]
    for memory, among_all, among_newest in ((Hebbian(D, D), 0.19, 0.63), (Delta(D, D), 0.94, 0.96)):
        said = answers(memory, stream)
        assert measure.accuracy(said, stream.values, superseded).mean().item() == pytest.approx(among_all, abs=0.05)
        assert measure.accuracy(said, stream.values).mean().item() == pytest.approx(among_newest, abs=0.04)


def test_without_a_gate_every_age_is_recalled_alike(generator: Generator) -> None:
    stream = recall_pairs(200, D, generator=generator, batch=TEXTS)
    cosine = measure.cosine(answers(Hebbian(D, D), stream), stream.values).mean(0).flip(0).numpy()
    assert cosine.mean() == pytest.approx(0.37, abs=0.01)
    assert cosine[:100].mean() == pytest.approx(cosine[100:].mean(), abs=0.02)


def test_a_forget_gate_chooses_who_is_forgotten(generator: Generator) -> None:
    """200 writes, forget .05: cosine .88 for the newest, .55 at age 20, nothing for the oldest hundred."""
    stream = recall_pairs(200, D, generator=generator, batch=TEXTS)
    cosine = measure.cosine(answers(Hebbian(D, D), stream, forget=0.05), stream.values).mean(0).flip(0).numpy()
    assert cosine[0] == pytest.approx(0.88, abs=0.02)
    assert cosine[20] == pytest.approx(0.55, abs=0.04)
    assert cosine[100:].mean() == pytest.approx(0.0, abs=0.01)


def test_a_forget_gate_keeps_the_newest_and_loses_the_rest(generator: Generator) -> None:
    """Told from all 200 values, the newest 16 are right in .24 without a gate, .97 with forget .05; all: .24, .12."""
    stream = recall_pairs(200, D, generator=generator, batch=TEXTS)
    for forget, newest, everything in ((0.0, 0.24, 0.24), (0.05, 0.97, 0.12)):
        said = answers(Hebbian(D, D), stream, forget=forget)
        earlier, last = stream.values[:, :-16], stream.values[:, -16:]
        assert measure.accuracy(said[:, -16:], last, earlier).mean().item() == pytest.approx(newest, abs=0.04)
        assert measure.accuracy(said, stream.values).mean().item() == pytest.approx(everything, abs=0.01)


def test_linear_attention_is_a_hebbian_memory(generator: Generator) -> None:
    stream = recall_pairs(64, D, generator=generator, batch=4)
    keys, values = (part.double() for part in stream.pairs)
    queries = keys.roll(7, 1)
    attention = torch.tril(queries @ keys.mT) @ values
    pairs = stream.pairs._replace(keys=keys, values=values)
    read = unroll(Hebbian(D, D), pairs, Gates.constant(pairs), queries).outputs
    torch.testing.assert_close(read, attention, atol=1e-12, rtol=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rule_that_feeds_on_itself_diverges(seed: int) -> None:
    lab = labs.write_head(
        step=lambda M, k, v, inner_lr: M + inner_lr * torch.outer(v + M @ k, k), preset="alike", seed=seed
    )
    assert "diverged at write" in lab.summary
    assert "diverged" not in labs.write_head(preset="alike", seed=seed).summary
