"""In-context regression by test-time training: error against mini-batch size and inner_lr. Run with -s for the map.

TTT finds that smaller mini-batches learn better. Measured here, on one linear map read from 256 examples, d = 16: that
is so at and beyond the limit of stability, inner_lr · λ_max < 2. Well within it larger ones learn better, as far as
they stay within: at inner_lr 1/8 up to 64, and 256 diverge.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from nlviz.measure import chunk_sharpness, regression_error
from nlviz.streams import Regression, regression

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

PERIODS = (1, 2, 4, 8, 16, 32, 64)
RATES = tuple(2.0**power for power in range(-6, 3))


def examples(seed: int, noise: float) -> Regression:
    return regression(256, 16, generator=chance(seed), noise=noise, batch=8)


@cache
def errors(noise: float = 0.0) -> np.ndarray:
    """Median error over the streams of a seed: [seeds, periods, rates]."""
    found = np.stack([np.median(regression_error(examples(seed, noise), PERIODS, RATES), -1) for seed in SEEDS])
    print(f"\nnoise {noise:g}; error by mini-batch and inner_lr, limit 2/λ_max last")
    print("     ", *(f"{rate:8.3f}" for rate in RATES))
    for period, row, most in zip(PERIODS, found.mean(0), limits(), strict=True):
        print(f"{period:4d} ", *(f"{error:8.2g}" for error in row), f"{most:8.3f}")
    return found


@cache
def limits() -> np.ndarray:
    """2 over the mean λ_max of a mini-batch, for each period."""
    sharpness = [[chunk_sharpness(examples(seed, 0.0).pairs.keys, p).mean().item() for p in PERIODS] for seed in SEEDS]
    return 2 / np.mean(sharpness, 0)


def at(rate: float) -> int:
    return RATES.index(rate)


def test_the_limit_divides_the_map() -> None:
    share = np.array(RATES) / limits()[:, None]
    assert (errors()[:, share < 0.9] < 1).all()
    # one key at a time at exactly 2 never settles; half a step further on everything grows
    assert (errors()[:, share > 1.9] > 10).all()


def test_the_limit_falls_as_the_mini_batch_grows() -> None:
    assert (np.diff(limits()) < 0).all()
    assert limits()[0] == pytest.approx(2, abs=1e-5)
    # of b random unit keys in d dimensions λ_max is about (1 + √(b/d))²
    assert limits()[-1] == pytest.approx(2 / (1 + (64 / 16) ** 0.5) ** 2, rel=0.2)


def test_at_a_large_inner_lr_smaller_is_better_in_every_seed(claims: Claims) -> None:
    # errors at inner_lr 1, b = 1 … 64: 4e-8, 8e-8, 3e-7, 2e-5, 0.1, 2e3, 2e4
    found = errors()[:, :, at(1.0)]
    for period, smaller, larger in zip(PERIODS, found.T, found.T[1:], strict=False):
        claims.more(larger, smaller, f"error at θ = 1 of twice the mini-batch of {period}", share=0.9)


def test_well_inside_the_limit_larger_is_better(claims: Claims) -> None:
    """At θ = 1/8 the error falls from .023 token by token to .009 with 64; at 1/64 it makes two per cent."""
    small = errors()[:, :, at(0.125)]
    claims.says(".023", small[:, 0], "b = 1, θ = 1/8")
    claims.says(".009", small[:, -1], "b = 64, θ = 1/8")
    claims.more(0.6 * small[:, 0], small[:, -1], "six tenths of b = 1 against b = 64", share=1)
    assert (np.abs(errors()[:, :, 0] / errors()[:, :1, 0] - 1) < 0.05).all()


def test_what_one_reading_leaves_at_an_eighth(claims: Claims) -> None:
    """One stream per seed, θ = 1/8: .023 token by token, .0093 with 64, 1.3 with all 256 at once."""
    alone = [regression(256, 16, generator=chance(seed)) for seed in SEEDS]
    for period, said in ((1, ".023"), (64, ".0093"), (256, "1.3")):
        claims.says(said, [regression_error(one, [period], [0.125]).item() for one in alone], f"b = {period}")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_stream_as_one_mini_batch_diverges_at_an_eighth(seed: int) -> None:
    """256 examples at once: λ_max is about (1 + √(256/16))² = 25, so θ = 1/8 is beyond 2/λ_max = .08."""
    told = examples(seed, 0.0)
    assert chunk_sharpness(told.pairs.keys, 256).mean().item() == pytest.approx(25, rel=0.2)
    # two passes: one step alone cannot run away
    twice = told._replace(pairs=type(told.pairs)(*(part.repeat(1, 8, 1) for part in told.pairs)))
    assert np.median(regression_error(twice, [256], [0.125])) > 10


def test_with_noise_and_each_at_its_best_inner_lr_the_mini_batch_hardly_matters(claims: Claims) -> None:
    best = errors(0.5).min(-1)
    # 0.037 token by token, 0.032 with 64: a mean of many examples is less noisy
    claims.more(best[:, 0], best[:, -1], "best error of b = 1 against 64")
    assert (best.max(1) < 1.5 * best.min(1)).all()
