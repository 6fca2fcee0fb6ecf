"""Hands on labs and questions in JupyterLab: a press keeps the keyboard there, Enter ends typing, boxes have room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from .hands import cells, holds_focus, presses, touch, type_commands
from .tab import Lab, Tab
from .toy import TOY

pytestmark = pytest.mark.browser

ITEMS = """
from nlviz.widgets import Line, Switch, Whole

COUNTED = []

def counted(items, echo, said, depth):
    COUNTED.append(items)
    return run(1.0, "line", False)

mine = Lab(counted, view, name="items", items=Whole(16, 2, 64), presets={"few": {"items": 3}},
    echo=Switch(False), said=Line("a line", 20), depth=Whole(1, 1, 2, hidden=True),
    dead=lambda items, **_: {"echo": "" if items > 10 else "so few have no echo"},
    summary=lambda trace: f"run {len(COUNTED)}: {COUNTED[-1]}")
mine
"""
PROSE = """%%markdown
[so many](#lab?items=50) [few](#lab:items?preset=few) [too many](#lab?items=500) [no knob](#lab?item=5)
[elsewhere](#lab:amnesia?distance=33) and a [word](#Terms "What it means.")."""
CELLS = (
    "import os, pathlib; os.environ['NLVIZ_ANSWERS'] = str(pathlib.Path('answers_of_hands.jsonl').absolute())",
    TOY,
    "lab()",
    "parts()",
    "from nlviz.lessons import predict\npredict('02.1')",
    "predict('04.2')",
    "predict('02.2')",
    ITEMS,
    PROSE,
    "'the last cell'",
)
BOXES = (
    "HBox([lab(), lab()])",
    "VBox([lab(), parts()])",
    "GridBox([lab(), lab()], layout=Layout(grid_template_columns='1fr 1fr'))",
    "Tab([lab(), lab()])",
    "Accordion([lab(), lab()], selected_index=0)",
    "HBox([predict('02.1'), predict('02.2')])",
    "VBox([lab()], layout=Layout(align_items='center'))",
)


@pytest.fixture
def opened(shared: Tab) -> Tab:
    """The page that all tests here share, at rest: what an earlier one asked for last has been answered."""
    for picture in shared.page.locator(".nlviz-figure").all():
        expect(picture).not_to_have_attribute("aria-busy", "true")
    return shared


@pytest.fixture(scope="module")
def shared(desk: Tab) -> Iterator[Tab]:
    """A notebook with every kind of widget, run from top to bottom; the tests share it."""
    (desk.server.folder / "answers_of_hands.jsonl").unlink(missing_ok=True)
    desk.clear()
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.run_cells("hands.ipynb", *CELLS)
    for number in range(3):
        desk.lab(number)
    desk.page.locator(".nlviz-ask").nth(2).wait_for()
    yield desk
    desk.clear()
    desk.page.context.clear_permissions()
    desk.server.stop_kernels()


@pytest.mark.parametrize(
    ("kind", "number"), [(".nlviz", 0), (".nlviz", 1), (".nlviz-ask", 0), (".nlviz-ask", 1), (".nlviz-ask", 2)]
)
def test_a_press_anywhere_keeps_the_keys_from_the_notebook(opened: Tab, kind: str, number: int) -> None:
    root, before = opened.page.locator(kind).nth(number), cells(opened.page)
    pressed = 0
    for place in presses(root, 5, 9):
        pressed += 1
        assert holds_focus(root), place
        type_commands(opened.page)
        assert holds_focus(root), place
        assert cells(opened.page) == before, place
    assert pressed > 20
    assert opened.errors == []


_MIDDLE = """(graph) => {
  const { xaxis, yaxis } = graph._fullLayout;
  const { left, top } = graph.getBoundingClientRect();
  return [left + xaxis._offset + xaxis.d2p(7.4), top + yaxis._offset + yaxis._length / 4];
}"""


def test_a_click_goes_there_and_the_arrows_go_on_and_a_drag_takes_nothing_away(opened: Tab) -> None:
    lab, mouse = opened.lab(0), opened.page.mouse
    lab.root.scroll_into_view_if_needed()
    x, y = lab.graph.evaluate(_MIDDLE)
    mouse.click(x, y)
    expect(lab.label).to_contain_text("step 7:")
    opened.page.keyboard.press("ArrowRight")
    expect(lab.label).to_contain_text("step 8:")
    ranges = "({ _fullLayout: { xaxis, yaxis } }) => [xaxis.range, yaxis.range]"
    before = lab.graph.evaluate(ranges)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 90, y + 60, steps=4)
    mouse.up()
    # the next frame is drawn after whatever the drag might have asked for
    with lab.changing():
        lab.press(lab.figure, "ArrowLeft")
    assert lab.graph.evaluate(ranges) == before
    expect(opened.page.locator(".plotly-notifier .notifier-note")).to_have_count(0)


def test_the_notebook_s_own_keys_go_on_in_a_lab(opened: Tab) -> None:
    lab, page = opened.lab(2), opened.page
    dirty = "jupyterapp.shell.currentWidget.context.model.dirty"
    page.evaluate(f"{dirty} = true")
    lab.press(lab.knob("items"), "Control+s")
    page.wait_for_function(f"!{dirty}")
    lab.press(lab.figure, "Tab")
    expect(lab.figure).not_to_be_focused()
    lab.press(lab.figure, "Shift+Tab")
    expect(lab.figure).not_to_be_focused()


def typed(lab: Lab, *keys: str) -> Locator:
    """The number field of the knob "items", after it was emptied and the keys were pressed in it."""
    field = lab.knob("items, as a number")
    field.click()
    field.select_text()
    for key in keys:
        lab.root.page.keyboard.press(key)
    return field


def test_a_number_counts_when_enter_is_pressed_and_when_the_field_is_left(opened: Tab) -> None:
    lab = opened.lab(2)
    expect(lab.summary).to_have_text("run 1: 16")
    typed(lab, "3", "0", "Enter")
    expect(lab.summary).to_have_text("run 2: 30")
    typed(lab, "4", "0")
    lab.root.locator(".nlviz-graph").click(position={"x": 5, "y": 5})
    expect(lab.summary).to_have_text("run 3: 40")
    # once is enough: neither Enter nor leaving the field says again what is known
    typed(lab, "4", "0", "Enter", "Tab")
    typed(lab, "4", "1", "Enter", "Tab")
    expect(lab.summary).to_have_text("run 4: 41")


@pytest.mark.parametrize("keys", [("e", "Enter"), ("Backspace", "Enter"), ("-", "-", "Tab")])
def test_what_is_no_number_is_said_and_the_old_one_stays(opened: Tab, keys: tuple[str, ...]) -> None:
    lab = opened.lab(2)
    typed(lab, "1", "2", "Enter")
    expect(lab.problem).to_be_hidden()
    field = typed(lab, *keys)
    expect(lab.problem).to_have_text("items takes a number from 2 to 64: it is 12 now.")
    expect(field).to_have_value("12")
    typed(lab, "1", "3", "Enter")
    expect(lab.problem).to_be_hidden()
    expect(lab.summary).to_contain_text(": 13")


def test_a_number_beyond_the_end_is_the_end_and_a_fraction_of_a_whole_is_refused(opened: Tab) -> None:
    lab = opened.lab(2)
    field = typed(lab, "9", "9", "9", "Enter")
    expect(lab.problem).to_have_text("items takes a number from 2 to 64: it is 64 now.")
    expect(lab.summary).to_contain_text(": 64")
    typed(lab, "9", ".", "5", "Enter")
    expect(lab.problem).to_contain_text("9.5")
    expect(field).to_have_value("64")


def test_a_line_that_is_being_typed_keeps_its_last_blank_when_an_answer_comes(opened: Tab) -> None:
    lab = opened.lab(2)
    field = lab.knob("said")
    field.fill("my  own")
    field.press("Enter")
    expect(field).to_have_value("my own")
    field.press("End")
    field.press("Space")
    opened.tell_kernel("mine.set(items=22)")
    expect(lab.knob("items")).to_have_value("22")
    expect(field).to_have_value("my own ")
    field.press("Tab")
    expect(field).to_have_value("my own")


def prose(tab: Tab, name: str) -> Locator:
    """A link in the prose, in view."""
    link = tab.page.locator(".jp-RenderedMarkdown").get_by_role("link", name=name, exact=True)
    link.scroll_into_view_if_needed()
    return link


def test_a_sentence_turns_the_knobs_of_the_lab_next_to_it(opened: Tab) -> None:
    lab, link = opened.lab(2), prose(opened, "so many")
    link.press("Enter")
    expect(lab.summary).to_contain_text(": 50")
    expect(lab.knob("items")).to_have_value("50")
    expect(lab.figure).to_be_in_viewport()
    expect(link).to_be_focused()
    prose(opened, "few").click()
    expect(lab.summary).to_contain_text(": 3")
    opened.keep("prose_turns")
    assert opened.errors == []


def test_a_knob_that_changes_nothing_says_why_and_stays_where_it_is(opened: Tab) -> None:
    lab = opened.lab(2)
    echo = lab.knob("echo")
    prose(opened, "few").click()
    expect(echo).to_have_attribute("aria-disabled", "true")
    expect(echo).to_have_accessible_description("so few have no echo")
    expect(lab.root.locator(".nlviz-why", has_text="so few have no echo")).to_be_visible()
    before = lab.summary.inner_text()
    lab.press(echo, "Space")
    expect(echo).to_be_focused()
    expect(echo).not_to_be_checked()
    lab.press(lab.knob("items"), "End")
    expect(echo).not_to_have_attribute("aria-disabled", "true")
    expect(lab.root.locator(".nlviz-why")).to_have_text(["", "", ""])
    lab.press(echo, "Space")
    expect(echo).to_be_checked()
    expect(lab.summary).not_to_have_text(before)
    assert opened.errors == []


def test_a_sentence_that_asks_for_what_there_is_not_says_so_and_turns_nothing(opened: Tab) -> None:
    lab = opened.lab(2)
    before = lab.summary.inner_text()
    prose(opened, "too many").click()
    said = "The sentence sets items to 500: items takes a number from 2 to 64. Nothing was turned."
    expect(lab.problem).to_have_text(said)
    prose(opened, "no knob").click()
    expect(lab.problem).to_contain_text("turns item, which this lab has not")
    expect(lab.summary).to_have_text(before)
    prose(opened, "elsewhere").click()
    expect(opened.page.locator(".nlviz-note")).to_have_text("This sentence turns the lab amnesia: run its cell first.")
    prose(opened, "so many").click()
    expect(lab.problem).to_be_hidden()


def test_a_word_explains_itself_where_it_stands(opened: Tab) -> None:
    page, word = opened.page, prose(opened, "word")
    note, panel = page.locator(".nlviz-note"), page.locator(".jp-WindowedPanel-outer")
    before, address = panel.evaluate("(one) => one.scrollTop"), page.url
    word.click()
    expect(note).to_have_text("What it means.")
    expect(word).to_have_accessible_description("What it means.")
    opened.keep("prose_explains")
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(word).to_be_focused()
    # a second time takes it away: by the keyboard, the mouse and a finger
    for press in (lambda: page.keyboard.press("Enter"), word.click, lambda: touch(word)):
        press()
        expect(note).to_be_visible()
        press()
        expect(note).to_be_hidden()
    word.click()
    note.click()
    expect(note).to_be_visible()
    page.mouse.click(5, 5)
    expect(note).to_be_hidden()
    assert (panel.evaluate("(one) => one.scrollTop"), page.url) == (before, address)


def test_enter_in_a_question_s_number_records_it(opened: Tab) -> None:
    question = opened.page.locator(".nlviz-ask").nth(0)
    opened.tell_kernel(f"pathlib.Path({'answers_of_hands.jsonl'!r}).unlink(missing_ok=True)")
    question.get_by_label("Your number").click()
    for key in ("5", "5", "Enter"):
        opened.page.keyboard.press(key)
    expect(question.get_by_role("status")).to_contain_text("Recorded: 55.")


def test_labs_and_questions_in_boxes_share_the_width(tab: Tab) -> None:
    tab.run_cells("boxes.ipynb", TOY, "from ipywidgets import *\nfrom nlviz.lessons import predict", *BOXES)
    for number, box in enumerate(BOXES):
        cell = tab.page.locator(".jp-CodeCell").nth(number + 2)
        widgets = cell.locator(".nlviz, .nlviz-ask").filter(visible=True)
        widgets.first.wait_for()
        cell.scroll_into_view_if_needed()
        room = cell.locator(".jp-OutputArea-output").first.evaluate("(one) => one.clientWidth")
        widths = [widget.evaluate("(one) => one.offsetWidth") for widget in widgets.all()]
        assert min(widths) > 0.4 * room, (box, widths)
        beside = box.startswith(("HBox", "GridBox"))
        assert (sum(widths) if beside else max(widths)) <= room, (box, widths)
        assert not beside or widths[0] == widths[1]
        if "lab()" in box:
            cell.locator(".main-svg").first.wait_for()
            drawn = cell.locator(".main-svg").first.evaluate("(one) => one.getBoundingClientRect().width")
            assert drawn > 0.4 * room, (box, drawn)
    tab.page.locator(".jp-CodeCell").nth(2).scroll_into_view_if_needed()
    tab.keep("boxes")
    # out of sight at first: drawn as wide as the first when its turn comes
    tab.page.locator(".jp-CodeCell").nth(5).locator(".lm-TabBar-tab").nth(1).click()
    second = tab.page.locator(".jp-CodeCell").nth(5).locator(".main-svg").filter(visible=True).first
    second.wait_for()
    assert tab.errors == []
