"""Lessons as pages to hand out, one sheet of A4 each: all that stands on it is read from the lesson itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from nbconvert.filters import markdown2html

from nlviz.door import words
from nlviz.lessons.words import say, table
from nlviz.teaching.books import read
from nlviz.widgets.pages.formulas import formulas_in_text

__all__ = ["Sheet", "sheet", "summaries"]

_STATIC = Path(__file__).resolve().parent / "static"
_CHECK = re.compile(r'\bcheck\("(\d\d\.\d+)"')
_FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
_LINK = re.compile(r'(?<!!)\[([^\[\]]+)\]\([^()\s]+(?: "[^"]*")?\)')
_SENTENCE = re.compile(r"(?<=[.?!])(?:\*\*)?\s+(?=[*\[(]*[A-Z0-9$])")
_MEASURED = re.compile(r" ?\*\*\[measured here(?:, ([^\]]+))?\]\*\*")
_ASKS = re.compile(r"(Look|Then|Write|Move|Go|Below|Above|Run|Read|Set|Turn|Ask|Try|Which|Stuck|Put|Once|\d)\b|.*\?$")
_TERM = re.compile(r"^- (\*\*.+)$", re.MULTILINE)
_POINT = re.compile(r"^\d\. (.+)$", re.MULTILINE)


class Sheet(NamedTuple):
    """What one lesson says of itself, in Markdown.

    formulas, claims: those with a line of their own, and the sentences of what was measured; each with its heading.
    """

    title: str
    promise: str
    remember: list[str]
    formulas: list[tuple[str, str]]
    claims: list[tuple[str, str]]
    terms: list[str]
    exercises: list[str]


def sheet(notebook: Path | str) -> Sheet:
    """The lesson in the file, in short. Raises ValueError where there is no notebook.

    teaching.sheet("notebooks/02_fast_weights.ipynb").remember[0]
    """
    book = read(notebook)
    prose = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    head, whole = prose[0].split("\n\n") if prose else [], "\n\n".join(prose)
    return Sheet(
        title=head[0].removeprefix("# ").strip() if head else Path(notebook).stem,
        promise=head[1].strip() if len(head) > 1 else "",
        remember=_POINT.findall(_section(whole, "## Remember")),
        formulas=list(_formulas(whole)),
        claims=list(_claims(whole)),
        terms=_TERM.findall(_section(whole, "### Terms")),
        exercises=[table("exercises", id)["title"] for id in dict.fromkeys(_CHECK.findall(code))],
    )


def summaries(notebooks: Sequence[Path | str]) -> str:
    """A page of HTML with a sheet for each notebook, to be printed; it asks for nothing from elsewhere.

    Raises ValueError for no notebooks, and for a file that is none.

        Path("sheets.html").write_text(teaching.summaries(sorted(Path("notebooks").glob("*.ipynb"))))
    """
    sheets = [sheet(notebook) for notebook in words.several("notebooks", notebooks, least=1)]
    css = (_STATIC / "summary.css").read_text(encoding="utf-8")
    title = sheets[0].title if len(sheets) == 1 else say("summary.course")
    return _PAGE.format(title=escape(title), css=css, body="\n".join(map(_html, sheets)))


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{css}
</style>
{body}
</html>
"""


def _section(whole: str, heading: str) -> str:
    """What stands below the heading, to the next."""
    _, _, below = whole.partition(f"{heading}\n")
    return re.split(r"^#", below, maxsplit=1, flags=re.MULTILINE)[0]


def _headed(whole: str) -> Iterator[tuple[str, str]]:
    """The lesson's parts, each with the heading of its section; the last, of papers and measurements, has none."""
    for part in re.split(r"^(?=## )", whole, flags=re.MULTILINE):
        heading = part.partition("\n")[0].removeprefix("## ") if part.startswith("## ") else ""
        yield "" if heading.startswith("What the paper") else heading, part


def _formulas(whole: str) -> Iterator[tuple[str, str]]:
    """Each once."""
    seen = set[str]()
    for heading, part in _headed(whole):
        for found in _FORMULA.findall(part):
            if found not in seen:
                seen.add(found)
                yield heading, found


def _claims(whole: str) -> Iterator[tuple[str, str]]:
    """What says it was measured, without that word: a sentence with the one before it, or the whole of a point."""
    for heading, part in _headed(_LINK.sub(r"\1", _FORMULA.sub("", whole))):
        for block in re.split(r"\n\s*\n|\n(?=- )", part):
            line = " ".join(block.split()).removeprefix("- ")
            said = [line] if line.startswith("**[measured") else _SENTENCE.split(line)
            for before, sentence in pairwise(["", *said]):
                if _MEASURED.search(sentence):
                    context = "" if _ASKS.match(before) or _MEASURED.search(before) else before
                    yield heading, _MEASURED.sub(_seeds, f"{context} {sentence}").strip().removesuffix(":")


def _seeds(tag: re.Match[str]) -> str:
    return f" ({tag[1]})" if tag[1] else ""


def _html(one: Sheet) -> str:
    parts = [
        (say("summary.remember"), _list("ol", one.remember)),
        (say("summary.formulas"), _list("ul", _told(one.formulas, "<br>"))),
        (say("summary.measured"), _list("ul", _told(one.claims, " "))),
        (say("summary.exercises"), f"<p>{_line(' · '.join(one.exercises))}</p>" if one.exercises else ""),
        (say("summary.terms"), _list("ul", one.terms)),
    ]
    told = "".join(f"<section><h2>{escape(head)}</h2>{html}</section>" for head, html in parts if html)
    return f"<article><h1>{_line(one.title)}</h1><p>{_line(one.promise)}</p><div>{told}</div></article>"


def _told(headed: Sequence[tuple[str, str]], between: str) -> list[str]:
    """A point for each heading, with all that stands under it; what has none is a point of its own."""
    under: dict[str, list[str]] = {}
    for heading, text in headed:
        under.setdefault(heading, []).append(text)
    lines = [[f"*{heading}:*{between}{between.join(texts)}"] if heading else texts for heading, texts in under.items()]
    return [line for some in lines for line in some]


def _list(kind: str, items: Sequence[str]) -> str:
    return f"<{kind}>{''.join(f'<li>{_line(item)}</li>' for item in items)}</{kind}>" if items else ""


def _line(markdown: str) -> str:
    """A line of Markdown as HTML, its formulas as text, without a paragraph round it."""
    text = formulas_in_text(re.sub(r"\$\$(.+?)\$\$", r"$\1$", " ".join(markdown.split())))
    return re.sub(r"^<p>|</p>$", "", markdown2html(text).strip())
