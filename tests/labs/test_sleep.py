"""The lab of sleep: five arms live through the same days, what each heeds runs it anew, a stop keeps what there is."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs
from nlviz.experiments.sleep import ARMS
from nlviz.labs.sleep import PRESETS, Nights, _run
from nlviz.trace import Trace
from nlviz.widgets import Progress

SHORT: dict[str, Any] = {"updates": 4, "old": 0.5, "rate": 1e-3, "texts": "json, then email", "length": 2048}


@pytest.fixture(scope="module")
def nights() -> Nights:
    """Every test turns knobs of the same lab."""
    return Nights(seed=0)


def turned(nights: Nights, **more: Any) -> tuple[list[Progress], Trace]:
    """A turn of the knobs: what it told on its way, and what it gave."""
    pieces, told = _run(nights, **{"arm": "sleep: replay", **SHORT, **more}), []
    while True:
        try:
            told.append(next(pieces))
        except StopIteration as end:
            return told, end.value


def test_all_arms_live_through_both_days_and_the_shown_one_is_named(nights: Nights) -> None:
    told, trace = turned(nights)
    assert np.isfinite(trace["known"].values).all()
    assert trace["known"].values.shape == (15, 1, 5, 3)
    assert trace["known"].names == ("before", "json", "email")
    assert trace["fast_norm"].names == tuple(ARMS)
    assert trace.noted("arm") == ("sleep: replay",)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert (told[-1].done, told[-1].total) == (75, 75)


def test_another_arm_is_shown_without_a_run_and_a_knob_runs_only_who_heeds_it(nights: Nights) -> None:
    turned(nights)
    told, trace = turned(nights, arm="only fast")
    assert told == []
    assert trace.noted("arm") == ("only fast",)
    told, trace = turned(nights, old=0.25)
    assert told[-1].done == 75
    again = turned(nights)[1]
    changed = [
        name
        for at, name in enumerate(ARMS)
        if not np.array_equal(trace["known"].values[:, :, at], again["known"].values[:, :, at])
    ]
    assert changed == ["sleep: replay", "sleep: dreams"]


def test_a_run_that_is_stopped_has_the_shown_arm_as_far_as_it_came() -> None:
    *_, progress = islice(_run(Nights(seed=0), arm="sleep: dreams", **SHORT), 4)
    assert progress.partial is not None
    seen = np.isfinite(progress.partial()["known"].values[:, 0, :, 0])
    assert seen[:, list(ARMS).index("sleep: dreams")].sum() == progress.done > 0
    assert seen.sum() == progress.done, "no other arm has begun"


def test_the_lab_says_what_the_shown_arm_knew_each_morning() -> None:
    lab = labs.sleep("only fast", knobs={"updates": 4, "length": 2048})
    known = of(lab, "known")[:, list(ARMS).index("only fast")]
    costs = " → ".join(f"{known[look, 1]:.2f}" for look in (0, 7, 14))
    assert lab.summary.startswith(f"only fast, bits per byte at the start and each morning · email {costs} · json ")
    assert shown(lab).noted("arm") == ("only fast",)


def test_every_arm_has_a_preset() -> None:
    assert {chosen["arm"] for chosen in PRESETS.values()} == set(ARMS)
