"""The clockwork lab: every knob, the shares that add up, and what each preset is there to show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of

from nlviz import labs
from nlviz.experiments.continuum import clockwork
from nlviz.labs.clockwork import PRESETS


@pytest.mark.parametrize(
    ("knob", "value"), [("burst", 64), ("period", 8), ("contradicts", False), ("fast", "keeps all"), ("out", "slow")]
)
def test_every_knob_changes_the_picture(knob: str, value: Any) -> None:
    lab = labs.clockwork()
    before = of(lab, "recall of A")
    lab.set(**{knob: value})
    after = of(lab, "recall of A")
    assert len(before) != len(after) or np.abs(before - after).max() > 0.05


def test_shares_of_the_levels_add_up_to_what_both_say() -> None:
    for letter in "AB":
        both, fast, slow, _ = of(labs.clockwork(), f"recall of {letter}").T
        np.testing.assert_allclose(fast + slow, both, atol=1e-6)


def test_a_slow_level_without_an_update_keeps_what_it_has_to_the_bit() -> None:
    for burst, period in ((16, 32), (8, 16), (32, 64)):
        lab = labs.clockwork(knobs={"burst": burst, "period": period})
        slow = of(lab, "recall of A")[63 : 64 + burst, 2]
        assert np.array_equal(slow, np.full(burst + 1, slow[0]))
        assert not of(lab, "level_writes")[64 : 64 + burst, 1].any()


def test_the_presets_show_what_they_are_there_for() -> None:
    def updates(name: str) -> int:
        knobs = PRESETS[name]
        trace = clockwork(knobs["burst"], knobs["period"], contradicts=knobs["contradicts"], batch=2)
        return int((trace["level_writes"].values[64 : 64 + knobs["burst"], 0, 1] > 0).sum())

    assert {name: updates(name) for name in ("short burst", "long burst", "new facts")} == {
        "short burst": 0,
        "long burst": 4,
        "new facts": 4,
    }
    assert not of(labs.clockwork("slow alone"), "recall of A")[:, 1].any()
    assert not of(labs.clockwork("fast alone"), "recall of A")[:, 2].any()


def test_the_summary_holds_the_numbers_of_the_picture() -> None:
    lab = labs.clockwork()
    both = of(lab, "recall of A")[[63, 79, 87], 0]
    assert f"both {' → '.join(f'{value:.2f}' for value in both)}" in lab.summary
    assert lab.summary.startswith("A before the burst → at its end → 8 tokens on: both 0.86")
