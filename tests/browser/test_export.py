"""Labs and notebooks as one HTML file: opened from the disk, with no kernel and no network, their players scrub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from nlviz import labs
from nlviz.cli import main
from nlviz.widgets.pages.export import place, players_page, portable

from .access import faults, way
from .alone import opened
from .tab import SCREENSHOTS, Lab

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# Exporting a notebook runs it: one with two kinds of labs, that takes seconds.
# Labs that train, in few steps.
QUICK_LABS: dict[str, dict[str, Any]] = {
    "architect": {"knobs": {"size": 4000}},
    "digits": {"beside": (), "knobs": {"seeds": 1}},
    "learning": {"knobs": {"steps": 2}},
    "sleep": {"knobs": {"updates": 4, "length": 2048}},
}
QUICK, OF_STILLS = NOTEBOOKS / "02_fast_weights.ipynb", NOTEBOOKS / "04_surprise.ipynb"


def _scrubs(page: Page, number: int) -> Lab:
    """The player of that number, after it has been moved by keyboard and has moved."""
    lab = Lab(page.locator(".nlviz").nth(number))
    lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
    lab.press(lab.frames, "Home")
    first = lab.label.inner_text()
    with lab.changing():
        lab.press(lab.frames, "ArrowRight")
    expect(lab.label).not_to_have_text(first)
    return lab


@pytest.mark.parametrize("name", ["surprise", "write_head"])
def test_an_exported_lab_scrubs_without_a_kernel(chromium: Browser, tmp_path: Path, name: str) -> None:
    out = tmp_path / f"{name}.html"
    main(["export", name, "--settings", "0", "--out", str(out)])
    with opened(chromium, out, 1280, 900) as page:
        lab = _scrubs(page, 0)
        assert "written" in lab.summary.inner_text()
        assert page.locator(".nlviz input[type=number]").count() == 0
        assert faults(page) == []
        page.screenshot(path=SCREENSHOTS / f"{name}_exported.png")


def test_the_knobs_of_a_page_show_the_runs_it_holds(chromium: Browser, tmp_path: Path) -> None:
    """Every knob by keyboard: what is shown is what the live lab shows there. A shared state opens on it too."""
    out, live = tmp_path / "one_write.html", labs.one_write()
    main(["export", "one_write", "--out", str(out)])
    with opened(chromium, out, 1280, 900) as page:
        lab = Lab(page.locator(".nlviz").first)
        lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
        for control in live.form["controls"]:
            with lab.changing():
                lab.press(lab.knob(control["label"]), "ArrowRight" if control["kind"] != "choice" else "ArrowDown")
            live.set(**_knobs(lab, live))
            expect(lab.summary).to_contain_text(live.summary)
            title = live.picture["layout"]["title"]["text"].replace("<br>", " ")
            expect(lab.root.locator(".nlviz-title")).to_have_text(title)
        assert faults(page) == []
        page.screenshot(path=SCREENSHOTS / "one_write_page.png")
        page.goto(f"{out.as_uri()}#{live.state()}")
        page.reload()
        expect(lab.summary).to_have_text(live.summary)


def _knobs(lab: Lab, live: Any) -> dict[str, Any]:
    """What the knobs of a page stand at, as the live lab takes them."""
    shown = {one["name"]: lab.knob(one["label"]).input_value() for one in live.form["controls"]}
    return {name: type(live.knobs[name])(value) for name, value in shown.items()}


def test_every_lab_is_for_everyone_on_a_page_too(chromium: Browser, tmp_path: Path) -> None:
    """All of them on one page: to open one for each takes three times as long."""
    made = [getattr(labs, name)(**QUICK_LABS.get(name, {})) for name in labs.__all__]
    body = "".join(f"<h2>{name}</h2>{place(number)}" for number, name in enumerate(labs.__all__))
    out = tmp_path / "labs.html"
    text = players_page("labs", f"<main><h1>Labs</h1>{body}</main>", [portable(lab) for lab in made])
    out.write_text(text, encoding="utf-8")
    with opened(chromium, out, 1280, 900) as page:
        roots = page.locator(".nlviz").all()
        assert len(roots) == len(labs.__all__)
        for root in roots:
            root.locator(".js-plotly-plot .main-svg").first.wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert faults(page) == [], scheme
            stops = list(way(*roots))
            assert len(stops) > 5 * len(roots)
            assert [one for one in stops if not one.name or one.outline < 2 or one.contrast < 3] == [], scheme


def test_an_exported_notebook_plays_without_a_kernel(chromium: Browser, tmp_path: Path) -> None:
    out = tmp_path / "02.html"
    main(["export", str(QUICK), "--settings", ".3", "--out", str(out)])
    text = out.read_text(encoding="utf-8")
    assert text.count("function createFigure(") == 1, "the script stands in the page once"
    assert text.count("* plotly.js v") == 1
    with opened(chromium, out, 1280, 900) as page:
        expect(page.locator("h1")).to_contain_text("How many facts")
        shown = page.locator(".nlviz .nlviz-frames").all()
        moving = [number for number, slider in enumerate(shown) if slider.is_visible()]
        assert len(moving) >= 4, "every lab; a curve drawn beside its prediction stands still"
        for number in moving:
            _scrubs(page, number)
        assert all(page.evaluate("[...document.images].map((image) => image.alt)"))
        assert page.locator(".input_area").count() > 10
        page.locator(".nlviz").first.scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / "02_exported.png")


def test_nbconvert_shows_the_committed_stills_with_their_words(chromium: Browser, tmp_path: Path) -> None:
    """As anybody's nbconvert does it, with no template or setting of ours."""
    command = ["-m", "nbconvert", "--to", "html", "--output-dir", str(tmp_path), str(OF_STILLS)]
    ran = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "Alternative text is missing" not in ran.stderr
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "04_surprise.html").as_uri(), wait_until="domcontentloaded")
    stills = page.locator(".jp-OutputArea-output img")
    assert stills.count() >= 2
    for still in stills.all():
        assert still.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 500
        assert "written" in (still.get_attribute("alt") or "")
    context.close()
