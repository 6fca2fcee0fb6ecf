"""What makes the comparison of levels fair, and the two laws of retention: nothing is trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz.inner import unroll
from nlviz.memory import Continuum, Gates
from nlviz.streams import recall_pairs

from . import continuum, continuum_ages, continuum_digits


def parameters(memory: Continuum) -> int:
    return sum(one.numel() for level in memory.levels for one in level.memory.initial)  # pyright: ignore


def test_all_arms_have_as_many_parameters_and_are_tuned_by_as_many_settings() -> None:
    arms = [continuum.kinds(arm, 32) for arm in continuum.ARMS]
    assert [len(kinds) for kinds in arms] == [12] * 4
    assert {parameters(continuum.memory(kind)) for kinds in arms for kind in kinds} == {96 * 64}
    assert {len(kinds) for kinds in continuum_ages.KINDS.values()} == {12}
    assert {len(kinds) for kinds in continuum_digits.KINDS.values()} == {12}
    every = [kind for kinds in continuum_digits.KINDS.values() for kind in kinds]
    assert len({parameters(continuum_digits.memory(kind)) for kind in every}) == 1


@pytest.mark.parametrize("periods", [(1, 1), (1, 1, 1)])
def test_with_one_period_the_levels_are_the_whole_net(periods: tuple[int, ...]) -> None:
    """Only the clocks differ between the arms."""
    pairs = recall_pairs(6, continuum.WIDTH, generator=torch.Generator().manual_seed(1), passes=3).pairs
    gates = Gates.constant(pairs, 0.02)
    told = []
    for chosen in ((1,), periods):
        setting = continuum.Setting(chosen, (1.0,) * len(chosen), 0.0, anew=False)
        memory = continuum.memory(setting)
        told.append(memory.read(unroll(memory, pairs, gates).state, pairs.keys))
    assert told[0].abs().max() > 0.1
    torch.testing.assert_close(told[0], told[1], atol=1e-4, rtol=1e-4)


def test_a_middle_level_ticks_between_the_others() -> None:
    for period in continuum.PERIODS:
        (middle,) = {kind.periods[1] for kind in continuum.kinds("three", period)}
        assert 1 < middle < period


def test_what_comes_back_is_asked_of_what_the_burst_contradicted() -> None:
    course = continuum.there_and_back(8, torch.Generator().manual_seed(0))
    (end, told), (later, touched) = course.asked
    assert (end, later, course.pairs.keys.shape[1]) == (104, 168, 168)
    assert torch.equal(told.keys, touched.keys)
    assert not torch.equal(told.values, touched.values)


def test_each_law_is_known_by_its_own_curve() -> None:
    ages = np.array(continuum_ages.AGES, dtype=float)
    assert (ages[0], ages[-1], len(ages)) == (1, 1000, 13)
    power = continuum_ages.fits(0.9 * ages**-0.4)
    assert power.power < 1e-12 < power.exponential
    assert power.slope == pytest.approx(-0.4)
    exponential = continuum_ages.fits(0.9 * np.exp(-ages / 400))
    assert exponential.exponential < 1e-12 < exponential.power


def test_retention_of_a_memory_that_writes_all_falls_from_one() -> None:
    kind = continuum_ages.KINDS["one rate"][0]
    found = continuum_ages.retention(kind, [1.0], [3])[0, 0]
    assert found[0] == pytest.approx(1.0, abs=1e-3)
    assert found[0] > found[4] > found[8]
