"""Limits of a memory against plain NumPy: regression by mini-batches, and how sharp a mini-batch is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz import measure
from nlviz.streams import Regression, regression


def examples(count: int = 11, noise: float = 0.1) -> Regression:
    return regression(count, 3, 2, generator=torch.Generator().manual_seed(0), noise=noise, batch=2)


def descended(given: Regression, stream: int, period: int, inner_lr: float) -> float:
    """‖W − W*‖²/‖W*‖² after gradient descent on ½‖W k − v‖², a step for each whole mini-batch, summed."""
    keys, values, truth = (part[stream].double().numpy() for part in (*given.pairs, given.truth))
    found = np.zeros_like(truth)
    for start in range(0, len(keys) - period + 1, period):
        k, v = keys[start : start + period], values[start : start + period]
        found = found - inner_lr * (k @ found.T - v).T @ k
    return float(np.square(found - truth).sum() / np.square(truth).sum())


def test_the_error_is_that_of_gradient_descent_by_mini_batches() -> None:
    given, periods, rates = examples(), (1, 2, 3, 11), (0.1, 0.5, 1.5)
    found = measure.regression_error(given, periods, rates)
    expected = [[[descended(given, n, period, rate) for n in (0, 1)] for rate in rates] for period in periods]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_mini_batch_is_as_sharp_as_the_largest_eigenvalue_of_its_keys() -> None:
    keys = torch.randn(2, 7, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = measure.chunk_sharpness(keys, 3)
    grams = [[keys[n, 3 * c : 3 * c + 3].numpy() for c in (0, 1)] for n in (0, 1)]
    expected = [[np.linalg.eigvalsh(k @ k.T).max() for k in row] for row in grams]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize(("share", "settles"), [(0.97, True), (1.03, False)])
def test_two_over_the_sharpness_parts_what_settles_from_what_diverges(share: float, settles: bool) -> None:
    # one mini-batch of examples, again and again: its own limit holds exactly
    once = examples(4, noise=0.0)
    again = Regression(type(once.pairs)(*(part.repeat(1, 300, 1) for part in once.pairs)), once.truth)
    sharpest = measure.chunk_sharpness(once.pairs.keys.double(), 4)[:, 0].numpy()
    for stream, most in enumerate(sharpest):
        error = measure.regression_error(again, [4], [share * 2 / most])[0, 0, stream]
        assert (error < 1) == settles
