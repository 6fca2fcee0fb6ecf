"""Every page of a site that `nlviz site` has written, opened as a reader does, by its links: what is wrong with it.

python -m tests.browser.crawl FOLDER               from the disk, without a network
python -m tests.browser.crawl FOLDER --keep OUT    and a picture of each page: light, dark, a phone's width
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from .access import faults
from .conftest import find_chromium

__all__ = ["LOOKS", "Crawl", "crawled"]

LOOKS = ((1366, "light"), (1366, "dark"), (390, "light"))
PATIENCE_MS = 300_000

# Where the page leads, its own places too; what turns a knob is no way.
_LINKS = """[...document.querySelectorAll("a[href]")]
  .filter((link) => !link.getAttribute("href").startsWith("#lab")).map((link) => link.href)"""
_PLACES = """[...document.querySelectorAll("[id]")].map(({ id }) => id)"""
_OPENED = """() => [...document.querySelectorAll("[data-player]")]
  .filter((place) => !place.querySelector(".js-plotly-plot .main-svg")).length === 0"""
_RESTS = """() => !document.querySelector(".nlviz-graph[data-drawing]")"""
_WIDER = "document.documentElement.scrollWidth - innerWidth"

Look = Callable[[Page, str], object]


class Crawl(NamedTuple):
    """How much was walked, and what is wrong, a line each."""

    pages: int
    links: int
    asked: int
    wrong: list[str]


def crawled(
    browser: Browser,
    start: str,
    *,
    looks: tuple[tuple[int, str], ...] = LOOKS,
    look: Look = lambda page, name: None,
) -> Crawl:
    """Walk through all pages that a reader comes to from the address `start`.

    Each is opened without a network if it lies on the disk. looks: widths and colours in which each is tried by
    axe-core and for its width; `look(page, name)` is called in each of them.
    """
    context = browser.new_context(offline=start.startswith("file:"), viewport={"width": 1366, "height": 768})
    home, wanted = urljoin(start, "."), [start]
    places: dict[str, set[str]] = {}
    links, wrong = list[tuple[str, str]](), list[str]()
    asked = 0
    for address in wanted:
        if address in places:
            continue
        name = address.removeprefix(home) or "index.html"
        places[address], found, requests, said = _opened(context, address, home, looks, look)
        wrong += [f"{name}: {line}" for line in said]
        asked += requests
        links += [(name, link) for link in found]
        wrong += [f"{name}: leads away, to {link}" for link in found if not link.startswith(home)]
        wanted += [urldefrag(link).url for link in found if link.startswith(home)]
    context.close()
    for name, link in links:
        address, place = urldefrag(link)
        if unquote(place) not in places.get(address, {unquote(place)}):
            wrong.append(f"{name}: {link} leads to no place of that page")
    return Crawl(len(places), len(links), asked, wrong)


def _opened(
    context: BrowserContext, address: str, home: str, looks: tuple[tuple[int, str], ...], look: Look
) -> tuple[set[str], list[str], int, list[str]]:
    """Of one page: its places, where it leads, how many requests it makes, what is wrong."""
    page, requests = context.new_page(), list[str]()
    page.set_default_timeout(PATIENCE_MS)
    page.on("request", lambda asked: requests.append(asked.url))
    wrong = _heard(page, home)
    try:
        page.goto(address)
    except Error as trouble:
        page.close()
        return {""}, [], len(requests), [*wrong, f"does not open: {trouble.message.splitlines()[0]}"]
    page.wait_for_function(_OPENED)
    places, links = {"", *page.evaluate(_PLACES)}, page.evaluate(_LINKS)
    name = address.removeprefix(home).removesuffix(".html") or "index"
    wrong += _looked_at(page, name, looks, look)
    page.close()
    return places, links, len(requests), wrong


def _heard(page: Page, home: str) -> list[str]:
    """What it complains of, asks for elsewhere and does not get, as it comes."""
    wrong, ours = list[str](), (home, "data:", "blob:")
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "console", lambda told: wrong.append(f"console: {told.text}") if told.type in ("error", "warning") else None
    )
    page.on("request", lambda asked: None if asked.url.startswith(ours) else wrong.append(f"asks for {asked.url}"))
    page.on("requestfailed", lambda asked: wrong.append(f"does not get {asked.url}"))
    page.on("response", lambda came: wrong.append(f"{came.status} for {came.url}") if came.status >= 400 else None)
    return wrong


def _looked_at(page: Page, name: str, looks: tuple[tuple[int, str], ...], look: Look) -> Iterator[str]:
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # a picture that fits itself anew is drawn at the display's next turns
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.wait_for_function(_RESTS)
        look(page, f"{name}_{width}_{scheme}")
        yield from (f"{width} {scheme}: {fault}" for fault in faults(page))
        if (wider := page.evaluate(_WIDER)) > 0:
            yield f"{width} {scheme}: {wider} px wider than the window"


def main() -> None:
    """Crawl it, print what is wrong, and end with status 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for pictures of all pages, whole")
    asked = parser.parse_args()

    def look(page: Page, name: str) -> None:
        if asked.keep:
            page.screenshot(path=asked.keep / f"{name}.png", full_page=True)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        found = crawled(browser, (asked.folder.resolve() / "index.html").as_uri(), look=look)
        browser.close()
    print(*found.wrong, f"{found.pages} pages, {found.links} links, {len(found.wrong)} faults", sep="\n")
    raise SystemExit(bool(found.wrong))


if __name__ == "__main__":
    main()
