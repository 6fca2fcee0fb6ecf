"""What a search of the course looks through: the prose of its pages, section by section, and the titles of their labs.

Code and outputs are left out, and with them solutions and what a reveal keeps. A section that stands below a reveal
says what it waits for: a page shows no words of it before its reader has answered.

The search itself is MiniSearch (Luca Ongaro, MIT), as it came from npm: version 7.2.0, `dist/umd/index.js` with its
licence, in the folder `minisearch`. To bring a newer one put these two files there and say its version here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from nlviz.lessons.words import catalog, say
from nlviz.widgets.modules import joined

__all__ = ["Section", "form", "index", "library", "sections"]

_ROOM = Path(__file__).resolve().parent
_BLOCKS = ["address", "blockquote", "br", "dd", "div", "dt", "li", "p", "pre", "td", "th", "tr"]
_HEADING = re.compile("h[1-6]")
_FORM = """<form role="search" class="search" data-said="{said}">
<label>{label} <input type="search" aria-keyshortcuts="Control+K Meta+K" placeholder="{keys}"
 autocomplete="off" spellcheck="false"></label>
<div class="found"><p role="status"></p><ol></ol></div>
</form>
<noscript><style>.search {{ display: none; }}</style></noscript>"""


class Section(NamedTuple):
    """A part of a page under one heading.

    place: the id of what a link leads to. waits: the questions whose results stand above it, by `id` and `version`.
    """

    place: str
    heading: str
    text: str
    waits: tuple[Mapping[str, str], ...] = ()


def sections(body: str, players: Sequence[Mapping[str, Any]] = ()) -> list[Section]:
    """The sections of a page with this HTML, in their order: of a lesson its prose, of a text all of it.

    players: what `NotebookParts` has of them; a lab is found by its title. A reveal parts a section in two: what stands
    below it waits.

    >>> from nlviz.site.searching import sections
    >>> sections('<h1 id="One">One</h1><p>You <em>count</em>.</p><p>Twice.</p>')
    [Section(place='One', heading='One', text='You count. Twice.', waits=())]
    """
    soup = BeautifulSoup(body, "html.parser")
    for block in soup.find_all(_BLOCKS):
        block.append(" ")
    asked = {one["id"]: one for one in (_held(node, "data-question") for node in soup.select("[data-question]"))}
    found = [Section("", "", "")]
    for piece in _pieces(soup):
        last = found[-1]
        if not isinstance(piece, Tag):
            found[-1] = last._replace(text=f"{last.text}{piece}")
        elif "data-reveal" in piece.attrs:
            question = asked.get(_held(piece, "data-reveal")["id"])
            wait = {key: question[key] for key in ("id", "version")} if question else None
            if wait and wait not in last.waits:
                found.append(last._replace(text="", waits=(*last.waits, wait)))
        elif "data-player" in piece.attrs:
            found[-1] = last._replace(text=last.text + _lab(players[int(str(piece["data-player"]))]))
        elif begun := _begun(piece):
            found.append(Section(*begun, waits=last.waits))
        elif not _only_links(piece):
            found[-1] = last._replace(text=f"{last.text}{piece.get_text()} ")
    tidy = [one._replace(text=" ".join(one.text.split())) for one in found]
    # what a reveal parts may have nothing below it
    return [one for before, one in zip([None, *tidy], tidy, strict=False) if one.text or _new(before, one)]


def index(pages: Sequence[tuple[str, str, Sequence[Section]]]) -> str:
    """The script that hands a page all sections of the course: a page from the disk may load that, and nothing else.

    pages: the file, the title and the sections of each.
    """
    names = [{"file": file, "title": title} for file, title, _ in pages]
    told = [{"page": number, **part._asdict()} for number, page in enumerate(pages) for part in page[2]]
    return f"globalThis.nlvizCourse = {json.dumps({'pages': names, 'sections': told}, ensure_ascii=False)};\n"


def library() -> str:
    """MiniSearch as a script, its licence above it."""
    licence = (_ROOM / "minisearch" / "LICENSE.txt").read_text(encoding="utf-8")
    code = (_ROOM / "minisearch" / "index.js").read_text(encoding="utf-8")
    return f"/*! MiniSearch\n\n{licence}*/\n{code.partition('//# sourceMappingURL')[0]}"


def form() -> tuple[str, str]:
    """The HTML of the search, and that of its script, which stands below what a page says."""
    said = catalog()["site_search"]
    words = {name: escape(said[name]) for name in ("label", "keys")}
    html = _FORM.format(said=escape(json.dumps(said, ensure_ascii=False)), **words)
    return html, f'<script type="module" async>\n{joined(_ROOM / "static" / "search.js")}\n</script>'


def _pieces(soup: BeautifulSoup) -> Iterator[PageElement]:
    """Of a lesson the parts of its prose, and what stands for a question, a reveal, a player; of a text all parts."""
    for cell in soup.select(".text_cell_render, [data-reveal], [data-player]") or [soup]:
        yield from [cell] if {"data-reveal", "data-player"} & cell.attrs.keys() else cell.children


def _begun(piece: Tag) -> tuple[str, str, str] | None:
    """Place, heading, first words of a section that begins with this: a heading, or a term with its own place."""
    if _HEADING.fullmatch(piece.name) and piece.get("id"):
        return str(piece["id"]), " ".join(piece.get_text().split()), ""
    first, term = next(iter(piece.children), None), piece.find("strong")
    if isinstance(first, Tag) and first.get("id") and not first.get_text(strip=True) and isinstance(term, Tag):
        return str(first["id"]), term.extract().get_text(), f"{piece.get_text().lstrip(' ·')} "
    return None


def _only_links(piece: Tag) -> bool:
    """Whether it is a way to other places and says nothing itself."""
    kinds = [child.name for child in piece.children if isinstance(child, Tag)]
    between = "".join(str(child) for child in piece.children if isinstance(child, NavigableString))
    return len(kinds) > 1 and {*kinds} == {"a"} and not re.search(r"\w", between)


def _lab(player: Mapping[str, Any]) -> str:
    """The title of a lab; one without knobs says its numbers there."""
    form = player["state"].get("form")
    return f"{say('site.lab', title=form['title'])} " if form and form["controls"] else ""


def _held(node: Tag, name: str) -> dict[str, Any]:
    return json.loads(str(node[name]))


def _new(before: Section | None, one: Section) -> bool:
    return bool(one.place) and (before is None or before.place != one.place)
