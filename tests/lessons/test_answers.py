"""Right answers in all their forms and garbage of every kind: no false verdict, no traceback."""

from __future__ import annotations

import pytest

from nlviz.lessons.course.lesson_07 import outer_steps

from .answers import IDS, RIGHT, Answer, answers, fault

STEPS = 20
"""Enough for a right outer step to beat the hand-set gate: a form is taken or it is not, at the first step. All 60 of
them are taken by each right answer and slip in test_exercises."""


@pytest.mark.parametrize("id", IDS)
def test_every_form_gets_its_verdict(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outer_steps, "_STEPS", STEPS)
    every = [answer for answer in answers(id) if answer.kind in ("right", "garbage")]
    assert sum(answer.kind == "right" for answer in every) >= 10
    assert sum(answer.kind == "garbage" for answer in every) >= 12
    assert [(answer, wrong) for answer in every if (wrong := fault(answer))] == []


def test_a_false_verdict_and_a_traceback_would_be_seen() -> None:
    right = RIGHT["02.1"][0]
    assert fault(Answer("02.1", "garbage", "", right)) == "false verdict: ✓ write"
    assert fault(Answer("02.1", "right", "", lambda M, k, v, lr: M)).startswith("false verdict: ✗ write")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    assert fault(Answer("02.1", "garbage", "", interrupted)).startswith("raw KeyboardInterrupt")
