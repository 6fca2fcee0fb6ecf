"""The folder: a page for every lesson, the contents, the glossary, and plotly.js once for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from html import escape
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbconvert.filters import markdown2html

from nlviz.door import files, words
from nlviz.lessons.words import say
from nlviz.widgets import page
from nlviz.widgets.pages.export import players_page
from nlviz.widgets.pages.notebook import NotebookParts, notebook_parts, notebook_style

__all__ = ["built"]

_STATIC = Path(__file__).resolve().parent / "static"
_FIRST = "__import__('nlviz.site.in_kernel', fromlist=['hand_over']).hand_over(get_ipython())"
_PLOTLY = "plotly.js"


class Leaf(NamedTuple):
    """A page of the folder: its file, and what it is called."""

    file: str
    title: str
    promise: str = ""


def built(
    course: Path, out: Path, *, megabytes: float = 1.0, jobs: int = 1, tell: Callable[[str], object] = lambda line: None
) -> list[Path]:
    """Write the course of the folder `course` as pages into the folder `out`; the files written, the contents first.

    Every notebook is run. megabytes: what the runs of one lab may take on its page. jobs: notebooks run side by side.
    tell: called with a line for every page written. A page asks for nothing but plotly.js beside it, so the folder
    works from the disk and below any address.
    Raises ValueError for a folder without notebooks, and for a notebook that does not run.
    """
    course, out = Path(words.instance("course", course, (str, Path))), Path(words.instance("out", out, (str, Path)))
    budget, jobs = words.number("megabytes", megabytes, least=0.0), words.count("jobs", jobs)
    books = sorted(course.glob("[0-9][0-9]_*.ipynb"))
    if not books:
        words.refuse("course", str(course), "a folder with notebooks", "give the folder `notebooks` of the course")
    out.mkdir(parents=True, exist_ok=True)
    leaves = [_leaf(path) for path in books]
    texts = [path for name in _TEXTS if (path := course / f"{name}.md").is_file()]
    _write(out / _PLOTLY, page.plotly_js().decode())
    _write(out / "index.html", _contents(leaves, texts))
    written = [out / "index.html"]
    # a fresh interpreter each: a fork of one that has threads may wait for ever
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as workers:
        made = workers.map(_parts, books, [budget] * len(books))
        for number, (leaf, parts) in enumerate(zip(leaves, made, strict=True)):
            written.append(_write(out / leaf.file, _lesson(leaves, number, parts)))
            tell(f"{leaf.file}: {written[-1].stat().st_size / 1e6:.1f} MB")
    for text in texts:
        written.append(_write(out / f"{text.stem}.html", _text(text, leaves)))
    return written


def _parts(path: Path, megabytes: float) -> NotebookParts:
    return notebook_parts(path, megabytes=megabytes, first=_FIRST)


def _leaf(path: Path) -> Leaf:
    """A lesson by its first cell: the heading, and the promise below it."""
    first = nbformat.read(path, as_version=4).cells[0].source.split("\n\n")
    return Leaf(f"{path.stem}.html", first[0].removeprefix("# ").strip(), first[1].strip() if len(first) > 1 else "")


def _lesson(leaves: Sequence[Leaf], number: int, parts: NotebookParts) -> str:
    """A lesson's page, with the way back and on."""
    before, after = leaves[:number][-1:], leaves[number + 1 :][:1]
    ways = [
        *(_link(leaf.file, say("site.previous", title=leaf.title)) for leaf in before),
        _link("index.html", say("site.contents")),
        _link("glossary.html", say("site.glossary")),
        *(_link(leaf.file, say("site.next", title=leaf.title)) for leaf in after),
    ]
    way = f'<nav class="way" aria-label="{escape(say("site.contents"))}">{" · ".join(ways)}</nav>'
    python = f"<p class='python'>{_inline(say('site.python'))}</p>"
    skip = f'<a class="skip" href="#lesson">{escape(say("site.skip"))}</a>'
    body = parts.body.replace("<main", '<main id="lesson"', 1)
    # of two ways through the course one has a name
    below = way.replace("aria-label=", "data-label=")
    whole = f"{skip}<header>{way}{python}</header>{_rehomed(body)}<footer>{below}</footer>"
    return _page(parts.title, whole, parts.players)


_TEXTS = {"glossary": "site.glossary", "errata": "site.errata"}
"""Pages of prose beside the lessons, and what the contents call them."""


def _contents(leaves: Sequence[Leaf], texts: Sequence[Path]) -> str:
    """The first page."""
    rows = [f"<li>{_link(leaf.file, leaf.title)}<br>{_inline(leaf.promise)}</li>" for leaf in leaves]
    more = [f"<li>{_link(f'{text.stem}.html', say(_TEXTS[text.stem]))}</li>" for text in texts]
    lists = f'<ul class="contents">{"".join(rows)}</ul><ul>{"".join(more)}</ul>'
    intro = f"<p>{escape(say('site.intro'))}</p><p>{_inline(say('site.python'))}</p>"
    return _page("nlviz", f'<main class="notebook"><h1>See nested learning</h1>{intro}{lists}</main>', [])


def _text(path: Path, leaves: Sequence[Leaf]) -> str:
    """A page of prose."""
    way = f'<nav class="way">{_link("index.html", say("site.contents"))}</nav>'
    body = markdown2html(path.read_text(encoding="utf-8"))
    return _page(say(_TEXTS[path.stem]), f'<header>{way}</header><main class="notebook">{_rehomed(body)}</main>', [])


def _page(title: str, body: str, players: Sequence[dict[str, object]]) -> str:
    css = "\n".join([notebook_style(), (_STATIC / "site.css").read_text(encoding="utf-8"), _QUESTIONS])
    return players_page(title, body, list(players), css, entry=str(_STATIC / "site.js"), plotly=_PLOTLY)


_QUESTIONS = (Path(__file__).resolve().parents[1] / "lessons" / "static" / "predict.css").read_text(encoding="utf-8")


def _rehomed(html: str) -> str:
    """Links from notebook to notebook become links from page to page."""
    return re.sub(r'href="(?:\.\./)?([\w-]+)\.(?:ipynb|md)(#[^"]*)?"', r'href="\1.html\2"', html)


def _link(file: str, title: str) -> str:
    return f'<a href="{escape(file)}">{_inline(title)}</a>'


def _inline(text: str) -> str:
    """A line of Markdown as HTML, without a paragraph round it."""
    return re.sub(r"^<p>|</p>$", "", markdown2html(text).strip())


def _write(path: Path, text: str) -> Path:
    with files.written(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path
