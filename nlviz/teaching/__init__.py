"""What a lecturer makes of a lesson: a graded assignment, a deck of slides, a sheet to hand out.

books       a lesson's notebook, read
assignment  the lesson as an assignment of nbgrader or otter
slides      the lesson as a deck whose labs play
summary     lessons as sheets of A4, made of what they say themselves

Nothing heavy is loaded until a name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlviz.teaching.assignment import assigned
    from nlviz.teaching.slides import deck
    from nlviz.teaching.summary import sheet, summaries

__all__ = ["assigned", "deck", "sheet", "summaries"]

_WHERE = {"assigned": "assignment", "deck": "slides", "sheet": "summary", "summaries": "summary"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"nlviz.teaching has no {name!r}; it has {', '.join(__all__)}", name=name)
    return getattr(import_module(f"nlviz.teaching.{_WHERE[name]}"), name)
