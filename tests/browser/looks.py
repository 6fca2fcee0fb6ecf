"""How every lab looks, for a person to judge: python -m tests.browser.looks [LAB …], or all.

One sheet per lab in tests/browser/screenshots: light, dark and projector, wide and narrow, and wide as people with one
of four deficiencies of colour vision see it.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import CDPSession, Page, sync_playwright

from nlviz import labs

from .conftest import find_chromium
from .server import serve
from .tab import SCREENSHOTS, Tab

VISIONS = ("none", "deuteranopia", "protanopia", "tritanopia", "achromatopsia")
WIDE, NARROW = 1280, 700
_SETTLED_MS = 1500  # JupyterLab shows its splash for a moment when the theme changes
_PROJECTED = "lab = labs.{name}()\nlab.theme = 'projector'\nlab"
_SHEET = """<style>
body {{ margin: 12px; width: 2000px; font: 20px sans-serif; background: #ccc }}
figure {{ display: inline-block; width: 980px; margin: 4px; vertical-align: top }}
img {{ width: 100% }}
</style>{figures}"""


class Look(NamedTuple):
    """One way to look at a lab. vision: Chromium's name of a deficiency, or "none"."""

    theme: str
    width: int
    vision: str = "none"

    @property
    def words(self) -> str:
        """The line over its picture."""
        return f"{self.theme}, {self.width} pixels" + (f", {self.vision}" if self.vision != "none" else "")


LOOKS = [
    *(Look(theme, width) for theme in ("light", "projector", "dark") for width in (WIDE, NARROW)),
    *(Look(theme, WIDE, vision) for theme in ("light", "dark") for vision in VISIONS[1:]),
]


def pictures(tab: Tab, name: str) -> Iterator[tuple[Look, bytes]]:
    """The lab called `name` in all looks, each a PNG."""
    tab.run_cells(f"looks_{name}.ipynb", "from nlviz import labs", f"labs.{name}()", _PROJECTED.format(name=name))
    session = tab.page.context.new_cdp_session(tab.page)
    for look in sorted(LOOKS, key=lambda look: look.theme == "dark"):
        tab.theme("Dark" if look.theme == "dark" else "Light")
        yield look, _picture(tab, session, look)
    tab.theme("Light")


def _picture(tab: Tab, session: CDPSession, look: Look) -> bytes:
    root = tab.lab(int(look.theme == "projector")).root
    root.evaluate("(root, width) => (root.style.width = `${width}px`)", look.width)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": look.vision})
    tab.page.wait_for_timeout(_SETTLED_MS)
    picture = root.screenshot()
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    return picture


def sheet(page: Page, shown: list[tuple[Look, bytes]]) -> bytes:
    """All pictures on one, each under its words."""
    figures = [
        f"<figure>{escape(look.words)}<img src='data:image/png;base64,{base64.b64encode(png).decode()}'></figure>"
        for look, png in shown
    ]
    page.set_viewport_size({"width": 2024, "height": 900})
    page.set_content(_SHEET.format(figures="".join(figures)))
    return page.screenshot(full_page=True)


def main() -> None:
    """Draw the sheets of the labs named on the command line, or of all."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        home, shown = Path(folder, "home"), Path(folder, "notebooks")
        home.mkdir()
        shown.mkdir()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with serve(shown, home) as server:
            for name in sys.argv[1:] or labs.__all__:
                context = browser.new_context(viewport={"width": 1800, "height": 1400})
                found = list(pictures(Tab(context.new_page(), server), name))
                SCREENSHOTS.mkdir(exist_ok=True)
                path = SCREENSHOTS / f"{name}_looks.png"
                path.write_bytes(sheet(context.new_page(), found))
                context.close()
                server.stop_kernels()
                print(path.name)
        browser.close()


if __name__ == "__main__":
    main()
