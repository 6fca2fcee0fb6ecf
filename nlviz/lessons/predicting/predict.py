"""`predict`: asked before the reveal, answered by mouse, keyboard or code, compared with what was measured."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from nlviz._attended import attended
from nlviz.lessons.predicting import answers
from nlviz.lessons.predicting.comparing import compared
from nlviz.lessons.predicting.pictures import sketched
from nlviz.lessons.predicting.questions import Question, Sketch, question
from nlviz.lessons.predicting.widget import Prediction
from nlviz.lessons.words import say
from nlviz.widgets import Player

__all__ = ["Compared", "CurveCompared", "Unseen", "predict"]


def predict(id: str, answer: Any = None, *, again: bool = False) -> Asked:
    """The question `id` of the lessons, to be answered on the page or by `answer=`.

    answer: a number, an option's key, or the heights of a sketch. The first answer before the reveal is the one that is
    compared; a student who runs the cell again gets it back. again: begin a new round, in which what was answered and
    seen before counts no more. Answers are kept on this machine only (`place` in `answers` says where,
    `forget_answers` deletes them), and, where nobody is there (nbval, nbconvert, a script), not even there.
    Raises ValueError for an unknown question or an answer that is none.

        predict("02.1")                    # in a cell of its own
        predict("02.1").reveal(52)         # in a later cell
    """
    asked = Asked(question(id))
    if again:
        asked.again()
    if answer is not None:
        asked.answer(answer)
    return asked


class Asked(Prediction):
    """A question on the page; `reveal` ends it."""

    def reveal(self, measured: Any, *lines: str, waived: bool = False) -> Compared | CurveCompared | Unseen:
        """What was measured beside what was said: in words, for a sketch as a picture too.

        measured: a number, the right option's key, or (x, y) of a curve. lines: what else was measured, a table say,
        printed with it. To a student who has not predicted it shows nothing and records nothing, unless it is waived:
        here, or by the button beside the question. Where nobody is there, it gives what a notebook may be committed
        with: the page shows no number, the text that nbval compares holds them all.
        Raises ValueError for a measured value of another kind than the question asks for.
        """
        now = answers.standing(self.question)
        words = compared(self.question, now.given, measured)
        if not (waived or now.may_see):
            waits = Compared(say("reveal.waits", question=self.question.id))
            return waits if attended() else Unseen(words, *lines, asked=self.question, measured=measured)
        answers.reveal(self.question)
        self.tell()
        if lines:
            print(*lines, sep="\n")
        kind = self.question.kind
        if not isinstance(kind, Sketch):
            return Compared(words)
        drawn = None if now.given is None or now.given.late else now.given.answer
        return CurveCompared(words, sketched(kind, measured, drawn, words))


class Unseen:
    """What was measured while nobody had asked: out of sight on every page, in plain text for those who compare.

    asked, measured: the question and its answer, for a page that keeps them until somebody predicts there.
    """

    def __init__(self, words: str, *lines: str, asked: Question, measured: Any) -> None:
        self.words = words
        self.lines = lines
        self.asked, self.measured = asked, measured

    def __repr__(self) -> str:
        return "\n".join([*self.lines, self.words])

    def _repr_html_(self) -> str:
        # of an output that has HTML every page shows that, and not the text beside it
        return f"<p>{say('reveal.unseen')}</p>"


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
