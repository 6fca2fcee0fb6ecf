"""`nlviz demo` as a lecturer starts it, in a real browser: live knobs, no code, no network, plain words at the end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from .hands import holds_focus, presses
from .tab import SCREENSHOTS, Lab

pytestmark = pytest.mark.browser


@dataclass
class Demo:
    """A running `nlviz demo` and a tab on it: every address the page `asked` for, the `errors` it complained of."""

    process: subprocess.Popen[str]
    address: str
    page: Page
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def lab(self) -> Lab:
        """The lab, once it has painted."""
        lab = Lab(self.page.locator(".nlviz"))
        lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
        return lab

    def wait_until_it_fits(self) -> None:
        """Wait until everything is in sight without scrolling."""
        self.page.wait_for_function(
            """() => document.documentElement.scrollHeight <= innerHeight
                && document.documentElement.scrollWidth <= innerWidth
                && [...document.querySelectorAll(".nlviz-graph, .nlviz-transport, .nlviz-summary")]
                    .every((node) => node.getBoundingClientRect().bottom <= innerHeight + 1)"""
        )


@contextmanager
def _demo(chromium: Browser, *arguments: str) -> Iterator[Demo]:
    command = [sys.executable, "-m", "nlviz.cli", "demo", *arguments, "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    try:
        assert process.stdout is not None
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said, "no address"
        demo = Demo(process, said.group(), context.new_page())
        demo.page.set_default_timeout(90_000)
        demo.page.on("request", lambda request: demo.asked.append(request.url))
        demo.page.on("websocket", lambda socket: demo.asked.append(socket.url.replace("ws:", "http:")))
        demo.page.on("pageerror", lambda error: demo.errors.append(str(error)))
        demo.page.on("console", lambda text: demo.errors.append(text.text) if text.type == "error" else None)
        demo.page.goto(demo.address, wait_until="commit")
        yield demo
    finally:
        context.close()
        process.kill()
        process.communicate()


def test_a_lecture_on_a_projector(chromium: Browser) -> None:
    with _demo(chromium, "surprise", "--projector") as demo:
        page, lab = demo.page, demo.lab()
        expect(page).to_have_title("surprise · nlviz")
        expect(lab.root).to_have_attribute("data-theme", "projector")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"

        with lab.changing():
            lab.press(lab.knob("threshold"), *["ArrowRight"] * 3)
        expect(lab.summary).not_to_contain_text("(100%)")
        with lab.changing():
            lab.press(lab.frames, "End")
        for width, height in ((1920, 1080), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            demo.wait_until_it_fits()
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"demo_projector_{width}.png")
        assert demo.errors == []

        demo.process.kill()
        expect(page.locator("#notice")).to_have_text(
            "The server has stopped. The frames still play; for the knobs, start `nlviz demo surprise` again."
        )
        with lab.changing():
            lab.press(lab.frames, "Home")
        lab.press(lab.knob("threshold"), "ArrowRight")
        expect(lab.root.get_by_text("computing…")).to_be_hidden()
        page.screenshot(path=SCREENSHOTS / "demo_stopped.png")
        assert demo.errors == []
        assert all(url.startswith((demo.address, "blob:", "data:")) for url in demo.asked), demo.asked


def test_one_knob_full_screen_and_a_clear_end(chromium: Browser) -> None:
    with _demo(chromium, "write_head", "--preset", "full", "--only", "items") as demo:
        page, lab = demo.page, demo.lab()
        expect(lab.root).to_have_attribute("data-theme", "dark")
        expect(lab.knob("items N")).to_have_value("64")
        expect(lab.knob("key overlap")).to_be_hidden()
        page.keyboard.press("f")
        expect(page.locator("#full")).to_have_text("leave full screen")
        page.locator("#full").click()
        expect(page.locator("#full")).to_have_text("full screen")
        demo.wait_until_it_fits()
        page.screenshot(path=SCREENSHOTS / "demo_dark.png")
        for place in presses(lab.root, 3, 5):
            assert holds_focus(lab.root), place
        assert demo.errors == []
        demo.process.send_signal(signal.SIGINT)
        rest, _ = demo.process.communicate(timeout=120)
        assert demo.process.returncode == 0
        assert rest.splitlines()[-1].startswith("Stopped. Pages that are still open play their frames")
        expect(page.locator("#notice")).to_be_visible()
