"""Runs the exercises of a notebook as a student would, with answers written over the stubs."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import nbformat

FOLDER = Path(__file__).parents[2] / "notebooks"
SOLUTION = re.compile(r"<summary>[^<]*[Ss]olution[^<]*</summary>.*?```python\n(.*?)```", re.DOTALL)
TAGS = {"needed", "exercise", "check"}


class Exercises:
    """The cells of a notebook that its exercises need: the first code cell and those with a tag of TAGS."""

    def __init__(self, name: str) -> None:
        book: Any = nbformat.read(FOLDER / name, as_version=4)
        self.cells = book.cells
        self.solutions = "\n".join(SOLUTION.findall("\n".join(cell.source for cell in book.cells)))

    def said(self, answers: str = "") -> list[str]:
        """What the checks print where the student has written `answers` under every stub."""
        space: dict[str, Any] = {}
        printed = io.StringIO()
        first = next(cell for cell in self.cells if cell.cell_type == "code")
        for cell in self.cells:
            tags = TAGS.intersection(cell.metadata.get("tags", []))
            if cell is not first and not tags:
                continue
            heard = printed if "check" in tags else io.StringIO()
            with contextlib.redirect_stdout(heard):
                exec(cell.source, space)
                if "exercise" in tags:
                    exec(answers, space)
        return printed.getvalue().splitlines()
