"""The course as pages: how fast a knob answers, whether its numbers are the live lab's, what pages weigh, how soon a
phone shows a lesson, and whether every link, rule and request is as it should be.

    nlviz site pages                                                 writes the pages
    python -m tests.benchmarks.site pages --notes FILE --write       measures them; tables into site.md
    python -m tests.benchmarks.site pages --only 02                  of some lessons, printed

Notes are of one build of the pages. Knobs: from the disk, without a network; each in sight gets three presses of a key,
one at a time, when the picture rests. Time to paint goes from the key (the event's own time stamp) to the end of the
display's turn in which the figure's DOM has changed, style and layout included. Beside it stand the processor's
milliseconds of the page's thread for the same, which do not grow with what else the machine does.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, CDPSession, Locator, Page, sync_playwright

from tests.browser.conftest import find_chromium
from tests.browser.crawl import LOOKS, crawled

from .held_runs import Held, beside, held_by
from .sweeping import Sweep, asks, shown, started

PAGE = Path(__file__).with_suffix(".md")
BELOW = "/course/of/ours/"
PATIENCE = 300_000
"""Milliseconds: what a busy machine paints late is late, not lost."""
PHONE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWER, PRESSES, LOOKED, GOAL = 4, 3, 3, 33
Row = dict[str, Any]

# Before a page comes: when its first lab is drawn, and what was the largest thing painted.
ARRIVAL = """() => {
  new PerformanceObserver((list) => (window.largest = list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  new MutationObserver((_, watch) => {
    if (!document.querySelector(".nlviz .main-svg")) return;
    watch.disconnect();
    requestAnimationFrame(() => (window.firstLab = performance.now()));
  }).observe(document, { subtree: true, childList: true });
}"""

# `painted` becomes the milliseconds from a key to the end of the display's turn that has changed the figure; null if
# nothing changes it. What stands for work to come is no change.
WATCH = """(root) => {
  let [within, pressed, over] = [false, null, false];
  const after = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(0);
  };
  const turn = () => {
    if (over) return;
    within = true;
    after(() => (within = false));
    requestAnimationFrame(turn);
  };
  turn();
  window.painted = new Promise((done) => {
    const end = (value) => { over = true; watch.disconnect(); done(value); };
    addEventListener("keydown", ({ timeStamp }) => (pressed = timeStamp), { capture: true, once: true });
    const told = () => after(() => end(performance.now() - pressed));
    const watch = new MutationObserver((news) => {
      if (pressed === null || news.every(({ attributeName }) => attributeName === "data-drawing")) return;
      watch.disconnect();
      within ? told() : requestAnimationFrame(told);
    });
    watch.observe(root.querySelector(".js-plotly-plot"), { subtree: true, childList: true, attributes: true });
    setTimeout(() => end(null), 5000);
  });
}"""
RESTS = """(root) => root.querySelector(".nlviz-figure").getAttribute("aria-busy") !== "true"
  && !root.querySelector(".nlviz-graph[data-drawing]")"""
KNOBS = ".nlviz-knobs :is(input[type=range], input[type=checkbox], select)"


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield found
        found.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder below a path of a web server of this machine, which compresses as those for pages do; the address."""

    @cache
    def packed(path: Path) -> bytes:
        return gzip.compress(path.read_bytes())

    class Pages(BaseHTTPRequestHandler):
        """What a server for static pages does."""

        def do_GET(self) -> None:
            name = self.path.partition("?")[0].removeprefix(BELOW) or "index.html"
            path = folder / name
            if not self.path.startswith(BELOW) or "/" in name or not path.is_file():
                return self.send_error(404)
            kind = "text/javascript" if path.suffix == ".js" else "text/html; charset=utf-8"
            self.send_response(200)
            for key, value in (("Type", kind), ("Encoding", "gzip"), ("Length", str(len(packed(path))))):
                self.send_header(f"Content-{key}", value)
            self.end_headers()
            self.wfile.write(packed(path))
            return None

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{BELOW}"
    finally:
        server.shutdown()
        server.server_close()


def on_a_phone(folder: str, name: str) -> Row:
    """Milliseconds to the first paint, the largest, the first lab drawn; the bytes that came to an empty cache."""
    with browser() as chromium, served(Path(folder)) as address:
        context = chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", PHONE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(f"({ARRIVAL})()")
        page.goto(f"{address}{name}", wait_until="load")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        has_labs = page.locator("[data-player]").count()
        lab = page.wait_for_function("() => window.firstLab").json_value() if has_labs else None
        came = page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".reduce((sum, { transferSize }) => sum + transferSize, 0)"
        )
        largest = page.evaluate("window.largest")
        size, runs = (Path(folder) / name).stat().st_size, (Path(folder) / name).with_suffix(".runs.js")
        beside = runs.stat().st_size if runs.is_file() else 0
        return {
            "size": size,
            "runs": beside,
            "came": came,
            "paint": paint,
            "largest": largest,
            "lab": lab,
            "load": _load(),
        }


