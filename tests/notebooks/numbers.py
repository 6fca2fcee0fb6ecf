"""Every number in the prose of a notebook is found where something would notice if it were wrong.

A *measured* paragraph, one that says [measured here], may state a decimal or a percentage only if it is found

- in what a code cell above it prints or shows, as nbval compares it (after tests/nbval.cfg has taken out what varies),
- or in an `assert` there; "above" are the two nearest cells that print or assert, or all where the heading of the
  paragraph's cell says "measured", as the summary's does,
- or under its notebook in numbers.toml, beside the test in tests/claims/ that holds the same number.

Every other number, and a whole number anywhere, must be found in one of these, or in the code of the notebook, or in
numbers.toml beside the reason why it is no measurement. "Found" is equal in value, 76 % being 0.76, or equal once the
other is rounded to as many digits, if these are two at least: .76 is found in 0.7632.

Not looked at: code and formulas in backquotes, between dollars or indented, addresses, arXiv numbers and years,
equations (eq. 4–5), lessons (lesson 03), steps of a list, hints, minutes and seconds of work, indices and exponents,
numbers in words, the list of terms.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from .books import TERMS, Book

MEASURED = re.compile(r"\[measured here[^\]]*\]")
NEAR = 2
LISTED = Path(__file__).with_name("numbers.toml")

_NOT_LOOKED_AT = re.compile(
    r"""```.*?```                                       # code
    | `[^`]*`
    | \$\$.*?\$\$ | \$[^$\n]+\$                           # formulas as TeX
    | ^\ {4}.*$                                         # a formula
    | <[a-z/][^>]*>                                     # tags, with what hovers over a term
    | \]\([^)]*\) | https?://\S+                        # addresses
    | \b\d{4}\.\d{4,5}\b                                # arXiv
    | \b(19|20)\d\d\b                                   # years
    | \beqs?\.\s*\(?\d+\)?(\s*[–,-]\s*\(?\d+\)?)*       # equations
    | \b[Ll]essons?\s+\d\d((\s*,|\s+and|\s*–)\s*\d\d)*     # lessons
    | \(\d\d(,\s*\d\d)*\)
    | ^\#+\s+\d\d\b | \[\d\d\b
    | ^\s*\d+\.\s                                       # a step of a list
    | \bHint\s+\d
    | \b(about\s+)?\d+\s+(minutes?|seconds?)\b
    | \b\d+\s+seeds?\b
    | [A-Za-z]\w*\d\w*                                  # names such as d2
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(r"(?<![\w.,])([+−-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?)(\s?%)?(?![\w]|[.,]\d)")


_SUMMARY = re.compile(r"^#+.*measured", re.MULTILINE)
PARAGRAPHS = re.compile(r"\n\s*\n|\n(?=\s*[-*] )")


class Number(NamedTuple):
    """A number as it is written: its value, the size of its last digit, and how many digits it shows."""

    text: str
    value: Decimal
    step: Decimal
    digits: int

    @property
    def whole(self) -> bool:
        """Whether it may be a count or a dimension."""
        return self.step == 1 and "%" not in self.text


class Unfound(NamedTuple):
    """A number that nothing holds to: where it stands, and the words around it."""

    cell: int
    text: str
    words: str


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a text, in order."""
    for found in _NUMBER.finditer(text):
        written, percent = found[1].replace(",", "").replace("−", "-"), found[2] or ""
        if not re.search(r"\d", written):
            continue
        value = Decimal(written)
        step = Decimal(1).scaleb(int(value.as_tuple().exponent))
        if percent:
            value, step = value / 100, step / 100
        yield Number(f"{found[1]}{percent.strip()}", value, step, len(value.as_tuple().digits))


def unfound(book: Book, listed: Iterable[str] = ()) -> list[Unfound]:
    """The numbers in the prose that neither the notebook nor the list holds to."""
    known = {number.value for text in listed for number in numbers(text)}
    held = {place: [*_held(book, place)] for place in book.code}
    anywhere = [*chain(*held.values()), *chain(*(literals(book.cells[place].source) for place in book.code))]
    found = []
    for place, cell in enumerate(book.cells):
        if cell.cell_type != "markdown":
            continue
        above = [numbers for code, numbers in held.items() if code < place and numbers]
        near = [*chain(*(above if _SUMMARY.search(cell.source) else above[-NEAR:]))]
        for paragraph in PARAGRAPHS.split(_NOT_LOOKED_AT.sub(_blank, TERMS.sub("", cell.source))):
            measured = bool(MEASURED.search(paragraph))
            for number in numbers(MEASURED.sub("", paragraph)):
                sources = near if measured and not number.whole else anywhere
                if number.value not in known and not any(_same(number, other) for other in sources):
                    found.append(Unfound(place, number.text, _around(paragraph, number.text)))
    return found


def listing(name: str) -> dict[str, dict[str, str]]:
    """What numbers.toml says of a notebook: under "claims" number -> test, under "given" number -> reason."""
    found = tomllib.loads(LISTED.read_text(encoding="utf-8")).get(name, {})
    return {"claims": found.get("claims", {}), "given": found.get("given", {})}


def literals(source: str) -> Iterator[Number]:
    """The numbers in the syntax of some Python code, those in its strings included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
            yield from numbers(str(node.value))


def _held(book: Book, place: int) -> Iterator[Number]:
    yield from numbers(book.said(place))
    for node in ast.walk(ast.parse(book.cells[place].source)):
        if isinstance(node, ast.Assert):
            yield from literals(ast.unparse(node))


def _same(number: Number, other: Number) -> bool:
    if number.value == other.value:
        return True
    return number.digits >= 2 and other.step < number.step and other.value.quantize(number.step) == number.value


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _around(paragraph: str, text: str) -> str:
    words = " ".join(paragraph.split())
    at = words.find(text.rstrip("%"))
    return words[max(at - 40, 0) : at + 40]
