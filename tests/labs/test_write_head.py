"""The write head: every knob and preset, the student's own rule, and what is said when it goes wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from showing import shown
from torch import Tensor

from nlviz import labs
from nlviz.widgets import Lab


def weights(lab: Lab) -> np.ndarray:
    return shown(lab)["weights"].values[:, 0]


def hebbian(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    return M + inner_lr * torch.outer(v, k)


def delta(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    return M - inner_lr * torch.outer(M @ k - v, k)


def rehearsing(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    """Writes what it reads as well: feeds on itself."""
    return M + inner_lr * torch.outer(v + M @ k, k)


def test_the_first_frame_already_teaches() -> None:
    lab = labs.write_head()
    assert shown(lab)["recall"].values.shape == (16, 1, 16)
    assert "16 pairs written · 100% answered nearest to their own value · mean cosine 0.8" in repr(lab)


@pytest.mark.parametrize(
    ("knob", "value"),
    [("rule", "Delta"), ("items", 40), ("overlap", 0.6), ("inner_lr", 0.35), ("forget", 0.1)],
)
def test_every_knob_changes_the_memory(knob: str, value: Any) -> None:
    lab = labs.write_head(preset="overlapping", knobs={"rule": "Hebbian"})
    before = weights(lab)
    lab.set(**{knob: 0.0 if knob == "overlap" else value})
    assert weights(lab).shape != before.shape or not np.allclose(weights(lab), before)


def test_the_knobs_say_what_they_do() -> None:
    lab = labs.write_head()
    lab.set(items=5)
    assert len(weights(lab)) == 5
    lab.set(items=2, inner_lr=0.5)
    half = weights(lab)
    lab.set(inner_lr=1.0)
    np.testing.assert_allclose(2 * half, weights(lab), rtol=1e-5)
    lab.set(forget=0.5)
    trace = shown(lab)
    patch = np.outer(trace["values"].values[1, 0], trace["keys"].values[1, 0])
    np.testing.assert_allclose(weights(lab)[1], 0.5 * weights(lab)[0] + patch, atol=1e-6)
    lab.set(items=96, overlap=0.9)
    keys = shown(lab)["keys"].values[:, 0]
    assert ((keys @ keys.T).sum() - 96) / (96 * 95) == pytest.approx(0.9, abs=0.03)


def test_lesson_02_is_offered_the_rule_it_knows_and_no_other() -> None:
    knobs = [control["name"] for control in labs.write_head().form["controls"]]
    assert knobs == ["items", "overlap", "inner_lr", "forget"]
    asked = labs.write_head(rule="Delta").form["controls"][0]
    assert (asked["name"], asked["options"]) == ("rule", ["Hebbian", "Delta", "GatedDelta"])


@pytest.mark.parametrize("rule", ["Delta", "GatedDelta"])
def test_every_rule_starts_and_is_named(rule: str) -> None:
    lab = labs.write_head(rule=rule)
    assert lab.knobs["rule"] == rule
    assert f"rule {rule}" in repr(lab)
    assert np.isfinite(weights(lab)).all()


@pytest.mark.parametrize(
    ("preset", "items", "overlap"),
    [("clean", 16, 0.0), ("full", 64, 0.0), ("overlapping", 16, 0.6), ("alike", 48, 0.9)],
)
def test_presets(preset: str, items: int, overlap: float) -> None:
    lab = labs.write_head(preset=preset)
    assert (lab.knobs["items"], lab.knobs["overlap"]) == (items, overlap)
    assert len(weights(lab)) == items
    assert set(lab.presets) == set(labs.write_head(step=hebbian).presets)


def test_a_seed_is_a_set_of_pairs() -> None:
    assert np.array_equal(weights(labs.write_head(seed=3)), weights(labs.write_head(seed=3)))
    assert not np.allclose(weights(labs.write_head(seed=3)), weights(labs.write_head(seed=4)))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"rule": "Hopfield"}, "'Hopfield'; expected one of 'Hebbian'"),
        ({"preset": "noisy"}, "no preset 'noisy'; its presets are 'clean'"),
    ],
)
def test_what_the_lab_does_not_have_is_refused_in_words(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        labs.write_head(**how)


def test_knobs_have_ends() -> None:
    lab = labs.write_head()
    with pytest.raises(ValueError, match=r"items is 97; .* at least 1 and at most 96"):
        lab.set(items=97)
    assert len(weights(lab)) == 16


@pytest.mark.parametrize(("own", "rule"), [(hebbian, "Hebbian"), (delta, "Delta")])
@pytest.mark.parametrize("preset", ["clean", "overlapping"])
def test_your_own_rule_is_the_one_that_runs(own: Callable[..., Tensor], rule: str, preset: str) -> None:
    mine, ours = labs.write_head(step=own, preset=preset), labs.write_head(preset=preset, rule=rule)
    for lab in (mine, ours):
        lab.set(inner_lr=0.4)
    np.testing.assert_allclose(weights(mine), weights(ours), atol=1e-5)
    assert mine.summary == ours.summary
    assert set(mine.knobs) == {"items", "overlap", "inner_lr"}
    assert "your own rule" in repr(mine)


def test_your_own_rule_may_write_in_place() -> None:
    def in_place(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
        M += inner_lr * torch.outer(v, k)
        return M

    np.testing.assert_array_equal(weights(labs.write_head(step=in_place)), weights(labs.write_head(step=hebbian)))


def test_your_own_rule_gets_one_pair_at_a_time() -> None:
    seen = []

    def step(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
        seen.append((M.shape, k.shape, v.shape, type(inner_lr)))
        return M

    lab = labs.write_head(step=step)
    assert set(seen) == {((32, 32), (32,), (32,), float)}
    assert "mean cosine 0.00" in lab.summary


def raising(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    return M + inner_lr * k @ v @ M


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda M, k, v, inner_lr: M @ k, r"your step returned shape \[32\], expected \[32, 32\]"),
        (lambda M, k, v, inner_lr: None, r"your step returned None, .* does it end with `return`\?"),
        (lambda M, k, v, inner_lr: "M", "your step returned 'M', .* return numbers made with torch"),
        (raising, r"your step\(M, k, v, inner_lr\) raised RuntimeError: "),
    ],
    ids=["wrong shape", "None", "no tensor", "raises"],
)
def test_what_is_wrong_with_your_own_rule_is_said_in_the_lab(wrong: Callable[..., Any], said: str) -> None:
    lab = labs.write_head(step=wrong)
    assert isinstance(lab.problem, ValueError)
    with pytest.raises(ValueError, match=said):
        raise lab.problem
    assert lab.error in repr(lab)
    assert lab.trace is None


def test_a_rule_that_takes_too_little_is_refused_before_it_runs() -> None:
    with pytest.raises(ValueError, match=r"a function step\(M, k, v, inner_lr\); .* too many positional arguments"):
        labs.write_head(step=lambda M, k: M)  # pyright: ignore[reportArgumentType]


def test_numpy_is_taken_as_it_is_meant() -> None:
    def in_numpy(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Any:
        return M.numpy() + inner_lr * np.outer(v, k)

    np.testing.assert_allclose(
        weights(labs.write_head(step=in_numpy)), weights(labs.write_head(step=hebbian)), atol=1e-6
    )


def test_the_last_good_picture_stays_when_your_rule_breaks_later() -> None:
    def fragile(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
        if inner_lr > 1:
            raise OverflowError("too bold")
        return hebbian(M, k, v, inner_lr)

    lab = labs.write_head(step=fragile)
    before = weights(lab)
    lab.set(inner_lr=1.5)
    assert "raised OverflowError: too bold" in lab.error
    assert lab.trace is not None
    assert np.array_equal(lab.trace["weights"].values[:, 0], before)
    lab.set(inner_lr=0.5)
    assert lab.error == ""


def test_divergence_is_named_and_drawn() -> None:
    lab = labs.write_head(step=rehearsing, preset="alike")
    marks = shown(lab).marked("diverged")
    assert len(marks) == 1
    assert lab.summary == f"48 pairs written · diverged at write {marks[0].time}"
    assert lab.figure is not None
    assert lab.figure.to_dict()["layout"]["title"]["text"].startswith(f"Diverged at write {marks[0].time}")


@pytest.mark.parametrize("rule", ["Hebbian", "Delta"])
def test_a_rule_that_does_not_feed_on_itself_survives_keys_alike(rule: str) -> None:
    lab = labs.write_head(preset="alike", rule=rule)
    assert "diverged" not in lab.summary
    cosine = shown(lab)["final_cosine"].values.item()
    assert math.isfinite(cosine)


def test_a_rule_that_divides_by_zero_is_told_so_and_not_that_it_diverged() -> None:
    lab = labs.write_head(step=lambda M, k, v, inner_lr: M / 0)
    assert "at token 0 (item 0) your step returned nan in M, expected finite numbers" in lab.error
    lab = labs.write_head(step=lambda M, k, v, inner_lr: 1e5 * M + torch.outer(v, k))
    assert lab.summary.startswith("16 pairs written · diverged at write "), "growing without end is a result"
