"""When a write answers: what each knob changes, a step of one's own, and the words below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown

from nlviz import labs
from nlviz.lessons.course.lesson_05.solutions import titans_step


def by_hand(inner_lr: float, momentum: float, forget: float) -> np.ndarray:
    """The shares of a fact's tellings in the last answer, the newest first: one number is written, and carried on."""
    memory = past = 0.0
    found = []
    for at in range(15):
        past = momentum * past - inner_lr * (memory - (at == 0))
        memory = (1 - forget) * memory + past
        found.append(memory)
    return np.array(found)


@pytest.mark.parametrize("gates", [(0.3, 0.6, 0.0), (0.3, 0.0, 0.0), (0.1, 0.9, 0.2)])
def test_a_row_is_what_one_write_answers_over_time(gates: tuple[float, ...]) -> None:
    lab = labs.late_answer(knobs=dict(zip(("inner_lr", "momentum", "forget"), gates, strict=True)))
    np.testing.assert_allclose(of(lab, "influence")[-1, -2::-1], by_hand(*gates), atol=1e-6)


def test_the_words_say_which_telling_is_the_loudest() -> None:
    found = by_hand(0.3, 0.6, 0.0)
    at, below = int(found.argmax()), int((found < 0).sum())
    loudest = f"the last answer has most, {found[at]:.2f}, of the telling {at + 1} tokens before"
    assert labs.late_answer().summary == f"{loudest} · {below} tellings below zero"
    assert labs.late_answer(preset="at once").summary.endswith("the telling 1 token before · 0 tellings below zero")


@pytest.mark.parametrize("preset", labs.late_answer().presets)
def test_your_own_step_is_run_as_it_is(preset: str) -> None:
    mine, ours = labs.late_answer(step=titans_step, preset=preset), labs.late_answer(preset=preset)
    for name in ("influence", "error"):
        np.testing.assert_allclose(of(mine, name), of(ours, name), atol=1e-5)
    assert shown(mine).noted("rule") == ("Your step",)
    assert "your own step" in repr(mine)


def test_without_momentum_your_step_ignores_the_knob_and_the_newest_is_the_loudest() -> None:
    lab = labs.late_answer(step=lambda M, S, g, inner_lr, momentum, forget: (M - inner_lr * g, S))
    before = of(lab, "influence")
    lab.set(momentum=0.9)
    np.testing.assert_array_equal(of(lab, "influence"), before)
    assert "of the telling 1 token before" in lab.summary


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda M, S, g, inner_lr, momentum, forget: M, "expected two matrices; end with `return M, S`"),
        (lambda M, S, g, inner_lr, momentum, forget: (torch.zeros(3), S), "returned shape [3], expected [16, 1]"),
        (lambda M, S, g, inner_lr, momentum, forget: (M / 0, S), "does it divide by zero?"),
    ],
)
def test_what_is_wrong_with_your_own_step_is_said_in_the_lab(step: Any, said: str) -> None:
    lab = labs.late_answer(step=step)
    assert said in lab.error
    assert lab.trace is None


def test_a_step_that_runs_away_is_no_number() -> None:
    lab = labs.late_answer(step=lambda M, S, g, *gates: (1e9 * M - g, S))
    assert lab.summary == "the memory diverged: the last answer is no number"
    assert lab.figure is not None
    assert torch.isfinite(torch.as_tensor(of(lab, "influence")[1])).all()


@pytest.mark.parametrize(("knob", "value"), [("inner_lr", 0.1), ("momentum", 0.9), ("forget", 0.3), ("facts", 3)])
def test_every_knob_changes_the_map(knob: str, value: Any) -> None:
    lab = labs.late_answer()
    before = of(lab, "influence")
    lab.set(**{knob: value})
    assert np.abs(before - of(lab, "influence")).max() > 0.1
