"""Every measured decimal and percentage in prose is a number of a claim with the seeds of tests/claims/seeds.py.

That it was printed above is not enough: a cell has seeds of its own. Files are named in numbers.toml, `measured_in`;
a paragraph that names a page of tests/benchmarks may quote its table, which a claim reads.
"""

from __future__ import annotations

import ast
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

from .books import NOTEBOOKS, Book
from .numbers import _NOT_LOOKED_AT, LISTED, MEASURED, PARAGRAPHS, _blank, literals, numbers

ROOT = Path(__file__).parents[2]
FILES = {
    name: found["measured_in"]
    for name, found in tomllib.loads(LISTED.read_text("utf-8")).items()
    if "measured_in" in found
}
PAGE = re.compile(r"tests/benchmarks/\w+\.md")


def claimed(files: list[str]) -> set[Decimal]:
    """The numbers in the code of these files, without what a docstring of theirs mentions."""
    found: set[Decimal] = set()
    for file in files:
        for node in ast.walk(module := ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            body = getattr(node, "body", None)
            if isinstance(body, list) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                body[0].value.value = ""
        found |= {abs(number.value) for number in literals(ast.unparse(module))}
    return found


def unclaimed(book: Book, held: set[Decimal]) -> list[str]:
    """The measured numbers of a notebook that no claim holds, with their cells."""
    missing = []
    for place, cell in enumerate(book.cells):
        if cell.cell_type != "markdown":
            continue
        # blanking keeps the length, so both are cut in the same places
        looked_at = PARAGRAPHS.split(_NOT_LOOKED_AT.sub(_blank, cell.source))
        for paragraph in filter(MEASURED.search, looked_at):
            quoted = {abs(one.value) for page in _pages(cell.source) for one in numbers(page)}
            for number in numbers(MEASURED.sub("", paragraph)):
                if not number.whole and abs(number.value) not in held | quoted:
                    missing.append(f"cell {place}: {number.text}")
    return missing


def _pages(prose: str) -> list[str]:
    return [(ROOT / name).read_text(encoding="utf-8") for name in PAGE.findall(prose)]


def test_every_lesson_that_measures_names_its_claims() -> None:
    measuring = [path.stem for path in NOTEBOOKS if MEASURED.search(path.read_text(encoding="utf-8"))]
    assert sorted(FILES) == measuring


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem in FILES], ids=lambda path: path.stem)
def test_a_measured_number_is_a_number_of_a_claim(path: Path) -> None:
    assert unclaimed(Book(path), claimed(FILES[path.stem])) == []


def test_a_number_that_is_only_printed_is_caught(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_markdown_cell("Recall is .987 and .20 [measured here].")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "planted.ipynb")
    assert unclaimed(Book(tmp_path / "planted.ipynb"), {Decimal("0.2")}) == ["cell 1: .987"]
