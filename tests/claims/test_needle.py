"""The needle: what needle.md says follows from its table, and what decides at 960 symbols is trained again.

The whole of it takes minutes: `python -m tests.benchmarks.needle --seeds 5 --write`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from torch import Generator

from nlviz.outer import Needles, TokenModel, asked_after, parameters, share_found

from ..benchmarks import needle
from ..benchmarks.training import Figure, figure, learn, tables
from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

QUICK, SLOW, NONE = needle.BEGINNINGS
ATTENTION, UNLEARNED = ("windowed attention", "full attention"), ("MAC",)
"""What is no memory, and what did not learn the task in every seed."""
HEBBIAN = ("linear attention", "linear attention, convolved")
TRAINED, FAR, FARTHEST = (4, 15, 16, 32, 60), 240, 960


@cache
def shares() -> dict[tuple[str, str], dict[int, Figure]]:
    """Mean and deviation by model, its gate's start and the distance, as they stand in needle.md."""
    (rows,) = tables(needle.PAGE)
    return {
        (row["model"], row["forgetting begins at"]): {d: figure(row[f"distance {d}"]) for d in needle.DISTANCES}
        for row in rows
    }


def mean(name: str, gate: str, distance: int) -> float:
    return shares()[name, gate][distance].mean


def test_what_stands_in_the_table_is_of_one_size() -> None:
    """Every model at every beginning of its gate, from five seeds, in the order of the benchmark."""
    assert list(needle.MODELS) == list(shares())
    assert {row["seeds"] for row in tables(needle.PAGE)[0]} == {"5"}
    assert all(abs(parameters(needle.made(name, 0)) - needle.SIZE) <= needle.WIDTH for name in needle.MODELS)


def test_a_window_is_a_wall_and_a_memory_is_not() -> None:
    assert mean("windowed attention", "–", 15) >= 0.99
    assert max(mean("windowed attention", "–", d) for d in (16, 32, 60, FAR, FARTHEST)) < 0.1
    for name, gate in shares():
        if name not in ("windowed attention", *UNLEARNED):
            assert min(mean(name, gate, d) for d in TRAINED) >= 0.99, (name, gate)


def test_beyond_what_was_trained_full_attention_goes_first() -> None:
    assert mean("full attention", "–", FAR) < 0.5
    memories = [one for one in shares() if one[0] not in (*ATTENTION, *UNLEARNED)]
    assert all(shares()[one][FAR].mean >= 0.99 - shares()[one][FAR].spread for one in memories)


def test_mac_has_not_learned_it_whatever_its_gate() -> None:
    for gate in (QUICK, SLOW, NONE):
        assert all(0.6 < mean("MAC", gate, d) < 0.8 for d in TRAINED)
        assert min(shares()["MAC", gate][d].spread for d in TRAINED) > 0.25


def test_at_960_it_is_the_gates_start_that_decides() -> None:
    """Every memory guesses from σ(−4), or nearly; from σ(−8) it does as well as without a gate, and far better."""
    for name in ("LMM", "LMM, deep", "MAG", "MAL", "linear attention"):
        quick, slow, none = (shares()[name, gate][FARTHEST] for gate in (QUICK, SLOW, NONE))
        widest = max(one.spread for one in (quick, slow, none))
        assert quick.mean < 0.25, name
        assert slow.mean - quick.mean > 2 * widest, name
        # two decimals hide half a hundredth
        assert abs(slow.mean - none.mean) <= max(widest, 0.01), name


def test_at_equal_gates_titans_memory_is_never_behind_the_hebbian_one() -> None:
    """With convolutions or without; and it alone is the same from every seed."""
    for gate in (SLOW, NONE):
        titans = shares()["LMM", gate][FARTHEST]
        assert (titans.mean, titans.spread) == (1.0, 0.0)
        for other in HEBBIAN:
            assert titans.mean > mean(other, gate, FARTHEST) + 0.1
            assert shares()[other, gate][FARTHEST].spread > 0.2


def test_convolutions_do_not_make_linear_attention_better() -> None:
    for gate in (QUICK, SLOW, NONE):
        plain, convolved = (shares()[name, gate][FARTHEST] for name in HEBBIAN)
        assert convolved.mean <= plain.mean + plain.spread


@cache
def taught(name: tuple[str, str], seed: int, steps: int) -> TokenModel:
    """Trained once for all that is asked of it."""
    model = needle.made(name, seed)
    learn(model, Needles(), steps=steps, batch=needle.BATCH, lr=8e-3, seed=seed)
    return model


def known(model: TokenModel, distance: int) -> float:
    return share_found(model, asked_after(distance, 64, generator=Generator().manual_seed(distance)))


def test_half_the_training_shows_the_wall_again() -> None:
    memory, window = (taught(name, SEEDS[0], 150) for name in (("LMM", SLOW), ("windowed attention", "–")))
    assert min(known(memory, distance) for distance in (4, 16, 60)) > 0.9
    assert known(window, 4) > 0.5
    assert max(known(window, distance) for distance in (16, 60)) < 0.2


def test_half_the_training_shows_the_gates_start_again(claims: Claims) -> None:
    """On the seeds of the day: after 150 steps too, what begins at σ(−4) has lost at 960 what σ(−8) still has."""
    found = np.array([[known(taught(("LMM", gate), seed, 150), FARTHEST) for gate in (QUICK, SLOW)] for seed in SEEDS])
    claims.more(found[:, 1], found[:, 0], "a gate from σ(−8) against one from σ(−4), at 960", by=0.3, share=1)