def of_labs(folder: str, name: str) -> list[Row]:
    """Every lab of a page, from the disk: its knobs pressed, its numbers beside the live lab's."""
    rows = list[Row]()
    with browser() as chromium:
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, offline=True)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto((Path(folder) / name).as_uri())
        for held in held_by(Path(folder) / name):
            found = {"name": held.name, "runs": len(held.runs), "size": held.size, "knobs": len(held.controls)}
            rows.append({**found, **_pressed(page, session, held), "load": _load()})
    for row, held in zip(rows, held_by(Path(folder) / name), strict=True):
        there = beside(held, LOOKED)
        row |= there._asdict() if there else {}
    return rows


def _pressed(page: Page, session: CDPSession, held: Held) -> Row:
    """Raises AssertionError for words that are of none of the page's runs."""
    root = page.locator(f'[data-player="{held.number}"] .nlviz')
    root.locator(".js-plotly-plot .main-svg").first.wait_for()
    root.scroll_into_view_if_needed()
    knobs = [knob for knob in root.locator(KNOBS).all() if knob.is_visible()]
    frames = [slider for slider in root.locator(".nlviz-frames").all() if slider.is_visible()]
    row: Row = {"presses": PRESSES * len(knobs), "paint": [], "work": [], "scrub": [], "visible": len(knobs)}
    for control in (*knobs, *frames):
        for _ in range(PRESSES):
            page.wait_for_function(RESTS, arg=root.element_handle())
            control.focus()
            root.evaluate(WATCH)
            before = _processor(session)
            page.keyboard.press(_key(control))
            painted = page.evaluate("window.painted")
            if painted is not None and control in frames:
                row["scrub"].append(painted)
            elif painted is not None:
                row["paint"].append(painted)
                row["work"].append(_processor(session) - before)
            said = root.locator(".nlviz-summary").inner_text() + root.locator(".nlviz-problem").inner_text()
            assert any((run["error"] or run["summary"]) in said for run in held.runs), said
    return row


def _key(knob: Locator) -> str:
    """A key that turns it."""
    if knob.get_attribute("type") == "checkbox":
        return "Space"
    last = "(one) => one.options ? one.selectedIndex === one.options.length - 1 : one.value === one.max"
    across = knob.get_attribute("type") == "range"
    return ("ArrowLeft" if across else "ArrowUp") if knob.evaluate(last) else "ArrowRight" if across else "ArrowDown"


def _processor(session: CDPSession) -> float:
    """Milliseconds of a processor that the page's thread has had for its tasks."""
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * told["TaskDuration"]


def walked(folder: str, where: str) -> Row:
    """The crawl, from the disk in every look, or from a server as a page comes."""
    with browser() as chromium, served(Path(folder)) as address:
        disk = (Path(folder) / "index.html").as_uri()
        start, looks = (disk, LOOKS) if where == "the disk" else (address, ())
        return crawled(chromium, start, looks=looks)._asdict()


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def _size(number: float) -> str:
    return f"{number / 1e6:.2f} MB" if number >= 1e5 else f"{number / 1e3:.0f} kB"


