"""Erase and write: every knob and preset, what the parts show, the student's own rule, and divergence in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown
from torch import Tensor

from nlviz import labs, views
from nlviz.views.drawing.frames import frames

PARTS = 4


def delta(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    return M - inner_lr * torch.outer(M @ k - v, k)


def test_the_first_frame_already_teaches() -> None:
    lab = labs.erase_write()
    assert lab.summary.startswith("2 writes · keys right: Hebbian 0%, delta 100%")
    new, old, right = of(lab, "delta_asked")[-1, 1]
    assert (new, right) == pytest.approx((1.0, 1.0), abs=1e-5)
    assert old == pytest.approx(float(of(lab, "values")[0] @ of(lab, "values")[1]), abs=1e-5)
    new, old, right = of(lab, "hebbian_asked")[-1, 1]
    assert new == pytest.approx(old, abs=1e-5)
    assert right == 0, "as near to the old value as to the new is not right"


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"repeated": 0.0, "writes": 4}, "Two rules write the same pairs; no key gets a new value"),
        ({"repeated": 0.0, "writes": 4, "passes": 2}, "Two rules write the same pairs; no key gets a new value"),
        ({"repeated": 0.95, "writes": 16}, "Hebb adds the new value to the old; delta first takes the old one out"),
    ],
    ids=["each once", "each twice", "overwritten"],
)
def test_only_where_a_key_gets_a_new_value_is_the_old_one_spoken_of(knobs: dict[str, Any], said: str) -> None:
    title: Any = views.erasing(shown(labs.erase_write(knobs=knobs)))["layout"]["title"]["text"]
    assert title.replace("<br>", " ") == said


@pytest.mark.parametrize("preset", ["overwrite", "busy", "one pass"])
def test_the_parts_are_what_the_equations_say(preset: str) -> None:
    lab = labs.erase_write(preset=preset)
    lab.set(inner_lr=0.6)
    keys, values = of(lab, "keys"), of(lab, "values")
    for rule in ("hebbian", "delta"):
        before, patch, after = (of(lab, f"{rule}_{part}") for part in ("before", "patch", "after"))
        error = values - (np.einsum("tvk,tk->tv", before, keys) if rule == "delta" else 0)
        np.testing.assert_allclose(patch, 0.6 * error[:, :, None] * keys[:, None], atol=1e-5)
        np.testing.assert_allclose(after, before + patch, atol=1e-5)
        np.testing.assert_array_equal(after[:-1], before[1:])
        assert not before[0].any()


def test_in_a_mini_batch_the_patches_wait_and_land_together() -> None:
    lab = labs.erase_write(preset="one pass", knobs={"period": 16})
    before, patch, after = (of(lab, f"delta_{part}") for part in ("before", "patch", "after"))
    np.testing.assert_array_equal(after[:15], before[:15])
    np.testing.assert_allclose(after[15], patch[:16].sum(0), atol=1e-5)
    np.testing.assert_allclose(after[31], after[15] + patch[16:].sum(0), atol=1e-5)
    assert of(lab, "landed").nonzero()[0].tolist() == [15, 31]
    assert lab.figure is not None
    moving = frames(lab.figure)
    assert moving is not None
    (words,) = [track["values"] for track in moving["tracks"] if "delta: M" in track["values"]]
    assert words[3] == "delta: M (the patch waits)"
    assert words[PARTS * 15 + 3] == "delta: new M"


@pytest.mark.parametrize(
    ("knob", "value"), [("inner_lr", 0.35), ("repeated", 0.25), ("passes", 2), ("period", 4), ("writes", 40)]
)
def test_every_knob_changes_the_memory(knob: str, value: Any) -> None:
    lab = labs.erase_write(preset="busy")
    before = of(lab, "delta_after")
    lab.set(**{knob: value})
    after = of(lab, "delta_after")
    assert after.shape != before.shape or not np.allclose(after, before)


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ("overwrite", "last key: cosine with its new value 0.72, 1.00 · with its old 0.72, 0.05"),
        ("busy", "64 writes · keys right: Hebbian 44%, delta 100%"),
        ("one pass", "32 writes · keys right: Hebbian 100%, delta 81%"),
        ("unstable", "delta diverged at write 62: inner_lr·‖k‖² = 3 ≥ 2"),
        ("mini-batch", "delta diverged at write 962: inner_lr·λ_max(KKᵀ) = 5.41 ≥ 2"),
    ],
)
def test_presets_say_what_happened(preset: str, said: str) -> None:
    assert said in labs.erase_write(preset=preset).summary


@pytest.mark.parametrize("preset", ["unstable", "mini-batch"])
def test_divergence_is_named_and_the_picture_opens_before_it(preset: str) -> None:
    lab = labs.erase_write(preset=preset)
    mark = shown(lab).marked("diverged")[0]
    assert lab.figure is not None
    assert lab.figure.to_dict()["layout"]["title"]["text"].startswith(f"Diverged at write {mark.time}")
    moving = frames(lab.figure)
    assert moving is not None
    assert moving["labels"][moving["start"]].startswith(f"write {mark.time - 1}: ")
    assert "Diverged" not in repr(labs.erase_write(preset=preset, knobs={"inner_lr": 0.3}))


def test_of_a_long_stream_the_last_writes_are_shown() -> None:
    lab = labs.erase_write(preset="one pass", knobs={"passes": 10})
    times = shown(lab)["keys"].times
    assert (times[0], times[-1]) == (256, 319)
    assert "320 writes" in lab.summary
    assert of(lab, "delta_before")[0].any()


def test_what_counts_as_old_is_another_value_of_the_same_key() -> None:
    asked = of(labs.erase_write(preset="one pass", knobs={"passes": 2}), "delta_asked")
    assert np.isnan(asked[..., 1]).all(), "a second pass repeats values, it overwrites none"
    busy = labs.erase_write(preset="busy")
    again = of(busy, "again")
    assert np.array_equal(np.isnan(of(busy, "delta_asked")[:, 1, 1]), again == 0)


@pytest.mark.parametrize("preset", ["overwrite", "one pass", "busy"])
def test_your_own_rule_takes_the_place_of_delta(preset: str) -> None:
    mine, ours = labs.erase_write(step=delta, preset=preset), labs.erase_write(preset=preset)
    np.testing.assert_allclose(of(mine, "yours_after"), of(ours, "delta_after"), atol=1e-5)
    assert set(mine.knobs) == {"inner_lr", "repeated", "passes", "writes"}
    assert "mini-batch" not in mine.presets
    assert "your own rule" in repr(mine)
    assert ("yours 81%" in mine.summary) == (preset == "one pass")


def test_what_is_wrong_with_your_own_rule_is_said_in_the_lab() -> None:
    lab = labs.erase_write(step=lambda M, k, v, inner_lr: M @ k)
    assert "your step returned shape [32], expected [32, 32]" in lab.error
    assert lab.trace is None


def test_the_state_string_makes_it_again() -> None:
    lab = labs.erase_write(preset="busy", seed=3, knobs={"inner_lr": 0.4})
    again = labs.from_state(lab.state())
    assert again.knobs == lab.knobs
    np.testing.assert_array_equal(of(again, "delta_after"), of(lab, "delta_after"))


def test_nothing_is_written_at_no_rate() -> None:
    lab = labs.erase_write(knobs={"inner_lr": 0.0})
    assert not of(lab, "delta_after").any()
    assert "keys right: Hebbian 0%, delta 0%" in lab.summary
