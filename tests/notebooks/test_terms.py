"""What a term leads to where no page explains it: the section "Terms" of its notebook has its sentence."""

from __future__ import annotations

import re
from typing import Any

import nbformat
import pytest

from nlviz.lessons import glossary

from .books import NOTEBOOKS, Book

MARKED = re.compile(r'\]\(#Terms "([^"]*)"\)')


def unlisted(cells: list[Any]) -> list[str]:
    """The sentences of marked terms that are not in the list of terms, in words that one reads without a pointer."""
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    _, _, after = "\n".join(prose).partition("### Terms\n")
    listed = {line.split(": ", 1)[-1] for line in after.split("\n### ")[0].splitlines()}
    return sorted({sentence for text in prose for sentence in MARKED.findall(text)} - listed)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_every_marked_term_is_in_the_list_with_its_sentence(path: Any) -> None:
    assert unlisted(Book(path).cells) == []


def test_a_term_that_is_not_in_the_list_would_be_found() -> None:
    prose, names = glossary.marked("A [[key]] and a [[value]]."), glossary.listed("key")
    cells = [
        nbformat.v4.new_markdown_cell(text) for text in (prose, f"## Remember\n\n### Terms\n\n{names}\n\n### Sources")
    ]
    assert unlisted(cells) == [glossary("value").terms[0].sentence]
