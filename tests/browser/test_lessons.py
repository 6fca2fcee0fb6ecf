"""Questions, hints, solutions and marked terms in a real JupyterLab, by keyboard alone."""

from __future__ import annotations

import json

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from nlviz.lessons import glossary

from .tab import Tab

pytestmark = pytest.mark.browser

CELLS = (
    "import os, pathlib; os.environ['NLVIZ_ANSWERS'] = str(pathlib.Path('answers_of_one.jsonl').absolute())",
    "from nlviz.lessons import hint, predict, solution\npredict('02.1')",
    "predict('04.2')",
    "predict('02.2')",
    "import numpy as np\nages = np.arange(200)\nmeasured = 0.9 * 0.95**ages",
    "hint('02.1')",
    "solution('02.1')",
)
REVEALS = (
    "predict('02.1').reveal(52)",
    "predict('04.2').reveal('falls')",
    "predict('02.2').reveal((ages, measured))",
)


@pytest.fixture
def lesson(tab: Tab) -> Tab:
    """A notebook with three questions, asked by nobody before."""
    (tab.server.folder / "answers_of_one.jsonl").unlink(missing_ok=True)
    tab.run_cells("lesson.ipynb", *CELLS)
    return tab


def asked(tab: Tab, number: int) -> Locator:
    """The question shown as number 0, 1, …"""
    question = tab.page.locator(".nlviz-ask").nth(number)
    question.wait_for()
    return question


