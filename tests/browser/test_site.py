"""The course as pages in a browser without a network: lessons play, predictions lock, and the way leads on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nlviz.site import built
from tests.site.small import course

from .access import faults
from .alone import opened
from .tab import SCREENSHOTS, Lab

pytestmark = pytest.mark.browser


def test_a_lesson_is_read_from_the_disk(chromium: Browser, tmp_path: Path) -> None:
    out = tmp_path / "site"
    built(course(tmp_path / "course"), out, megabytes=0.2)
    with opened(chromium, out / "index.html") as page:
        assert faults(page) == []
        page.get_by_role("link", name="01 · How many?").click()

        lab = Lab(page.locator(".nlviz").first)
        lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
        with lab.changing():
            page.get_by_role("link", name="one write more").click()
        assert lab.knob("writes").input_value() == "2"

        question, result = page.locator("form.nlviz-ask"), page.locator("[data-reveal]")
        expect(result).to_contain_text("kept out of sight")
        question.locator("input").fill("100")
        question.locator("button[type=submit]").press("Enter")
        expect(result).to_contain_text("a table: 48 hold, 56 do not")
        expect(result).to_contain_text("You said: 100 pairs. Measured: 52.")
        page.reload()
        expect(page.locator(".nlviz-ask-status")).to_contain_text("Recorded: 100 pairs.")
        expect(result).to_contain_text("You said: 100 pairs.")
        page.get_by_role("button", name="Predict again").press("Enter")
        expect(result).to_contain_text("kept out of sight")
        page.get_by_role("button", name="Show me without predicting").press("Enter")
        expect(result).to_have_text("a table: 48 hold, 56 do notMeasured: 52.")

        for width, scheme in ((1366, "light"), (1366, "dark"), (390, "light")):
            page.set_viewport_size({"width": width, "height": 768})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert faults(page) == [], (width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing pushes the page wider"
            page.screenshot(path=SCREENSHOTS / f"site_{width}_{scheme}.png")
