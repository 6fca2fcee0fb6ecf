"""A lab that comes by Shift+Enter: its top is in view, however the notebook lays out its cells."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .boxes import box
from .tab import Tab
from .toy import TOY

pytestmark = pytest.mark.browser

# Higher than the page: the notebook has scrolled when the lab comes.
LONG = "\n".join(f"print({number})" for number in range(60))
_WINDOWED = "(mode) => { const { content } = jupyterapp.shell.currentWidget; " + (
    "content.notebookConfig = { ...content.notebookConfig, windowingMode: mode }; }"
)
_TOP_IN_VIEW = """() => {
  const head = document.querySelector(".nlviz-head")?.getBoundingClientRect();
  const view = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
  return document.querySelector(".nlviz .main-svg") && head.top >= view.top - 1 && head.bottom < view.bottom - 280;
}"""
ARRIVED = ".nlviz[data-arrived]"


def test_the_top_of_a_lab_is_in_view_after_shift_enter_and_run_all_scrolls_nowhere(tab: Tab) -> None:
    tab.page.set_viewport_size({"width": 1366, "height": 708})
    tab.write("arrival.ipynb", TOY, LONG, "lab()", "'after'", LONG)
    tab.open("arrival.ipynb")
    for mode in ("full", "none"):
        tab.page.evaluate(_WINDOWED, mode)
        tab.command("notebook:clear-all-cell-outputs")
        expect(tab.page.locator(".nlviz")).to_have_count(0)
        tab.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        for _ in range(3):
            tab.command("notebook:run-cell-and-select-next")
        tab.page.wait_for_function(_TOP_IN_VIEW)
        # and it stays there when all is laid out
        tab.page.locator(ARRIVED).wait_for(state="attached")
        assert tab.page.evaluate(_TOP_IN_VIEW), (mode, box(tab.page.locator(".nlviz-head")))
    tab.command("notebook:clear-all-cell-outputs")
    tab.run_all()
    tab.lab(0)
    outer = tab.page.locator(".jp-WindowedPanel-outer")
    before = outer.evaluate("(one) => one.scrollTop")
    tab.page.locator(ARRIVED).wait_for(state="attached")
    assert outer.evaluate("(one) => one.scrollTop") == before
    assert tab.errors == []
