"""What a lesson's kernel shows while a page of it is made: a question, and what was measured, as the page will ask."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from IPython.core.display_functions import publish_display_data

from nlviz.lessons.predicting.comparing import in_words
from nlviz.lessons.predicting.predict import Asked, Unseen
from nlviz.lessons.predicting.questions import Options
from nlviz.lessons.words import catalog, say

__all__ = ["hand_over"]


def hand_over(shell: Any) -> None:
    """Make the IPython `shell` show questions and what they measure as HTML that `static/site.js` brings to life."""
    formatter = shell.display_formatter.ipython_display_formatter
    formatter.for_type(Asked, lambda asked: _publish("question", _question(asked), repr(asked)))
    formatter.for_type(Unseen, lambda unseen: _publish("reveal", told := _reveal(unseen), told["unseen"]))


def _publish(kind: str, told: dict[str, Any], words: str) -> None:
    """An output that a reader without scripts gets as `words`."""
    data = escape(json.dumps(told, ensure_ascii=False))
    html = f'<div data-{kind}="{data}"><p>{escape(words).replace(chr(10), "<br>")}</p></div>'
    publish_display_data({"text/html": html, "text/plain": words})


def _question(asked: Asked) -> dict[str, Any]:
    """All that a page needs to ask it: its form, the catalog's sentences, and what else the page says itself."""
    kind, id = asked.question.kind, asked.question.id
    return {
        "id": id,
        "version": asked.question.version,
        "form": asked.form,
        "words": {**asked.words, "sending": ""},
        "said": {name: text.replace("{question}", id) for name, text in catalog()["site_question"].items()},
        "options": kind.options if isinstance(kind, Options) else {},
    }


def _reveal(unseen: Unseen) -> dict[str, Any]:
    """What was measured, in words."""
    id = unseen.asked.id
    return {
        "id": id,
        "words": say("site.measured", measured=in_words(unseen.asked, unseen.measured)),
        "lines": list(unseen.lines),
        "unseen": say("site.waits", question=id),
    }
