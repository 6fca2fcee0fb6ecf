"""The course as pages: every link leads somewhere, nothing is asked of elsewhere, and no answer stands in sight."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from nlviz.site import built

from .small import course


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    told, steps = list[str](), list[str]()
    small = course(tmp_path_factory.mktemp("course"))
    written = built(small, out, megabytes=0.2, jobs=2, tell=told.append, step=steps.append)
    assert [path.name for path in written] == ["index.html", "00_start.html", "01_one.html", "glossary.html"]
    assert [line.split(":")[0] for line in told] == ["00_start.html", "01_one.html"], "in their order"
    assert [line for line in steps if "cell" in line] == [f"01_one: cell {number} of 4" for number in (1, 2, 3, 4)]
    assert [line for line in steps if re.search(r": 3 of \d+ settings$", line)], "how far the runs of a lab are"
    assert not any("settings" in path.read_text("utf-8").split("<script", 1)[0] for path in written), "told, not shown"
    return out


def _body(page: Path) -> str:
    """What a reader has of it; the script in it is no link."""
    return page.read_text("utf-8").split("</style>", 1)[1].split("<script", 1)[0]


def _links(page: Path) -> set[str]:
    """Where a page leads; a sentence that turns knobs leads nowhere."""
    return {link for link in re.findall(r'href="([^"]+)"', _body(page)) if not link.startswith("#lab")}


def test_every_link_leads_to_a_page_and_to_a_place_on_it(site: Path) -> None:
    places = {page.name: {"", *re.findall(r'id="([^"]+)"', _body(page))} for page in site.glob("*.html")}
    for page in site.glob("*.html"):
        for link in _links(page):
            file, _, place = unquote(link).partition("#")
            assert place in places[file or page.name], f"{page.name}: {link}"
    assert _links(site / "index.html") == {"00_start.html", "01_one.html", "glossary.html"}
    assert {"index.html", "00_start.html", "glossary.html", "#Terms"} <= _links(site / "01_one.html")
    assert "¶" not in _body(site / "01_one.html") + _body(site / "glossary.html"), "a sign that readers need not see"


def test_plotly_and_runs_lie_beside_the_pages_and_only_players_ask_for_them(site: Path) -> None:
    assert (site / "plotly.js").stat().st_size > 1_000_000
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert text.count('<script src="plotly.js">') == (page.name == "01_one.html")
        assert "* plotly.js v" not in text
        runs = page.with_suffix(".runs.js")
        assert text.count(f'id="runs" data-beside="{runs.name}"') == runs.is_file() == (page.name == "01_one.html")
        assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=.https?:", text)


def test_the_contents_have_titles_and_promises(site: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    assert "00 · Where to?" in text
    assert "You see the <em>way</em>." in text


def test_what_was_measured_waits_and_is_told_by_the_page_alone(site: Path) -> None:
    text = (site / "01_one.html").read_text("utf-8")
    seen = re.sub(r"<style>.*?</style>|<details>.*?</details>|<script.*", "", text, flags=re.DOTALL)
    assert '"02.1"' in unescape(seen)
    assert "52" not in re.sub(r"""<("[^"]*"|'[^']*'|[^>"'])*>""", "", seen), "in sight"
    assert "Measured: 52." in unescape(seen), "kept for who answers"


def test_what_a_search_looks_through_tells_no_result(site: Path) -> None:
    """Words of the lessons and the glossary, but for what waits; only a search asks for them."""
    script = (site / "search.index.js").read_text("utf-8")
    told = json.loads(script.partition(" = ")[2].removesuffix(";\n"))
    assert [page["file"] for page in told["pages"]] == ["00_start.html", "01_one.html", "glossary.html"]
    assert [page["title"] for page in told["pages"]] == ["00 · Where to?", "01 · How many?", "Glossary"]
    assert [one["place"] for one in told["sections"]][-3:] == ["Terms", "Glossary", "term-word"]
    assert [[wait["id"] for wait in one["waits"]] for one in told["sections"]][-4:] == [["02.1"], ["02.1"], [], []]
    for word in ("52", "a table", "48 hold", "Measured", "predict", "import math"):
        assert word not in script
    assert "Lab: One write" in script
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert text.count('role="search"') == 1
        assert not re.search(r"<script src=.(minisearch|search)", text)
    assert (site / "minisearch.js").stat().st_size > 50_000


def test_a_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"course is .*; expected a folder with notebooks; give the"):
        built(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
