"""Notebook 04 as a student meets it: open, run all, raise the threshold by keyboard, see fewer writes."""

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


def test_a_higher_threshold_writes_less(tab: Tab) -> None:
    tab.open(NAME)
    tab.run_all()
    lab = tab.lab()
    before, summary = writes(lab), lab.summary.inner_text()

    with lab.changing():
        lab.press(lab.knob("threshold"), *["ArrowRight"] * 5)
        expect(lab.summary).not_to_have_text(summary)
        expect(lab.status).to_have_text("")

    lab.keep(tab, "04_surprise")
    assert writes(lab) < before
    assert tab.errors == []
    tab.assert_stayed_home()
