"""A lesson as an assignment: what students get does not pass, what the lecturer has does; both systems can read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nlviz.lessons.words import catalog
from nlviz.teaching import assigned

BOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))[1:]
LESSON = BOOKS[1]
REGION = re.compile(r"^#+ BEGIN SOLUTION.*?^#+ END SOLUTION\n?", re.MULTILINE | re.DOTALL)

every_system = pytest.mark.parametrize("system", ["nbgrader", "otter"])


def _code(book: Any) -> list[str]:
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


@every_system
@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem[:2])
def test_every_exercise_of_a_lesson_is_graded_once_and_has_a_solution(path: Path, system: str) -> None:
    book = assigned(path, system)
    graded = re.findall(r'check\("(\d\d\.\d)", .*strict=True', "\n".join(_code(book)))
    assert graded == [id for id in catalog()["exercises"] if id.startswith(path.stem[:2])]
    answers = [source for source in _code(book) if REGION.search(source)]
    assert len(re.findall(r"BEGIN SOLUTION", "\n".join(answers))) == len(answers)
    assert not any("check(" in source for source in answers), "a check of the lesson's own"
    assert not any(cell.outputs for cell in book.cells if cell.cell_type == "code")


def _graded(book: Any, system: str, student: bool) -> dict[str, str]:
    """What is said of each exercise, "" if it is solved, where a student has left the stubs, or a lecturer has not."""
    space: dict[str, Any] = {}
    said: dict[str, str] = {}
    exec("import torch\ncheck = lambda *given, **named: None  # a student's own is not to grade", space)
    for source in _code(book):
        if REGION.search(source):
            exec(REGION.sub("", source) if student else source, space)
        elif "strict=True" in source:
            name = re.search(r"def (test_\w+)\((\w+)\)", source)
            call = f"{source}\n\n{name[1]}({name[2]})" if name else source
            try:
                exec(call, space)
                problem = ""
            except AssertionError as error:
                problem = str(error)
            said[re.findall(r'check\("([\d.]+)"', source)[0]] = problem
    return said


@every_system
def test_the_stub_fails_and_the_solution_passes(system: str, capsys: pytest.CaptureFixture[str]) -> None:
    book = assigned(LESSON, system)
    assert _graded(book, system, student=False) == dict.fromkeys(["02.1", "02.2", "02.3", "02.4"], "")
    stubs = _graded(book, system, student=True)
    assert stubs["02.1"] == "✗ write: it leaves M as it was: add v kᵀ"
    assert all(stubs.values())


def test_nbgrader_finds_cells_to_answer_in_and_cells_that_grade() -> None:
    told = [cell.metadata.nbgrader for cell in assigned(LESSON, "nbgrader").cells if "nbgrader" in cell.metadata]
    assert [one.grade_id for one in told if one.grade] == ["check-02-1", "check-02-2", "check-02-3", "check-02-4"]
    assert all(one.locked and one.points == 1 and not one.solution for one in told if one.grade)
    assert [one.grade_id for one in told if one.solution] == ["answer-02-1", "answer-02-3", "answer-02-4"]
    assert not any(one.locked for one in told if one.solution)


def test_otter_finds_its_fences() -> None:
    raw = [cell.source.split("\n")[0] for cell in assigned(LESSON, "otter").cells if cell.cell_type == "raw"]
    question = ["BEGIN QUESTION", "BEGIN SOLUTION", "END SOLUTION", "BEGIN TESTS", "END TESTS", "END QUESTION"]
    assert raw == ["# ASSIGNMENT CONFIG", *(f"# {fence}" for fence in question * 3)]


def test_a_value_that_is_compared_with_what_the_lesson_found_is_handed_on() -> None:
    book = assigned(next(path for path in BOOKS if path.stem.startswith("04")), "otter")
    assert "def test_04_4(my_labels, six):" in "\n".join(_code(book))


def test_what_is_no_lesson_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"notebook is .*; expected a lesson with exercises; give one from 01 on"):
        assigned(LESSON.parent / "00_start_here.ipynb", "otter")
    with pytest.raises(ValueError, match="system is 'ottre'; expected one of"):
        assigned(LESSON, "ottre")
    with pytest.raises(ValueError, match=r"path is .*; expected a notebook; give the path"):
        assigned(tmp_path / "none.ipynb", "otter")
