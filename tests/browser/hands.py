"""A hand on a widget: presses all over it, keys typed afterwards, and what became of the notebook's cells."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Locator, Page

# In the notebook's command mode: delete, above, cut, to Markdown, merge, restart; and the arrows leave the cell.
COMMANDS = ("d", "d", "a", "x", "m", "Shift+M", "0", "ArrowDown", "Control+Backspace")
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
            # each time anew: a key may have scrolled the page
            root.evaluate("(root) => root.scrollIntoView({ block: 'center' })")
            box = root.bounding_box()
            assert box
            x = box["x"] + box["width"] * (column + 0.5) / across
            y = box["y"] + box["height"] * (row + 0.5) / down
            if not root.evaluate("(root, [x, y]) => root.contains(document.elementFromPoint(x, y))", [x, y]):
                continue
            page.evaluate("document.activeElement.blur()")
            page.mouse.click(x, y)
            yield x, y


def type_commands(page: Page) -> None:
    """Type what would change the notebook if it heard it."""
    if page.locator("select:focus").count():
        page.keyboard.press("Escape")
    for key in COMMANDS:
        page.keyboard.press(key)
