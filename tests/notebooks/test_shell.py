"""Every notebook has the form that the course promises, and the rules of that form find what breaks them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from .books import NOTEBOOKS, WIDGET, Book
from .shell import broken, deviations


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_as_it_should_be(path: Path) -> None:
    assert broken(Book(path)) == []


def book(folder: Path, *cells: Any, name: str = "03_planted.ipynb") -> Book:
    every = [nbformat.v4.new_code_cell("from nlviz import labs"), *cells]
    for number, one in enumerate((one for one in every if one.cell_type == "code"), 1):
        one.execution_count = number if one.execution_count is None else one.execution_count or None
        for output in one.outputs:
            if output.output_type == "execute_result":
                output.execution_count = one.execution_count
    nbformat.write(nbformat.v4.new_notebook(cells=every), folder / name)
    return Book(folder / name)


def cell(source: str, outputs: Any = (), count: int | None = None) -> Any:
    """A cell with the count of a run from top to bottom, or with another; 0 leaves it without one."""
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=count)


def shown(data: dict[str, str], **metadata: Any) -> Any:
    return nbformat.v4.new_output("execute_result", data=data, metadata=metadata)


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (cell("x = 1", count=3), "execution count 3, in one run from top to bottom 2"),
        (cell("x", [shown({"text/plain": "1"})], count=0), "execution count None, in one run from top to bottom 2"),
        (cell("y\n" * 26), "26 lines of code; at most 25"),
        (cell(f"x = '{'-' * 90}'"), "a line of 96 characters"),
        (cell("import sys; sys.path.append('.')"), "tie it to one machine"),
        (cell("torch.save(x, file)"), "a pickle runs what it holds"),
        (cell("x = torch.load(file)"), "a pickle runs what it holds"),
        (cell("import pickle"), "a pickle runs what it holds"),
        (cell("eval('1')"), "a pickle runs what it holds, as eval does"),
        (cell("x", [nbformat.v4.new_output("error", ename="NameError", evalue="x", traceback=[])]), "is an error"),
        (cell("x", [shown({"image/png": "AAAA"})]), "nbconvert gives no alt text"),
        (
            cell("x", [shown({"text/html": '<img alt="" src="data:image/png;base64,AAAA">'})]),
            "a picture without alt text",
        ),
        (cell("x", [shown({"text/html": '<img src="data:image/png;base64,AAAA">'})]), "a picture without alt text"),
        (cell("x", [shown({WIDGET: "1"})]), "a dead link"),
        (cell("labs.surprise()\nx = 1"), "never shown"),
        (nbformat.v4.new_markdown_cell("word " * 121), "121 words in one cell"),
        (nbformat.v4.new_markdown_cell("![](pictures/surprise.png)"), "a picture without alt text"),
    ],
)
def test_what_must_not_be_is_found(tmp_path: Path, planted: Any, said: str) -> None:
    found = [rule for rule in broken(book(tmp_path, planted)) if rule.startswith("cell 1")]
    assert len(found) == 1
    assert said in found[0]


def test_a_picture_with_alt_text_is_as_it_should_be(tmp_path: Path) -> None:
    good = cell("x", [shown({"text/html": '<img alt="a line that rises" src="data:image/png;base64,AAAA">'})])
    assert [rule for rule in broken(book(tmp_path, good)) if rule.startswith("cell")] == []


@pytest.mark.parametrize("hover", ['<abbr title="{}">key</abbr>', '[key](#Terms "{}")'])
def test_what_hovers_over_a_term_is_not_counted(tmp_path: Path, hover: str) -> None:
    term = nbformat.v4.new_markdown_cell(hover.format("word " * 200))
    assert [rule for rule in broken(book(tmp_path, term)) if rule.startswith("cell")] == []


def test_a_lesson_without_its_parts_is_told_which(tmp_path: Path) -> None:
    text = nbformat.v4.new_markdown_cell
    bare = deviations(book(tmp_path, text("## Play"), cell("labs.surprise()")))
    assert "cell 2: above a lab stands a sentence: look at …, then move …" in bare
    assert "no part: break it" in bare
    assert "header: the title is a question" in bare
    parts = "## Predict|## Code it|## Break it|## What the paper says, what we measured, what we did not show"
    cells = [text(part) for part in (*parts.split("|"), "## Remember\n\n**Terms** …\n\n**Sources** …")]
    first = [text("Look at the line, then move **noise**."), cell("labs.surprise()")]
    whole = deviations(book(tmp_path, *first, *cells))
    assert [rule for rule in whole if rule.startswith(("no part", "out of", "the picture", "cell"))] == []
    swapped = deviations(book(tmp_path, *first, cells[2], cells[0], cells[1], *cells[3:]))
    assert "out of order: break it" in swapped
