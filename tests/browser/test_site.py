"""The course as pages in a browser without a network: lessons play, predictions lock, and the way leads on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from nlviz.site import built
from tests.site.small import course

from .access import faults
from .alone import opened
from .crawl import LOOKS, crawled
from .tab import SCREENSHOTS, Lab

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built(course(folder / "course"), folder / "pages", megabytes=0.2)
    return folder / "pages"


def test_every_page_is_whole_in_every_form_and_leads_on(chromium: Browser, out: Path) -> None:
    seen = list[str]()

    def look(page: Page, name: str) -> None:
        seen.append(name)
        if name.startswith("01_one"):
            page.screenshot(path=SCREENSHOTS / f"site{name.removeprefix('01_one')}.png")

    found = crawled(chromium, (out / "index.html").as_uri(), look=look)
    assert found.wrong == []
    assert {name.rsplit("_", 2)[0] for name in seen} == {path.stem for path in out.glob("*.html")}


def test_a_crawl_sees_what_is_wrong(chromium: Browser, tmp_path: Path) -> None:
    whole = '<html lang="en"><title>a</title><main><h1>A</h1>'
    links = '<a href="#no">no</a> <a href="b.html">b</a> <a href="c.html">c</a> <a href="../d.html">d</a>'
    away = '<img src="c.png"><img alt="e" src="http://127.0.0.1:9/e.png">'
    (tmp_path / "index.html").write_text(whole + links + away, encoding="utf-8")
    (tmp_path / "b.html").write_text(f"{whole}<script>no.no</script>", encoding="utf-8")
    wrong = "\n".join(crawled(chromium, (tmp_path / "index.html").as_uri(), looks=((390, "light"),)).wrong)
    for said in (
        "#no leads to no place",
        "does not get " + (tmp_path / "c.png").as_uri(),
        "asks for http://127.0.0.1:9/e.png",
        "image-alt",
        "b.html: error: no is not defined",
        "c.html: does not open",
        "leads away, to " + (tmp_path.parent / "d.html").as_uri(),
    ):
        assert said in wrong


def test_a_lesson_is_read_from_the_disk(chromium: Browser, out: Path) -> None:
    with opened(chromium, out / "index.html") as page:
        page.get_by_role("link", name="01 · How many?").click()

        lab = Lab(page.locator(".nlviz").first)
        lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
        with lab.changing():
            page.get_by_role("link", name="one write more").click()
        assert lab.knob("writes").input_value() == "2"

        question, result = page.locator("form.nlviz-ask"), page.locator("[data-reveal]")
        expect(result).to_contain_text("kept out of sight")
        question.locator("input").fill("100")
        question.locator("button[type=submit]").press("Enter")
        expect(result).to_contain_text("a table: 48 hold, 56 do not")
        expect(result).to_contain_text("You said: 100 pairs. Measured: 52.")
        page.reload()
        expect(page.locator(".nlviz-ask-status")).to_contain_text("Recorded: 100 pairs.")
        expect(result).to_contain_text("You said: 100 pairs.")
        page.get_by_role("button", name="Predict again").press("Enter")
        expect(result).to_contain_text("kept out of sight")
        page.get_by_role("button", name="Show me without predicting").press("Enter")
        expect(result).to_have_text("a table: 48 hold, 56 do notMeasured: 52.")


def test_the_course_is_searched_by_keyboard_from_the_disk(chromium: Browser, out: Path) -> None:
    with opened(chromium, out / "index.html") as page:
        asked = list[str]()
        page.on("request", lambda one: asked.append(one.url.rsplit("/", 1)[1]))
        box, said, places = (page.locator(f".search {one}") for one in ("input", "p[role=status]", "a"))
        page.keyboard.press("Control+k")
        expect(box).to_be_focused()
        expect(said).to_have_text("")
        page.keyboard.type("you")
        expect(said).to_have_text("2 places")
        assert sorted(asked) == ["minisearch.js", "search.index.js"], "when they are needed, and no sooner"
        expect(page.locator(".found mark").first).to_have_css("text-decoration-line", "underline")
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 768})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=SCREENSHOTS / f"site_search_{width}_{scheme}.png")
            assert faults(page) == []
        page.keyboard.press("ArrowDown")
        expect(places.first).to_be_focused()
        page.keyboard.press("Escape")
        expect(places).to_have_count(0)
        box.fill("zzzz")
        page.keyboard.press("Control+k")
        expect(box).to_have_value("zzzz")
        expect(said).to_contain_text("Nothing found; try")

        box.fill("said")
        expect(page.locator(".found li")).to_have_text(
            "01 · How many? › TermsWhat it says waits for your answer to question 02.1."
        )
        page.keyboard.press("Enter")
        page.wait_for_url("**/01_one.html#Terms")
        page.get_by_role("button", name="Show me without predicting").press("Enter")
        page.keyboard.press("Control+k")
        page.keyboard.type("said")
        expect(page.locator(".found li")).to_have_text("01 · How many? › Termsword: said.")
        page.keyboard.press("Enter")
        expect(places).to_have_count(0)
