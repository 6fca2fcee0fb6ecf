"""The lab and its player in a real JupyterLab, with a toy run and a toy view."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .tab import Tab
from .toy import TOY

pytestmark = pytest.mark.browser


@pytest.fixture
def toy(tab: Tab) -> Tab:
    """A notebook with two toy labs, run from top to bottom."""
    tab.run_cells("toy.ipynb", TOY, "first = lab()\nfirst", "second = lab()\nsecond")
    return tab


def test_a_lab_paints_scrubs_turns_and_stays_home(toy: Tab) -> None:
    lab = toy.lab(0)
    expect(lab.summary).to_have_text("highest 1.00 m")
    title = lab.root.locator(".gtitle").bounding_box()
    with lab.changing():
        lab.press(lab.frames, "ArrowRight")
    expect(lab.label).to_have_text("step 1: 0.09 m")
    # Plotly once moved what it had been given: drawing again must move nothing else.
    assert lab.root.locator(".gtitle").bounding_box() == title
    expect(lab.figure).to_have_attribute("aria-label", "The marker at step 1: 0.09 m")
    with lab.changing():
        lab.press(lab.knob("height"), "ArrowRight")
    expect(lab.summary).to_have_text("highest 1.50 m")
    # The place among the frames outlives the turn of a knob.
    expect(lab.label).to_have_text("step 1: 0.14 m")
    lab.keep(toy, "toy_light")
    assert toy.errors == []
    toy.assert_stayed_home()


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


def test_with_less_motion_play_takes_one_step(toy: Tab) -> None:
    toy.page.emulate_media(reduced_motion="reduce")
    lab = toy.lab(0)
    lab.root.get_by_role("button", name="play").press("Enter")
    expect(lab.label).to_have_text("step 1: 0.09 m")
    toy.page.wait_for_timeout(600)
    expect(lab.label).to_have_text("step 1: 0.09 m")


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


def test_two_labs_share_one_plotly(toy: Tab) -> None:
    toy.lab(0)
    toy.lab(1)
    counted = toy.page.evaluate("document.querySelectorAll('head script[src^=blob]').length")
    assert counted == 1


def test_scrubbing_outlives_the_kernel(toy: Tab) -> None:
    lab = toy.lab(0)
    toy.server.stop_kernels()
    toy.page.wait_for_timeout(500)
    with lab.changing():
        lab.press(lab.frames, "End")
    expect(lab.label).to_have_text("step 11: 1.00 m")


def test_the_page_s_theme_is_followed(toy: Tab) -> None:
    toy.theme("Light")
    lab = toy.lab(0)
    expect(lab.root).to_have_attribute("data-theme", "light")
    toy.page.wait_for_timeout(500)
    paper = "(graph) => graph._fullLayout.paper_bgcolor"
    light = lab.graph.evaluate(paper)
    toy.theme("Dark")
    expect(lab.root).to_have_attribute("data-theme", "dark")
    toy.page.wait_for_timeout(500)
    lab.keep(toy, "toy_dark")
    dark = lab.graph.evaluate(paper)
    toy.theme("Light")
    assert light != dark


def test_nothing_is_alive_after_close(toy: Tab) -> None:
    toy.lab(0)
    toy.lab(1)
    toy.tell_kernel("first.close(); second.close()")
    expect(toy.page.locator(".js-plotly-plot")).to_have_count(0)
    expect(toy.page.locator(".nlviz")).to_have_count(0)
    assert toy.errors == []
