"""`predict`: asked before the reveal, answered by mouse, keyboard or code, compared with what was measured."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from nlviz.lessons.predicting import answers
from nlviz.lessons.predicting.comparing import compared
from nlviz.lessons.predicting.pictures import sketched
from nlviz.lessons.predicting.questions import Sketch, question
from nlviz.lessons.predicting.widget import Prediction
from nlviz.widgets import Player

__all__ = ["Compared", "CurveCompared", "predict"]


def predict(id: str, answer: Any = None) -> Asked:
    """The question `id` of the lessons, to be answered on the page or by `answer=`.

    answer: a number, an option's key, or the heights of a sketch. The first answer before the reveal is the one that is
    compared; a student who runs the cell again gets it back. Kept on this machine only, and, where nobody is there
    (nbval, nbconvert, a script), not even there.
    Raises ValueError for an unknown question or an answer that is none.

        predict("02.1")                    # in a cell of its own
        predict("02.1").reveal(52)         # in a later cell
    """
    asked = Asked(question(id))
    if answer is not None:
        asked.answer(answer)
    return asked


class Asked(Prediction):
    """A question on the page; `reveal` ends it."""

    def reveal(self, measured: Any) -> Compared | CurveCompared:
        """What was measured beside what was said: in words, for a sketch as a picture too.

        measured: a number, the right option's key, or (x, y) of a curve. With no answer it shows what was measured.
        """
        given = answers.given(self.question)
        words = compared(self.question, given, measured)
        answers.reveal(self.question)
        kind = self.question.kind
        if not isinstance(kind, Sketch):
            return Compared(words)
        drawn = None if given is None or given.late else given.answer
        return CurveCompared(words, sketched(kind, measured, drawn, words))


class Compared:
    """The comparison, one line."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return self.words

    def _repr_markdown_(self) -> str:
        return f"**{self.words}**"


class CurveCompared(Player):
    """The comparison of a sketch: both curves, and one line that is also the figure's title."""

    def __init__(self, words: str, figure: go.Figure) -> None:
        super().__init__(figure)
        self.words = words
