"""A prediction: what is accepted, what is kept, what is compared; the page is tested in tests/browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlviz.lessons import forget_answers, person, predict
from nlviz.lessons.predicting.predict import CurveCompared, Unseen, answers
from nlviz.lessons.predicting.questions import plain, question, version
from nlviz.lessons.words import say

from .kernels import kernel

AGES = np.arange(200)
CURVE = 0.9 * 0.95**AGES
NEAR = "Close: your sketch is 0.01 off on average, at most 0.03, at age 33."
FAR = "Your sketch is 0.74 off on average, most at age 199: you drew 0.90, measured 0.00."
HEIGHTS = [0.9, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_a_question_reads_in_words_whatever_was_answered() -> None:
    before = repr(predict("02.1"))
    assert before.startswith("Predict 02.1: A 32 × 32 matrix")
    assert "A number from 1 to 2000 pairs" in before
    assert repr(predict("02.1", answer=50)) == before
    assert "One of: It rises · It stays as it is · It falls" in repr(predict("04.2"))
    assert "7 values, at age 0, 33, 66, 100, 133, 166, 199" in repr(predict("02.2"))


@pytest.mark.parametrize(
    ("id", "measured", "words"),
    [
        ("02.1", 52, "Measured: 52. You did not predict."),
        ("04.2", "falls", "Measured: It falls. You did not predict."),
        ("02.2", (AGES, CURVE), "Measured: from 0.90 at age 0 to 0.00 at 199. You did not predict."),
    ],
)
def test_a_waived_reveal_works_with_no_answer(id: str, measured: Any, words: str) -> None:
    revealed = predict(id).reveal(measured, waived=True)
    assert not isinstance(revealed, Unseen)
    assert revealed.words == words
    assert words in repr(revealed)


@pytest.mark.parametrize(("id", "measured"), [("02.1", 52), ("04.2", "falls"), ("02.2", (AGES, CURVE))])
def test_alone_and_without_an_answer_a_page_shows_nothing_and_the_text_all(id: str, measured: Any) -> None:
    revealed = predict(id).reveal(measured, "16 pairs  100%", "96 pairs  62%")
    assert isinstance(revealed, Unseen)
    assert revealed._repr_html_() == f"<p>{say('reveal.unseen')}</p>"
    assert repr(revealed).startswith("16 pairs  100%\n96 pairs  62%\nMeasured: ")
    assert not hasattr(revealed, "figure")
    assert answers.SESSION == []


def test_lines_are_printed_with_the_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    predict("02.1", 50).reveal(52, "16 pairs  100%", "96 pairs  62%")
    assert capsys.readouterr().out == "16 pairs  100%\n96 pairs  62%\n"


@pytest.mark.parametrize(
    ("id", "answer", "measured", "words"),
    [
        ("02.1", 50, np.float32(52), "Close: you said 50, measured 52."),
        ("02.1", 1024, 50, "You said 1024, measured 50: your number is 20 times as large."),
        ("02.1", 10, 50, "You said 10, measured 50: what was measured is 5 times as large."),
        ("02.1", 60, 50, "You said 60, measured 50: 20 % too high."),
        ("02.1", 40, 50, "You said 40, measured 50: 20 % too low."),
        ("04.1", 0, 0.23, "You said 0, measured 0.23."),
        ("04.2", "falls", "falls", "Right: It falls."),
        ("04.2", "It rises", "falls", "You said: It rises. Measured: It falls."),
        ("02.2", [0.9, 0.2, 0.03, 0, 0, 0, 0], (AGES, CURVE), NEAR),
        ("02.2", [0.9] * 7, (AGES, CURVE), FAR),
    ],
)
def test_an_answer_is_compared_in_words(id: str, answer: Any, measured: Any, words: str) -> None:
    assert predict(id, answer).reveal(measured).words == words


def test_a_sketch_is_drawn_under_what_was_measured() -> None:
    revealed = predict("02.2", HEIGHTS).reveal((AGES, CURVE))
    assert isinstance(revealed, CurveCompared)
    assert revealed.figure is not None
    yours, measured = revealed.figure.data
    assert (yours.name, measured.name) == ("your prediction", "measured")
    assert list(yours.y) == HEIGHTS
    np.testing.assert_allclose(measured.y, CURVE)
    alone = predict("02.1").reveal(1, waived=True)
    assert not hasattr(alone, "figure")


def test_the_first_answer_before_the_reveal_counts() -> None:
    predict("02.1", answer=500)
    second = predict("02.1", answer=52)
    assert second.shown == 500
    assert second.status.startswith("You had answered 500 before; the first answer is the one that is compared.")
    assert predict("02.1").reveal(52).words.startswith("You said 500")
    assert predict("02.1").shown == 500


def test_an_answer_after_the_reveal_is_no_prediction() -> None:
    predict("02.1").reveal(52, waived=True)
    late = predict("02.1", answer=52)
    assert "after the reveal" in late.status
    assert late.reveal(52).words == "Measured: 52. You answered 52 after the reveal, which is no prediction."


@pytest.mark.parametrize(
    ("id", "answer", "words"),
    [
        ("02.1", 5000, "give a number from 1 to 2000"),
        ("02.1", "many", "give a number from 1 to 2000"),
        ("02.1", True, "give a number from 1 to 2000"),
        ("02.1", float("nan"), "give a number from 1 to 2000"),
        ("04.2", "up", "expected one of 'rises', 'stays', 'falls'"),
        ("02.2", [0.5] * 6, "7 heights from 0 to 1; they stand at age 0, 33"),
        ("02.2", [2.0] * 7, "expected a sketch: 7 heights from 0 to 1"),
        ("09.9", 1, "question is '09.9'; expected one of '01.1', '01.2'"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(id: str, answer: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        predict(id, answer)


def test_a_measured_value_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="asks for one"):
        predict("02.1").reveal([1, 2])
    with pytest.raises(ValueError, match=r"two rows of one length; these have shapes \[200\] and \[3\]"):
        predict("02.2").reveal((AGES, [1, 2, 3]))


def test_alone_nothing_is_written(own_answers: Path) -> None:
    asked = predict("02.1", answer=50)
    asked.reveal(52)
    assert "for this run only" in asked.status
    assert not own_answers.exists()


def test_a_press_on_the_page_is_checked_and_answered() -> None:
    asked = predict("02.1")
    asked._hear(None, {"answer": 5000}, [])
    assert "from 1 to 2000" in asked.problem
    asked._hear(None, {"answer": 50}, [])
    assert (asked.shown, asked.problem, asked.replies) == (50, "", 2)


def test_an_older_wording_and_a_broken_line_count_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    old, new = ({"question": "02.1", "version": mark, "answer": n} for mark, n in (("older", 1), (version("02.1"), 2)))
    path.write_text(f'{json.dumps(old)}\n{{"question": "02.1", "ver\n3\n{json.dumps(new)}\n', encoding="utf-8")
    assert answers.first(answers.read(path), "02.1", version("02.1")) == answers.Given(2, late=False)


def test_answers_go_to_the_user_s_folder_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLVIZ_ANSWERS", str(tmp_path))
    assert answers.place() == tmp_path / "answers.jsonl"
    monkeypatch.delenv("NLVIZ_ANSWERS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert answers.place().name == "answers.jsonl"
    assert "nlviz" in answers.place().parts


def test_somebody_s_answers_are_kept_and_nobody_s_are_not(own_answers: Path) -> None:
    ask = "from nlviz.lessons import predict\nshown = predict('02.1', answer=50)\nshown.status"
    with kernel() as notebook:
        assert "for this run only" in notebook.run(ask, somebody=False)
        assert not own_answers.exists()
        notebook.run("from nlviz.lessons.predicting import answers; answers.SESSION.clear()", somebody=True)
        assert str(own_answers) in notebook.run(ask, somebody=True)
        notebook.run("predict('02.1').reveal(52)", somebody=True)
    events = answers.read(own_answers)
    assert [set(event) - {"question", "version", "at"} for event in events] == [{"answer"}, {"revealed"}]
    with kernel() as notebook:
        reveal = "from nlviz.lessons import predict\npredict('02.1').reveal(52)"
        assert notebook.run(reveal, somebody=True) == "Close: you said 50, measured 52."
        assert notebook.run(reveal, somebody=False) == f"<p>{say('reveal.unseen')}</p>"


REVEAL = "from nlviz.lessons import predict\npredict('02.1').reveal(52, '16 pairs  100%')"
SHOWN = "16 pairs  100%\n\nMeasured: 52. You did not predict."


def test_a_reveal_waits_for_somebody_who_has_not_answered_and_burns_nothing(own_answers: Path) -> None:
    with kernel() as notebook:
        for _ in range(2):
            waiting = notebook.run(REVEAL, somebody=True)
            assert waiting == say("reveal.waits", question="02.1")
            assert "52" not in waiting
            assert "100%" not in waiting
        assert not own_answers.exists()
        notebook.run("predict('02.1', answer=50)", somebody=True)
        assert notebook.run(REVEAL, somebody=True) == "16 pairs  100%\n\nClose: you said 50, measured 52."


@pytest.mark.parametrize(
    "waiver", ["predict('02.1')._hear(None, {'offer': 'waive'}, [])", "predict('02.1').reveal(52, waived=True)"]
)
def test_whoever_asks_to_see_it_without_predicting_sees_it(own_answers: Path, waiver: str) -> None:
    with kernel() as notebook:
        notebook.run(f"from nlviz.lessons import predict\n{waiver}", somebody=True)
        assert notebook.run(REVEAL, somebody=True) == SHOWN
    kept = answers.standing_of(answers.read(own_answers), "02.1", version("02.1"))
    assert (kept.given, kept.revealed) == (None, True)


def test_a_reveal_tells_the_question_on_the_page_that_it_may_begin_anew() -> None:
    asked = predict("02.1", answer=50)
    other = predict("04.2")
    assert (asked.offer, other.offer) == ("", "waive")
    predict("02.1").reveal(52)
    assert (asked.offer, other.offer, asked.shown) == ("again", "waive", 50)
    asked._hear(None, {"offer": "again"}, [])
    assert (asked.offer, asked.shown, asked.replies) == ("waive", None, 1)
    asked._hear(None, {"answer": 500}, [])
    assert predict("02.1").reveal(52).words.startswith("You said 500")


def test_a_waived_question_says_so_until_it_is_seen() -> None:
    asked = predict("02.1")
    assert "answers.jsonl" in asked.status
    asked._hear(None, {"offer": "waive"}, [])
    assert (asked.status, asked.offer, asked.shown) == (say("predict.waived"), "", None)
    predict("02.1").reveal(52)
    assert (asked.status, asked.offer) == (say("predict.seen"), "again")


def test_predicting_again_by_code_begins_anew() -> None:
    predict("02.1", answer=500).reveal(52)
    anew = predict("02.1", answer=50, again=True)
    assert (anew.shown, anew.reveal(52).words) == (50, "Close: you said 50, measured 52.")


def test_a_poll_counts_the_first_round() -> None:
    mark = {"question": "02.1", "version": version("02.1")}
    events = [mark | what for what in ({"answer": 1}, {"revealed": True}, {"again": True}, {"answer": 52})]
    assert answers.first(events, "02.1", version("02.1")) == answers.Given(1, late=False)
    assert answers.standing_of(events, "02.1", version("02.1")).given == answers.Given(52, late=False)


def test_answers_are_deleted_one_or_all(own_answers: Path) -> None:
    mark = {"question": "02.1", "version": version("02.1")}
    events = [mark | {"answer": 50}, mark | {"revealed": True}, mark | {"question": "04.2", "answer": "falls"}]
    own_answers.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    assert forget_answers("02.1") == f"Answers deleted: 1, from {own_answers}."
    assert answers.read(own_answers) == events[2:]
    assert forget_answers("02.1") == f"Answers deleted: 0, from {own_answers}."
    assert forget_answers() == f"Answers deleted: 1, from {own_answers}."
    assert own_answers.read_text(encoding="utf-8") == ""
    predict("02.1", answer=50)
    forget_answers()
    assert predict("02.1").shown is None
    with pytest.raises(ValueError, match=r"question is '09\.9'"):
        forget_answers("09.9")


def test_people_on_one_account_have_a_file_each(own_answers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLVIZ_PERSON", "")
    assert (person(), answers.place()) == ("", own_answers)
    assert person("ada_2") == person() == "ada_2"
    assert answers.place() == own_answers.with_name("answers-ada_2.jsonl")
    for wrong in ("../ada", "a b", 3):
        with pytest.raises(ValueError, match=r"expected letters, digits, - or _; as in person\(\"ada\"\)"):
            person(wrong)  # pyright: ignore[reportArgumentType] (that is what is tested)


def test_marks_of_a_question_are_not_read_out() -> None:
    assert plain("reads `KEY=4821`, *delta*, 2 * 3") == "reads KEY=4821, delta, 2 * 3"
    assert "Which cosine has the delta memory's answer" in repr(predict("03.1"))


def test_a_file_that_cannot_be_written_is_said_and_the_answer_kept(own_answers: Path) -> None:
    own_answers.parent.joinpath("file").write_text("", encoding="utf-8")
    with kernel() as notebook:
        notebook.run(
            f"import os; os.environ['NLVIZ_ANSWERS'] = {str(own_answers.parent / 'file' / 'a.jsonl')!r}", somebody=True
        )
        said = notebook.run("from nlviz.lessons import predict\npredict('02.1', answer=50).status", somebody=True)
        assert "cannot be written" in said
        assert "you said 50" in notebook.run("predict('02.1').reveal(52)", somebody=True)


def test_the_mark_of_a_question_changes_with_its_words() -> None:
    marks = {question(id).version for id in ("02.1", "02.2", "04.1", "04.2")}
    assert len(marks) == 4
