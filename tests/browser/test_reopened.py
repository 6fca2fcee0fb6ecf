"""A notebook that was run and saved, opened again where its kernel is gone: every lab is a picture with its words."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from .tab import Tab
from .toy import TOY

pytestmark = pytest.mark.browser

CELLS = (
    "import os, pathlib; os.environ['NLVIZ_ANSWERS'] = str(pathlib.Path('answers_of_nobody.jsonl').absolute())",
    TOY,
    "shown = lab()\nshown",
    "print('before')\ndisplay(lab(), parts())\n'after'",
    "from nlviz.lessons import predict\npredict('02.1')",
    "def nowhere(trace):\n    raise ValueError('no picture')\n\n"
    "Lab(run, nowhere, height=Number(1.0, 0.0, 2.0), wave=Choice('line', ['line']), break_it=Switch(False))",
)
NAME = "reopened.ipynb"


def in_sight(tab: Tab, selector: str) -> Locator:
    return tab.page.locator(selector).filter(visible=True)


def judge(tab: Tab) -> None:
    """Nothing but stills and words is in sight."""
    expect(in_sight(tab, ".nlviz-still img")).to_have_count(3)
    for still in tab.page.locator(".nlviz-still img").all():
        assert still.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 500
    # the last picture: the lab was turned before it was saved
    expect(in_sight(tab, "figcaption").first).to_have_text(
        "A hill · height 1.5 m · wave line · break it off · highest 1.50 m"
    )
    assert "height 1.5 m" in (tab.page.locator(".nlviz-still img").first.get_attribute("alt") or "")
    words = in_sight(tab, "pre.nlviz-still")
    expect(words).to_have_count(2)
    expect(words.nth(0)).to_contain_text("Predict 02.1")
    expect(words.nth(1)).to_contain_text("ValueError: no picture")
    # longer than the notebook looks for a widget
    tab.page.wait_for_timeout(3000)
    expect(in_sight(tab, ":text('Error displaying widget')")).to_have_count(0)
    expect(in_sight(tab, ":text('Loading widget')")).to_have_count(0)


def test_what_was_run_and_saved_shows_its_pictures_without_its_kernel(tab: Tab) -> None:
    tab.run_cells(NAME, *CELLS)
    lab = tab.lab(0)
    for number in (1, 2):
        tab.lab(number)
    lab.press(lab.knob("height"), "ArrowRight")
    expect(lab.summary).to_have_text("highest 1.50 m")
    # live labs have no still beside them; each has handed one to its kernel
    expect(tab.page.locator(".nlviz-still img[src^='data:image/png'][alt*='height 1.5 m']")).to_have_count(1)
    expect(tab.page.locator(".nlviz-still img[src^='data:image/png']")).to_have_count(3)
    expect(in_sight(tab, ".nlviz-still")).to_have_count(0)
    tab.command("docmanager:save")
    assert tab.errors == []

    outputs = [
        output for cell in nbformat.read(tab.server.folder / NAME, 4).cells for output in cell.get("outputs", [])
    ]
    assert sum("data:image/png" in output.get("data", {}).get("text/html", "") for output in outputs) == 3

    tab.server.stop_kernels()
    tab.page.goto("about:blank")
    tab.open(NAME)
    judge(tab)
    tab.keep("reopened")
    # saved once more as it is: nothing is lost
    tab.command("docmanager:save")
    tab.page.goto("about:blank")
    tab.open(NAME)
    judge(tab)
    # and run again it is alive
    tab.run_all()
    expect(tab.lab(0).summary).to_have_text("highest 1.00 m")
    expect(in_sight(tab, ".nlviz-still")).to_have_count(0)
