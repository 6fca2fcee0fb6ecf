"""What all panels are measured with: how far an axis reaches, what counts, what an axis says."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import signal

from nlviz.trace import Mark, Trace
from nlviz.views.drawing.sheet import counted, mean, most, reach, some, spacing, two, with_unit

WELL, LOST = Trace({}), Trace({}, marks=(Mark(3, "diverged"),))


@pytest.mark.parametrize(
    ("rows", "trace", "far"),
    [
        ([[1.0, -3.0], [2.0, 0.5]], WELL, 3),
        ([[0.0, 0.0]], WELL, 1),
        ([[np.nan, np.inf]], WELL, 1),
        ([[1.0], [2.0], [np.nan], [900.0]], WELL, 900),
        # four times the typical step, 2
        ([[1.0], [2.0], [np.nan], [900.0]], LOST, 8),
        ([[1.0], [2.0], [3.0]], LOST, 3),
        ([[0.0], [0.0], [5.0]], LOST, 5),
    ],
)
def test_an_axis_reaches_as_far_as_is_worth_showing(rows: list[list[float]], trace: Trace, far: float) -> None:
    assert reach(np.array(rows), trace) == far


@pytest.mark.parametrize(
    ("count", "most", "step"), [(8, 8, 1), (9, 8, 2), (17, 8, 5), (41, 8, 10), (0, 8, 1), (640, 8, 100)]
)
def test_labels_stand_at_round_numbers(count: int, most: int, step: int) -> None:
    assert spacing(count, most) == step


def test_noise_counts_in_nothing() -> None:
    trace = Trace({"bits": signal([1.0, 2.0, 4.0]), "noise": signal([0.0, 1.0, 0.0])})
    assert mean(counted(trace, "bits")) == 2.5
    assert most(counted(Trace({"bits": trace["bits"]}), "bits")) == 4
    assert np.isnan([mean(np.array([np.nan])), most(np.array([np.nan]))]).all()


@pytest.mark.parametrize(
    ("name", "unit", "said"),
    [
        ("surprise", "bits", "surprise (bits)"),
        ("write_norm", "", "write norm"),
        ("bits", "bits per byte", "bits per byte"),
    ],
)
def test_an_axis_says_name_and_unit_once(name: str, unit: str, said: str) -> None:
    assert with_unit(name, unit) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.999, "1.0"), (0.994, "0.99"), (-9.96, "−10"), (99.6, "100"), (0.0000999, "1·10⁻⁴"), (999_999, "1·10⁶")],
)
def test_what_is_rounded_up_has_no_digit_more(value: float, said: str) -> None:
    assert two(value) == said


def test_one_has_no_s() -> None:
    assert [some(count, "write") for count in (0, 1, 2, 1000)] == ["0 writes", "1 write", "2 writes", "1,000 writes"]
