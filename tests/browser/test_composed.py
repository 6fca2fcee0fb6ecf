"""Labs in what ipywidgets has to compose with, on a laptop's page: AppLayout, Output, Tab and a grid."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from .tab import Tab
from .toy import TOY

pytestmark = pytest.mark.browser

LAPTOP: ViewportSize = {"width": 1366, "height": 768}
SLOW = """
from nlviz.widgets import Progress

def slowly(height):
    for step in range(4):
        time.sleep(0.2)
        yield Progress(step + 1, 4, "hills")
    return run(height, "line", False)

slow = lambda: Lab(slowly, view, title="Slow hills", height=Number(1.0, 0.0, 2.0, 0.5))
"""
CELLS = (
    TOY + SLOW,
    "from IPython.display import display\nfrom ipywidgets import *",
    "AppLayout(header=HTML('one'), center=lab(), left_sidebar=lab(), height='520px', pane_heights=['30px', 1, 0])",
    "grid = GridspecLayout(2, 2, height='700px')\ngrid[0, :], grid[1, 0], grid[1, 1] = lab(), lab(), lab()\ngrid",
    "tabs = Tab([lab(), lab()], layout=Layout(height='480px'))\ntabs",
    "out = Output()\nout",
    "with out:\n    display(slow())",
)
# Of each lab: whether it, its picture and its frames' slider are inside of the box that holds them.
_FITS = """(root) => {
  const view = root.parentElement;
  const [one, within] = [view.getBoundingClientRect(), view.closest(".jp-OutputArea-output").getBoundingClientRect()];
  const slider = root.querySelector(".nlviz-frames").getBoundingClientRect();
  const drawn = root.querySelector(".main-svg").getBoundingClientRect().width;
  return drawn > 100 && drawn <= one.width && slider.height > 0 && slider.bottom <= within.bottom + 1
    && slider.bottom <= one.bottom + 1 && view.scrollWidth <= view.clientWidth;
}"""


def labs_of(tab: Tab, cell: int) -> Locator:
    """The labs that are seen under the cell of this number."""
    return tab.page.locator(".jp-CodeCell").nth(cell).locator(".nlviz").filter(visible=True)


def fit(labs: Locator, count: int) -> None:
    """So many labs are seen, and come to fit."""
    page = labs.page
    for number in range(count):
        labs.nth(number).locator(".main-svg").first.wait_for()
        page.wait_for_function(_FITS, arg=labs.nth(number).element_handle())
    assert labs.count() == count


def test_labs_fit_in_boxes_of_a_height_in_tabs_and_in_outputs(tab: Tab) -> None:
    tab.page.set_viewport_size(LAPTOP)
    tab.run_cells("composed.ipynb", *CELLS)
    fit(labs_of(tab, 2), 2)
    tab.page.locator(".jp-CodeCell").nth(2).scroll_into_view_if_needed()
    tab.keep("composed")
    fit(labs_of(tab, 3), 3)
    # of the second nothing had a width until its tab was opened
    tab.page.locator(".jp-CodeCell").nth(4).locator(".lm-TabBar-tab").nth(1).click()
    fit(labs_of(tab, 4), 1)
    # an Output takes no line away that was displayed in it
    fit(labs_of(tab, 5), 1)
    made = tab.page.locator(".jp-CodeCell").nth(5).locator(".nlviz-made").filter(visible=True)
    assert made.count() == 0
    tab.tell_kernel("kept = lab()\nout.clear_output()\nwith out: display(kept)")
    expect(labs_of(tab, 5).locator(".nlviz-name")).to_have_text("A hill")
    fit(labs_of(tab, 5), 1)
    # once more, after nothing: the same lab is drawn anew, and a box that grows gives it more
    tab.tell_kernel("out.clear_output(wait=True)\nwith out: display(kept)\nkept.layout.height = '400px'")
    fit(labs_of(tab, 5), 1)
    assert tab.errors == []
