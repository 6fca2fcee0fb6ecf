"""Whether a map of influence is attention, and when a write answers: what notebooks 02 and 05 say, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import inner, memory, streams
from nlviz.experiments.family import neighbours
from nlviz.memory import Gates, Pairs

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

FACTS, TOKENS, WIDTH = 5, 15, 32


def shares(rule: Any, keys: Tensor, *gates: float, asked: Tensor | None = None) -> np.ndarray:
    """[time, time], exact: each token asks for its key, or for what is asked, before it is written."""
    told = Pairs(keys[None].double(), torch.zeros(1, len(keys), 1).double())
    queries = None if asked is None else asked.double()[None]
    found = inner.influence(rule(keys.shape[1], 1), told, Gates.constant(told, *gates), queries, read_first=True)
    return found.shares[0].numpy()


def told_in_rounds(overlap: float, seed: int) -> Tensor:
    return neighbours(FACTS, TOKENS, overlap, seed=seed).pairs.keys[0]


def by_products(keys: np.ndarray, theta: float) -> np.ndarray:
    """Delta by hand: θ kᵢᵀ Π (I − θ k kᵀ) k_t over the writes between."""
    found = np.zeros((len(keys), len(keys)))
    for row, column in zip(*np.tril_indices(len(keys), -1), strict=True):
        left = theta * keys[column]
        for between in keys[column + 1 : row]:
            left = left - theta * (left @ between) * between
        found[row, column] = left @ keys[row]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_for_hebb_the_map_is_attention_under_its_mask(seed: int) -> None:
    keys = streams.recall_pairs(40, WIDTH, generator=chance(seed)).keys[0].double()
    queries = keys.roll(3, 0)
    expected = 0.7 * np.tril((queries @ keys.T).numpy(), -1)
    np.testing.assert_allclose(shares(memory.Hebbian, keys, 0.7, asked=queries), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("overlap", [0.0, 0.05, 0.25, 0.5])
def test_delta_goes_below_zero_where_keys_overlap_and_nowhere_else(overlap: float, seed: int) -> None:
    keys = told_in_rounds(overlap, seed)
    for theta in (0.3, 1.0):
        found = shares(memory.Delta, keys, theta)
        np.testing.assert_allclose(found, by_products(keys.double().numpy(), theta), rtol=0, atol=1e-10)
        assert (found.min() < -1e-4) == (overlap > 0)
        assert shares(memory.Hebbian, keys, theta).min() >= 0


@pytest.mark.parametrize("overlap", [0.2, 0.5])
def test_a_share_turns_round_at_every_neighbour_in_the_first_round(overlap: float) -> None:
    """A in B's answer is .5; B's write puts −.5 of A along B's key, so in C's it is −.25, in D's .125, and so on."""
    found = shares(memory.Delta, told_in_rounds(overlap, 0), 1.0)[:FACTS, :FACTS]
    after = np.subtract.outer(np.arange(FACTS), np.arange(FACTS))
    expected = np.where(after > 0, -((-overlap) ** np.maximum(after, 1)), 0.0)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_a_write_takes_out_what_an_earlier_one_answers_to_its_key() -> None:
    """At B's key: what A answers there before B is written, less what it answers after; C meets that key by a half."""
    keys = told_in_rounds(0.5, 0)[:3]
    before, after = shares(memory.Delta, keys, 1.0, asked=keys[1:2].expand(3, -1))[1:, 0]
    asked_for_c = shares(memory.Delta, keys, 1.0)[2, 0]
    assert [f"{after - before:.4f}", f"{asked_for_c:.4f}"] == ["-0.5000", "-0.2500"]
    np.testing.assert_allclose(after, 0, atol=1e-7)


def test_about_a_quarter_of_the_shares_of_delta_is_below_zero(claims: Claims) -> None:
    below, earlier = [], TOKENS * (TOKENS - 1) / 2
    for seed in SEEDS:
        below.append((shares(memory.Delta, told_in_rounds(0.5, seed), 1.0) < -1e-5).sum() / earlier)
    claims.says("26%", below, "shares below zero")
    claims.more(below, 0.15, "against three of twenty")


@pytest.mark.parametrize("rule", [memory.Titans, memory.MomentumDelta])
@pytest.mark.parametrize(("momentum", "forget"), [(0.6, 0.0), (0.9, 0.1), (0.0, 0.2), (0.8, 0.05)])
def test_among_unrelated_keys_a_write_over_time_is_what_keep_and_momentum_make_of_an_impulse(
    rule: Any, momentum: float, forget: float
) -> None:
    """θ Σ keepⁿ⁻¹⁻ʲ ηʲ over j < n, n tokens after: whatever is told between at right angles."""
    keys = torch.eye(20)
    found = shares(rule, keys, 0.3, momentum, forget, asked=keys[:1].expand(20, -1))[1:, 0]
    past = momentum ** np.arange(19)
    impulse = 0.3 * np.convolve((1 - forget) ** np.arange(19), past)[:19]
    np.testing.assert_allclose(found, impulse, rtol=0, atol=1e-12)
    # without momentum it only falls; with it, it is largest later
    assert (found.argmax() > 0) == (momentum > 0)


def told_anew(inner_lr: float, momentum: float) -> np.ndarray:
    """The shares of one fact's tellings in an answer, the newest first, by the second-order recurrence."""
    found = [0.0, inner_lr]
    while len(found) < 16:
        found.append((1 + momentum - inner_lr) * found[-1] - momentum * found[-2])
    return np.array(found[1:])


@pytest.mark.parametrize(
    ("inner_lr", "momentum", "loudest", "first_below"), [(0.3, 0.0, 1, None), (0.3, 0.6, 2, 6), (0.3, 0.9, 3, 6)]
)
def test_with_momentum_the_newest_telling_is_not_the_loudest(
    inner_lr: float, momentum: float, loudest: int, first_below: int | None
) -> None:
    """One fact, told anew at every token: .30 of the newest and .39 of the one before it, at η = .6."""
    found = shares(memory.Titans, torch.ones(16, 1), inner_lr, momentum)[-1, -2::-1]
    np.testing.assert_allclose(found, told_anew(inner_lr, momentum), rtol=0, atol=1e-10)
    assert found.argmax() + 1 == loudest
    below = np.flatnonzero(found < 0)
    assert (int(below[0]) + 1 if len(below) else None) == first_below
    if momentum == 0.6:
        assert [f"{share:.2f}" for share in found[:2]] == ["0.30", "0.39"]


def test_where_other_facts_stand_between_a_write_has_had_time(claims: Claims) -> None:
    """Four facts in rounds: what an answer holds of the newest telling, on average; of one fact alone .30."""
    found = []
    for seed in SEEDS:
        stream = neighbours(4, 16, 0.0, seed=seed)
        items, seen = stream.item.numpy(), shares(memory.Titans, stream.pairs.keys[0], 0.3, 0.6)
        newest = [seen[at, np.flatnonzero(items[:at] == items[at])[-1]] for at in range(4, 16)]
        found.append(np.mean(newest))
    claims.says(".61", found, "of the newest telling")
