"""A class's answers, counted from the files its students hand in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlviz.cli import main
from nlviz.lessons import poll_summary
from nlviz.lessons.predicting.questions import version
from nlviz.views import alt_text


def hand_in(folder: Path, name: str, *events: dict[str, Any]) -> Path:
    path = folder / f"{name}.jsonl"
    lines = [json.dumps({"version": version(event["question"]), "at": "", **event}) for event in events]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    for student, (number, option) in enumerate(
        zip((10, 20, 30, 1024), ("rises", "falls", "falls", "stays"), strict=True)
    ):
        heights = [student / 4] * 7
        hand_in(
            folder,
            f"student {student}",
            {"question": "02.1", "answer": number},
            {"question": "02.1", "answer": 50},
            {"question": "04.2", "answer": option},
            {"question": "02.2", "answer": heights},
        )
    hand_in(folder, "late", {"question": "02.1", "revealed": True}, {"question": "02.1", "answer": 52})
    hand_in(folder, "older", {"question": "02.1", "answer": 3, "version": "older"})
    hand_in(folder, "edited", {"question": "04.2", "answer": "up"}, {"question": "02.1", "answer": 10**9})
    return folder


def test_first_answers_are_counted_and_nobody_is_named(collected: Path) -> None:
    said = repr(poll_summary(collected))
    assert said.splitlines() == [
        "02.1      4 answered  median 25, the middle half from 17.5 to 278.5 pairs",
        "02.2      4 answered  mean sketch: 0.375, 0.375, 0.375, 0.375, 0.375, 0.375, 0.375",
        "04.2      4 answered  It rises 1 · It stays as it is 1 · It falls 2",
        "1 left out: they answered an older wording of a question",
    ]
    assert "student" not in said


def test_files_may_be_named_one_by_one(collected: Path) -> None:
    summary = poll_summary([collected / "student 0.jsonl", str(collected / "student 1.jsonl")])
    assert [poll.answers for poll in summary.polls if poll.question.id == "02.1"] == [[10, 20]]
    assert summary.people == 2


def test_the_figure_has_a_panel_for_each_question(collected: Path) -> None:
    figure = poll_summary(collected).figure()
    bars, line, options = figure.data
    assert list(bars.y) == [1, 1, 1, 1]
    assert list(bars.x) == ["10", "20", "30", "1024"]
    np.testing.assert_allclose(line.y, 0.375)
    assert list(zip(options.x, options.y, strict=True)) == [("It rises", 1), ("It stays as it is", 1), ("It falls", 2)]
    assert figure.layout["title"]["text"] == "What 7 people predicted"
    assert "It falls 2" in alt_text(figure)


def test_many_different_numbers_share_bars(tmp_path: Path) -> None:
    for number in range(1, 101):
        hand_in(tmp_path, str(number), {"question": "02.1", "answer": number})
    (bars,) = poll_summary(tmp_path).figure().data
    assert len(bars.x) == 8
    assert (bars.x[0], bars.x[-1]) == ("1–1.8", "56–100")
    assert sum(bars.y) == 100


def test_an_empty_folder_is_no_class(tmp_path: Path) -> None:
    summary = poll_summary(tmp_path)
    assert repr(summary) == "No answers found."
    with pytest.raises(ValueError, match="nothing to draw"):
        summary.figure()
    with pytest.raises(FileNotFoundError, match="is not there"):
        poll_summary(tmp_path / "elsewhere")


def test_the_command_prints_it_and_writes_a_page(collected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "poll.html"
    main(["poll", str(collected), "--out", str(out)])
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("02.1      4 answered")
    assert said[-1].startswith(str(out))
    assert "data-player" in out.read_text("utf-8")
    with pytest.raises(SystemExit):
        main(["poll", str(collected), "--out", str(out)])
