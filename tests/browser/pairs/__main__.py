"""Draw the three pictures "after" anew, as they are now: python -m tests.browser.pairs. Look at index.html then."""

from __future__ import annotations

import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from nlviz import labs
from nlviz.widgets.pages.serve import serve

from ..conftest import find_chromium
from . import NAMES

SIZE = {"width": 1010, "height": 708}


def shot(browser: Browser, name: str) -> bytes:
    """The lab called `name` as `nlviz demo` shows it, in the light theme."""
    addresses: list[str] = []
    there = threading.Event()

    def ready(address: str) -> None:
        addresses.append(address)
        there.set()

    def served() -> None:
        serve(lambda: getattr(labs, name)(theme="light"), title=name, gone="gone", ready=ready)

    threading.Thread(target=served, daemon=True).start()
    there.wait()
    page = browser.new_page(viewport=SIZE)  # pyright: ignore[reportArgumentType]
    page.goto(addresses[0])
    page.locator(".nlviz .js-plotly-plot .main-svg").first.wait_for()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.screenshot()


def main() -> None:
    """Keep the three."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for name in NAMES:
            Path(__file__).with_name(f"{name}_after.png").write_bytes(shot(browser, name))
        browser.close()


if __name__ == "__main__":
    main()
