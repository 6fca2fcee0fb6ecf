"""The shell that every notebook shares, as rules: what must hold, and what should.

    python -m tests.notebooks.shell        lists what should be and is not

Must: it can be committed, read on a narrow page and run anywhere. Should: the shape of a lesson. 00 is the start page;
it has a header and a lab, and only the rules of form.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from .books import NOTEBOOKS, STILL, TERMS, WIDGET, Book

MOST_BYTES = 1_000_000
CELLS, WORDS = range(18, 31), range(600, 1201)
CODE_LINES, CODE_LINES_HARD, LINE, MARKDOWN_WORDS = 15, 25, 88, 120
FOLDED = re.compile(r"(?<=</summary>).*?(?=</details>)", re.DOTALL)
LABS = re.compile(r"^\s*(labs\.\w+|Player|widgets\.\w+)\(")

# Headings or words by which a part of a lesson is told, in order.
PARTS = {
    "predict before the reveal": r"^#+ .*[Pp]redict|predict\(",
    "code it": r"^#+ .*[Cc]ode it",
    "break it": r"^#+ .*[Bb]reak it",
    "what the paper says, what we measured, what we did not show": r"^#+ .*paper.*measured.*not sh",
    "three sentences to remember": r"^#+ .*[Rr]emember",
    "terms": r"\bTerms\b",
    "sources": r"\bSources\b",
}
HEADER = {
    "the title is a question": r"\A# .*\?\s*$",
    "a promise: one sentence": r"\A# .*\n\s*\n[^\n#].{20,}",
    "minutes": r"\b\d+ minutes?\b",
    "what it needs": r"\bneeds\b",
    "seconds of CPU": r"\b\d+\s+seconds\b",
}


def broken(book: Book) -> list[str]:
    """What a notebook must not be: each rule it breaks, in words."""
    found = []
    if book.path.stat().st_size > MOST_BYTES:
        found.append(f"{book.path.stat().st_size:,} bytes; at most {MOST_BYTES:,}")
    if "widgets" in book.node.metadata:
        found.append("holds widget state, which needs a CDN to be shown")
    if len(book.cells) not in CELLS and not start_page(book):
        found.append(f"{len(book.cells)} cells; {CELLS.start} to {CELLS.stop - 1}")
    for place, cell in enumerate(book.cells):
        rules = _broken_code(cell) if cell.cell_type == "code" else _broken_prose(cell)
        found += [f"cell {place}: {rule}" for rule in rules]
    return [*found, *_broken_counts(book)]


def _broken_counts(book: Book) -> Iterator[str]:
    """To nbval a cell without a count never ran, and a reader takes any other order for one that matters."""
    for number, place in enumerate(book.code, 1):
        cell = book.cells[place]
        counts = [cell.execution_count, *(one.execution_count for one in cell.outputs if "execution_count" in one)]
        if counts != [number] * len(counts):
            yield f"cell {place}: execution count {counts[0]}, in one run from top to bottom {number}: make stills"


def deviations(book: Book) -> list[str]:
    """What a lesson should have or be and is not, in words."""
    found = []
    if not start_page(book):
        words = sum(_words(cell) for cell in book.cells if cell.cell_type == "markdown")
        found += [f"{words} words; {WORDS.start} to {WORDS.stop - 1}"] if words not in WORDS else []
        found += [*_missing_parts(book)]
    header = book.cells[0].source
    found += [f"header: {what}" for what, pattern in HEADER.items() if not re.search(pattern, header, re.MULTILINE)]
    if not start_page(book) and len(re.findall(r"^- ", header, re.MULTILINE)) != 3:
        found.append("header: three objectives, each a line that starts with a verb")
    for place in book.code:
        lines = book.cells[place].source.count("\n") + 1
        if lines > CODE_LINES and "check" not in book.tags(place):
            found.append(f"cell {place}: {lines} lines of code; about {CODE_LINES}")
        if LABS.match(book.cells[place].source):
            found += [f"cell {place}: {what}" for what in _around_lab(book, place)]
    return found


def start_page(book: Book) -> bool:
    """Whether this is the start page, whose form is shorter."""
    return book.name.startswith("00")


def _broken_code(cell: Any) -> Iterator[str]:
    lines = cell.source.splitlines() or [""]
    if len(lines) > CODE_LINES_HARD:
        yield f"{len(lines)} lines of code; at most {CODE_LINES_HARD}"
    if max(map(len, lines)) > LINE:
        yield f"a line of {max(map(len, lines))} characters; at most {LINE}"
    if re.search(r"^\s*[%!]|sys\.path", cell.source, re.MULTILINE):
        yield "magics, shell commands and sys.path tie it to one machine"
    if re.search(r"\b(pickle|dill|joblib|shelve)\b|torch\.(save|load)\b|(?<![.\w\"'])(eval|exec)\(", cell.source):
        yield "a pickle runs what it holds, as eval does: keep a copy, or write .npz or .safetensors"
    if any(output.output_type == "error" for output in cell.outputs):
        yield "its output is an error"
    for output in cell.outputs:
        if WIDGET in output.get("data", {}):
            yield "a widget view, a dead link in a file: make stills"
        if "image/png" in output.get("data", {}):
            yield "a picture to which nbconvert gives no alt text: make stills"
        if re.search(r"<img(?![^>]*\balt=\"\s*[^\s\"])", output.get("data", {}).get(STILL, "")):
            yield "a picture without alt text"
    if any(LABS.match(ast.unparse(node)) for node in ast.parse(cell.source).body[:-1]):
        yield "a lab that is not the last line of its cell is never shown"


def _broken_prose(cell: Any) -> Iterator[str]:
    if _words(cell) > MARKDOWN_WORDS:
        yield f"{_words(cell)} words in one cell; at most {MARKDOWN_WORDS}"
    for picture in re.findall(r"!\[(.*?)\]\(", cell.source):
        if not picture.strip():
            yield "a picture without alt text"


def _words(cell: Any) -> int:
    """How many words are read: not tags, a table's lines, addresses with what hovers, the terms, what is folded."""
    seen = FOLDED.sub("", TERMS.sub("", cell.source))
    return len(re.sub(r"<[a-z/][^>]*>|\]\([^)]*\)|(?m:^[|:-]+$)|(?<!\S)\|(?!\S)", "", seen).split())


def _around_lab(book: Book, place: int) -> Iterator[str]:
    if len(ast.parse(book.cells[place].source).body) > 1:
        yield "a lab is one call, alone in its cell"
    before = book.cells[place - 1]
    if before.cell_type != "markdown" or not re.search(
        r"\b[Ll]ook\b.*\b([Mm]ove|[Pp]ress)\b", before.source, re.DOTALL
    ):
        yield "above a lab stands a sentence: look at …, then move …"


def _missing_parts(book: Book) -> Iterator[str]:
    texts = [cell.source for cell in book.cells]
    if not any(LABS.match(texts[place]) for place in book.code[1:3]):
        yield "the picture first: a lab right after the setup"
    last = 0
    for part, pattern in PARTS.items():
        at = [place for place, text in enumerate(texts) if re.search(pattern, text, re.MULTILINE)]
        if not at:
            yield f"no part: {part}"
        elif at[-1] < last:
            yield f"out of order: {part}"
        else:
            last = max(last, at[0])


def main() -> None:
    """Print what every notebook breaks and what it lacks."""
    for path in NOTEBOOKS:
        book = Book(path)
        said = [*(f"must: {rule}" for rule in broken(book)), *(f"should: {rule}" for rule in deviations(book))]
        print("\n  ".join([path.name, *(said or ["nothing to say"])]))


if __name__ == "__main__":
    main()
