"""Which rule is that: names of presets, what each knob changes, why a knob is greyed, and the words below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs
from nlviz.experiments import family


@pytest.mark.parametrize("name", labs.family().presets)
def test_a_preset_is_the_rule_of_its_name(name: str) -> None:
    found = shown(labs.family(name)).noted("rule")
    assert "".join(found) == ("" if name == "nobody's" else name)


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("forgets", "nothing"),
        ("order", "after the error"),
        ("momentum", 0.9),
        ("erases", "nothing"),
        ("output", "by token"),
    ],
)
def test_every_knob_changes_the_map(knob: str, value: Any) -> None:
    lab = labs.family("MDN")
    before = of(lab, "influence")
    lab.set(**{knob: value})
    assert np.abs(before - of(lab, "influence")).max() > 0.01


def test_knobs_that_do_nothing_say_why() -> None:
    assert set(labs.family("Hebbian").dead) == {"order", "output"}
    assert "nothing is forgotten" in labs.family("Delta").dead["order"]
    forgets = labs.family("Hebbian", knobs={"forgets": "as a whole"})
    assert "nothing is erased" in forgets.dead["order"]
    assert labs.family("MDN").dead == {}


def test_the_summary_holds_name_line_and_error_of_the_picture() -> None:
    lab = labs.family("KDA")
    error = np.nanmean(of(lab, "error"))
    assert lab.summary == f"KDA · M ← M diag(a) − θ (M diag(a) k − v) kᵀ · mean error of the answers {error:.2f}"
    assert labs.family("nobody's").summary.startswith(f"none of the {len(family.PUBLISHED)} rules in our table · S ←")


def test_a_seed_is_another_stream_under_the_same_rule() -> None:
    one, other = labs.family(seed=0), labs.family(seed=1)
    assert np.abs(of(one, "influence") - of(other, "influence")).max() > 0.1
    assert shown(one).notes == shown(other).notes
