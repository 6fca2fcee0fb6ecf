"""The folder: a page for every lesson, the contents, the glossary, and plotly.js once for all of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from html import escape
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbconvert.filters import markdown2html

from nlviz.door import files, words
from nlviz.lessons.words import say
from nlviz.site import searching
from nlviz.widgets import page
from nlviz.widgets.pages.executing import Tell, finished
from nlviz.widgets.pages.export import players_page
from nlviz.widgets.pages.notebook import NotebookParts, notebook_parts, notebook_style, unmarked
from nlviz.widgets.pages.standalone import html_page

__all__ = ["built"]

_STATIC = Path(__file__).resolve().parent / "static"
_FIRST = "__import__('nlviz.site.in_kernel', fromlist=['hand_over']).hand_over(get_ipython())"
_PLOTLY, _RUNS, _LIBRARY, _INDEX = "plotly.js", ".runs.js", "minisearch.js", "search.index.js"


class Leaf(NamedTuple):
    """A page of the folder: its file, and what it is called."""

    file: str
    title: str
    promise: str = ""


def built(
    course: Path,
    out: Path,
    *,
    megabytes: float = 1.0,
    jobs: int = 1,
    tell: Tell = lambda line: None,
    step: Tell = lambda line: None,
) -> list[Path]:
    """Write the course of the folder `course` as pages into the folder `out`; the files written, the contents first.

    Every notebook is run. megabytes: what the runs of one lab may take on its page. jobs: notebooks run side by side.
    tell: called with a line for every page written; step: with one for every cell begun and every run of a lab. A page
    asks for nothing but plotly.js, its runs and, once somebody searches, the words of the course beside it, so the
    folder works from the disk and below any address.
    Raises ValueError for a folder without notebooks, and for a notebook that does not run. Interrupted, it leaves the
    pages that are written, and no kernel.
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
    _write(out / _LIBRARY, searching.library())
    looked_through = list[tuple[str, str, list[searching.Section]]]()
    written = [_write(out / "index.html", _contents(leaves, texts))]

    async def lessons() -> None:
        async with aclosing(_made(books, budget, jobs, step)) as made:
            async for number, parts in made:
                keep = _keeper(out / leaves[number].file)
                written.append(_write(out / leaves[number].file, _lesson(leaves, number, parts, keep)))
                found = searching.sections(parts.body, parts.players)
                looked_through.append((leaves[number].file, found[0].heading, found))
                tell(f"{written[-1].name}: {written[-1].stat().st_size / 1e6:.1f} MB")

    finished(lessons())
    written += [_write(out / f"{text.stem}.html", _text(text)) for text in texts]
    for text in texts:
        # what papers print otherwise tells some answers
        if text.stem == "glossary":
            looked_through.append((f"{text.stem}.html", say(_TEXTS[text.stem]), searching.sections(_marked(text))))
    _write(out / _INDEX, searching.index(looked_through))
    return written


async def _made(
    books: Sequence[Path], megabytes: float, jobs: int, step: Tell
) -> AsyncGenerator[tuple[int, NotebookParts], None]:
    """Each notebook's number and parts, in their order, up to `jobs` of them run at once."""
    places = asyncio.Semaphore(jobs)

    async def one(path: Path) -> NotebookParts:
        async with places:
            return await notebook_parts(
                path, megabytes=megabytes, first=_FIRST, tell=lambda line: step(f"{path.stem}: {line}")
            )

    tasks = [asyncio.ensure_future(one(path)) for path in books]
    try:
        for number, task in enumerate(tasks):
            yield number, await task
    finally:
        for task in tasks:
            task.cancel()
        # each gives its kernel back
        await asyncio.gather(*tasks, return_exceptions=True)


def _leaf(path: Path) -> Leaf:
    """A lesson by its first cell: the heading, and the promise below it."""
    first = nbformat.read(path, as_version=4).cells[0].source.split("\n\n")
    return Leaf(f"{path.stem}.html", first[0].removeprefix("# ").strip(), first[1].strip() if len(first) > 1 else "")


def _keeper(page: Path) -> Callable[[str], str]:
    """What puts the runs of a page beside it: a phone that reads need not wait for them."""
    return lambda runs: _write(page.with_suffix(_RUNS), runs).name


def _lesson(leaves: Sequence[Leaf], number: int, parts: NotebookParts, keep: Callable[[str], str]) -> str:
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
    box, script = searching.form()
    whole = f"{skip}<header>{box}{way}{python}</header>{_rehomed(body)}<footer>{below}</footer>{script}"
    return _page(parts.title, whole, parts.players, keep)


_TEXTS = {"glossary": "site.glossary", "errata": "site.errata"}
"""Pages of prose beside the lessons, and what the contents call them."""


def _contents(leaves: Sequence[Leaf], texts: Sequence[Path]) -> str:
    """The first page."""
    rows = [f"<li>{_link(leaf.file, leaf.title)}<br>{_inline(leaf.promise)}</li>" for leaf in leaves]
    more = [f"<li>{_link(f'{text.stem}.html', say(_TEXTS[text.stem]))}</li>" for text in texts]
    lists = f'<ul class="contents">{"".join(rows)}</ul><ul class="contents">{"".join(more)}</ul>'
    intro = f"<p>{escape(say('site.intro'))}</p><p>{_inline(say('site.python'))}</p>"
    return _prose("nlviz", "", f'<main class="notebook"><h1>See nested learning</h1>{intro}{lists}</main>')


def _text(path: Path) -> str:
    """A page of prose from a file of Markdown."""
    way = f'<nav class="way">{_link("index.html", say("site.contents"))}</nav>'
    return _prose(say(_TEXTS[path.stem]), way, f'<main class="notebook">{_rehomed(_marked(path))}</main>')


def _marked(path: Path) -> str:
    return unmarked(markdown2html(path.read_text(encoding="utf-8")))


def _prose(title: str, way: str, body: str) -> str:
    """A page on which nothing plays: it needs neither plotly.js nor a script but that of the search."""
    box, script = searching.form()
    return html_page(title, f"<header>{box}{way}</header>{body}{script}", "", _style())


def _page(title: str, body: str, players: Sequence[dict[str, object]], keep: Callable[[str], str]) -> str:
    css = f"{_style()}\n{_QUESTIONS}"
    return players_page(title, body, list(players), css, entry=str(_STATIC / "site.js"), plotly=_PLOTLY, keep=keep)


def _style() -> str:
    return "\n".join([notebook_style(), (_STATIC / "site.css").read_text(encoding="utf-8")])


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
