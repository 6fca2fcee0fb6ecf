"""Kept: every knob, what a cache holds in each preset, and the numbers of the summary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs
from nlviz.widgets import Lab


@pytest.mark.parametrize(
    ("knob", "value"), [("meeting", "overwritten"), ("keep", "newest"), ("room", 4), ("inner_lr", 0.8)]
)
def test_every_knob_changes_the_picture(knob: str, value: Any) -> None:
    lab = labs.kept("rare")
    before = of(lab, "kept"), of(lab, "by_room")
    lab.set(**{knob: value})
    after = of(lab, "kept"), of(lab, "by_room")
    assert any(one.shape != other.shape or (one != other).any() for one, other in zip(before, after, strict=True))


def worth_keeping(lab: Lab) -> float:
    """The share of what is kept that is of the kind one would keep."""
    held = of(lab, "kept")[-1] > 0
    return float(shown(lab)["kind"].values[0, 0, held].mean())


def test_surprise_keeps_what_is_rare_and_noise_but_not_what_is_newest() -> None:
    assert worth_keeping(labs.kept("rare")) > 0.6
    assert worth_keeping(labs.kept("dice")) < 0.3
    assert worth_keeping(labs.kept("noise")) < 0.3
    assert worth_keeping(labs.kept("overwritten", knobs={"keep": "newest"})) > 0.6


def test_a_cache_holds_no_more_than_it_has_room_for() -> None:
    held = of(labs.kept("rare", knobs={"room": 8}), "kept").sum(-1)
    np.testing.assert_array_equal(held, np.minimum(np.arange(len(held)) + 1, 8))
    assert not of(labs.kept(knobs={"room": 0}), "kept").any()


def test_the_summary_holds_the_numbers_of_the_picture() -> None:
    lab = labs.kept("rare")
    first, newest, dice = of(lab, "by_room")[5]
    assert f"largest write {first:.2f}, newest {newest:.2f}, dice {dice:.2f}" in lab.summary
    assert lab.summary.endswith(f"without {of(lab, 'by_room')[0, 0]:.2f}")
    assert labs.kept().summary.startswith("16 kept · recalled: ")
