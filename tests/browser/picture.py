"""The README's picture, made anew by python -m tests.browser.picture: the surprise lab, as a browser draws it."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
from playwright.sync_api import ViewportSize, sync_playwright

from nlviz import labs, views

from .conftest import find_chromium

PICTURE = Path(__file__).parents[2] / "notebooks" / "pictures" / "surprise.png"
SIZE: ViewportSize = {"width": 920, "height": 660}
TOKEN = 120


def main() -> None:
    """Draw labs.surprise() on a page of its own and keep what Chromium shows."""
    figure = labs.surprise(preset="gated").figure
    assert figure is not None
    _go(figure, TOKEN)
    page_text = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_content(page_text)
        page.wait_for_selector(".main-svg")
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()


def _go(figure: go.Figure, frame: int) -> None:
    """Set the figure to a frame, as the player would."""
    moving = views.frames(figure)
    assert moving is not None
    for track in moving["tracks"]:
        state = frame if track["index"] is None else track["index"][frame]
        target = figure.layout if track["trace"] == views.LAYOUT else figure.data[track["trace"]]
        target[track["path"]] = track["values"][state]


if __name__ == "__main__":
    main()
