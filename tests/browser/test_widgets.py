"""The lab and its player in a real JupyterLab, with a toy run and a toy view.

Opening a notebook takes longer than most tests here, so they share one and find it as it was at first; what ends a
lab or a kernel has its own page, and comes last because it ends every kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .tab import Lab, Tab
from .toy import TOY

pytestmark = pytest.mark.browser

CELLS = (TOY, "first = lab()\nfirst", "second = lab()\nsecond", "third = parts()\nthird")
LISTEN = """(label) => {
  label.heard = [];
  new MutationObserver(() => label.heard.push(label.textContent)).observe(label, { childList: true });
}"""
AT_FIRST = "height=1.0, wave='line', break_it=False"


@pytest.fixture(scope="module")
def opened(desk: Tab) -> Iterator[Tab]:
    """A notebook with two toy labs and a player with parts, run from top to bottom."""
    desk.clear()
    desk.run_cells("toy.ipynb", *CELLS)
    yield desk
    desk.clear()
    desk.server.stop_kernels()


@pytest.fixture
def toy(opened: Tab) -> Tab:
    """The shared page, put back to how it was."""
    page = opened.page
    page.emulate_media(reduced_motion="no-preference")
    page.mouse.move(0, 0)
    page.evaluate("document.querySelectorAll('.nlviz details').forEach((one) => (one.open = false))")
    opened.tell_kernel(f"PAUSE = 0; first.set({AT_FIRST}); second.set({AT_FIRST})")
    # the first lab last: it is the one in view
    for number in (2, 1, 0):
        lab = opened.lab(number)
        lab.press(lab.frames, "Home")
    # what was asked for is painted at the display's next turn, and Plotly draws what is painted
    expect(page.locator(".nlviz-graph[data-drawing]")).to_have_count(0)
    expect(page.locator(".nlviz-quick")).to_have_count(0)
    opened.errors.clear()
    return opened


def test_a_lab_paints_scrubs_turns_and_stays_home(toy: Tab) -> None:
    lab = toy.lab(0)
    expect(lab.summary).to_have_text("highest 1.00 m")
    title = lab.root.locator(".nlviz-title").bounding_box()
    with lab.changing():
        lab.press(lab.frames, "ArrowRight")
    expect(lab.label).to_have_text("step 1: 0.09 m")
    # Plotly once moved what it had been given: drawing again must move nothing else.
    assert lab.root.locator(".nlviz-title").bounding_box() == title
    expect(lab.figure).to_have_attribute("aria-label", "The marker at step 1: 0.09 m")
    with lab.changing():
        lab.press(lab.knob("height"), "ArrowRight")
    expect(lab.summary).to_have_text("highest 1.50 m")
    # The place among the frames outlives the turn of a knob.
    expect(lab.label).to_have_text("step 1: 0.14 m")
    lab.keep(toy, "toy_light")
    assert toy.errors == []
    toy.assert_stayed_home()


def test_two_labs_share_a_cursor_and_a_knob(toy: Tab) -> None:
    """As with any widget: jslink in the page, observe in the kernel; the frame is told when the hand rests."""
    one, other = toy.lab(0), toy.lab(1)
    toy.tell_kernel("from ipywidgets import jslink; linked = jslink((first, 'frame'), (second, 'frame'))")
    one.press(one.frames, "ArrowRight", "ArrowRight")
    expect(other.label).to_have_text("step 2: 0.18 m")
    other.press(other.frames, "ArrowRight")
    expect(one.label).to_have_text("step 3: 0.27 m")
    toy.tell_kernel("linked.unlink(); hear = lambda change: second.set(height=change.new['height'])")
    toy.tell_kernel("first.observe(hear, 'knobs')")
    with other.changing():
        one.press(one.knob("height"), "ArrowRight")
    expect(other.summary).to_have_text("highest 1.50 m")
    toy.tell_kernel("first.unobserve(hear, 'knobs'); first.frame = 7")
    expect(one.label).to_have_text("step 7: 0.95 m")
    assert toy.errors == []


def test_keys_on_the_figure_move_its_frames(toy: Tab) -> None:
    lab = toy.lab(0)
    figure = lab.figure
    lab.press(figure, "End")
    expect(lab.label).to_have_text("step 11: 1.00 m")
    lab.press(figure, "ArrowLeft", "ArrowLeft")
    expect(lab.label).to_have_text("step 9: 0.82 m")
    lab.press(figure, "Home", "Space")
    expect(lab.root.get_by_role("button", name="pause")).to_be_visible()
    expect(lab.label).to_have_text("step 11: 1.00 m")
    expect(lab.root.get_by_role("button", name="play")).to_be_visible()


def test_a_late_kernel_takes_no_frame_back(toy: Tab) -> None:
    """It repeats every frame it is told. Where that comes late the hand is elsewhere by then, or the frames play."""
    toy.tell_kernel("late = lambda change: time.sleep(1.2); first.observe(late, 'frame')")
    lab = toy.lab(0)
    for key in ("ArrowRight", "End"):
        lab.press(lab.figure, key)
        # the hand rests: the kernel is told, of the second when it has done with the first
        toy.page.wait_for_timeout(300)
    lab.press(lab.figure, "Home")
    lab.label.evaluate(LISTEN)
    lab.press(lab.figure, "Space")
    expect(lab.label).to_have_text("step 11: 1.00 m")
    assert lab.label.evaluate("(label) => label.heard") == [f"step {step}: {step / 11:.2f} m" for step in range(1, 12)]
    toy.tell_kernel("first.unobserve(late, 'frame')")


def test_with_less_motion_play_takes_one_step(toy: Tab) -> None:
    toy.page.emulate_media(reduced_motion="reduce")
    lab = toy.lab(0)
    lab.root.get_by_role("button", name="play").press("Enter")
    expect(lab.label).to_have_text("step 1: 0.09 m")
    # nothing goes on: what would play could be paused
    expect(lab.root.get_by_role("button", name="pause")).to_have_count(0)


def test_an_error_is_said_in_words_and_the_picture_stays(toy: Tab) -> None:
    lab = toy.lab(0)
    before = lab.data()
    lab.press(lab.knob("break it"), "Space")
    expect(lab.problem).to_contain_text("height 3 is not a hill; give one from 0 to 2")
    assert lab.data() == before
    lab.keep(toy, "toy_error")
    lab.press(lab.knob("break it"), "Space")
    expect(lab.problem).to_be_hidden()


def test_presets_and_python_turn_the_same_knobs(toy: Tab) -> None:
    lab = toy.lab(0)
    with lab.changing():
        lab.root.get_by_role("button", name="high").press("Enter")
    expect(lab.summary).to_have_text("highest 2.00 m")
    expect(lab.knob("height")).to_have_value("2")
    toy.tell_kernel("first.set(height=0.5)")
    expect(lab.knob("height")).to_have_value("0.5")
    expect(lab.summary).to_have_text("highest 0.50 m")


def test_fast_turns_end_at_the_newest_and_skip_the_others(toy: Tab) -> None:
    lab = toy.lab(0)
    toy.tell_kernel("PAUSE = 0.5; RUNS.clear()")
    lab.press(lab.knob("height"), "Home", *["ArrowRight"] * 4, "ArrowLeft")
    expect(lab.summary).to_have_text("highest 1.50 m")
    expect(lab.knob("height")).to_have_value("1.5")
    # The first press was sent, and of the five that came meanwhile the last.
    toy.tell_kernel("PAUSE = 0; second.set(height=len(RUNS) / 2)")
    expect(toy.lab(1).summary).to_have_text("highest 1.00 m")


def test_all_labs_share_one_plotly_and_one_script(toy: Tab) -> None:
    toy.lab(0)
    toy.lab(1)
    counted = toy.page.evaluate("document.querySelectorAll('head script[src^=blob]').length")
    assert counted == 1
    # and one style: script, style and themes come to a page once
    styles = "[...document.querySelectorAll('style')].filter((one) => one.textContent.includes('.nlviz-over')).length"
    assert toy.page.evaluate(styles) == 1


def test_the_page_s_theme_is_followed(toy: Tab) -> None:
    toy.theme("Light")
    lab = toy.lab(0)
    expect(lab.root).to_have_attribute("data-theme", "light")
    paper = "(graph) => graph._fullLayout.paper_bgcolor"
    light = lab.graph.evaluate(paper)
    toy.theme("Dark")
    expect(lab.root).to_have_attribute("data-theme", "dark")
    toy.page.wait_for_function(
        f"([graph, light]) => ({paper})(graph) !== light", arg=[lab.graph.element_handle(), light]
    )
    lab.keep(toy, "toy_dark")
    dark = lab.graph.evaluate(paper)
    toy.theme("Light")
    assert light != dark


# Counts Plotly's redraws from now on, and sees quick paint come; the page is shared, so it may be counting already.
_COUNT = """(graph) => {
  if (graph.redraws === undefined) {
    graph.on("plotly_afterplot", () => graph.redraws++);
    const look = () => (graph.quick ||= root.querySelector(".nlviz-quick") !== null);
    const root = graph.closest(".nlviz");
    new MutationObserver(look).observe(root, { subtree: true, childList: true, attributes: true });
  }
  graph.redraws = 0;
  graph.quick = false;
}"""

# Where the middle of a panel and the height of a value in it are on the page.
_PLACE = """(graph, [axes, x, y]) => {
  const { left, top } = graph.getBoundingClientRect();
  const [across, up] = [graph._fullLayout[`xaxis${axes}`], graph._fullLayout[`yaxis${axes}`]];
  return [left + across._offset + across.d2p(x), top + up._offset + up.d2p(y)];
}"""


def place(lab: Lab, axes: str, x: float, y: float) -> tuple[float, float]:
    """A point of a panel ("" or "2") in pixels of the page."""
    lab.root.scroll_into_view_if_needed()
    across, down = lab.graph.evaluate(_PLACE, [axes, x, y])
    return across, down


def test_a_hand_on_the_figure_goes_to_frames_and_turns_knobs(toy: Tab) -> None:
    lab, mouse = toy.lab(0), toy.page.mouse
    # A panel of time: hovering shows where a click would go, and leaves the slider alone.
    mouse.move(*place(lab, "", 7.4, 1.5))
    expect(lab.root.locator(".nlviz-ghost")).to_have_count(1)
    expect(lab.label).to_have_text("step 0: 0.00 m")
    mouse.click(*place(lab, "", 7.4, 1.5))
    expect(lab.label).to_have_text("step 7: 0.64 m")
    # A point: the cell in row 1, column 2 is step 6.
    mouse.move(*place(lab, "2", 1.9, 1))
    mouse.move(*place(lab, "2", 2, 1), steps=3)
    expect(lab.root.locator(".nlviz-ghost")).to_have_count(1)
    mouse.down()
    mouse.up()
    expect(lab.label).to_have_text("step 6: 0.55 m")
    mouse.move(*place(lab, "", 3, 2.6))
    expect(lab.root.locator(".nlviz-ghost")).to_have_count(0)
    # The level line is the knob "height": 1 m now, and its steps are half metres.
    toy.page.evaluate("addEventListener('nlviz-knob', ({ detail }) => (window.turned = detail))")
    mouse.move(*place(lab, "", 5, 1.0))
    mouse.down()
    mouse.move(*place(lab, "", 5, 1.56), steps=4)
    expect(lab.root.locator("[data-shape='1'] path")).to_be_attached()
    assert toy.page.evaluate("window.turned") == {"name": "height", "value": 1.5}
    mouse.up()
    lab.keep(toy, "toy_hand")
    assert toy.errors == []


def drawn_once_at_rest(lab: Lab) -> None:
    """It was painted at once, and then drawn by Plotly a single time."""
    lab.root.page.wait_for_function("(graph) => graph.quick && graph.redraws", arg=lab.graph.element_handle())
    expect(lab.root.locator(".nlviz-quick")).to_have_count(0)
    assert lab.graph.evaluate("(graph) => graph.redraws") == 1


def test_scrubbing_draws_without_plotly_until_the_hand_rests(toy: Tab) -> None:
    lab = toy.lab(0)
    lab.graph.evaluate(_COUNT)
    lab.press(lab.frames, "ArrowRight", "ArrowRight", "ArrowRight")
    drawn_once_at_rest(lab)
    lab.root.get_by_text("in words").click()
    table = lab.root.locator(".nlviz-words table")
    expect(table.locator("caption")).to_have_text("A hill, step by step, at step 3: 0.27 m")
    # the line at the cursor, its least, mean and most
    expect(table.get_by_role("row", name="height (m) by step value")).to_contain_text("0.2727")


def test_a_turn_is_painted_at_once_and_drawn_when_the_hand_rests(toy: Tab) -> None:
    lab = toy.lab(0)
    lab.graph.evaluate(_COUNT)
    before = lab.data()
    lab.press(lab.knob("height"), "ArrowRight")
    expect(lab.summary).to_have_text("highest 1.50 m")
    drawn_once_at_rest(lab)
    assert lab.data() != before
    # a scrub after a turn shows the new frames
    lab.press(lab.frames, "End")
    expect(lab.label).to_have_text("step 11: 1.50 m")
    with lab.changing():
        lab.press(lab.frames, "Home")


# The display takes no turn until it is let: what is asked for meanwhile meets at its next one, as on a busy machine.
_HOLD = """() => {
  window.turns = [];
  window.turn = window.requestAnimationFrame;
  window.requestAnimationFrame = (draw) => turns.push(draw);
}"""
_LET = "() => { window.requestAnimationFrame = turn; turns.forEach((draw) => requestAnimationFrame(draw)); }"


def test_a_turn_is_painted_at_once_whatever_is_asked_for_before_the_display_s_turn(toy: Tab) -> None:
    lab = toy.lab(0)
    lab.graph.evaluate(_COUNT)
    before = lab.root.get_attribute("data-theme")
    toy.page.evaluate(_HOLD)
    try:
        lab.press(lab.knob("height"), "ArrowRight")
        expect(lab.summary).to_have_text("highest 1.50 m")
        # a theme is Plotly's business: it draws anew
        toy.tell_kernel("first.theme = 'projector'")
        expect(lab.root).to_have_attribute("data-theme", "projector")
        assert lab.graph.evaluate("(graph) => [graph.quick, graph.redraws]") == [False, 0]
    finally:
        toy.page.evaluate(_LET)
    drawn_once_at_rest(lab)
    toy.tell_kernel("first.theme = 'auto'")
    expect(lab.root).to_have_attribute("data-theme", before or "light")


def test_a_page_that_lost_part_of_a_picture_gets_it_whole(toy: Tab) -> None:
    lab = toy.lab(0)
    lab.press(lab.knob("height"), "ArrowRight")
    expect(lab.summary).to_have_text("highest 1.50 m")
    # The kernel believes that the page has what it has not, as after a view was closed and opened again.
    lost = "{'method': 'update', 'state': {'picture': {'data': [{'y': {'kept': 'gone'}}]}}}"
    toy.tell_kernel(f"first.comm.send({lost})")
    toy.tell_kernel("first.set(height=2.0)")
    expect(lab.summary).to_have_text("highest 2.00 m")
    with lab.changing():
        lab.press(lab.frames, "End")
    expect(lab.label).to_have_text("step 11: 2.00 m")
    assert toy.errors == []


def test_a_preset_sets_every_knob_and_reset_brings_all_back(toy: Tab) -> None:
    lab = toy.lab(0)
    lab.root.get_by_role("button", name="reset").click()
    expect(lab.summary).to_have_text("highest 1.00 m")
    lab.knob("wave").select_option("sine")
    high = lab.root.get_by_role("button", name="high")
    high.click()
    expect(lab.knob("wave")).to_have_value("line")
    expect(high).to_have_attribute("aria-pressed", "true")
    lab.knob("wave").select_option("sine")
    expect(high).to_have_attribute("aria-pressed", "false")
    lab.root.get_by_role("button", name="reset").click()
    expect(lab.knob("height")).to_have_value("1")
    expect(lab.knob("wave")).to_have_value("line")
    expect(lab.summary).to_have_text("highest 1.00 m")


def test_a_step_has_parts(toy: Tab) -> None:
    lab = toy.lab(2)
    current = lab.root.locator(".nlviz-parts [aria-current=step]")
    expect(current).to_have_text("read")
    lab.root.get_by_role("button", name="one part on (key full stop)").press("Enter")
    expect(current).to_have_text("error")
    lab.press(lab.figure, ".")
    expect(lab.label).to_have_text("step 0: write")
    lab.press(lab.figure, "ArrowRight")
    expect(lab.label).to_have_text("step 1: write")
    lab.press(lab.figure, ",")
    expect(lab.label).to_have_text("step 1: error")
    lab.keep(toy, "toy_parts")


def test_nothing_is_alive_after_close_and_scrubbing_outlives_the_kernel(fresh: Tab) -> None:
    tab = fresh
    tab.run_cells("last.ipynb", *CELLS)
    for number in range(3):
        tab.lab(number)
    tab.tell_kernel("second.close(); third.close()")
    expect(tab.page.locator(".js-plotly-plot")).to_have_count(1)
    expect(tab.page.locator(".nlviz")).to_have_count(1)
    assert tab.errors == []
    lab = tab.lab(0)
    tab.server.stop_kernels()
    tab.page.wait_for_timeout(500)
    with lab.changing():
        lab.press(lab.frames, "End")
    expect(lab.label).to_have_text("step 11: 1.00 m")
    # JupyterLab itself looks every ten seconds or so.
    expect(lab.status).to_contain_text("The kernel is gone")
    # said at the knobs, which move no more; the picture is pale
    assert lab.root.locator(".nlviz-side .nlviz-status").count() == 1
    for knob in lab.root.locator(".nlviz-knobs").locator("input, select, button").all():
        expect(knob).to_be_disabled()
    assert float(lab.figure.evaluate("(figure) => getComputedStyle(figure).opacity")) < 1
