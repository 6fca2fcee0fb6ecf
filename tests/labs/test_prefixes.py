"""The prefix slider: every knob, shares and costs counted another way, and neighbours that are the nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown

from nlviz import labs
from nlviz.experiments.budget import WAYS
from nlviz.labs.prefixes import OF, _courses
from nlviz.trace import Trace
from nlviz.widgets import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    return labs.prefixes("names in code")


def trace(lab: Lab, **knobs: Any) -> Trace:
    lab.set(**({"of": OF[2], "by": WAYS[2], "keep": 16, "asked": 3} | knobs))
    return shown(lab)


@pytest.mark.parametrize(
    ("knob", "value", "name"),
    [("of", OF[0], "right"), ("by", WAYS[0], "plan right"), ("keep", 64, "plan cost"), ("asked", 9, "found")],
)
def test_every_knob_changes_the_picture(lab: Lab, knob: str, value: Any, name: str) -> None:
    before, after = (trace(lab, **knobs)[name].values for knobs in ({}, {knob: value}))
    assert before.shape != after.shape or np.abs(before - after).max() > 0


def test_neighbours_are_the_nearest_by_the_cosine_of_prefixes(lab: Lab) -> None:
    told = trace(lab, asked=7)
    course = _courses(0).met[OF[2]]
    query = 6 * len(course.search.asked) // 24
    for row, size in enumerate(course.search.sizes):
        documents, asked = course.made.matryoshka.train[:, :size], course.made.matryoshka.test[query, :size]
        near = torch.nn.functional.cosine_similarity(documents, asked[None], dim=-1)
        expected = near.sort(descending=True, stable=True).indices[:3].numpy()
        np.testing.assert_array_equal(told["found"].values[row, 0], expected)
        right = course.search.truth[torch.tensor(expected)] == course.search.asked[query]
        np.testing.assert_array_equal(told["found right"].values[row, 0], right.numpy())


def test_what_is_found_right_reads_the_same_name(lab: Lab) -> None:
    told = trace(lab, asked=7)

    def name(said: str) -> str:
        return said.partition("⟨")[2].partition("⟩")[0]

    read = [name(said) == name(told.noted("asked")[0]) for said in told.noted("found")]
    np.testing.assert_array_equal(np.array(read, float).reshape(-1, 3), told["found right"].values[:, 0])


def test_costs_are_numbers_times_documents(lab: Lab) -> None:
    alone, shortlist, funnel = trace(lab)["plan cost"].values[:, 0].T
    sizes = np.array([2, 4, 8, 16, 32, 64])
    np.testing.assert_array_equal(alone, 1024 * sizes)
    np.testing.assert_array_equal(shortlist, 1024 * sizes + np.where(sizes < 64, 16 * 64, 0))
    # from 16: 1024 × 16, 16 × 32, 8 × 64
    assert funnel[3] == 1024 * 16 + 16 * 32 + 8 * 64


def test_nets_of_their_own_have_no_list_to_compare_again(lab: Lab) -> None:
    share = trace(lab, by=WAYS[3])["plan right"].values[:, 0]
    assert np.isfinite(share[:, 0]).all()
    assert np.isnan(share[:, 1:]).all()
    assert "no vector is longer" in lab.dead["keep"]


def test_the_summary_and_the_title_hold_the_numbers_of_the_picture(lab: Lab) -> None:
    right = trace(lab)["right"].values[:, 0]
    said = " → ".join(f"{share:.2f}" for share in right[:3, 2])
    assert lab.summary.startswith(f"right by 2 → 4 → 8 numbers: Matryoshka {said}")
    assert of(lab, "right").shape == (6, 4)


def test_labs_of_one_seed_share_their_nets(lab: Lab) -> None:
    trace(lab)
    held = _courses(0).met[OF[2]]
    labs.prefixes("names in code")
    assert _courses(0).met[OF[2]] is held
