"""Measures on cases worked by hand, and every theory line held against a real memory on the stream it speaks of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, tensor

from nlviz import measure
from nlviz.inner import probes, unroll
from nlviz.measure import Forgetting
from nlviz.memory import Delta, Gates, Hebbian, LinearState, Pairs, Titans
from nlviz.streams import Stream, needle, recall_pairs
from nlviz.trace import Signal

D = 32
TEXTS = 200
"""Texts per stream: means over so many settle to about one per cent."""


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def written(memory: Any, stream: Stream, **gates: float) -> LinearState:
    return unroll(memory, stream.pairs, Gates.constant(stream.pairs, **gates)).state


def one_key(writes: int, norm: float = 1.0) -> Pairs:
    """The same pair, so many times."""
    return Pairs(
        norm * F.normalize(torch.ones(1, 1, 4), dim=-1).expand(1, writes, 4), torch.ones(1, 1, 2).expand(1, writes, 2)
    )


def test_accuracy_counts_items_nearest_to_their_own_value() -> None:
    values = torch.eye(3)[None]
    answers = tensor([[[5.0, 1, 0], [1.0, 0.5, 0], [0.1, 0, 0.2]]])
    torch.testing.assert_close(measure.accuracy(answers, values), tensor([2 / 3]))


def test_accuracy_with_more_to_be_mistaken_for_is_lower() -> None:
    values, answers = tensor([[[1.0, 0], [0, 1.0]]]), tensor([[[1.0, 0.6], [0, 1.0]]])
    old = tensor([[[0.8, 0.6]]])
    assert measure.accuracy(answers, values).item() == 1
    assert measure.accuracy(answers, values, old).item() == 0.5


def test_accuracy_of_no_items_is_no_number_and_of_items_without_a_batch_is_one() -> None:
    none = torch.zeros(2, 0, 3)
    assert measure.accuracy(none, none).isnan().tolist() == [True, True]
    assert measure.accuracy(torch.eye(3), torch.eye(3)).item() == 1
    assert measure.accuracy(torch.eye(3).roll(1, 0), torch.eye(3)).shape == ()


def test_relative_error_is_one_for_no_answer_and_zero_for_the_right_one() -> None:
    values = torch.randn(2, 5, 3, generator=seeded())
    torch.testing.assert_close(measure.relative_error(0 * values, values), torch.ones(2))
    torch.testing.assert_close(measure.relative_error(values, values), torch.zeros(2))
    torch.testing.assert_close(measure.relative_error(3 * values, values), torch.full((2,), 4.0))


def test_cosine_of_no_answer_is_zero() -> None:
    values = tensor([[[3.0, 4.0], [3.0, 4.0], [3.0, 4.0]]])
    answers = tensor([[[0.0, 0], [4.0, 3.0], [-6.0, -8.0]]])
    torch.testing.assert_close(measure.cosine(answers, values), tensor([[0.0, 0.96, -1.0]]))


def test_forgetting_curve_lines_items_up_by_age() -> None:
    # item 0 is written at token 0, item 1 at token 2, item 2 never within the recording
    rows = [[0.9, 0.5, 0.7], [0.6, 0.5, 0.7], [0.3, 0.8, 0.7], [0.0, 0.4, 0.7]]
    recall = Signal(np.array(rows)[:, None], np.arange(4), "cosine")
    curve = measure.forgetting_curve(recall, np.array([0, 2, 9]))
    assert curve.ages.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(curve.recall, [(0.9 + 0.8) / 2, (0.6 + 0.4) / 2, 0.3, 0.0])


def test_forgetting_curve_means_over_texts_and_keeps_gaps_in_time() -> None:
    recall = Signal(np.array([[[1.0], [0.0]], [[0.4], [0.2]]]), np.array([9, 19]), "cosine")
    curve = measure.forgetting_curve(recall, tensor([4]))
    assert curve.ages.tolist() == [5, 15]
    np.testing.assert_allclose(curve.recall, [0.5, 0.3])


def test_since_written_leaves_a_gap_before_the_write() -> None:
    recall = Signal(np.arange(8.0).reshape(4, 1, 2), np.array([1, 3, 5, 7]), "cosine")
    values, times, unit, _ = measure.since_written(recall, tensor([0, 4]))
    np.testing.assert_array_equal(values[:, 0], [[0, np.nan], [2, np.nan], [4, 5], [6, 7]])
    assert (times is recall.times, unit) == (True, "cosine")
    assert np.isfinite(recall.values).all()


def test_recall_at_the_end_is_the_last_row_alone() -> None:
    stream = recall_pairs(3, 8, generator=seeded(), batch=4)
    run = unroll(
        Hebbian(8, 8), stream.pairs, Gates.constant(stream.pairs), probes=[probes.recall(stream.keys, stream.values)]
    )
    values, times, unit, _ = run.trace["recall"]
    curve = measure.forgetting_curve(Signal(values[-1:], times[-1:], unit), stream.last_shown)
    assert curve.ages.tolist() == [0, 1, 2]
    np.testing.assert_allclose(curve.recall, values[-1].mean(0)[::-1], rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "written_at"), [(np.zeros((4, 1, 3)), np.zeros(2)), (np.zeros((4, 1)), np.zeros(1))]
)
def test_forgetting_curve_wants_one_time_per_item(values: np.ndarray, written_at: np.ndarray) -> None:
    for ask in (measure.forgetting_curve, measure.since_written):
        with pytest.raises(ValueError, match="one time per item"):
            ask(Signal(values, np.arange(4)), written_at)


@pytest.mark.parametrize(
    ("ages", "recall", "expected"),
    [
        ([0, 1, 2, 3], [1.0, 0.8, 0.4, 0.1], 1.75),  # 0.5 lies three quarters of the way from 0.8 to 0.4
        ([0, 1, 2], [0.8, 0.4, 0.2], 1.0),
        ([5, 15], [0.6, 0.0], 5.0),  # counted from the youngest age there is
        ([0, 1, 2, 3], [1.0, 0.2, 0.9, 0.1], 0.625),  # the first time counts
        ([0, 1, 2], [1.0, 0.9, 0.8], math.inf),
        ([0], [0.7], math.inf),
    ],
)
def test_half_life(ages: list[int], recall: list[float], expected: float) -> None:
    assert measure.half_life(Forgetting(np.array(ages), np.array(recall))) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("recall", "said"),
    [
        ([], "the curve is empty"),
        ([0.0, 0.0], "starts at recall 0; .* known"),
        ([-0.1, 0.5], "starts at recall -0.1"),
        ([np.nan, 0.5], "starts at recall nan"),
        ([0.9, 0.8, np.nan, 0.1], "age 2 is not finite: the run diverged; cut"),
    ],
)
def test_there_is_no_half_of_nothing(recall: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        measure.half_life(Forgetting(np.arange(len(recall)), np.array(recall)))


def test_capacity_curve_is_accuracy_by_count_and_trial() -> None:
    curve = measure.capacity_curve(Hebbian(8, 8), [1, 8, 64], generator=seeded(), trials=30)
    assert curve.shape == (3, 30)
    assert (curve[0] == 1).all()
    assert 1 > curve[1].mean() > curve[2].mean() > 0


def test_capacity_by_hand_of_two_keys_on_one_axis() -> None:
    # one key dimension, keys ±1: of the same sign both answers are v₁ + v₂, of opposite sign they are ±(v₁ − v₂)
    curve = measure.capacity_curve(Hebbian(1, 16), [2], generator=seeded(), trials=100)
    assert set(curve[0].tolist()) == {0.5, 1.0}
    assert curve.mean() == pytest.approx(0.75, abs=0.08)


def test_passes_inner_lr_and_overlap_reach_the_run() -> None:
    def capacity(**how: Any) -> float:
        return measure.capacity_curve(Delta(D, D), [D], generator=seeded(), trials=40, **how).mean()

    plain = capacity()
    assert capacity(passes=4) > plain + 0.05
    assert capacity(inner_lr=0.2) > plain + 0.05
    assert capacity(overlap=0.6) < plain - 0.3


@pytest.mark.parametrize("pairs", [1, 8, 32, 96])
def test_hebbian_crosstalk(pairs: int) -> None:
    stream = recall_pairs(pairs, D, generator=seeded(pairs), batch=TEXTS)
    answers = measure.recalled(Hebbian(D, D), written(Hebbian(D, D), stream), stream)
    measured = measure.relative_error(answers, stream.values).mean().item()
    assert measured == pytest.approx(measure.hebbian_crosstalk(pairs, D), rel=0.03, abs=1e-6)


@pytest.mark.parametrize("forget", [0.0, 0.02, 0.1])
def test_hebbian_recall_by_age(forget: float) -> None:
    stream = recall_pairs(96, D, generator=seeded(), batch=TEXTS)
    answers = measure.recalled(Hebbian(D, D), written(Hebbian(D, D), stream, forget=forget), stream)
    measured = measure.cosine(answers, stream.values).mean(0).flip(0).numpy()
    expected = measure.hebbian_recall(np.arange(96), D, forget)
    np.testing.assert_allclose(measured, expected, atol=0.05)
    assert abs(measured - expected).mean() < 0.015


@pytest.mark.parametrize("pairs", [16, 32, 48, 128])
def test_best_linear_error(pairs: int) -> None:
    stream = recall_pairs(pairs, D, generator=seeded(pairs), batch=50)
    keys, values = stream.keys.double(), stream.values.double()
    best = torch.linalg.lstsq(keys, values, driver="gelsd").solution
    measured = measure.relative_error(keys @ best, values).mean().item()
    assert measured == pytest.approx(measure.best_linear_error(pairs, D), rel=0.03, abs=1e-9)


@pytest.mark.parametrize("inner_lr", [0.3, 1.0])
def test_delta_interference(inner_lr: float) -> None:
    share = _left_of_a_needle(Delta(D, D), inner_lr=inner_lr)
    expected = inner_lr * measure.delta_interference(np.arange(65), inner_lr, D)
    np.testing.assert_allclose(share, expected, atol=0.04)
    half = measure.half_life(Forgetting(np.arange(200), measure.delta_interference(np.arange(200), inner_lr, D)))
    assert half == pytest.approx(0.69 * D / inner_lr, rel=0.03)


def _left_of_a_needle(memory: Any, distance: int = 64, **gates: float) -> np.ndarray:
    """⟨answer, value⟩ of the needle after each later write, [distance + 1], mean over texts."""
    hay = needle(distance, D, generator=seeded(), batch=TEXTS)
    asked = hay.keys.expand(-1, distance + 1, -1)
    answers = unroll(memory, hay.pairs, Gates.constant(hay.pairs, **gates), asked).outputs
    return (answers * hay.values).sum(-1).mean(0).numpy()


@pytest.mark.parametrize("forget", [0.0, 0.05, 0.3, 1.0])
def test_decay_is_what_a_gate_leaves_when_nothing_is_written(forget: float) -> None:
    pairs = Pairs(torch.cat([torch.ones(1, 1, 1), torch.zeros(1, 40, 1)], 1), torch.ones(1, 41, 1))
    answers = unroll(Hebbian(1, 1), pairs, Gates.constant(pairs, forget=forget), torch.ones(1, 41, 1)).outputs
    np.testing.assert_allclose(answers[0, :, 0].numpy(), measure.decay(np.arange(41), forget), atol=1e-6)


def test_a_hebbian_memory_decays_alike_under_other_writes() -> None:
    np.testing.assert_allclose(
        _left_of_a_needle(Hebbian(D, D), forget=0.05), measure.decay(np.arange(65), 0.05), atol=0.05
    )


@pytest.mark.parametrize(
    ("inner_lr", "momentum", "forget"), [(0.5, 0.0, 0.1), (0.3, 0.6, 0.2), (1.0, 0.9, 0.05), (0.5, 0.5, 0.0)]
)
def test_titans_steady_recall(inner_lr: float, momentum: float, forget: float) -> None:
    pairs = one_key(600)
    gates = Gates.constant(pairs, inner_lr, momentum, forget)
    settled = unroll(Titans(4, 2), pairs, gates).outputs[0, -1, 0].item()
    assert settled == pytest.approx(measure.titans_steady_recall(inner_lr, momentum, forget), rel=1e-4)


@pytest.mark.parametrize(("inner_lr", "momentum"), [(1.0, 0.9), (0.5, 0.5), (0.7, 0.0)])
def test_momentum_total_write(inner_lr: float, momentum: float) -> None:
    # one surprise, then keys of zero: nothing corrects it
    pairs = one_key(1)
    silence = Pairs(torch.zeros(1, 400, 4), torch.zeros(1, 400, 2))
    stream = Pairs(*(torch.cat(both, 1) for both in zip(pairs, silence, strict=True)))
    state = unroll(Titans(4, 2), stream, Gates.constant(stream, inner_lr, momentum)).state
    total = Titans(4, 2).read(state, pairs.keys)[0, 0, 0].item()
    assert total == pytest.approx(measure.momentum_total_write(inner_lr, momentum), rel=1e-4)


def test_a_momentum_of_nine_tenths_writes_ten_times() -> None:
    assert measure.momentum_total_write(1.0, 0.9) == pytest.approx(10)


@pytest.mark.parametrize("momentum", [1.0, 1.2, -0.1])
def test_momentum_that_never_fades_is_refused(momentum: float) -> None:
    with pytest.raises(ValueError, match=f"momentum is {momentum}; .* use a number"):
        measure.momentum_total_write(1.0, momentum)


@pytest.mark.parametrize(
    ("momentum", "forget", "key_norm"), [(0.0, 0.0, 1.0), (0.0, 0.0, 1.7), (0.6, 0.0, 1.0), (0.9, 0.3, 0.5)]
)
def test_stable_inner_lr_parts_what_settles_from_what_diverges(momentum: float, forget: float, key_norm: float) -> None:
    limit = measure.stable_inner_lr(momentum, forget, key_norm)
    assert _swing(0.98 * limit, momentum, forget, key_norm) < 1
    assert _swing(1.02 * limit, momentum, forget, key_norm) > 1


def _swing(inner_lr: float, momentum: float, forget: float, key_norm: float) -> float:
    """How much the answer changes late in 200 writes of one pair, against early; below 1 it settles."""
    pairs = Pairs(*(part.double() for part in one_key(200, key_norm)))
    read: Tensor = unroll(Titans(4, 2), pairs, Gates.constant(pairs, inner_lr, momentum, forget)).outputs[0, :, 0]
    change = read.diff().abs()
    return (change[150:].max() / change[50:100].max()).item()


def test_the_delta_rule_is_stable_below_two() -> None:
    assert measure.stable_inner_lr() == 2
    assert measure.stable_inner_lr(key_norm=2.0) == 0.5


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (lambda: measure.titans_steady_recall(0.0, 0.9, 0.0), "inner_lr is 0"),
        (lambda: measure.stable_inner_lr(key_norm=0.0), "key_norm is 0"),
        (lambda: measure.best_linear_error(np.array([4, 0]), 4), "pairs are .*4 0.*at least 1"),
    ],
)
def test_a_law_says_where_it_does_not_hold(law, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        law()
