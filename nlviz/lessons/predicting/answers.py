"""Where answers are kept: one line of JSON for each, appended to a file on the student's own machine.

Nothing is sent, and nothing is overwritten until the student asks for it (`forget_answers`). Several people on one
account each have a file (`person`). Without a live notebook nothing is written at all: an answer given in code then
counts for that run.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from platformdirs import user_data_path

from nlviz._attended import attended
from nlviz.door.files import written
from nlviz.door.words import refuse
from nlviz.lessons.predicting.questions import Question, question
from nlviz.lessons.words import say

__all__ = [
    "Given",
    "Standing",
    "again",
    "first",
    "forget_answers",
    "given",
    "person",
    "place",
    "read",
    "record",
    "reveal",
    "standing",
    "standing_of",
    "waive",
]

_VARIABLE, _PERSON = "NLVIZ_ANSWERS", "NLVIZ_PERSON"

# What could not be written, or was not to be: it lives as long as the kernel.
SESSION: list[dict[str, Any]] = []


class Given(NamedTuple):
    """The answer that counts, or, if there was none before the reveal, the first one after it."""

    answer: Any
    late: bool


class Standing(NamedTuple):
    """How things stand between a student and a question, in the round begun last.

    revealed: what was measured has been shown. waived: the student asked to see it without predicting.
    """

    given: Given | None = None
    revealed: bool = False
    waived: bool = False

    @property
    def may_see(self) -> bool:
        """Whether what was measured is a secret no longer."""
        return self.given is not None or self.revealed or self.waived


def person(name: str | None = None) -> str:
    """Whose answers are kept from here on, after choosing `name` if one is given; "" is the account's own.

    For several students on one account: each has a file of answers. The choice holds for this kernel; the environment
    variable NLVIZ_PERSON holds it for all notebooks. Raises ValueError for a name that cannot be part of a file's name.

        person("ada")
    """
    chosen = os.environ.get(_PERSON, "") if name is None else name
    if not isinstance(chosen, str) or not re.fullmatch(r"[\w-]*", chosen):
        refuse(_PERSON if name is None else "name", chosen, "letters, digits, - or _", 'as in person("ada")')
    if name is not None:
        os.environ[_PERSON] = chosen
    return chosen


def place() -> Path:
    """The file: NLVIZ_ANSWERS (a file, or a folder to keep it in), or one in the user's data folder; one per person."""
    chosen = os.environ.get(_VARIABLE)
    path = Path(chosen).expanduser() if chosen else user_data_path("nlviz", appauthor=False)
    file = path / "answers.jsonl" if path.is_dir() or not chosen else path
    return file.with_stem(f"{file.stem}-{person()}") if person() else file


def record(question: Question, answer: Any) -> str:
    """Keep an answer; gives "" or, where the file could not be written, why."""
    return _append(question, {"answer": answer})


def reveal(question: Question) -> None:
    """Keep that the student has now seen what was measured: an answer from here on is no prediction."""
    if not standing(question).revealed:
        _append(question, {"revealed": True})


def waive(question: Question) -> None:
    """Keep that the student asked to see what was measured without predicting it."""
    _append(question, {"waived": True})


def again(question: Question) -> None:
    """Begin a new round: what this student answered and saw so far counts no more. Polls count the first round."""
    _append(question, {"again": True})


def given(question: Question) -> Given | None:
    """What this student answered to this wording of the question."""
    return standing(question).given


def standing(question: Question) -> Standing:
    """How things stand with this wording of the question."""
    return standing_of([*_kept(), *SESSION], question.id, question.version)


def standing_of(events: Iterable[dict[str, Any]], id: str, version: str) -> Standing:
    """How things stand after these events."""
    now = Standing()
    for event in events:
        if (event.get("question"), event.get("version")) == (id, version):
            now = _after(now, event)
    return now


def first(events: Iterable[dict[str, Any]], id: str, version: str) -> Given | None:
    """The first answer of all before a reveal; else the first after it, marked late."""
    seen = False
    for event in events:
        if (event.get("question"), event.get("version")) != (id, version):
            continue
        seen = seen or event.get("revealed") is True
        if "answer" in event:
            return Given(event["answer"], seen)
    return None


def forget_answers(id: str | None = None) -> str:
    """Delete what this student answered to question `id` ("02.1"), or to every question; gives one line about it.

    What was revealed is forgotten too, so each may be predicted anew. Raises ValueError for an unknown question, and
    OSError for a file that cannot be read or written.
    """
    if id is not None:
        question(id)
    events, file = read(place()), place()
    left = [event for event in events if id is not None and event.get("question") != id]
    SESSION[:] = [event for event in SESSION if id is not None and event.get("question") != id]
    if len(left) < len(events):
        with written(file) as beside:
            beside.write_text("".join(map(_line, left)), encoding="utf-8")
    count = sum("answer" in event for event in events) - sum("answer" in event for event in left)
    return say("predict.forgotten", count=count, place=file)


def read(path: Path) -> list[dict[str, Any]]:
    """The events of a file, in order; a line that is broken (a machine that lost power) is passed over."""
    events = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _kept() -> list[dict[str, Any]]:
    try:
        return read(place()) if attended() else []
    except OSError:  # `record` says that the file cannot be used; a lesson goes on without it
        return []


def _append(question: Question, what: dict[str, Any]) -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    event = {"question": question.id, "version": question.version, **what, "at": now}
    if not attended():
        SESSION.append(event)
        return ""
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
        with place().open("ab+") as file:
            # a line that broke off (a machine that lost power) must not take this one with it
            file.write((b"" if _ends_well(file) else b"\n") + _line(event).encode())
    except OSError as problem:
        SESSION.append(event)
        return problem.strerror or str(problem)
    return ""


def _after(now: Standing, event: dict[str, Any]) -> Standing:
    """How things stand after one more event about the question."""
    if event.get("again") is True:
        return Standing()
    now = now._replace(
        revealed=now.revealed or event.get("revealed") is True, waived=now.waived or event.get("waived") is True
    )
    if "answer" in event and now.given is None:
        return now._replace(given=Given(event["answer"], now.revealed))
    return now


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False) + "\n"


def _ends_well(file: BinaryIO) -> bool:
    """Whether the file is empty or ends with its last line."""
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
