"""Runs the exercises of a notebook as a student would, with answers written over the stubs."""

from __future__ import annotations

import ast
import contextlib
import io
from pathlib import Path
from typing import Any

import nbformat

from nlviz.lessons.checking.hints import code

FOLDER = Path(__file__).parents[2] / "notebooks"
TAGS = {"needed", "exercise"}
# An exercise that asks for values: its solution is a function that finds them.
VALUES = {"04.4": "my_labels = labelled([text for text, *_ in six], mixed.tokens)"}


class Exercises:
    """The cells of a notebook that its exercises need: the first code cell and those with a tag of TAGS."""

    def __init__(self, name: str) -> None:
        book: Any = nbformat.read(FOLDER / name, as_version=4)
        first = next(cell for cell in book.cells if cell.cell_type == "code")
        chosen = [cell for cell in book.cells if cell is first or TAGS.intersection(cell.metadata.get("tags", []))]
        self.cells = [ast.parse(cell.source).body for cell in chosen]

    @property
    def ids(self) -> list[str]:
        """The exercises that are checked, in order."""
        return [statement.value.args[0].value for body in self.cells for statement in body if _checks(statement)]

    def solutions(self) -> dict[str, str]:
        """What solves each of them."""
        return {id: "\n".join([code(id), VALUES.get(id, "")]) for id in self.ids}

    def said(self, answers: dict[str, str]) -> list[str]:
        """What the checks print, where the student has written `answers`, by exercise, under the stubs."""
        space: dict[str, Any] = {}
        printed = io.StringIO()
        for body in self.cells:
            for statement in body:
                checked = statement.value.args[0].value if _checks(statement) else ""
                exec(answers.get(checked, ""), space)
                with contextlib.redirect_stdout(printed if checked else io.StringIO()):
                    exec(compile(ast.Module([statement], []), "notebook", "exec"), space)
        return printed.getvalue().splitlines()


def _checks(statement: Any) -> bool:
    """Whether it is a call check("02.1", …) on a line of its own."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"
