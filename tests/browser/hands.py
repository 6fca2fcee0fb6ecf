"""A hand on a widget: presses all over it, keys typed afterwards, and what became of the notebook's cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

# In the notebook's command mode: delete, above, cut, to Markdown, merge, restart; and the arrows leave the cell.
COMMANDS = ("d", "d", "a", "x", "m", "Shift+M", "0", "ArrowDown", "Control+Backspace")
ON_ITS_WAY = re.compile("computing…|Sent to the notebook|your turn waits")
_WATCH = """(root) => {
  window.hit = false;
  addEventListener("pointerdown", (event) => (window.hit = root.contains(event.target)), { once: true, capture: true });
}"""
_TYPED_BEFORE = """() => {
  const [here, before] = [document.activeElement, (window.typedAt ??= new WeakSet()).has(document.activeElement)];
  window.typedAt.add(here);
  return before;
}"""
_CELLS = "document.querySelectorAll('.jp-Notebook .jp-Cell').length"


def cells(page: Page) -> int:
    """How many cells the notebook has."""
    return page.evaluate(_CELLS)


def holds_focus(root: Locator) -> bool:
    """Whether the keyboard is somewhere in `root`."""
    return root.evaluate("(root) => root.contains(document.activeElement)")


def presses(root: Locator, across: int, down: int) -> Iterator[tuple[float, float]]:
    """Press once in each field of a grid over `root`, the focus taken away before; gives where."""
    page = root.page
    for row in range(down):
        for column in range(across):
            # what an earlier press set going may still move what stands here
            settled(root)
            # each time anew: a key may have scrolled the page
            root.evaluate("(root) => root.scrollIntoView({ block: 'center' })")
            box = root.bounding_box()
            assert box
            x = box["x"] + box["width"] * (column + 0.5) / across
            y = box["y"] + box["height"] * (row + 0.5) / down
            if not root.evaluate("(root, [x, y]) => root.contains(document.elementFromPoint(x, y))", [x, y]):
                continue
            page.evaluate("document.activeElement.blur()")
            root.evaluate(_WATCH)
            page.mouse.click(x, y)
            # a page that moved in this moment was hit elsewhere: no press on the widget
            if page.evaluate("window.hit"):
                yield x, y


def touch(what: Locator) -> None:
    """A finger in the middle of it, in a browser that was not told of any."""
    box = what.bounding_box()
    assert box
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = what.page.context.new_cdp_session(what.page)
    for kind, points in (("touchStart", [point]), ("touchEnd", [])):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


def settled(root: Locator) -> None:
    """Wait until nothing of this widget is on its way to the kernel or back."""
    for waiting in root.locator(".nlviz-status, .nlviz-ask-status").all():
        expect(waiting).not_to_contain_text(ON_ITS_WAY)


def type_commands(page: Page) -> None:
    """Type what would change the notebook if it heard it, once at each thing that has the focus."""
    if page.evaluate(_TYPED_BEFORE):
        return
    if page.locator("select:focus").count():
        page.keyboard.press("Escape")
    for key in COMMANDS:
        page.keyboard.press(key)
