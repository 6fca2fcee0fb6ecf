"""The slider of segments: every knob, what each preset is there for, and the numbers of the summary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs


@pytest.mark.parametrize(
    ("knob", "value"), [("meeting", "alike"), ("joined", "sum"), ("sharpness", 3.0), ("inner_lr", 0.9)]
)
def test_every_knob_changes_the_picture(knob: str, value: Any) -> None:
    lab = labs.segments()
    before = of(lab, "recall")
    lab.set(**{knob: value})
    assert np.abs(before - of(lab, "recall")).max() > 0.05


def test_shorter_segments_keep_more_and_recall_more_where_nothing_is_overwritten() -> None:
    for preset in ("each once", "alike", "rare"):
        shares = of(labs.segments(preset), "recall").mean(-1)
        assert shares[0] > 0.99
        assert (np.diff(shares[:-2]) < 0).all()
    lab = labs.segments()
    assert (np.diff(of(lab, "kept")) < 0).all()


def test_with_keys_overwritten_the_middle_of_the_slider_is_worse_than_both_ends() -> None:
    shares = of(labs.segments("overwritten"), "recall").mean(-1)
    assert shares[1:5].max() < min(shares[0], shares[-1]) - 0.2


def test_the_summary_holds_the_numbers_of_the_picture() -> None:
    lab = labs.segments("rare")
    shares = of(lab, "recall").mean(-1)
    assert f"1: {shares[0]:.2f} · 4: {shares[2]:.2f}" in lab.summary
    assert lab.summary.endswith(f"144: {shares[-1]:.2f}")
    assert shown(lab).noted("kinds") == ("eight times", "once")
