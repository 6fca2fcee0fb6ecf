"""A sheet says what its lesson says, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nlviz.lessons.words import catalog
from nlviz.teaching import sheet, summaries
from nlviz.teaching.summary import Sheet

BOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PROSE = r"""# 02 · How many?

You count [them](#lab?n=3).

**5 minutes**

## Why

The sum: $$a_i$$

All is known. A quarter come back **[measured here]**. Look there.
Half of [all](#lab?n=2) **[measured here, 5 seeds]**.

## What the papers say, what we measured

- **[paper]** It is so.
- **[measured here]** One. And two.

## Remember

1. First.
2. Second.

### Terms

- **key** k: What a value is stored under.

`glossary()` has more.
"""


def test_a_sheet_is_read_from_its_lesson(tmp_path: Path) -> None:
    v4: Any = nbformat.v4
    cells = [v4.new_markdown_cell(PROSE), v4.new_code_cell('check("02.1", write)\ncheck("02.1", write)')]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    assert sheet(tmp_path / "a.ipynb") == Sheet(
        title="02 · How many?",
        promise="You count [them](#lab?n=3).",
        remember=["First.", "Second."],
        formulas=[("Why", "$$a_i$$")],
        claims=[
            ("Why", "All is known. A quarter come back."),
            ("Why", "Half of all (5 seeds)."),
            ("", "One. And two."),
        ],
        terms=["**key** k: What a value is stored under."],
        exercises=["02.1, write"],
    )
    text = summaries([tmp_path / "a.ipynb"])
    assert "<li><em>Why:</em><br>a<sub>i</sub></li>" in text
    assert "<li><em>Why:</em> All is known. A quarter come back. Half of all (5 seeds).</li>" in text
    assert "<title>02 · How many?</title>" in text


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem[:2])
def test_every_lesson_gives_one(path: Path) -> None:
    found, number = sheet(path), path.stem[:2]
    prose = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    assert found.title.startswith(f"{number} · ")
    assert found.terms
    assert len(found.remember) == (3 if number != "00" else len(found.remember))
    assert len(found.exercises) == sum(id.startswith(number) for id in catalog()["exercises"])
    assert len(found.claims) == prose.count("**[measured here")
    assert all(len(claim) < 700 for _, claim in found.claims), "a sentence, not a section"


def test_a_page_of_all_needs_nothing_and_sets_every_formula() -> None:
    text = summaries(BOOKS)
    assert text.count("<article>") == len(BOOKS)
    assert not re.search(r"(src|href)=.https?:", text)
    assert not re.search(r"\$|\\[a-z]", text)


def test_no_notebooks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"notebooks is .*expected"):
        summaries([])
    with pytest.raises(ValueError, match="expected a notebook"):
        summaries([tmp_path])
