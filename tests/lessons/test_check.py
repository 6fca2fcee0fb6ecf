"""`check`: whatever a student's function does, one line in words, and never an exception of ours."""

from __future__ import annotations

import doctest
import math
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.lessons import check
from nlviz.lessons.checking.check import verdict
from nlviz.lessons.course.lesson_02 import solutions as fast_weights

Function = Callable[..., Any]


def wrong(id: str, answer: Any) -> str:
    found = verdict(id, answer)
    assert not found.right
    assert found.words.startswith("✗ ")
    assert "\n" not in found.words
    return found.words


def changes_its_arguments(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    k *= inner_lr
    M += torch.outer(v, k)
    k.zero_()
    return M


def test_an_answer_may_change_its_arguments() -> None:
    for _ in range(2):
        assert verdict("02.1", changes_its_arguments).right


@pytest.mark.parametrize(
    "number",
    [
        lambda M, k, v: float((M @ k - v).norm() * k.norm()),
        lambda M, k, v: (M @ k - v).norm() * k.norm(),
        lambda M, k, v: ((M @ k - v).norm() * k.norm())[None],
        lambda M, k, v: ((M @ k - v).norm() * k.norm()).numpy(),
        lambda M, k, v: [float((M @ k - v).norm() * k.norm())],
        lambda M, k, v: np.linalg.norm(M.numpy() @ k.numpy() - v.numpy()) * np.linalg.norm(k.numpy()),
        lambda M, k, v: ((M @ k - v).norm() * k.norm()).float(),
        lambda M, k, v: ((M @ k - v).norm() * k.norm()).requires_grad_(),
    ],
)
def test_a_number_may_come_in_any_dress(number: Function, capsys: pytest.CaptureFixture[str]) -> None:
    check("04.1", number)
    assert capsys.readouterr().out == "✓ momentary\n"


def test_what_it_prints_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    def momentary(M: Tensor, k: Tensor, v: Tensor) -> Tensor:
        print("M is", list(M.shape))
        return (M @ k - v).norm() * k.norm()

    check("04.1", momentary)
    said = "your function printed, the first time it did:\n  M is [2, 2]\n✓ momentary\n"
    assert capsys.readouterr().out == said
    check("04.1", momentary, strict=True)
    assert capsys.readouterr().out == "✓ momentary\n"
    check("04.1", lambda M, k, v: print("x" * 5000))
    assert 2000 < len(capsys.readouterr().out) < 2300


def test_a_gate_may_print_although_it_is_asked_many_times(capsys: pytest.CaptureFixture[str]) -> None:
    def keep(origin: Tensor, room: int) -> Tensor:
        print(len(origin))
        tasks = origin.unique()
        return torch.cat([torch.where(origin == task)[0][: room // len(tasks)] for task in tasks])

    check("06.4", keep)
    assert capsys.readouterr().out.splitlines()[:2] == ["your function printed, the first time it did:", "  290"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, 'give your function itself, as in check("02.1", write); this is None'),
        (torch.eye(2), "this is a Tensor"),
        (lambda M, k: M, "it cannot be called as write(M, k, v, inner_lr): too many positional arguments"),
        (lambda M, k, v, inner_lr: None, "it returns nothing; does it end with `return`?"),
        (lambda M, k, v, inner_lr: print(M), "write `return` in place of `print`"),
        (lambda M, k, v, inner_lr: "M", "it returned a str, expected numbers"),
        (lambda M, k, v, inner_lr: M + 1j, "it returned complex numbers"),
        (lambda M, k, v, inner_lr: [[1], [2, 3]], "it returned a list, expected numbers"),
        (lambda M, k, v, inner_lr: (M, k), "it returned a tuple, expected numbers"),
        (lambda M, k, v, inner_lr: M + torch.outer(v, k) * math.nan, "returned [[nan, nan], [nan, nan]] where [["),
        (lambda M, k, v, inner_lr: M.flatten(), "it returned shape [4], expected shape [2, 2], called with M = [["),
        (lambda M, k, v, inner_lr: M.sum(), "it returned one number, expected shape [2, 2]"),
        (lambda M, k, v, inner_lr: 3 * M, "expected [[2.5, 3], [2.25, 1.5]], yours gave [[3, 0], [6, 3]]"),
        (lambda M, k, v, inner_lr: torch.zeros(3) @ M.double(), "make your own tensors with dtype="),
    ],
)  # fmt: skip
def test_whatever_it_does_is_said_in_words(answer: Any, words: str) -> None:
    assert words in wrong("02.1", answer)


def test_what_it_raises_is_said_with_the_student_s_own_line() -> None:
    def write(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Any:
        half = inner_lr / 2
        return helper(M, k) + half

    def helper(M: Tensor, k: Tensor) -> Any:
        return torch.outer(k, M)

    line = helper.__code__.co_firstlineno + 1
    said = wrong("02.1", write)
    assert f"line {line} (`return torch.outer(k, M)`) raised RuntimeError" in said
    assert "called with M = [[1, 0], [2, 1]], k = [1, 2], v = [3, 0.5], inner_lr = 0.5" in said


def test_what_is_wrong_in_one_case_only_is_shown_there() -> None:
    said = wrong("02.2", lambda M, k: M @ k if M.shape != (4, 3) else 2 * (M @ k))
    assert said.startswith("✗ read: called with M = [[")
    assert said.split(", k = ")[0].count("[") == 1 + 4


def test_of_many_numbers_the_worst_is_shown() -> None:
    def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        answers = torch.tril(queries @ keys.T) @ values
        if len(answers) > 3:
            answers[5, 1] += 100
        return answers

    said = wrong("02.4", attend)
    assert "called with queries = [7, 5] numbers" in said
    assert " at [5, 1], yours gave " in said


def test_two_digits_alike_are_told_apart() -> None:
    said = wrong("04.1", lambda M, k, v: (M @ k - v).norm() * k.norm() * 1.001)
    assert "expected" in said
    expected, got = said.split("expected ")[1].split(", yours gave ")
    assert expected != got


def test_strict_raises_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    check("02.2", lambda M, k: M.T @ k)
    said = capsys.readouterr().out.strip()
    with pytest.raises(AssertionError) as raised:
        check("02.2", lambda M, k: M.T @ k, strict=True)
    assert str(raised.value) == said
    check("02.2", lambda M, k: M @ k, strict=True)
    assert capsys.readouterr().out == "✓ read\n"


def test_an_unknown_exercise_is_said() -> None:
    for id in ("02.9", "99.1", "write"):
        with pytest.raises(ValueError, match=f"exercise is '{id}'; expected one of '01.1', '01.2'"):
            check(id, None)


STUDENT = "import torch\n\ndef write(M, k, v, inner_lr):\n    return M + inner_lr * torch.outer({patch})\n"
IN_PYTEST = """
import student
from nlviz.lessons import check

def test_write():
    check("02.1", student.write, strict=True)
"""


@pytest.mark.parametrize(("patch", "code"), [("v, k", 0), ("k, v", 1)])
def test_it_serves_as_a_pytest(patch: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text(STUDENT.format(patch=patch), encoding="utf-8")
    (tmp_path / "test_student.py").write_text(IN_PYTEST, encoding="utf-8")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_student.py"]
    ran = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == code, ran.stdout
    assert ("AssertionError: ✗ write: it adds k vᵀ" in ran.stdout) == bool(code)


OTTER = {
    "name": "write",
    "points": 1,
    "suites": [
        {
            "type": "doctest",
            "cases": [
                {"code": '>>> from nlviz.lessons import check\n>>> check("02.1", write, strict=True)\n✓ write\n'},
            ],
        }
    ],
}
"""A test file of otter (and of ok.py) as an instructor would write it."""


@pytest.mark.parametrize(
    ("patch", "failed"), [(lambda v, k: torch.outer(v, k), 0), (lambda v, k: torch.outer(k, v), 1)]
)
def test_it_serves_as_a_case_of_otter(patch: Function, failed: int) -> None:
    space = {"write": lambda M, k, v, inner_lr: M + inner_lr * patch(v, k)}
    (case,) = OTTER["suites"][0]["cases"]
    example = doctest.DocTestParser().get_doctest(case["code"], space, "write", None, None)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert (result.attempted, result.failed) == (2, failed)
    assert ("it adds k vᵀ" in "".join(said)) == bool(failed)


def test_the_example_in_its_docstring_runs() -> None:
    examples = doctest.DocTestFinder().find(check, "check", globs={"write": fast_weights.write})
    runs = [doctest.DocTestRunner(verbose=False).run(example) for example in examples]
    assert sum(run.attempted for run in runs) == 2
    assert sum(run.failed for run in runs) == 0


def test_it_serves_as_a_test_cell_of_nbgrader() -> None:
    """nbgrader runs the cell after the student's and counts points unless it raises."""
    cell = textwrap.dedent(check.__doc__ or "").split("autograder tests: ")[1].splitlines()[0]
    compiled = compile(cell, "cell", "exec")
    space: dict[str, Any] = {"check": check, "write": fast_weights.write}
    exec(compiled, space)
    space["write"] = lambda M, k, v, inner_lr: M
    with pytest.raises(AssertionError, match="it leaves M as it was"):
        exec(compiled, space)
