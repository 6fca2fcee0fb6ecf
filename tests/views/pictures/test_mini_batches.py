"""The error by mini-batch and inner_lr: the best, the worst, the limit, the column chosen."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from seeing import at_frame, downwards, named, traces_of
from traces import layout

from nlviz import views
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.theme import ROLES


def test_mini_batches_names_the_best_and_the_worst() -> None:
    error = np.array([[[[0.5, 0.001], [0.1, 10.0]]]])  # [time, seeds, periods, inner_lrs]
    fixed = {"period": [1.0, 4.0], "inner_lr": [0.25, 1.0], "at": [1.0]}
    signals = {name: Signal(np.array(held)[None, None], np.array([8])) for name, held in fixed.items()}
    signals["limit"] = Signal(np.array([[[2.0, 0.5]]]), np.array([8]))
    figure = views.mini_batches(Trace(signals | {"error": Signal(error, np.array([8]))}))
    assert layout(figure).title.text == "At inner_lr 1 a mini-batch of 1 learns best, of 4 worst"
    [(_, cells)] = traces_of(figure, "heatmap")
    assert np.asarray(cells.z) == pytest.approx(np.log10(error[0, 0]))
    assert list(cells.x) == [-2, 0]
    assert list(cells.y) == [0, 2]
    # the star stands at the least error of its row
    stars = named(figure, "best inner_lr")
    assert [round(x) for x in stars.x] == [0, -2]
    assert at_rows(named(figure, "2/λ_max")) == {0: [1], 2: [-1]}
    column = named(figure, "median")
    assert list(column.y) == pytest.approx([-3, 1])


def at_rows(line: Any, rows: tuple[float, float] = (0, 2)) -> dict[float, list[float]]:
    """Where a limit stands above and below the number of each row; it must not go through the number."""
    places = np.stack([line.x, line.y], 1).astype(float)
    for (_, start), (_, end) in pairwise(places):
        assert not any(start < row + 0.5 and end > row - 0.5 for row in rows)
    return {row: sorted({x for x, y in places if abs(y - row) <= 1 and not np.isnan(x)}) for row in rows}


def two_times() -> Trace:
    """Two mini-batches, three rates, two seeds, after 8 and after 16 examples; what was best then is worst now."""
    early = [[[0.1, 0.5, 1.0], [0.2, 0.3, 0.01]], [[0.3, 0.5, 1.0], [0.2, 0.3, 0.03]]]
    late = [[[1e-3, 1e-4, 1e3], [0.2, 0.002, 0.01]], [[1e-3, 1e-4, np.inf], [0.2, 0.004, 0.03]]]
    fixed = {"period": [2.0, 8.0], "inner_lr": [0.5, 1.0, 2.0], "at": [1.0]}
    signals = {name: Signal(np.array(held)[None, None], np.array([16])) for name, held in fixed.items()}
    signals["limit"] = Signal(np.array([[[2.0, 1.0], [4.0, 1.0]]]), np.array([16]))
    signals["yours"] = Signal(np.array([[[0.5, -1.0], [0.5, np.nan]]]), np.array([16]))
    return Trace(signals | {"error": Signal(np.array([early, late]), np.array([8, 16]))})


def test_cells_stars_and_column_are_those_of_the_frame() -> None:
    figure = views.mini_batches(two_times())
    early, late = at_frame(figure, 0), at_frame(figure, 1)
    [(_, cells)] = traces_of(early, "heatmap")
    # the median over the seeds, as powers of ten
    assert np.asarray(cells.z) == pytest.approx(np.log10([[0.2, 0.5, 1.0], [0.2, 0.3, 0.02]]), abs=1e-6)
    assert [list(row) for row in cells.text] == [["0.2", "0.5", "1"], ["0.2", "0.3", "0.02"]]
    assert list(traces_of(late, "heatmap")[0][1].text[0]) == ["1e−3", "1e−4", "lost"]
    assert traces_of(late, "heatmap")[0][1].z[0][2] == 2, "what is lost is as warm as can be, and no more"
    # rates are 2^-1, 2^0, 2^1; the star stands in the corner of the best
    assert [round(x + 0.38) for x in named(early, "best").x] == [-1, 1]
    assert [round(x + 0.38) for x in named(late, "best").x] == [0, 0]
    assert list(named(early, "median").y) == pytest.approx(np.log10([0.5, 0.3]))
    assert list(named(late, "median").y) == pytest.approx([-4, np.log10([0.002, 0.004]).mean()], abs=1e-6)
    seeds = named(late, "each seed")
    heights = {place: sorted(y for x, y in zip(seeds.x, seeds.y, strict=True) if x == place) for place in (1, 3)}
    assert heights == {1: pytest.approx([-4, -4]), 3: pytest.approx(np.log10([0.002, 0.004]))}


def test_limits_and_the_column_chosen_stand_at_their_rates() -> None:
    figure = views.mini_batches(two_times())
    limit, yours = named(figure, "2/λ_max"), named(figure, "your limit")
    assert at_rows(limit, (1, 3)) == {1: pytest.approx([np.log2(3)]), 3: [0]}
    assert at_rows(yours, (1, 3)) == {1: [-1], 3: []}, "a limit below zero is none"
    assert limit.line.color == ROLES["theory"].color
    assert yours.line.color == ROLES["fast"].color
    [chosen] = layout(figure).shapes
    assert (chosen.x0, chosen.x1) == (-0.5, 0.5)
    axes = [layout(figure).xaxis, layout(figure).yaxis, layout(figure).xaxis2]
    assert [list(axis.ticktext) for axis in axes] == [["1/2", "2"], ["2", "8"], ["2", "8"]]
    assert list(layout(figure).yaxis2.ticktext)[::4] == ["10<sup>−8</sup>", "1"], "a minus, and no power of nothing"
    assert not downwards(layout(figure).yaxis)
    assert layout(figure).title.text == "At inner_lr 1 a mini-batch of 2 learns best, of 8 worst"
    assert "of 2 at 1 (error 0.0001), stable below 3.00" in views.alt_text(figure)
    assert "of 8 at 1 (error 0.003), stable below 1.00" in views.alt_text(figure)
