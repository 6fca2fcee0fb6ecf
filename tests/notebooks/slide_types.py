"""Writes into the notebooks what `jupyter nbconvert --to slides` asks of a cell: does it begin a slide, is it left out.

    python -m tests.notebooks.slide_types

Only this is written, outputs stay as they are. What it writes is what `nlviz slides` takes a cell without a word for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from nlviz.teaching.slides import slide_types

__all__ = ["told", "worth"]

BOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def told(book: Any) -> dict[str, str]:
    """What its cells say of themselves, by id; what only goes on says nothing."""
    kinds = {cell.id: cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in book.cells}
    return {id: kind for id, kind in kinds.items() if kind != "-"}


def worth(book: Any) -> dict[str, str]:
    """What they are by their source alone."""
    bare = nbformat.from_dict({**book, "cells": [{**cell, "metadata": _without(cell)} for cell in book.cells]})
    return {id: kind for id, kind in slide_types(bare) if kind != "-"}


def _without(cell: Any) -> dict[str, Any]:
    return {name: value for name, value in cell.metadata.items() if name != "slideshow"}


def _write(path: Path) -> None:
    book: Any = nbformat.read(path, as_version=4)
    kinds = worth(book)
    for cell in book.cells:
        cell.metadata.pop("slideshow", None)
        if cell.id in kinds:
            cell.metadata["slideshow"] = {"slide_type": kinds[cell.id]}
    nbformat.write(book, path)


if __name__ == "__main__":
    for one in BOOKS:
        _write(one)
