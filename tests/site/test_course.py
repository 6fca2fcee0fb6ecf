"""The course as pages: every link leads somewhere, nothing is asked of elsewhere, and no answer stands in sight."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from nlviz.site import built

from .small import course


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    told: list[str] = []
    written = built(course(tmp_path_factory.mktemp("course")), out, megabytes=0.2, tell=told.append)
    assert [path.name for path in written] == ["index.html", "00_start.html", "01_one.html", "glossary.html"]
    assert [line.split(":")[0] for line in told] == ["00_start.html", "01_one.html"]
    return out


def _links(path: Path) -> set[str]:
    """Where a page leads, its own places apart; the script in it is no link."""
    body = path.read_text("utf-8").split("<script", 1)[0]
    return {link.partition("#")[0] for link in re.findall(r'href="([^"]+)"', body)} - {"", "data:,"}


def test_every_link_leads_to_a_page(site: Path) -> None:
    pages = {path.name for path in site.glob("*.html")}
    for page in site.glob("*.html"):
        assert _links(page) <= pages, page.name
    assert _links(site / "index.html") == {"00_start.html", "01_one.html", "glossary.html"}
    assert {"index.html", "00_start.html", "glossary.html"} <= _links(site / "01_one.html")


def test_plotly_lies_beside_the_pages_once(site: Path) -> None:
    assert (site / "plotly.js").stat().st_size > 1_000_000
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert text.count('<script src="plotly.js">') == 1
        assert "* plotly.js v" not in text
        assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=.https?:", text)


def test_the_contents_have_titles_and_promises(site: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    assert "00 · Where to?" in text
    assert "You see the <em>way</em>." in text


def test_what_was_measured_waits_and_is_told_by_the_page_alone(site: Path) -> None:
    text = (site / "01_one.html").read_text("utf-8")
    seen = re.sub(r"<details>.*?</details>|<script.*", "", text, flags=re.DOTALL)
    assert '"02.1"' in unescape(seen)
    assert "52" not in re.sub(r"""data-\w+=("[^"]*"|'[^']*')""", "", seen), "in sight"
    assert "Measured: 52." in unescape(seen), "kept for who answers"


def test_a_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"course is .*; expected a folder with notebooks; give the"):
        built(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
