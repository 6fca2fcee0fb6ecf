"""A course of two small lessons, with a lab, a question and what it measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

__all__ = ["course"]

_LAB = 'from nlviz import labs\nlabs.one_write(knobs={"writes": 1})'
_ASK = 'from nlviz.lessons import predict\npredict("02.1")'
_REVEAL = 'predict("02.1").reveal(52, "a table: 48 hold, 56 do not")'


def course(folder: Path) -> Path:
    """Write it; the folder."""
    v4: Any = nbformat.v4
    prose = v4.new_markdown_cell
    reveal = v4.new_code_cell(_REVEAL, metadata={"jupyter": {"source_hidden": True}})
    _book(folder / "00_start.ipynb", prose("# 00 · Where to?\n\nYou see the *way*.\n\nOn to [one](01_one.ipynb).\n"))
    cells = [v4.new_code_cell(source) for source in ("import math", _LAB, _ASK)]
    more = prose(
        '[one write more](#lab?writes=2), a [word](#Terms "Said."), see the [glossary](glossary.md#term-word).'
    )
    terms = prose("### Terms\n\n**word**: said.")
    _book(folder / "01_one.ipynb", prose("# 01 · How many?\n\nYou count."), *cells, reveal, more, terms)
    (folder / "glossary.md").write_text(
        '# Glossary\n\n<a id="term-word"></a>**word**: back to [one](01_one.ipynb).\n', encoding="utf-8"
    )
    return folder


def _book(path: Path, *cells: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