def _times(values: Sequence[float]) -> str:
    return f"{median(values):.0f} / {max(values):.0f}" if values else "–"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def lines_of_labs(found: dict[str, list[Row]]) -> Iterator[str]:
    """The table of labs."""
    yield (
        "| page | lab | runs held, of those wanted | bytes | knobs | answered | ms to paint | processor's ms "
        "| ms of a frame | equal | off by | load |"
    )
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, rows in found.items():
        for row in rows:
            of = f"{row['runs']} of {row['wanted']}" if "wanted" in row else f"{row['runs']}"
            equal = f"{row['equal']} of {row['looked']}" if "looked" in row else "–"
            off = f"{row['drawn']:.0e}" if "drawn" in row else "–"
            answered = f"{len(row['paint'])} of {row['presses']}"
            times = " | ".join(_times(row[key]) for key in ("paint", "work", "scrub"))
            yield (
                f"| {name} | {row['name']} | {of} | {_size(row['size'])} | {row['visible']} | {answered} | {times} "
                f"| {equal} | {off} | {row['load']} |"
            )
    every = [row for rows in found.values() for row in rows]
    paints, scrubs = ([one for row in every for one in row[key]] for key in ("paint", "scrub"))
    works = [one for row in every for one in row["work"]]
    if paints:
        share, quick = (sum(one <= GOAL for one in ones) / len(ones) for ones in (paints, scrubs))
        yield (
            f"\nAll {len(every)} labs: {_times(paints)} ms to paint, {_times(works)} of the processor, "
            f"{_times(scrubs)} ms of a frame, median / worst; within {GOAL} ms {share:.0%} of turns and {quick:.0%} of "
            "frames."
        )


def lines_of_pages(found: dict[str, Row], whole: int) -> Iterator[str]:
    """The table of pages."""
    yield (
        "| page | bytes | its runs | come by then | first paint, ms | largest paint, ms | first lab drawn, ms | load |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for name, row in found.items():
        times = " | ".join(_ms(row[key]) for key in ("paint", "largest", "lab"))
        sizes = " | ".join(_size(row[key]) for key in ("size", "runs", "came"))
        yield f"| {name} | {sizes} | {times} | {row['load']} |"
    yield f"| the whole site | {_size(whole)} | | | | | | |"


def lines_of_walks(found: dict[str, Row]) -> Iterator[str]:
    """The table of crawls, and what was wrong."""
    yield "| crawled from | pages | links | requests | faults |"
    yield "|---|--:|--:|--:|--:|"
    for where, row in found.items():
        yield f"| {where} | {row['pages']} | {row['links']} | {row['asked']} | {len(row['wrong'])} |"
    yield from (f"- {line}" for row in found.values() for line in row["wrong"])


def main() -> None:
    """Measure, print the tables, and keep them with --write."""
    parser = asks(__doc__, noted=True)
    parser.add_argument("folder", type=Path, help="what `nlviz site` has written")
    parser.add_argument("--only", nargs="*", default=[""], help="the beginnings of pages' names")
    chosen = parser.parse_args()
    folder, sweep = str(chosen.folder.resolve()), Sweep.of(chosen)
    names = sorted(path.name for path in chosen.folder.glob("*.html") if path.name.startswith(tuple(chosen.only)))
    lessons = [name for name in names if name[:2].isdigit()]
    labs = sweep({f"labs {name[:2]}": partial(of_labs, folder, name) for name in lessons})
    phone = sweep({f"phone {name.removesuffix('.html')}": partial(on_a_phone, folder, name) for name in names})
    ways = ("the disk", "a server, below a path") if chosen.only == [""] else ()
    walks = sweep({f"crawl {where}": partial(walked, folder, where) for where in ways})
    whole = sum(path.stat().st_size for path in chosen.folder.iterdir() if path.is_file())
    tables = (
        lines_of_labs(_bare(labs)),
        lines_of_pages(_bare(phone), whole),
        lines_of_walks(_bare(walks)),
    )
    shown(chosen, PAGE, "\n\n".join("\n".join(lines) for lines in tables))


def _bare(found: dict[str, Any]) -> dict[str, Any]:
    """Without the name of the measurement."""
    return {name.partition(" ")[2]: row for name, row in found.items()}


if __name__ == "__main__":
    started()
