"""Which cells begin a slide. The deck itself is tried in a browser: tests/browser/test_slides.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from nlviz.teaching.slides import slide_types
from tests.notebooks.slide_types import BOOKS, told, worth

V4: Any = nbformat.v4


def _types(*cells: Any) -> list[str]:
    return [kind for _, kind in slide_types(V4.new_notebook(cells=list(cells)))]


def test_a_heading_begins_a_slide_and_so_does_a_second_lab() -> None:
    code, prose = V4.new_code_cell, V4.new_markdown_cell
    assert _types(
        prose("# 02 · How many?"),
        code("import numpy as np"),
        prose("## A write"),
        code("labs.one_write()"),
        prose("More of it."),
        code('predict("02.1")'),
        code("def write(M):\n    return M\n\n\ncheck('02.1', write)"),
        prose("It comes back.\n\n## Code it"),
        code("check('02.2', read)"),
        prose("### Terms"),
    ) == ["slide", "skip", "slide", "-", "-", "subslide", "subslide", "slide", "-", "-"]


def test_what_a_cell_says_of_itself_counts() -> None:
    told = {"slideshow": {"slide_type": "slide"}}
    skipped = {"slideshow": {"slide_type": "skip"}}
    cells = [V4.new_code_cell("import numpy"), V4.new_markdown_cell("More.", metadata=told)]
    assert _types(*cells, V4.new_markdown_cell("## No", metadata=skipped)) == ["skip", "slide", "skip"]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem[:2])
def test_a_lesson_tells_nbconvert_where_its_slides_begin(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    assert told(book) == worth(book), "python -m tests.notebooks.slide_types"
