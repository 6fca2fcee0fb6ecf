"""A lab that comes by Shift+Enter: its top is in view, however the notebook lays out its cells."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("mode", ["full", "none"])
def test_the_top_of_a_lab_is_in_view_after_shift_enter(tab: Tab, mode: str) -> None:
    tab.page.set_viewport_size({"width": 1366, "height": 708})
    name = f"arrival_{mode}.ipynb"
    tab.write(name, TOY, LONG, "lab()", "'after'", LONG)
    tab.open(name)
    tab.page.evaluate(_WINDOWED, mode)
    tab.command("notebook:move-cursor-up")
    for _ in range(3):
        tab.command("notebook:run-cell-and-select-next")
    tab.page.wait_for_function(_TOP_IN_VIEW)
    # and it stays there when all is laid out
    tab.page.wait_for_timeout(800)
    assert tab.page.evaluate(_TOP_IN_VIEW), box(tab.page.locator(".nlviz-head"))
    assert tab.errors == []


def test_running_all_cells_scrolls_nowhere_by_itself(tab: Tab) -> None:
    tab.run_cells("all_at_once.ipynb", TOY, "lab()", LONG, LONG, "'after'")
    tab.lab(0)
    outer = tab.page.locator(".jp-WindowedPanel-outer")
    before = outer.evaluate("(one) => one.scrollTop")
    tab.page.wait_for_timeout(800)
    assert outer.evaluate("(one) => one.scrollTop") == before
