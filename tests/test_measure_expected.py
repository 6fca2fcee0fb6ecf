"""What Titans' equations lead one to expect, against cases worked by hand and moments taken another way."""

from __future__ import annotations

import numpy as np
import pytest

from nlviz.measure.expected import expected_share, stable_among_unrelated


def test_the_mean_share_worked_by_hand() -> None:
    # the pair, an unrelated token, the pair again with another value
    given = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    gates = np.array([[0.5, 0.0, 0.0], [0.5, 0.4, 0.1], [0.5, 0.5, 0.2]])
    # S = .5; M = .5
    # S = .4·.5 − .5·(.5/4) = .1375, 0; M = .9·.5 + .1375 = .5875
    # S = .5·.1375 − .5·.5875 = −.225, .5; M = .8·.5875 − .225 = .245, .5
    expected = [[0.5, 0.0], [0.5875, 0.0], [0.245, 0.5]]
    np.testing.assert_allclose(expected_share(given, gates, 4), expected, atol=1e-12)


@pytest.mark.parametrize("forget", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("d", [1, 4, 32])
def test_without_momentum_the_limit_solves_a_quadratic(forget: float, d: int) -> None:
    # E‖M‖² stays where it is: κ² − 2 κ θ/d + θ²/d = 1 with κ = 1 − α
    keep = 1 - forget
    limit = keep + np.sqrt(keep**2 + d * (1 - keep**2))
    assert stable_among_unrelated(0.0, forget, d) == pytest.approx(limit, rel=1e-6)


@pytest.mark.parametrize(("momentum", "forget", "d"), [(0.5, 0.0, 8), (0.9, 0.1, 8), (0.8, 0.02, 32)])
def test_below_the_limit_the_size_settles_and_above_it_grows(momentum: float, forget: float, d: int) -> None:
    limit = stable_among_unrelated(momentum, forget, d)
    assert grows(0.98 * limit, momentum, forget, d) < 1 < grows(1.02 * limit, momentum, forget, d)


def grows(inner_lr: float, momentum: float, forget: float, d: int) -> float:
    """By how much the moments of (M, S) grow with a token, late in a stream of keys along the d axes, by chance."""
    keep, moments, grown = 1 - forget, np.eye(2), 0.0
    # along the key the surprise θ M is taken, along the others none
    met, other = (np.array([[keep - theta, momentum], [-theta, momentum]]) for theta in (inner_lr, 0.0))
    for _ in range(4000):
        after = met @ moments @ met.T / d + other @ moments @ other.T * (1 - 1 / d)
        grown = float(np.trace(after))
        moments = after / grown
    return grown


def test_forgetting_first_the_share_worked_by_hand() -> None:
    # S = .5; M = .5; then the pair again: .8·.5 = .4 is left, S = .5·.5 − .5·(.4 − 1) = .55, M = .4 + .55
    given, gates = np.ones((2, 1)), np.array([[0.5, 0.0, 0.2], [0.5, 0.5, 0.2]])
    found = expected_share(given, gates, 4, forget_first=True)
    np.testing.assert_allclose(found[:, 0], [0.5, 0.95], atol=1e-12)
    assert expected_share(given, gates, 4)[1, 0] == pytest.approx(0.9), "the error is then .5, and forgetting unseen"
