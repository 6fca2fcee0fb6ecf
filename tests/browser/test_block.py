"""A lab as a block of a page that is not ours: in a shadow root, its host's model as poor as MyST's, no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from nlviz.cli import main

from .tab import SCREENSHOTS, Lab

pytestmark = pytest.mark.browser

PAGE = "http://book.test/page"
# What @myst-theme/anywidget 1.4.1 does with a node of the page: no signal, and what is not get, set or on throws.
BOOK = """<!doctype html><html lang="en" class="light"><title>A book</title>
<main><h1>A book</h1><div id="first"></div><p>And the same lab as it was asked for:</p><div id="second"></div></main>
<script type="module">
  const refuse = (name) => () => { throw new Error(`${name} is not there`); };
  const modelOf = (state) => {
    const heard = new EventTarget();
    const set = (name, value) => {
      state[name] = value;
      heard.dispatchEvent(new CustomEvent(`change:${name}`, { detail: value }));
    };
    const model = { get: (name) => state[name], set, on: (name, hear) => heard.addEventListener(name, hear) };
    for (const name of ["off", "save_changes", "send"]) model[name] = refuse(name);
    return Object.defineProperty(model, "widget_manager", { get: refuse("widget_manager") });
  };
  const { default: widget } = await import("/lab.mjs");
  window.draw = async (id, state) => {
    const place = document.getElementById(id);
    const el = Object.assign(document.createElement("div"), { className: "myst-anywidget" });
    (place.shadowRoot ?? place.attachShadow({ mode: "open" })).replaceChildren(el);
    return widget.render({ model: modelOf(state), el });
  };
  const gone = await draw("first", {});
  gone(); // before it has drawn anything, as React does
  window.takeAway = await draw("first", {});
  await draw("second", { preset: "one key", writes: 3 });
</script></html>"""


@contextmanager
def _book(chromium: Browser, module: Path) -> Iterator[Page]:
    """The page with two blocks of the module; neither may complain, or ask for anything else."""
    context = chromium.new_context(offline=True, viewport={"width": 1000, "height": 900}, color_scheme="dark")
    page, errors = context.new_page(), list[str]()
    served = {PAGE: (BOOK, "text/html"), "http://book.test/lab.mjs": (module.read_text("utf-8"), "text/javascript")}

    def answer(route: Route) -> None:
        body, kind = served.get(route.request.url, ("", ""))
        if kind:
            return route.fulfill(body=body, content_type=kind)
        errors.append(route.request.url)
        route.abort()

    context.route("**/*", answer)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(PAGE)
    yield page
    context.close()
    assert errors == []


def test_two_blocks_of_a_book_play_and_answer_alone(chromium: Browser, tmp_path: Path) -> None:
    module = tmp_path / "one_write.mjs"
    main(["export", "one_write", "--as", "block", "--settings", ".3", "--out", str(module)])
    with _book(chromium, module) as page:
        first, second = (Lab(page.locator(f"#{name} .nlviz")) for name in ("first", "second"))
        for lab in (first, second):
            lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
        expect(page.locator(".nlviz")).to_have_count(2)
        expect(second.summary).to_contain_text("3 writes")
        expect(second.knob("keys")).to_have_value("the same")
        before = second.data()
        expect(first.summary).to_contain_text("2 writes")
        with first.changing():
            first.press(first.knob("writes"), "ArrowRight")
        expect(first.summary).to_contain_text("3 writes")
        with first.changing():
            first.press(first.frames, "Home")
        assert second.data() == before, "each has its own runs"
        for theme in ("light", "dark"):  # the page's own, whatever the system wishes
            page.evaluate("(theme) => { document.documentElement.className = theme; }", theme)
            expect(first.root).to_have_attribute("data-theme", theme)
        # the style came into the shadow root, and plotly.js's own with it
        expect(first.root).to_have_css("background-color", "rgb(17, 17, 17)")
        expect(first.graph.locator(".main-svg").first).to_have_css("position", "absolute")
        page.screenshot(path=SCREENSHOTS / "block.png", full_page=True)
        page.evaluate("takeAway()")
        expect(page.locator(".nlviz")).to_have_count(1)
        with second.changing():
            second.press(second.knob("writes"), "ArrowLeft")
        page.evaluate("draw('first', {})")  # as MyST does at a change of its theme
        expect(first.summary).to_contain_text("3 writes")
        expect(first.frames).to_have_value("0")
