"""A lab as one HTML file: opened from the disk, with no kernel and no network, its player scrubs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nlviz.cli import main

from .tab import Lab

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ["surprise", "write_head"])
def test_an_exported_lab_scrubs_without_a_kernel(chromium: Browser, tmp_path: Path, name: str) -> None:
    out = tmp_path / f"{name}.html"
    main(["export", name, "--out", str(out)])
    context = chromium.new_context(offline=True)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.append(request.url) if request.url.startswith("http") else None)
    page.goto(out.as_uri())
    lab = Lab(page.locator(".nlviz"))
    lab.root.locator(".js-plotly-plot .main-svg").first.wait_for()
    lab.press(lab.frames, "Home")
    first = lab.label.inner_text()
    with lab.changing():
        lab.press(lab.frames, "ArrowRight")
    expect(lab.label).not_to_have_text(first)
    assert "written" in lab.summary.inner_text()
    assert page.locator(".nlviz input[type=number]").count() == 0
    page.screenshot(path=Path(__file__).parent / "screenshots" / f"{name}_exported.png")
    context.close()
    assert errors == []
