"""Where answers are kept: one line of JSON for each, appended to a file on the student's own machine.

Nothing is sent, nothing is overwritten, and no name is kept. Without a live notebook nothing is written at all: an
answer given in code then counts for that run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from platformdirs import user_data_path

from nlviz.lessons.predicting.questions import Question
from nlviz.lessons.session import live

__all__ = ["Given", "first", "given", "place", "read", "record", "reveal"]

_VARIABLE = "NLVIZ_ANSWERS"

# What could not be written, or was not to be: it lives as long as the kernel.
SESSION: list[dict[str, Any]] = []


class Given(NamedTuple):
    """The answer that counts, or, if there was none before the reveal, the first one after it."""

    answer: Any
    late: bool


def place() -> Path:
    """The file: NLVIZ_ANSWERS (a file, or a folder to keep it in), or one in the user's data folder."""
    chosen = os.environ.get(_VARIABLE)
    path = Path(chosen).expanduser() if chosen else user_data_path("nlviz", appauthor=False)
    return path / "answers.jsonl" if path.is_dir() or not chosen else path


def record(question: Question, answer: Any) -> str:
    """Keep an answer; gives "" or, where the file could not be written, why."""
    return _append(question, {"answer": answer})


def reveal(question: Question) -> None:
    """Keep that the student has now seen what was measured: an answer from here on is no prediction."""
    _append(question, {"revealed": True})


def given(question: Question) -> Given | None:
    """What this student answered to this wording of the question."""
    return first([*_kept(), *SESSION], question.id, question.version)


def first(events: Iterable[dict[str, Any]], id: str, version: str) -> Given | None:
    """The first answer before the reveal; else the first after it, marked late."""
    revealed = False
    for event in events:
        if (event.get("question"), event.get("version")) != (id, version):
            continue
        revealed = revealed or event.get("revealed") is True
        if "answer" in event:
            return Given(event["answer"], revealed)
    return None


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
        return read(place()) if live() else []
    except OSError:  # `record` says that the file cannot be used; a lesson goes on without it
        return []


def _append(question: Question, what: dict[str, Any]) -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    event = {"question": question.id, "version": question.version, **what, "at": now}
    if not live():
        SESSION.append(event)
        return ""
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
        with place().open("ab+") as file:
            line = json.dumps(event, ensure_ascii=False) + "\n"
            # a line that broke off (a machine that lost power) must not take this one with it
            file.write((b"" if _ends_well(file) else b"\n") + line.encode())
    except OSError as problem:
        SESSION.append(event)
        return problem.strerror or str(problem)
    return ""


def _ends_well(file: BinaryIO) -> bool:
    """Whether the file is empty or ends with its last line."""
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
