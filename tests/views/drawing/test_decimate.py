"""Fewer points, honestly: no peak lost, none invented, and the axis says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traces import layout

from nlviz import views
from nlviz.trace import Mark, Signal, Trace
from nlviz.views.drawing.decimate import envelope, trailing_mean


def long_trace(size: int = 60_000) -> Trace:
    rng = np.random.default_rng(0)
    values = rng.gamma(2.0, 1.0, size)
    values[31_415] = 99.0
    return Trace(
        {"surprise": Signal(values[:, None], np.arange(size), "bits")}, marks=(Mark(500, "switch", "new text"),)
    )


def test_60_000_points_become_at_most_2_000_with_the_peak_in_place():
    figure = views.series(long_trace(), threshold=3.0)
    x, y = np.asarray(figure.data[0].x), np.asarray(figure.data[0].y)
    assert len(x) <= 2000
    assert x[y.argmax()] == 31_415
    assert y.max() == 99.0
    assert "lowest and highest of every 60" in layout(figure).xaxis.title.text
    assert any(note.text == "new text" for note in layout(figure).annotations)
    moving = views.frames(figure)
    assert moving is not None
    assert len(moving["labels"]) <= 1000


@given(st.integers(1, 500), st.integers(2, 60), st.integers(0, 2**32 - 1))
def test_every_point_drawn_was_measured_and_the_extremes_stay(size: int, limit: int, seed: int):
    x, y = np.arange(size), np.random.default_rng(seed).normal(size=size)
    drawn = envelope(x, y, limit)
    assert len(drawn.x) <= max(limit, 2)
    assert np.array_equal(drawn.y, y[drawn.x])
    assert drawn.y.max() == y.max()
    assert drawn.y.min() == y.min()
    assert (np.diff(drawn.x) >= 0).all()


def test_a_gap_stays_a_gap():
    y = np.sin(np.arange(1000.0))
    y[400:600] = np.nan
    y[900:] = np.inf
    drawn = envelope(np.arange(1000), y, 100)
    assert np.isnan(drawn.y[(drawn.x > 420) & (drawn.x < 580)]).all()
    assert np.isnan(drawn.y[drawn.x > 920]).all()
    assert np.isfinite(drawn.y[drawn.x < 380]).all()


@given(st.integers(1, 60), st.integers(1, 80), st.integers(0, 2**32 - 1))
def test_the_trailing_mean_is_the_mean_of_what_was_last(size: int, window: int, seed: int):
    y = np.random.default_rng(seed).normal(size=size)
    slow = [y[max(0, end - window) : end].mean() for end in range(1, size + 1)]
    assert np.allclose(trailing_mean(y, window), slow)


def test_a_limit_too_small_is_named():
    with pytest.raises(ValueError, match="limit is 1"):
        envelope(np.arange(5), np.arange(5.0), 1)
