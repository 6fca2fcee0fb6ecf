"""How fast a lab answers, beside plotly's FigureWidget on the same figures, in a real JupyterLab. One run, one table.

    python -m tests.benchmarks.front_end                 all of it, some minutes; writes front_end.md
    python -m tests.benchmarks.front_end --quick         the smallest corner, printed

Time to paint goes from a key press (the event's own time stamp) to the first frame that the browser begins after the
figure's DOM has changed; for whoever changes it inside a frame, as we do, that is one frame late. Messages and bytes
are counted on the page's websocket, the kernel's own news of being busy and idle included. Nothing here asserts a
speed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page, sync_playwright

from tests.browser.conftest import find_chromium
from tests.browser.server import serve
from tests.browser.tab import Tab

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_suffix(".md")
PATIENCE = 30_000
"""Milliseconds after which a press is given up; what a busy machine paints late is late, not lost."""
KINDS = ("ours", "theirs")
NAMED = {"ours": "nlviz", "theirs": "FigureWidget"}
SETUP = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.benchmarks import contenders"

# Listens for keys and for changes of the figure; `paints` gets the milliseconds from a press to the next frame.
WATCH = """(graph) => {
  const paints = (window.paints = []);
  let pressed = null;
  addEventListener("keydown", ({ timeStamp }) => (pressed ??= timeStamp), { capture: true });
  new MutationObserver(() => {
    if (pressed === null) return;
    const from = pressed;
    pressed = null;
    requestAnimationFrame(() => paints.push(performance.now() - from));
  }).observe(graph, { subtree: true, childList: true, attributes: true });
}"""


@dataclass
class Traffic:
    """What went over the page's websockets."""

    messages: int = 0
    received: int = 0

    def hear(self, page: Page) -> Traffic:
        def count(payload: str | bytes) -> None:
            self.messages += 1
            self.received += len(payload)

        def sent(_: str | bytes) -> None:
            self.messages += 1

        def opened(socket: Any) -> None:
            socket.on("framereceived", count)
            socket.on("framesent", sent)

        page.on("websocket", opened)
        return self


@dataclass
class Measured:
    """One kind of widget on one figure: milliseconds to paint, messages and bytes per update."""

    scrub: list[float] = field(default_factory=list)
    knob: list[float] = field(default_factory=list)
    scrub_cost: tuple[float, float] = (0, 0)
    knob_cost: tuple[float, float] = (0, 0)
    drawn: str = ""


