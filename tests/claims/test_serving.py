"""What notebook 03 says of a model trained at one period and served at another."""

from __future__ import annotations

import platform
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import fastest
from nlviz.measure import regression_error
from nlviz.memory import Delta, Gates, Pairs
from nlviz.outer import ByteModel, MemoryModel
from nlviz.streams import Regression, code, regression

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

PERIODS = (1, 16, 64)
D, TIME, BATCH = 16, 128, 4
PACKAGES = ("email", "json", "logging", "http", "csv")

same_python = pytest.mark.skipif(
    platform.python_version() != ByteModel.note()["python"], reason="another Python has other texts"
)


def drawn(draw: int, batch: int = BATCH) -> Regression:
    """Examples for every seed, none of them drawn twice."""
    each = [regression(TIME, D, generator=chance(1000 * seed + draw), batch=batch) for seed in SEEDS]
    pairs = Pairs(*(torch.cat(parts) for parts in zip(*(one.pairs for one in each), strict=True)))
    return Regression(pairs, torch.cat([one.truth for one in each]))


@cache
def trained(period: int, steps: int = 30) -> tuple[float, ...]:
    """θ of every seed, learned through the reading: gradient descent on the log of the error that is left."""
    log_rate = torch.full((len(SEEDS),), -1.0, requires_grad=True)
    adam = torch.optim.Adam([log_rate], lr=0.2)
    for draw in range(steps):
        examples = drawn(draw)
        rates = log_rate.exp().repeat_interleave(BATCH)[:, None].expand(-1, TIME)
        gates = Gates.constant(examples.pairs)._replace(inner_lr=rates)
        error = left(fastest(Delta(D, D), examples.pairs, gates, period=period).state.memory, examples.truth)
        adam.zero_grad()
        error.unflatten(0, (len(SEEDS), BATCH)).mean(1).log().sum().backward()
        adam.step()
    return tuple(log_rate.exp().tolist())


def left(memory: Tensor, truth: Tensor) -> Tensor:
    return (memory - truth).square().sum((1, 2)) / truth.square().sum((1, 2))


def served(period: int, rates: tuple[float, ...]) -> np.ndarray:
    """The error left of new examples, one value for every seed, each at its own θ."""
    fresh = drawn(999)
    found = [
        regression_error(Regression(Pairs(*(part[rows] for part in fresh.pairs)), fresh.truth[rows]), [period], [rate])
        for rate, rows in zip(rates, torch.arange(len(SEEDS) * BATCH).split(BATCH), strict=True)
    ]
    return np.array([one.mean() for one in found])


def test_a_rate_learned_at_one_period_is_lost_at_a_longer_one(claims: Claims) -> None:
    """θ learned: 1.0 at 1, .5 at 16, .2 at 64. Served longer than trained it diverges, shorter it is hardly worse."""
    for period, rate in zip(PERIODS, ("1.0", ".5", ".2"), strict=True):
        claims.says(rate, trained(period), f"θ learned at period {period}")
    errors = np.array([[served(there, trained(here)) for there in PERIODS] for here in PERIODS])
    for period, row in zip(PERIODS, errors.mean(-1), strict=True):
        print(f"\ntrained at {period}, served at {PERIODS}:", *(f"{error:.2g}" for error in row))
    claims.says(".064", errors[2, 0], "trained at 64, served at 1")
    claims.says(".039", errors[2, 2], "trained at 64, served at 64")
    claims.more(errors[0, 1], 100 * errors[0, 0], "trained at 1, served at 16: a hundred times the error", share=1)
    claims.more(errors[0, 2], 10, "trained at 1, served at 64: diverged", share=1)
    claims.more(errors[1, 2], 1, "trained at 16, served at 64: worse than knowing nothing", share=1)
    claims.more(1.5 * errors[1, 1], errors[1, 0], "trained at 16, served at 1: no worse", share=1)
    claims.more(2 * errors[2, 2], errors[2, 0], "trained at 64, served at 1: hardly worse", share=1)


@torch.no_grad()
def bits(package: str, period: int, *, averaged: bool = False) -> float:
    """Bits per byte of the shipped memory model, which was trained at period 1; averaged: θ divided by the period."""
    model, text = MemoryModel.load(), torch.tensor(code(package, limit=1_000).bytes)[None]
    layer: Any = model.blocks[1].mixer
    layer.period = period
    if averaged:
        learned = layer.gated
        layer.gated = lambda x: learned(x)._replace(inner_lr=learned(x).inner_lr / period)
    return model.loss(text)[0].mean().item() / float(np.log(2))


@same_python
def test_the_shipped_model_reads_at_four_and_is_lost_at_eight(claims: Claims) -> None:
    """Five packages: at 4 within .03 bits of 1; at 8 a byte costs two bits more and up to seven."""
    found = np.array([[bits(package, period) for period in (1, 4, 8)] for package in PACKAGES])
    print("\n", found.round(2))
    # what has diverged is no number, and not within anything
    assert (np.abs(found[:, 1] - found[:, 0]) < 0.03).all()
    assert not (found[:, 2] < found[:, 0] + 2).any()
    # of email the notebook prints it: a number, and more than a guess costs
    assert found[0, 2] > 8
    averaged = np.array([bits(package, 8, averaged=True) for package in PACKAGES])
    claims.more(found[:, 0] + 0.05, averaged, "θ divided by the period: nothing is lost at 8", share=1)
