"""What makes labs a lesson: predict, check, hint, solution, glossary.

course       the lessons, a folder each: their exercises, solutions and words
checking     what an exercise is, and how an answer is judged
predicting   what a question is, how it is asked, kept and compared
catalog      every sentence of the machinery, and the glossary

Nothing heavy is loaded until a name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlviz.lessons.checking.check import check
    from nlviz.lessons.checking.hints import hint, solution
    from nlviz.lessons.checking.yours import yours
    from nlviz.lessons.predicting.answers import forget_answers, person
    from nlviz.lessons.predicting.polling import poll_summary
    from nlviz.lessons.predicting.predict import predict
    from nlviz.lessons.terms import glossary
    from nlviz.lessons.words import language

__all__ = [
    "check",
    "forget_answers",
    "glossary",
    "hint",
    "language",
    "person",
    "poll_summary",
    "predict",
    "solution",
    "yours",
]

_WHERE = {
    "check": "checking.check",
    "forget_answers": "predicting.answers",
    "glossary": "terms",
    "hint": "checking.hints",
    "language": "words",
    "person": "predicting.answers",
    "poll_summary": "predicting.polling",
    "predict": "predicting.predict",
    "solution": "checking.hints",
    "yours": "checking.yours",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"nlviz.lessons has no {name!r}; it has {', '.join(__all__)}", name=name)
    return getattr(import_module(f"nlviz.lessons.{_WHERE[name]}"), name)