@contextmanager
def notebook(folder: Path) -> Iterator[tuple[Tab, Traffic]]:
    """A JupyterLab with a browser on it; the traffic of its page is counted."""
    with tempfile.TemporaryDirectory() as home, serve(folder, Path(home)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        yield Tab(page, server), Traffic().hear(page)
        browser.close()


def run_cells(tab: Tab, *sources: str) -> None:
    """A new notebook with these cells, run."""
    tab.run_cells("bench.ipynb", SETUP, *sources)
    tab.page.locator(".js-plotly-plot .main-svg").first.wait_for(state="attached")
    tab.page.wait_for_timeout(1500)


def controls(tab: Tab, kind: str) -> tuple[Locator, Locator, Locator]:
    """The figure, what scrubs it and what turns its knob."""
    page = tab.page
    graph = page.locator(".js-plotly-plot").first
    if kind == "ours":
        return graph, page.locator(".nlviz-frames").first, page.locator(".nlviz-knobs input[type=range]").first
    sliders = page.locator(".jp-OutputArea .noUi-handle")
    return graph, sliders.nth(0), sliders.nth(1)


def press(tab: Tab, control: Locator, times: int, pause: int) -> list[float]:
    """Presses a key some times, each after the last has been painted or given up; the milliseconds to paint."""
    control.focus()
    tab.page.evaluate("window.paints.length = 0")
    for number in range(times):
        tab.page.keyboard.press("ArrowRight")
        waited = 0
        while tab.page.evaluate("window.paints.length") <= number and waited < PATIENCE:
            tab.page.wait_for_timeout(20)
            waited += 20
        tab.page.wait_for_timeout(pause)
    return list(tab.page.evaluate("window.paints"))


def measure(tab: Tab, traffic: Traffic, kind: str, name: str, times: int) -> Measured:
    """Scrub and knob of one kind of widget on one figure; then with a busy kernel, then without."""
    run_cells(tab, f"shown = contenders.{kind}({name!r})\nshown")
    graph, scrub, knob = controls(tab, kind)
    graph.evaluate(WATCH)
    found = Measured()
    for what, control in (("scrub", scrub), ("knob", knob)):
        press(tab, control, 2, 300)
        before = (traffic.messages, traffic.received)
        setattr(found, what, press(tab, control, times, 150))
        tab.page.wait_for_timeout(500)
        cost = ((traffic.messages - before[0]) / times, (traffic.received - before[1]) / times)
        setattr(found, f"{what}_cost", cost)
    found.drawn = f"{_drawn(tab, scrub, times, busy=True)} · {_drawn(tab, scrub, times, busy=False)}"
    return found


def _drawn(tab: Tab, scrub: Locator, times: int, *, busy: bool) -> str:
    """How many of some presses are painted while the kernel computes, or after it has been stopped."""
    seconds = 1 + times // 5
    if busy:
        tab.page.evaluate(f"{_KERNEL}.requestExecute({{ code: 'import time; time.sleep({seconds})' }}) && undefined")
    else:
        tab.server.stop_kernels()
    tab.page.wait_for_timeout(400)
    scrub.focus()
    tab.page.evaluate("window.paints.length = 0")
    for _ in range(times):
        tab.page.keyboard.press("ArrowRight")
        tab.page.wait_for_timeout(120)
    seen = tab.page.evaluate("window.paints.length")
    tab.page.wait_for_timeout(1000 * seconds if busy else 0)
    return f"{seen} of {times}"


_KERNEL = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"


def page_bytes(tab: Tab, traffic: Traffic, kind: str, name: str, count: int) -> list[int]:
    """Bytes received for the first, second, … widget on one page."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *[f"contenders.{kind}({name!r})"] * count)]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), tab.server.folder / "bytes.ipynb")
    tab.open("bytes.ipynb")
    tab.command("notebook:run-cell-and-select-next", patience=60_000)
    received = []
    for number in range(count):
        before = traffic.received
        tab.command("notebook:run-cell-and-select-next", patience=120_000)
        tab.page.locator(".js-plotly-plot").nth(number).wait_for(state="attached")
        tab.page.wait_for_timeout(1500)
        received.append(traffic.received - before)
    return received


def still_alive(tab: Tab, kind: str, count: int) -> int:
    """How many of some widgets the kernel holds after they were closed."""
    name = tab.server.folder / f"alive_{kind}.txt"
    counted = f"open({str(name)!r}, 'w').write(str(contenders.alive()[{KINDS.index(kind)}]))"
    run = f"contenders.open_and_close({kind!r}, {count}); {counted}"
    tab.run_cells("alive.ipynb", SETUP, run)
    return int(name.read_text())


def _times(values: list[float]) -> str:
    if len(values) < 2:
        return "–"
    return f"{median(values):.0f} / {quantiles(values, n=10)[-1]:.0f}"


def _ratio(one: list[float], other: list[float]) -> str:
    return f"{median(one) / median(other):.2f}" if one and other else "–"


def _size(number: float) -> str:
    return f"{number / 1e6:.2f} MB" if number >= 1e5 else f"{number / 1e3:.1f} kB"


def rows(name: str, found: dict[str, Measured]) -> Iterator[str]:
    """The table's lines of one figure."""
    for what in ("scrub", "knob"):
        values = {kind: getattr(found[kind], what) for kind in KINDS}
        costs = {kind: getattr(found[kind], f"{what}_cost") for kind in KINDS}
        cells = [f"{_times(values[kind])} | {costs[kind][0]:.1f}, {_size(costs[kind][1])}" for kind in KINDS]
        yield f"| {name} | {what} | {' | '.join(cells)} | {_ratio(values['ours'], values['theirs'])} |"
    yield f"| {name} | drawn: busy · stopped | {found['ours'].drawn} | | {found['theirs'].drawn} | | |"


HEAD = """| figure | | nlviz: ms, median / p90 | messages, bytes | FigureWidget: ms | messages, bytes | ratio |
|---|---|--:|--:|--:|--:|--:|"""


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the table, and keep it unless --quick."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest corner, not kept")
    parser.add_argument("--only", nargs="*", default=["small", "large", "surprise"], help="figures")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, notebook(Path(folder)) as (tab, traffic):
        lines = list(corner(tab, traffic) if asked.quick else table(tab, traffic, asked.only, 12, 5))
    if not asked.quick:
        TABLE.write_text(_page(lines), encoding="utf-8")


def corner(tab: Tab, traffic: Traffic) -> Iterator[str]:
    """The smallest table: two presses each on one figure; what a page receives and what stays alive, of ours alone."""
    yield from table(tab, traffic, ["small"], 2, 1, of=KINDS[:1])


def table(
    tab: Tab, traffic: Traffic, names: list[str], times: int, count: int, of: tuple[str, ...] = KINDS
) -> Iterator[str]:
    """The table's lines, each printed as it comes. of: the kinds whose bytes and whose left-overs are counted."""
    for line in _lines(tab, traffic, names, times, count, of):
        print(line, flush=True)
        yield line


def _lines(tab: Tab, traffic: Traffic, names: list[str], times: int, count: int, of: tuple[str, ...]) -> Iterator[str]:
    yield HEAD
    for name in names:
        yield from rows(name, {kind: measure(tab, traffic, kind, name, times) for kind in KINDS})
    titles = [NAMED[kind] for kind in of]
    yield from ("", f"| | {' | '.join(titles)} |", f"|---|{'--:|' * len(of)}")
    sizes = [page_bytes(tab, traffic, kind, names[0], count) for kind in of]
    for place, words in ((0, "first on a page"), (count - 1, f"number {count} on a page")):
        yield f"| bytes, {words} | {' | '.join(_size(size[place]) for size in sizes)} |"
    left = [f"{still_alive(tab, kind, 4 * count)} of {4 * count}" for kind in of]
    yield f"| alive after close | {' | '.join(left)} |"


def _page(lines: list[str]) -> str:
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    about = f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores, load {load}"
    intro = (
        f"`python -m tests.benchmarks.front_end`, {about}, Chromium without a window and without a GPU, shared cores."
    )
    said = (
        "Absolute figures wander with the load (mean over 1, 5 and 15 minutes at its end, its own included); "
        "read the ratios. What each figure is, and that both sides end in the same picture: contenders.py."
    )
    return "\n".join(["# The front end, as measured", "", intro, said, "", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
