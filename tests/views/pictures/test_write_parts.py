"""The parts of a write: what is shown between two matrices is what the equations say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from traces import pair_trace

from nlviz import labs, views
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import frames
from nlviz.views.pictures.write_parts import parts_of

PAIRS = pair_trace()


def test_a_delta_write_is_read_error_write():
    shown = parts_of(PAIRS, 0)
    assert shown.names == ("read", "error", "write")
    memory = shown.matrices[shown.states]
    weights, keys, values = (PAIRS[name].values[:, 0] for name in ("weights", "keys", "values"))
    assert not memory[0].any(), "the first key is asked of an empty matrix"
    np.testing.assert_allclose(memory[3::3], weights[:-1], atol=1e-6)
    np.testing.assert_allclose(memory[2::3], weights, atol=1e-6)
    assert shown.answers is not None
    error = shown.answers[1::3] - values
    np.testing.assert_allclose(memory[2::3] - memory[1::3], -error[:, :, None] * keys[:, None, :], atol=1e-6)
    np.testing.assert_allclose(shown.answers[2::3], PAIRS["read_out"].values[:, 0], atol=1e-6)


def test_what_decays_is_shown_apart():
    lab = labs.write_head(rule="GatedDelta", knobs={"forget": 0.2})
    assert lab.trace is not None
    assert lab.problem is None
    shown = parts_of(lab.trace, 0)
    assert shown.names == ("read", "error", "write", "decay")
    memory = shown.matrices[shown.states]
    before, landed, after = memory[::4], memory[2::4], memory[3::4]
    np.testing.assert_allclose(landed - after, 0.2 * before, atol=1e-6)
    np.testing.assert_allclose(after, lab.trace["weights"].values[:, 0], atol=1e-6)
    # S_t of the gated delta rule reads what the decay has left: θ (v − (1 − α) M k) kᵀ
    keys, values = (torch.tensor(lab.trace[name].values[:, 0]) for name in ("keys", "values"))
    old = torch.tensor(before)
    error = values - 0.8 * torch.einsum("tvk,tk->tv", old, keys)
    np.testing.assert_allclose(landed - before, error[:, :, None] * keys[:, None, :], atol=1e-5)


def test_frames_come_part_by_part_and_open_on_a_finished_write():
    moving = frames(views.writing(PAIRS))
    assert moving is not None
    assert moving["parts"] == ["read", "error", "write"]
    assert moving["labels"][3:6] == [f"write 1: item 1 · {part}" for part in moving["parts"]]
    assert moving["start"] == len(moving["labels"]) - 1 == 3 * 24 - 1


@pytest.mark.parametrize("missing", ["keys", "every second write"])
def test_a_write_that_cannot_be_taken_apart_is_one_frame(missing: str):
    every = {name: Signal(signal.values[1::2], signal.times[1::2]) for name, signal in PAIRS.items()}
    kept = {name: signal for name, signal in PAIRS.items() if name != "keys"} if missing == "keys" else every
    moving = frames(views.writing(Trace(kept)))
    assert moving is not None
    assert (moving["parts"], len(moving["labels"])) == ([], len(kept["weights"].times))
