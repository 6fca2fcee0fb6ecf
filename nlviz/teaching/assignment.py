"""A lesson as an assignment of nbgrader or otter: what either reads as its source, with solutions and graded checks.

The lesson stays whole. A cell of exercises becomes a cell to answer in, where the solution stands below the stub, and
behind it a graded cell for each `check`, strict. Both systems take the solutions out for the students.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from nlviz.door import words
from nlviz.lessons.checking.hints import code
from nlviz.teaching.books import read

__all__ = ["SYSTEMS", "VALUES", "assigned"]

VALUES = {"04.4": "my_labels = labelled([text for text, *_ in six], mixed.tokens)"}
"""Of an exercise that asks for values: how its solution, a function, finds them in the lesson."""

_IMPORT = "from nlviz.lessons import check"
"""Anew in every graded cell: a student's own `check` is not to grade."""


class Graded(NamedTuple):
    """One `check` of a lesson: the exercise, the call that raises unless it is solved, and the names that it takes."""

    id: str
    call: str
    names: list[str]


def assigned(notebook: Path | str, system: str) -> Any:
    """The source of an assignment, as a notebook of nbformat: write it where the system looks for it.

    notebook: the file of a lesson. system: "nbgrader" or "otter".
    Raises ValueError for another system, and for a notebook without exercises.

        nbformat.write(teaching.assigned("notebooks/02_fast_weights.ipynb", "otter"), "lesson_02.ipynb")
    """
    cells_of, first = SYSTEMS[words.choice("system", system, SYSTEMS)]
    book, name = read(notebook), Path(notebook).stem
    exercises = [cell for cell in book.cells if _is_exercise(cell)]
    if not exercises:
        words.refuse("notebook", str(notebook), "a lesson with exercises", "give one from 01 on")
    made = [[*_split(cell, cells_of)] if _is_exercise(cell) else [_bare(cell)] for cell in book.cells]
    book.cells = [*first(name), *(cell for some in made for cell in some)]
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
    return book


def _is_exercise(cell: Any) -> bool:
    return "exercise" in cell.metadata.get("tags", [])


def _bare(cell: Any) -> Any:
    """A cell without what a run of it has left."""
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    return cell


def _split(cell: Any, cells_of: Callable[[str, Sequence[Graded]], list[Any]]) -> Iterator[Any]:
    """The cells that stand for one cell of exercises."""
    lines, graded = cell.source.split("\n"), list[Graded]()
    for statement in ast.parse(cell.source).body:
        if _checks(statement):
            graded.append(_graded(statement))
            lines[statement.lineno - 1 : statement.end_lineno] = [None] * (statement.end_lineno - statement.lineno + 1)
    stub = "\n".join(line for line in lines if line is not None).strip()
    yield from cells_of(stub, graded)


def _checks(statement: ast.stmt) -> bool:
    """Whether it is a call check("02.1", …) on a line of its own."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"


def _graded(statement: Any) -> Graded:
    call = statement.value
    id, inside = call.args[0].value, [node for part in (*call.args, *call.keywords) for node in ast.walk(part)]
    names = [node for node in inside if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    call.keywords.append(ast.keyword("strict", ast.Constant(True)))
    plain = ast.unparse(call).replace(f"check('{id}'", f'check("{id}"')
    return Graded(id, plain, [name for name in dict.fromkeys(node.id for node in names) if name not in own])


def _solved(stub: str, graded: Sequence[Graded], begin: str, end: str) -> str:
    """The stub, and below it what solves it, between two lines that the system looks for."""
    solutions = "\n\n\n".join("\n\n".join(filter(None, [code(one.id), VALUES.get(one.id)])) for one in graded)
    return f"{stub}\n\n\n{begin}\n{solutions}\n{end}"


def _of_nbgrader(stub: str, graded: Sequence[Graded]) -> list[Any]:
    new, plain = nbformat.v4.new_code_cell, {"schema_version": 3, "task": False}
    named = [one.id.replace(".", "-") for one in graded]
    answer = plain | {"grade": False, "solution": True, "locked": False, "grade_id": f"answer-{named[0]}"}
    test = plain | {"grade": True, "solution": False, "locked": True, "points": 1}
    return [
        new(_solved(stub, graded, "### BEGIN SOLUTION", "### END SOLUTION"), metadata={"nbgrader": answer}),
        *(
            new(f"{_IMPORT}\n\n{one.call}", metadata={"nbgrader": test | {"grade_id": f"check-{name}"}})
            for one, name in zip(graded, named, strict=True)
        ),
    ]


def _of_otter(stub: str, graded: Sequence[Graded]) -> list[Any]:
    new, raw = nbformat.v4.new_code_cell, nbformat.v4.new_raw_cell
    return [
        raw(f"# BEGIN QUESTION\nname: q{graded[0].id.replace('.', '_')}\npoints: {len(graded)}"),
        raw("# BEGIN SOLUTION"),
        new(_solved(stub, graded, "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION")),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        *(new(_otter_test(one)) for one in graded),
        raw("# END TESTS"),
        raw("# END QUESTION"),
    ]


def _otter_test(one: Graded) -> str:
    """A function whose parameters otter looks up among the student's names; what it raises is told to them."""
    head = f"def test_{one.id.replace('.', '_')}({', '.join(one.names)}):"
    return "\n    ".join([head, _IMPORT, "", one.call]).replace("    \n", "\n")


def _head_of_otter(name: str) -> list[Any]:
    told = ["# ASSIGNMENT CONFIG", f"name: {name}", "export_cell:", "  pdf: false", "tests:", "  ok_format: false"]
    return [nbformat.v4.new_raw_cell("\n".join(told))]


SYSTEMS = {"nbgrader": (_of_nbgrader, lambda name: []), "otter": (_of_otter, _head_of_otter)}
"""By its name: the cells that it wants for one cell of exercises, and those that stand first, by the lesson's name."""
