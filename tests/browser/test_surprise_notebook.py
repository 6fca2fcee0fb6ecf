"""Notebook 04 as a student meets it: open, run its first cells, raise the threshold by keyboard, see fewer writes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .tab import Lab, Tab

NAME = "04_surprise.ipynb"

pytestmark = pytest.mark.browser


def writes(lab: Lab) -> int:
    """The number of writes that the lab's summary states: "412 of 3,000 bytes written …"."""
    said = lab.summary.inner_text()
    found = re.search(r"([\d,]+) of [\d,]+ \w+ written", said)
    assert found, f"the summary names no number of writes: {said!r}"
    return int(found[1].replace(",", ""))


def drag_threshold(lab: Lab, pixels: float) -> None:
    """Take the dashed line by its grip and pull it up or down."""
    lab.root.scroll_into_view_if_needed()
    place = lab.root.locator(".nlviz-grip .nlviz-thumb").bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    mouse = lab.root.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y + pixels, steps=4)
    mouse.up()


def test_a_higher_threshold_writes_less(tab: Tab) -> None:
    tab.open(NAME)
    # title, imports, what to look at, the lab
    tab.run_first(4)
    lab = tab.lab()
    before, summary = writes(lab), lab.summary.inner_text()

    with lab.changing():
        lab.press(lab.knob("threshold"), *["ArrowRight"] * 5)
        expect(lab.summary).not_to_have_text(summary)
        expect(lab.status).to_have_text("")

    by_keyboard, summary = writes(lab), lab.summary.inner_text()
    assert by_keyboard < before

    with lab.changing():
        drag_threshold(lab, -30)
        expect(lab.knob("threshold")).not_to_have_value("0.5")
        expect(lab.summary).not_to_have_text(summary)
        expect(lab.status).to_have_text("")
    assert float(lab.knob("threshold").input_value()) > 0.5
    assert writes(lab) < by_keyboard
    lab.keep(tab, "04_surprise")

    # which surprise decides: its own colours, its own scale on the slider
    lab.press(lab.knob("surprise"), "ArrowDown")
    expect(lab.knob("threshold")).to_have_attribute("max", "1.5")
    expect(lab.status).to_have_text("")
    expect(lab.graph).to_contain_text("surprise (‖∇ℓ‖)")
    assert tab.errors == []
    tab.assert_stayed_home()
