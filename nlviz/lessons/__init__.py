"""What makes labs a lesson: predict, check, hint, solution, glossary. Every sentence stands in `catalog/`.

Nothing heavy is loaded until a name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlviz.lessons.checking import check
    from nlviz.lessons.helping import hint, solution
    from nlviz.lessons.polling import poll_summary
    from nlviz.lessons.predicting import predict
    from nlviz.lessons.terms import glossary
    from nlviz.lessons.words import language

__all__ = ["check", "glossary", "hint", "language", "poll_summary", "predict", "solution"]

_WHERE = {
    "check": "checking",
    "glossary": "terms",
    "hint": "helping",
    "language": "words",
    "poll_summary": "polling",
    "predict": "predicting",
    "solution": "helping",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"nlviz.lessons has no {name!r}; it has {', '.join(__all__)}", name=name)
    return getattr(import_module(f"nlviz.lessons.{_WHERE[name]}"), name)
