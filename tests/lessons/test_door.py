"""The door of the lessons: what is unambiguous is taken, the rest is refused in words, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlviz.lessons import check, glossary, hint, language, poll_summary, predict, solution
from nlviz.lessons.predicting import answers
from nlviz.lessons.predicting.answers import read, record
from nlviz.lessons.predicting.questions import question

HEIGHTS = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]


@pytest.mark.parametrize(
    "answer", [52, 52.0, np.int64(52), np.float32(52), np.array(52), np.array([52.0]), torch.tensor(52)]
)
def test_a_number_of_any_kind_is_an_answer(answer: Any) -> None:
    asked = predict("02.1", answer)
    assert asked.shown == 52.0
    assert type(asked.shown) is float
    assert asked.reveal(answer).words == "Close: you said 52, measured 52."


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor, lambda y: [np.float32(one) for one in y]])
def test_heights_of_any_kind_are_a_sketch(kind: Callable[[list[float]], Any]) -> None:
    assert predict("02.2", kind(HEIGHTS)).shown == pytest.approx(HEIGHTS)


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda x: torch.tensor(x, requires_grad=True)])
def test_a_measured_curve_may_be_of_any_kind_and_order(kind: Callable[[list[float]], Any]) -> None:
    x, y = [0.0, 100.0, 199.0], [0.9, 0.5, 0.1]
    said = [predict("02.2").reveal((kind(x[::way]), kind(y[::way]))).words for way in (1, -1)]
    assert said[0] == said[1]
    assert "0.90" in said[0]
    assert "0.10" in said[0]


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("an id almost right", lambda: check("02.l", None), r"did you mean '02\."),
    ("a number for an id", lambda: check(2.1, None), r"exercise is 2\.1; expected one of '01\.1'"),  # pyright: ignore
    ("no id", lambda: predict(None), "question is None; expected one of"),  # pyright: ignore
    ("a list for an id", lambda: solution(["02.1"]), "exercise is "),  # pyright: ignore
    ("a word for a switch", lambda: check("02.1", len, strict="yes"), "strict is 'yes'; expected True or False"),  # pyright: ignore
    ("an option almost right", lambda: predict("04.2", "rise"), "did you mean 'rises'"),
    ("an array for an option", lambda: predict("04.2", np.ones(3)), "answer is ndarray"),
    ("an array for a number", lambda: predict("02.1", np.ones(3)), "give a number from 1 to 2000"),
    ("True for a number", lambda: predict("02.1", np.True_), "give a number from 1 to 2000"),
    ("words for heights", lambda: predict("02.2", ["a"] * 7), "7 heights from 0 to 1"),
    ("heights that are none", lambda: predict("02.2", [float("nan")] * 7), "7 heights from 0 to 1"),
    ("nothing measured", lambda: predict("02.1").reveal(None), "question 02.1 asks for one"),
    ("words measured", lambda: predict("02.1").reveal("many"), "measured is 'many'; expected a finite number"),
    ("no curve", lambda: predict("02.2").reveal(3), "measured is 3; expected a list of rows"),
    ("a curve with holes", lambda: predict("02.2").reveal(([0, 1], [0, np.nan])), "finite numbers"),
    ("hint 0", lambda: hint("02.1", 0), "hints 1 to 2, not 0"),
    ("hint two", lambda: hint("02.1", "2"), "hints 1 to 2, not '2'"),  # pyright: ignore
    ("a term almost right", lambda: glossary("fast wieghts"), "nearest: .*fast weights"),
    ("a number for a term", lambda: glossary(3), "name is 3; expected a text"),  # pyright: ignore
    ("no text", lambda: glossary.marked(None), "markdown is None; expected a text"),  # pyright: ignore
    ("no language", lambda: language(3), "language is 3; expected a text"),  # pyright: ignore
    ("a language there is not", lambda: language("xx"), "there are en, or give the path"),
    ("no files", lambda: poll_summary(3), "files is 3; expected a list of files"),  # pyright: ignore
    ("a number among files", lambda: poll_summary([3]), "files is 3; expected a str or Path"),  # pyright: ignore
]


@pytest.mark.parametrize(("call", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_the_rest_is_refused_in_words(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("x = [", "is no catalog of words: "),
        ("check = 3", "check is 3; expected a dict, as in English"),
        ('[check]\nright = "{nome}"', r"check\.right is '\{nome\}'; it has \{values\} that the English words have not"),
        ('[check]\nright = "{"', r"check\.right has a brace too many or too few"),
    ],
)
def test_a_translation_that_is_none_is_refused_when_it_is_chosen(tmp_path: Path, held: str, words: str) -> None:
    path = tmp_path / "xx.toml"
    path.write_text(held, encoding="utf-8")
    with pytest.raises(ValueError, match=words) as refused:
        language(str(path))
    assert str(path) in str(refused.value)
    assert language() == "en"


def test_a_line_that_broke_off_takes_no_other_with_it(own_answers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "attended", lambda: True)
    own_answers.write_text('{"question": "02.1", "ans', encoding="utf-8")
    assert record(question("02.1"), 50.0) == ""
    assert record(question("02.1"), 60.0) == ""
    assert [event["answer"] for event in read(own_answers)] == [50.0, 60.0]


def test_a_foreign_file_among_the_answers_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'\xff\x00\n[1]\n{"question": "02.1", "version": [1], "answer": {}}\n')
    assert poll_summary(tmp_path).people == 1
    assert poll_summary(tmp_path).polls == ()
