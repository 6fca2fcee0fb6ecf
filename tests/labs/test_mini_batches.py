"""Mini-batches: the map is the one the claims measure, the limit divides it, and a student's limit is drawn beside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import shown
from torch import Tensor

from nlviz import labs, views
from nlviz.labs.mini_batches import PERIODS, PRESETS, RATES, SEEDS
from nlviz.measure import regression_error
from nlviz.streams import regression
from nlviz.trace import Trace
from nlviz.widgets import Lab


def title(lab: Lab) -> str:
    figure: Any = lab.figure
    return figure.layout.title.text


def named(trace: Trace) -> set[str]:
    data: Any = views.mini_batches(trace).data
    return {drawn.name for drawn in data}


def sharpest(keys: Tensor) -> float:
    return float(2 / torch.linalg.eigvalsh(keys @ keys.mT)[-1])


def test_each_seed_is_a_stream_of_its_own() -> None:
    errors = shown(labs.mini_batches())["error"].values
    assert errors.shape == (5, SEEDS, len(PERIODS), len(RATES))
    alone = regression(256, 16, generator=torch.Generator().manual_seed(3))
    assert errors[-1, 3] == pytest.approx(regression_error(alone, PERIODS, RATES)[..., 0], rel=1e-9)
    begun = alone._replace(pairs=type(alone.pairs)(*(part[:, :32] for part in alone.pairs)))
    assert errors[1, 3] == pytest.approx(regression_error(begun, PERIODS, RATES)[..., 0], rel=1e-9)


def test_the_limit_divides_the_map() -> None:
    trace = shown(labs.mini_batches())
    share = np.array(RATES) / trace["limit"].values[0].mean(0)[:, None]
    error = np.median(trace["error"].values[-1], axis=0)
    assert (error[share < 0.9] < 1).all()
    assert (error[share > 1.9] > 1).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_says_what_it_shows(preset: str) -> None:
    lab = labs.mini_batches(preset=preset)
    assert lab.summary.startswith("256 examples, 5 seeds · b = 1: best at ")
    assert title(lab).startswith(f"At inner_lr {PRESETS[preset]['inner_lr']:g} ")


def test_another_inner_lr_is_another_column_of_the_same_map() -> None:
    lab = labs.mini_batches()
    before = shown(lab)["error"].values
    lab.set(inner_lr=0.125)
    assert shown(lab)["error"].values is before
    assert "a mini-batch of 64 learns best, of 1 worst" in title(lab)
    lab.set(noise=2.0)
    assert shown(lab)["error"].values.min() > before.min()


def test_a_limit_of_ones_own_is_drawn_beside() -> None:
    lab = labs.mini_batches(limit=sharpest)
    trace = shown(lab)
    # one mini-batch of each size is asked, where the line takes the mean over all
    assert trace["yours"].values == pytest.approx(trace["limit"].values, rel=0.35)
    assert named(trace) - named(shown(labs.mini_batches())) == {"your limit"}


def test_what_is_wrong_with_a_limit_is_said_in_words() -> None:
    with pytest.raises(
        ValueError, match=r"at a mini-batch of 1 your limit\(keys\) returned None .*, expected one number"
    ):
        shown(labs.mini_batches(limit=lambda keys: None))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"your limit\(keys\) raised ZeroDivisionError: "):
        shown(labs.mini_batches(limit=lambda keys: 1 / (len(keys) - 1)))