def press(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.page.keyboard.press(key)


def answer_all(tab: Tab) -> None:
    """50 pairs; the third option; a first point one grain up, a last one at the bottom."""
    asked(tab, 0).get_by_label("Your number").focus()
    tab.page.keyboard.type("50")
    press(tab, "Tab", "Enter")
    expect(asked(tab, 0).get_by_role("status")).to_contain_text("Recorded: 50.")
    asked(tab, 1).get_by_label("It rises").focus()
    press(tab, "ArrowDown", "ArrowDown", "Tab", "Enter")
    expect(asked(tab, 1).get_by_role("status")).to_contain_text("Recorded: It falls.")
    asked(tab, 2).get_by_role("slider").first.focus()
    press(tab, "ArrowUp", *["Tab"] * 6, "Home", "Tab", "Enter")
    # The button is gone, so the keyboard stands on the words that took its place.
    expect(asked(tab, 2).get_by_role("status")).to_be_focused()
    expect(asked(tab, 2).get_by_role("status")).to_contain_text("Recorded: 0.525, 0.5, 0.5, 0.5, 0.5, 0.5, 0.")


def keep_in_both_themes(tab: Tab, name: str, first: Locator) -> None:
    """A screenshot from `first` on, dark and light."""
    for theme in ("Dark", "Light"):
        tab.theme(theme)
        first.evaluate("node => node.scrollIntoView({block: 'start'})")
        tab.keep(f"{name}_{theme.lower()}")


def test_each_kind_is_answered_by_keyboard_and_kept(lesson: Tab) -> None:
    point = asked(lesson, 2).get_by_role("slider").first
    expect(point).to_have_attribute("aria-valuetext", "recall (cosine) 0.5")
    expect(point).to_have_attribute("aria-label", "point 1 of 7, at age 0")
    point.press("Shift")  # a key, so that the focus is drawn
    keep_in_both_themes(lesson, "lesson_sketch", asked(lesson, 2))
    answer_all(lesson)
    expect(point).to_have_attribute("aria-valuetext", "recall (cosine) 0.525")
    keep_in_both_themes(lesson, "lesson", asked(lesson, 0))
    lines = (lesson.server.folder / "answers_of_one.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [json.loads(line) for line in lines]
    assert [(event["question"], event["answer"]) for event in kept] == [
        ("02.1", 50),
        ("04.2", "falls"),
        ("02.2", [0.525, 0.5, 0.5, 0.5, 0.5, 0.5, 0]),
    ]
    assert set(kept[0]) == {"question", "version", "answer", "at"}
    assert lesson.errors == []
    lesson.assert_stayed_home()


def test_a_cell_run_again_gives_the_answer_back_and_the_reveal_compares_it(lesson: Tab) -> None:
    answer_all(lesson)
    lesson.run_cells("lesson.ipynb", *CELLS, *REVEALS)
    expect(asked(lesson, 0).get_by_label("Your number")).to_have_value("50")
    expect(asked(lesson, 1).get_by_label("It falls")).to_be_checked()
    expect(asked(lesson, 2).get_by_role("slider").last).to_have_attribute("aria-valuenow", "0")
    expect(asked(lesson, 0).get_by_role("button", name="Record my answer")).to_be_hidden()
    shown = lesson.page.locator(".jp-RenderedMarkdown")
    expect(shown.get_by_text("Close: you said 50, measured 52.")).to_be_visible()
    expect(shown.get_by_text("Right: It falls.")).to_be_visible()
    figure = lesson.lab(0)
    said = figure.figure.get_attribute("aria-label") or ""
    assert "Measured: from 0.90 at age 0 to 0.00 at 199" in said
    assert said.endswith("Your sketch is 0.38 off on average, most at age 166: you drew 0.50, measured 0.00.")
    figure.keep(lesson, "lesson_reveal")
    assert lesson.errors == []


def test_a_number_out_of_range_and_no_answer_are_said_in_words(lesson: Tab) -> None:
    question = asked(lesson, 0)
    question.get_by_role("button", name="Record my answer").focus()
    press(lesson, "Enter")
    expect(question.get_by_role("alert")).to_have_text("Give an answer first, then record it.")
    question.get_by_label("Your number").focus()
    lesson.page.keyboard.type("5000")
    press(lesson, "Enter")
    expect(question.get_by_role("alert")).to_contain_text("give a number from 1 to 2000")
    assert not (lesson.server.folder / "answers_of_one.jsonl").exists()


def test_run_all_shows_nothing_and_uses_nothing_up(lesson: Tab) -> None:
    lesson.run_cells("lesson.ipynb", *CELLS, *REVEALS)
    shown = lesson.page.locator(".jp-RenderedMarkdown")
    for id in ("02.1", "04.2", "02.2"):
        expect(shown.get_by_text(f"This waits for your prediction: answer question {id} above")).to_be_visible()
    assert not (lesson.server.folder / "answers_of_one.jsonl").exists()


def test_what_was_asked_to_be_shown_is_shown_and_may_be_predicted_again(lesson: Tab) -> None:
    question = asked(lesson, 0)
    question.get_by_role("button", name="Show me without predicting").focus()
    press(lesson, "Enter")
    expect(question.get_by_role("status")).to_contain_text("Run the cell that measures it")
    expect(question.get_by_role("status")).to_be_focused()
    lesson.run_cells("lesson.ipynb", *CELLS, *REVEALS)
    expect(
        lesson.page.locator(".jp-RenderedMarkdown").get_by_text("Measured: 52. You did not predict.")
    ).to_be_visible()
    question = asked(lesson, 0)
    question.get_by_role("button", name="Predict again").click()
    expect(question.get_by_role("button", name="Show me without predicting")).to_be_visible()
    question.get_by_label("Your number").fill("50")
    question.get_by_role("button", name="Record my answer").click()
    expect(question.get_by_role("status")).to_contain_text("Recorded: 50.")


def test_a_curve_that_nobody_drew_is_not_recorded(lesson: Tab) -> None:
    question = asked(lesson, 2)
    question.get_by_role("button", name="Record my answer").click()
    expect(question.get_by_role("alert")).to_contain_text("a line that nobody has drawn is no prediction")
    assert not (lesson.server.folder / "answers_of_one.jsonl").exists()


def test_marks_in_a_question_are_drawn(tab: Tab) -> None:
    tab.run_cells("marks.ipynb", CELLS[0], "from nlviz.lessons import predict\npredict('01.1')", "predict('03.1')")
    expect(asked(tab, 0).locator("legend code")).to_have_text(["KEY=4821", "KEY="])
    expect(asked(tab, 1).locator("legend em")).to_have_text("delta")
    expect(asked(tab, 1).locator("legend")).not_to_contain_text("*")
    tab.keep("lesson_marks")


def test_a_point_is_dragged(lesson: Tab) -> None:
    point = asked(lesson, 2).get_by_role("slider").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lesson.page.mouse.move(x, y)
    lesson.page.mouse.down()
    lesson.page.mouse.move(x + 3, y - 40, steps=4)
    lesson.page.mouse.up()
    assert float(point.get_attribute("aria-valuenow") or 0) > 0.6


def test_hints_come_one_by_one_and_a_solution_is_out_of_sight(lesson: Tab) -> None:
    hint, solution = (lesson.page.locator("summary", has_text=words) for words in ("Hint 1 of 2", "Show a solution"))
    code = lesson.page.locator(".jp-OutputArea pre code", has_text="torch.outer(v, k)")
    expect(code).to_be_hidden()
    hint.focus()
    press(lesson, "Enter")
    expect(lesson.page.get_by_text("has a row for every entry of")).to_be_visible()
    solution.focus()
    press(lesson, "Enter")
    expect(code).to_be_visible()


def test_a_marked_term_is_reached_by_tab_and_hovered_over(tab: Tab) -> None:
    text = glossary.marked("A matrix of [[fast weights]].")
    cells = [nbformat.v4.new_markdown_cell(words) for words in (text, *["."] * 60, "### Terms\n\nfast weights: …")]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), tab.server.folder / "terms.ipynb")
    tab.open("terms.ipynb")
    term = tab.page.locator(".jp-RenderedMarkdown a", has_text="fast weights")
    expect(term).to_have_attribute("title", glossary("fast weights").terms[0].sentence)
    section = tab.page.get_by_role("heading", name="Terms")
    expect(section).not_to_be_in_viewport()
    term.focus()
    expect(term).to_be_focused()
    press(tab, "Enter")
    expect(section).to_be_in_viewport()
    tab.page.locator(".jp-Cell").first.scroll_into_view_if_needed()
    tab.keep("lesson_terms")
