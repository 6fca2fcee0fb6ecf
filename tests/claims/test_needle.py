"""The needle: what needle.md says follows from its table, and two of its models are trained again.

The whole of it takes minutes: `python -m tests.benchmarks.needle --seeds 5 --write`.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
from torch import Generator

from nlviz.outer import Needles, TokenModel, asked_after, parameters, share_found

from ..benchmarks import needle
from ..benchmarks.training import learn

pytestmark = pytest.mark.claim

CELL = re.compile(r"([\d.]+) ± ([\d.]+)")
KEEPS = ("LMM", "LMM, deep", "MAG", "MAL", "linear attention", "full attention")
TITANS = ("LMM", "LMM, deep", "MAG", "MAL")


@cache
def shares() -> dict[str, dict[int, tuple[float, float]]]:
    """Mean and deviation by model and distance, as they stand in needle.md."""
    page = needle.PAGE.read_text(encoding="utf-8")
    rows = (line.strip("| \n").split(" | ") for line in page.splitlines() if CELL.search(line) and "|" in line)
    return {
        name: {
            d: (float(m), float(s))
            for d, cell in zip(needle.DISTANCES, cells, strict=True)
            for m, s in CELL.findall(cell)
        }
        for name, _, *cells in rows
    }


def mean(name: str, distance: int) -> float:
    return shares()[name][distance][0]


def test_every_model_stands_in_the_table_at_one_size() -> None:
    assert list(shares()) == list(needle.MODELS)
    assert all(abs(parameters(needle.made(name, 0)) - needle.SIZE) <= needle.WIDTH for name in needle.MODELS)


def test_a_window_is_a_wall_and_a_memory_is_not() -> None:
    assert mean("windowed attention", 15) >= 0.99
    for distance in (16, 32, 60, 240, 960):
        assert mean("windowed attention", distance) < 0.1
    for name in KEEPS:
        assert all(mean(name, d) >= 0.99 for d in (4, 15, 16, 32, 60)), name


def test_beyond_what_was_trained() -> None:
    """Four times as far the memories still know it, and full attention does not; at sixteen times gates decide."""
    assert all(mean(name, 240) >= 0.99 for name in (*TITANS, "linear attention"))
    assert mean("full attention", 240) < 0.5
    assert all(mean(name, 960) < 0.25 for name in TITANS)
    assert mean("linear attention", 960) > 0.7


def test_mac_learns_it_last_and_then_keeps_it_longest_of_titans() -> None:
    assert 0.6 < mean("MAC", 60) < 0.8
    assert shares()["MAC"][60][1] > 0.25
    assert mean("MAC", 960) > 2 * max(mean(name, 960) for name in TITANS)


def taught(name: str, steps: int) -> TokenModel:
    model = needle.made(name, 0)
    learn(model, Needles(), steps=steps, batch=needle.BATCH, lr=8e-3, seed=0)
    return model


def test_half_the_training_shows_the_wall_again() -> None:
    found = {
        name: [share_found(model, asked_after(d, 128, generator=Generator().manual_seed(d))) for d in (4, 16, 60)]
        for name, model in ((name, taught(name, 150)) for name in ("LMM", "windowed attention"))
    }
    assert min(found["LMM"]) > 0.9
    assert found["windowed attention"][0] > 0.5
    assert max(found["windowed attention"][1:]) < 0.2
