"""A hand on a widget: presses all over it, keys typed afterwards, and what became of the notebook's cells."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Locator, Page

# In the notebook's command mode: delete, above, cut, to Markdown, merge, restart; and the arrows leave the cell.
COMMANDS = ("d", "d", "a", "x", "m", "Shift+M", "0", "ArrowDown", "Control+Backspace")
_SETTLED = """(root) => [...root.querySelectorAll(".nlviz-status, .nlviz-ask-status")]
  .every(({ textContent }) => !/computing…|Sent to the notebook|your turn waits/.test(textContent))"""
# A place in the middle of the page, with the focus taken away; null if something else lies there. `hit` says whether
# the next press was one on the widget.
_AIM = """(root, [across, down]) => {
  root.scrollIntoView({ block: "center" });
  const { left, top, width, height } = root.getBoundingClientRect();
  const [x, y] = [left + width * across, top + height * down];
  if (!root.contains(document.elementFromPoint(x, y))) return null;
  document.activeElement.blur();
  window.hit = false;
  addEventListener("pointerdown", (event) => (window.hit = root.contains(event.target)), { once: true, capture: true });
  return [x, y];
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
            aimed = root.evaluate(_AIM, [(column + 0.5) / across, (row + 0.5) / down])
            if aimed is None:
                continue
            x, y = aimed
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
    root.page.wait_for_function(_SETTLED, arg=root.element_handle())


def type_commands(page: Page) -> None:
    """Type what would change the notebook if it heard it, once at each thing that has the focus."""
    if page.evaluate(_TYPED_BEFORE):
        return
    if page.locator("select:focus").count():
        page.keyboard.press("Escape")
    for key in COMMANDS:
        page.keyboard.press(key)
