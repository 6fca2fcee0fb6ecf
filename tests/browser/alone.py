"""A page that stands alone, in a browser without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

__all__ = ["opened"]


@contextmanager
def opened(chromium: Browser, file: Path, width: int = 1366, height: int = 768) -> Iterator[Page]:
    """The file from the disk; it must neither complain nor ask for anything while it is looked at."""
    context = chromium.new_context(offline=True, viewport={"width": width, "height": height})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: errors.append(request.url) if request.url.startswith("http") else None)
    page.goto(file.as_uri())
    # labs open one after another
    expect(page.locator("[data-player]:not(:has(.nlviz))")).to_have_count(0)
    yield page
    context.close()
    assert errors == []
