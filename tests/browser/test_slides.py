"""A lesson as slides, and as a sheet to print, in a browser without a network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nlviz.teaching import deck, summaries
from tests.site.small import course

from .access import faults
from .alone import opened
from .tab import SCREENSHOTS, Lab

pytestmark = pytest.mark.browser

BOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_a_deck_is_shown_by_keys_alone(chromium: Browser, tmp_path: Path) -> None:
    out = tmp_path / "deck.html"
    out.write_text(deck(course(tmp_path) / "01_one.ipynb", megabytes=0.2), encoding="utf-8")
    with opened(chromium, out) as page:
        slide, counter = page.locator(".slide.now"), page.locator(".turn output")
        expect(counter).to_have_text("1 / 2")
        lab = Lab(slide.locator(".nlviz").first)
        lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
        assert faults(page) == []
        page.screenshot(path=SCREENSHOTS / "slides_lab.png")

        with lab.changing():
            lab.knob("writes").press("ArrowRight")
        expect(counter).to_have_text("1 / 2")  # an arrow in a lab is the lab's
        page.keyboard.press("PageDown")
        expect(counter).to_have_text("2 / 2")
        expect(page.locator("form.nlviz-ask")).to_be_visible()
        page.keyboard.press("ArrowLeft")
        expect(counter).to_have_text("1 / 2")
        lab.knob("writes").focus()
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        expect(counter).to_have_text("2 / 2")
        page.get_by_role("button", name="Show me without predicting").press("Enter")
        expect(page.locator("[data-reveal]")).to_contain_text("a table: 48 hold, 56 do not")
        page.reload()
        expect(counter).to_have_text("2 / 2")


def test_a_sheet_fits_its_page(chromium: Browser, tmp_path: Path) -> None:
    out = tmp_path / "sheets.html"
    out.write_text(summaries(BOOKS), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1000, "height": 1300})
    page.goto(out.as_uri())
    cut = page.locator("article").evaluate_all(
        "(all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)"
        ".map((one) => one.querySelector('h1').textContent)"
    )
    assert cut == [], "more than a page holds"
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    assert len(pages) == len(BOOKS)
    page.close()
