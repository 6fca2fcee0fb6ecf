"""The table of optimizers from notes made by hand: nothing is trained."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from nlviz.experiments.optimizers import Moment

from .optimizers import Size, at_second, at_step, curves, table
from .sweeping import Sweep

SIZE = Size((0.01, 0.1, 1.0), (100, 101), 2, {"digits": 60})


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """SGD is best at .1, where it takes a second for ten steps; AdamW at 1, twice as slow, and diverges on seed 1."""
    losses = {("SGD", 0.01): (3, 3), ("SGD", 0.1): (1, 2), ("SGD", 1.0): (0, math.inf)}
    losses |= {("AdamW", 0.01): (3, 3), ("AdamW", 0.1): (2, 2), ("AdamW", 1.0): (1, 1)}
    lines = [
        [f"search, digits, {name}, lr {rate:g}, seed {100 + at}", loss]
        for (name, rate), both in losses.items()
        for at, loss in enumerate(both)
    ]
    for seed in range(2):
        run = [[10 * at, at, 2.0 - 0.2 * at - 0.1 * seed, 0.1 * at] for at in range(7)]
        lines.append([f"digits, SGD, lr 0.1, seed {seed}", run])
        slow = [[step, 2 * seconds, loss / 2, accuracy] for step, seconds, loss, accuracy in run]
        lines.append([f"digits, AdamW, lr 1, seed {seed}", slow if not seed else [*slow[:5], [50, 10, math.inf, 0.1]]])
    path = tmp_path / "notes"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return path


def test_the_best_rate_is_that_of_the_least_mean(notes: Path) -> None:
    found = curves([("digits", "SGD"), ("digits", "AdamW")], SIZE, Sweep(notes, noted=True))
    assert {name: rate for (_, name), (rate, _) in found.items()} == {"SGD": 0.1, "AdamW": 1.0}


def test_the_table_compares_by_step_and_by_second(notes: Path) -> None:
    found = curves([("digits", "SGD"), ("digits", "AdamW")], SIZE, Sweep(notes, noted=True))
    head, _, sgd, adamw = table("digits", {name: one for (_, name), one in found.items()}, SIZE)
    assert "loss, step 30" in head
    assert "accuracy, in the time of 20 steps of SGD" in head
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (sgd, adamw)]
    assert cells[0][:3] == ["SGD", "0.1", "100.00"]
    assert cells[1][:3] == ["AdamW", "1, edge", "200.00"]
    # after 30 steps SGD is at 1.4 and 1.3; in the end at .8 and .7; after two seconds at 1.6 and 1.5
    assert cells[0][3::2] == ["1.350 ± 0.071", "0.750 ± 0.071", "1.550 ± 0.071"]
    # of AdamW one run is left in the end; in two seconds it makes ten steps, where it is at .9 and .85
    assert cells[1][3::2] == ["0.675 ± 0.035", "0.400, 1 diverged", "0.875 ± 0.035"]


def test_where_a_run_stood() -> None:
    run = [Moment(step, 0.5 * step, 1.0, 0.0) for step in (0, 5, 10)]
    assert (at_step(run, 7).step, at_step(run, 99).step) == (5, 10)
    assert (at_second(run, 2.4).step, at_second(run, 2.5).step) == (0, 5)


def test_what_stands_in_the_notes_is_known(notes: Path) -> None:
    every = [("digits", name) for name in ("SGD", "Muon")]
    assert list(curves(every, SIZE, Sweep(notes, noted=True))) == [("digits", "SGD")]
    assert not curves(every, SIZE._replace(seeds=3), Sweep(notes, noted=True))
    assert not curves(every, SIZE, Sweep(noted=True))
