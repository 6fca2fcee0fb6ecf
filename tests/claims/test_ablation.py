"""The ablation after Titans' Table 5: what ablation.md says follows from its tables, and one row is trained again.

The whole of it takes an hour: `python -m tests.benchmarks.ablation --seeds 5 --write`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from nlviz.outer import parameters

from ..benchmarks import ablation
from ..benchmarks.training import Figure, figure, tables
from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

DEAR = ("deep memory",)


@cache
def rows() -> dict[str, dict[str, str]]:
    return {row["row"]: row for row in tables(ablation.PAGE)[0]}


@cache
def quarters() -> dict[str, list[Figure]]:
    return {row.pop("change from LMM"): list(map(figure, row.values())) for row in tables(ablation.PAGE)[1]}


def change(name: str) -> Figure:
    return figure(rows()[name]["change from LMM"])


def in_every_seed(name: str) -> bool:
    worse, _, seeds = rows()[name]["worse in"].partition(" of ")
    return worse == seeds and int(seeds) > 1


def test_every_row_stands_beside_the_papers_figure_and_is_of_one_size() -> None:
    """All ten rows; five seeds but for the one that takes longest."""
    papers = {name: row["paper, change in perplexity"] for name, row in rows().items() if name != ablation.OFF}
    assert papers == {row.name: "" if row.paper is None else f"{row.paper:+.2f}" for row in ablation.ROWS}
    seeds = {name: row["worse in"].partition(" of ")[2] for name, row in rows().items() if name not in DEAR}
    assert set(seeds.values()) == {"", "5"}
    assert list(quarters()) == list(rows())[1:]
    assert all(abs(parameters(ablation.made(row, 0)) - ablation.SIZE) <= ablation.WIDTH for row in ablation.ROWS)


def test_the_quarters_add_up_to_the_whole() -> None:
    for name, parts in quarters().items():
        # four roundings and one
        assert np.mean([part.mean for part in parts]) == pytest.approx(change(name).mean, abs=0.0011), name


def test_the_memory_is_in_use() -> None:
    """Worse with nothing written, in every seed, and least in the first quarter: what is written has to add up."""
    for name in ("nothing written", ablation.OFF):
        first, *later = quarters()[name]
        assert in_every_seed(name)
        assert change(name).mean > 2 * change(name).spread
        assert min(part.mean for part in later) > first.mean
    # a model that was trained to write misses it more than one that never could
    assert change(ablation.OFF).mean > change("nothing written").mean + 2 * change("nothing written").spread


def test_the_convolution_is_worth_most() -> None:
    assert in_every_seed("no convolution")
    assert change("no convolution").mean > change("nothing written").mean + 2 * change("no convolution").spread


def test_the_papers_order_does_not_appear() -> None:
    """Momentum and forgetting, its two largest losses, and persistent vectors are level within what seeds differ by."""
    for name in ("no momentum", "no forgetting", "no persistent memory"):
        assert abs(change(name).mean) <= change(name).spread, name
        assert not in_every_seed(name), name


def test_the_wirings_are_behind_the_memory_alone_here() -> None:
    """In the paper MAG, MAL and MAC are before it, by 1.31, 1.10 and 0.34 of perplexity."""
    for name in ("MAG", "MAL", "MAC"):
        assert in_every_seed(name)
        assert change(name).mean > change(name).spread


def test_a_memory_in_use_is_missed_after_sixty_steps_too(claims: Claims) -> None:
    text, held_out = ablation.texts(300_000)
    missed = []
    for seed in SEEDS:
        model = ablation.made(ablation.ROWS[0], seed)
        ablation.learn(model, ablation.Code(text, ablation.TIME), steps=60, batch=4, lr=ablation.LR, seed=seed)
        whole = ablation.bits_by_place(model, held_out[:16_384], ablation.TIME)
        ablation.silence(model)
        off = ablation.bits_by_place(model, held_out[:16_384], ablation.TIME)
        missed.append([b - a for a, b in zip(whole, off, strict=True)])
    for quarter, bits in enumerate(np.array(missed).T, 1):
        claims.more(bits, 0.0, f"bits missed in quarter {quarter} with writes off", by=0.05, share=1)
