"""Hints one by one, solutions behind a press; to nobody, one line that gives nothing away."""

from __future__ import annotations

import pytest

from nlviz.lessons import hint, solution
from nlviz.lessons.words import catalog, table

from .kernels import kernel


def test_alone_nothing_is_given_away(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        hint("02.1")
        solution("02.1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert set(lines) == {
        'Stuck on exercise 02.1, write? Run hint("02.1") yourself: 2 hints, then the solution.',
        'Out of sight: run solution("02.1") yourself to see a solution of exercise 02.1, write.',
    }


def test_somebody_gets_hint_after_hint_and_then_the_way_to_the_solution() -> None:
    with kernel() as notebook:
        notebook.run("from nlviz.lessons import hint, solution", somebody=True)
        first, second, third = (notebook.run("hint('02.1')", somebody=True) for _ in range(3))
        again = notebook.run("hint('02.1', 1)", somebody=True)
        other = notebook.run("hint('02.2')", somebody=True)
        shown = notebook.run("solution('02.1')", somebody=True)
    assert first.startswith("<details><summary>Hint 1 of 2 for exercise 02.1, write</summary>")
    assert "<code>torch.outer(a, b)</code>" in first
    assert "Hint 2 of 2" in second
    assert third.strip() == 'There are no more hints for exercise 02.1, write: solution("02.1") shows the solution.'
    assert again == first
    assert "Hint 1 of 2 for exercise 02.2" in other
    assert "<details><summary>Show a solution of exercise 02.1, write</summary>" in shown
    assert "return M + inner_lr * torch.outer(v, k)" in shown
    assert "open" not in shown.split("<summary>")[0]


def test_a_tick_brings_note_and_question_to_somebody_who_is_there_and_to_nobody_else() -> None:
    with kernel() as notebook:
        notebook.run("from nlviz.lessons import check", somebody=True)
        right, wrong = (
            "check('02.1', lambda M, k, v, lr: M + lr * v[:, None] * k)",
            "check('02.1', lambda M, k, v, lr: M)",
        )
        there, alone = notebook.run(right, somebody=True), notebook.run(right, somebody=False)
        failed = notebook.run(wrong, somebody=True)
    assert there.startswith("✓ write\n")
    assert "<p>Recall is a cosine" in there
    assert "<p>Next: Write the same pair twice" in there
    assert alone == "✓ write\n"
    assert failed.startswith("✗ write")
    assert "<p>" not in failed


@pytest.mark.parametrize("id", list(catalog()["exercises"]))
def test_every_exercise_has_a_question_to_go_on_with(id: str) -> None:
    words = table("exercises", id)
    assert words["next"].endswith("?")
    assert words.get("note", ".").endswith(".")


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(ValueError, match="hints 1 to 2, not 3"):
        hint("02.1", 3)
    with pytest.raises(ValueError, match=r"exercise is '02\.9'; expected one of '01\.1'"):
        hint("02.9")
    with pytest.raises(ValueError, match=r"exercise is '02\.9'; expected one of '01\.1'"):
        solution("02.9")
