"""A question on the page: native inputs, a sketch of draggable points, and the words of its state."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakSet

import anywidget
import traitlets as t

from nlviz.lessons.predicting import answers
from nlviz.lessons.predicting.questions import Question, plain
from nlviz.lessons.words import say, template
from nlviz.widgets.modules import joined
from nlviz.widgets.page import static
from nlviz.widgets.still import WIDGET, Still, bundle

__all__ = ["Prediction"]

_STATIC = Path(__file__).resolve().parents[1] / "static"
_SPOKEN = (
    "predict.record",
    "predict.yours",
    "predict.empty",
    "predict.untouched",
    "predict.waive",
    "predict.again",
    "predict.sending",
    "predict.how_sketch",
    "predict.point",
    "predict.height",
)

# Every question on a page: a reveal tells it that it is over.
_SHOWN: WeakSet[Prediction] = WeakSet()


class Prediction(anywidget.AnyWidget):
    """One question. What the page sends is checked and kept here; the page only shows."""

    _esm = joined(_STATIC / "predict.js")
    _css = "\n".join([(_STATIC / "predict.css").read_text(encoding="utf-8"), static("prose/prose.css")])
    form: t.Dict[str, Any] = t.Dict().tag(sync=True)
    words: t.Dict[str, Any] = t.Dict().tag(sync=True)
    shown: t.Any = t.Any(None, allow_none=True).tag(sync=True)
    status: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)
    problem: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)
    replies: t.Int[int, int] = t.Int(0).tag(sync=True)
    # What a second button offers: "waive", "again", or nothing.
    offer: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)

    def __init__(self, question: Question) -> None:
        self.question = question
        self._still = Still()
        now = answers.standing(question)
        label = say("predict.label", question=question.id)
        super().__init__(
            form={**question.kind.form(), "text": question.text, "label": label},
            # The page fills in what it alone knows: where a point stands.
            words={key.split(".")[1]: template(key) for key in _SPOKEN},
            shown=now.given.answer if now.given else None,
            status=self._status(now, ""),
            offer=_offer(now),
        )
        self.on_msg(self._hear)
        _SHOWN.add(self)

    def answer(self, answer: Any) -> None:
        """Record an answer. If there was one before, that one stays. Raises ValueError if it is none."""
        mine = self.question.kind.check(answer)
        before = answers.given(self.question)
        problem = "" if before else answers.record(self.question, mine)
        said = self._status(answers.standing(self.question), problem)
        if before and before.answer != mine:
            said = f"{say('predict.first_counts', answer=self._words(before.answer))} {said}"
        self._stand(said)

    def waive(self) -> None:
        """Let what was measured be shown without a prediction."""
        answers.waive(self.question)
        self._stand()

    def again(self) -> None:
        """Begin a new round: predict as if for the first time."""
        answers.again(self.question)
        self._stand()

    def tell(self) -> None:
        """Let every page that shows this question say how things stand now."""
        for asked in list(_SHOWN):
            if asked.question.id == self.question.id:
                asked._stand()

    def close(self) -> None:
        """Take the question off every page, and its layout with it."""
        layout = self.layout
        super().close()
        layout.close()

    def _hear(self, _: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        try:
            if content.get("offer") == "waive":
                self.waive()
            elif content.get("offer") == "again":
                self.again()
            else:
                self.answer(content.get("answer"))
        except ValueError as problem:
            self.problem = str(problem)
        # Each press is answered, also one that changes nothing: the page waits for it.
        self.replies += 1

    def _stand(self, said: str = "") -> None:
        """Show how things stand now."""
        now = answers.standing(self.question)
        with self.hold_sync():
            self.shown = now.given.answer if now.given else None
            self.status, self.problem, self.offer = said or self._status(now, ""), "", _offer(now)

    def _status(self, now: answers.Standing, problem: str) -> str:
        where = {"place": answers.place(), "question": self.question.id}
        if now.given is None:
            return self._unanswered(now, where)
        said = self._words(now.given.answer)
        if now.given.late:
            return say("predict.late", answer=said)
        if problem:
            return say("predict.kept_here", answer=said, problem=problem, **where)
        if any(event.get("question") == self.question.id for event in answers.SESSION):
            return say("predict.session", answer=said)
        return say("predict.kept", answer=said, **where)

    def _unanswered(self, now: answers.Standing, where: dict[str, object]) -> str:
        if now.revealed:
            return say("predict.seen")
        return say("predict.waived") if now.waived else say("predict.stays_in", **where)

    def _words(self, answer: Any) -> str:
        return self.question.kind.words(answer)

    def __repr__(self) -> str:
        """The question in words, never the answer: a notebook is committed and compared without what its user said."""
        label = say("predict.label", question=self.question.id)
        return f"{label}: {plain(self.question.text)}\n{self.question.kind.asked()}\n{say('predict.stays')}"

    def _ipython_display_(self, **_: Any) -> None:
        """The live question, and behind it its words, for where no kernel asks it."""
        self._still.show(self.model_id, repr(self))

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        live = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {WIDGET: live, **bundle(repr(self))}, {}


def _offer(now: answers.Standing) -> str:
    """What a second button offers."""
    if now.revealed:
        return "again"
    return "" if now.may_see else "waive"
