"""The budget race: every knob, what a window is worth in each preset, and the numbers of the summary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs
from nlviz.labs.budget import PRESETS


@pytest.mark.parametrize(("knob", "value"), [("memory", "Titans"), ("equal", "work"), ("width", 16), ("number", 2)])
def test_every_knob_changes_the_picture(knob: str, value: Any) -> None:
    lab = labs.budget("equal bytes")
    before = of(lab, "window")
    names = shown(lab)["recall"].names
    lab.set(**{knob: value})
    after = of(lab, "window")
    assert names != shown(lab)["recall"].names or np.abs(before - after).max() > 1


@pytest.mark.parametrize(("preset", "tokens"), [("equal work", 64), ("equal bytes", 16), ("narrow", 8), ("wide", 32)])
def test_a_window_is_as_long_as_the_preset_pays_for(preset: str, tokens: int) -> None:
    """Of width d a gated delta's d² numbers pay for d/2 tokens, its 4 d² products for 2 d."""
    lab = labs.budget(preset)
    assert of(lab, "window")[-1, 2] == tokens
    assert "gated delta" in lab.summary
    assert f"({tokens})" in lab.summary


def test_it_opens_where_the_bytes_of_a_state_are_not_to_be_seen() -> None:
    """A lesson asks when they equal those of a cache."""
    lab = labs.budget()
    assert next(iter(PRESETS)) == "equal work"
    assert shown(lab)["cost"].unit == "products a token"
    assert lab.figure is not None
    drawn = lab.figure.layout.to_plotly_json()
    del drawn["template"]
    assert "bytes" not in f"{drawn} {lab.summary}"
    assert "kB" not in str(drawn)


def test_the_summary_holds_the_numbers_of_the_picture() -> None:
    lab = labs.budget("equal bytes")
    reach = of(lab, "reach")[-1, 2]
    assert f"gated delta {reach:.0f} (16)" in lab.summary
