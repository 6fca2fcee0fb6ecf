"""Three pairs, before and after, are kept, light enough to stay, and a page shows them side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .pairs import NAMES

FOLDER = Path(__file__).parent / "pairs"
FILES = [f"{name}_{when}.png" for name in NAMES for when in ("before", "after")]
_SHOWN = "(all) => all.map((one) => [one.getAttribute('src'), one.naturalWidth, one.naturalHeight, one.alt])"


def test_the_pairs_are_there_and_differ() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.png")) == sorted(FILES)
    for name in NAMES:
        before, after = (FOLDER.joinpath(f"{name}_{when}.png").read_bytes() for when in ("before", "after"))
        assert before != after
        assert all(picture.startswith(b"\x89PNG") and len(picture) < 150_000 for picture in (before, after))


@pytest.mark.browser
def test_a_page_compares_them(chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto((FOLDER / "index.html").as_uri())
    shown = page.locator("img").evaluate_all(_SHOWN)
    assert [one[0] for one in shown] == FILES, "before and after of one picture side by side"
    assert all((width, height) == (1010, 708) for _, width, height, _ in shown)
    assert all(len(alt.split()) > 8 for *_, alt in shown)
    page.close()
