"""The forgetting-curve lab: every knob, what its curves, laws and dots are, and the student's own half-life."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import shown

from nlviz import labs, measure, streams, views
from nlviz.inner import unroll
from nlviz.memory import Gates, Hebbian
from nlviz.widgets import Lab


def chosen(lab: Lab) -> views.Standing:
    return next(dot for dot in views.standings(shown(lab)) if dot.chosen)


def test_the_first_frame_already_teaches() -> None:
    lab = labs.forgetting()
    assert "recall 1.00 for the newest, 0.13 for the oldest · half-life 19 writes" in lab.summary
    assert "stability 0.44, plasticity 1.00" in lab.summary
    recall = shown(lab)["recall"].values[:, 0]
    assert np.isnan(recall[np.triu_indices(64, 1)]).all(), "what is not written yet is no recall"
    assert np.isfinite(recall[np.tril_indices(64)]).all()


@pytest.mark.parametrize(
    ("knob", "value"),
    [("rule", "Delta"), ("inner_lr", 0.5), ("forget", 0.2), ("timing", "in one pulse"), ("items", 40)],
)
def test_every_knob_changes_what_is_recalled(knob: str, value: Any) -> None:
    lab = labs.forgetting(preset="decay", knobs={"rule": "GatedDelta"})
    before = shown(lab)["by_age"].values
    lab.set(**{knob: value})
    after = shown(lab)["by_age"].values
    assert before.shape != after.shape or np.abs(before - after).max() > 0.05


def test_the_curve_is_a_real_memory_s() -> None:
    lab = labs.forgetting(preset="decay", seed=3)
    stream = streams.recall_pairs(64, 32, generator=torch.Generator().manual_seed(3), batch=30)
    memory = Hebbian(32, 32)
    state = unroll(memory, stream.pairs, Gates.constant(stream.pairs, 1.0, forget=0.05)).state
    recall = measure.cosine(measure.recalled(memory, state, stream), stream.values).mean(0).flip(0)
    np.testing.assert_allclose(shown(lab)["by_age"].values[:, 0], recall, atol=1e-5)


@pytest.mark.parametrize("preset", ["no gate", "gentle", "Hebb", "decay"])
def test_theory_runs_through_what_is_measured(preset: str) -> None:
    trace = shown(labs.forgetting(preset))
    apart = np.abs(trace["law"].values - trace["by_age"].values)
    assert apart.mean() < 0.04


def test_a_pulse_is_a_step_where_the_context_changes() -> None:
    trace = shown(labs.forgetting("pulse"))
    curve = trace["by_age"].values[:, 0]
    assert curve[:32].min() > 0.6
    assert curve[32:].max() < 0.3
    assert [mark.time for mark in trace.marked("switch")] == [32]
    assert not shown(labs.forgetting("decay")).marked("switch"), "without a pulse the context means nothing"


def test_the_path_of_the_dot_begins_without_a_gate_and_passes_through_it() -> None:
    lab = labs.forgetting("decay")
    path, dot = shown(lab)["path"].values[:, 0], chosen(lab)
    assert np.isclose(path, (dot.stability[0], dot.plasticity[0])).all(1).any()
    assert (np.diff(path[:, 0]) < 0).all(), "the wider the gate, the less is kept"
    lab.set(forget=0.0)
    dot = chosen(lab)
    np.testing.assert_allclose(path[0], (dot.stability[0], dot.plasticity[0]))
    assert "ghost" not in shown(lab)
    lab.set(rule="Delta")
    assert "path" not in shown(lab), "the delta rule has no gate"


def test_your_own_half_life_is_told() -> None:
    lab = labs.forgetting(half_life=lambda ages, recall: ages[-1])
    assert "half-life by yours 63 writes" in lab.summary
    lab = labs.forgetting(half_life=lambda ages, recall: 1 / 0)
    assert "ZeroDivisionError" in lab.error


def test_what_never_halves_is_said() -> None:
    assert "half-life: longer than this stream" in labs.forgetting("Hebb").summary
