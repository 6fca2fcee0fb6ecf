"""Hints and solutions: out of sight until somebody asks, and told only to somebody who is there."""

from __future__ import annotations

import ast
from collections import Counter
from html import escape
from typing import Any

from nlviz._attended import attended
from nlviz.door.words import count, shown
from nlviz.lessons.course import folder
from nlviz.lessons.session import show
from nlviz.lessons.words import say, table

__all__ = ["code", "hint", "learned", "solution"]

# How many hints of each exercise this kernel has shown: the next call shows the next one.
_SHOWN: Counter[str] = Counter()


def hint(id: str, number: int | None = None) -> None:
    """Show the next hint of exercise `id`, or hint `number`; after the last it says where the solution is.

    Where nobody is there (nbval, nbconvert, a script) it prints one line that gives nothing away.
    Raises ValueError for an unknown exercise or a number it does not have.
    """
    words = table("exercises", id)
    hints, title = words["hints"], words["title"]
    if number is not None:
        number = _place(id, number, len(hints))
    if not attended():
        print(say("hint.waits", id=id, title=title, count=len(hints)))
        return
    if number is None:
        _SHOWN[id] += 1
        number = _SHOWN[id]
    if number > len(hints):
        print(say("hint.next", id=id, title=title))
        return
    heading = say("hint.here", number=number, count=len(hints), title=title)
    show(_folded(heading, f"<p>{_marked(hints[number - 1])}</p>"), f"{heading}: {hints[number - 1]}")


def _place(id: str, number: Any, most: int) -> int:
    try:
        return count("number", number, most=most)
    except ValueError:
        raise ValueError(say("hint.unknown", id=id, count=most, number=shown(number))) from None


def solution(id: str) -> None:
    """Show a solution of exercise `id`, behind one more press; a line that gives nothing away where nobody is there.

    Raises ValueError for an unknown exercise.
    """
    words = table("exercises", id)
    if not attended():
        print(say("solution.waits", id=id, title=words["title"]))
        return
    heading, source = say("solution.show", title=words["title"]), code(id)
    note = f"<p>{_marked(words['note'])}</p>" if "note" in words else ""
    show(_folded(heading, f"<pre><code>{escape(source)}</code></pre>{note}"), f"{heading}\n\n{source}")


def learned(id: str) -> None:
    """What a ✓ brings to somebody who is there: the solution's note and a question to go on with, as far as they are.

    Nothing where nobody is there, so that what a notebook prints by itself is the same.
    """
    words = table("exercises", id)
    said = [words["note"]] if "note" in words else []
    said += [f"{say('check.next')} {words['next']}"] if "next" in words else []
    if said and attended():
        show("".join(f"<p>{_marked(one)}</p>" for one in said), "\n".join(said))


def code(id: str) -> str:
    """The solution of exercise `id` as a student would write it: no types, no docstring."""
    solutions = folder(id.split(".")[0]) / "solutions.py"
    tree = ast.parse(solutions.read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    function = next(node for node in functions if ast.get_docstring(node) == id)
    function.body, function.returns = function.body[1:], None
    for argument in function.args.args:
        argument.annotation = None
    return ast.unparse(function)


def _folded(summary: str, html: str) -> str:
    """Closed until it is opened by mouse or keyboard, so that running every cell gives nothing away."""
    return f"<details><summary>{escape(summary)}</summary>{html}</details>"


def _marked(words: str) -> str:
    """Words with `code` between backticks."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
