"""What a class predicted, from the files of those who hand theirs in. Nobody is named: the files hold no names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import instance, several
from nlviz.lessons.predicting import answers
from nlviz.lessons.predicting.pictures import Counts, Line, polled
from nlviz.lessons.predicting.questions import Estimate, Options, Question, Sketch, question
from nlviz.lessons.words import ENGLISH, catalog, say

__all__ = ["Poll", "Summary", "poll_summary"]


_BARS = 8


@dataclass(frozen=True)
class Poll:
    """All answers to one question: the first of each file, given before the reveal."""

    question: Question
    answers: list[Any]

    def words(self) -> str:
        """Counts per option; median and quartiles; the mean sketch."""
        kind = self.question.kind
        if isinstance(kind, Options):
            counts = Counter(self.answers)
            return " · ".join(f"{words} {counts[key]}" for key, words in kind.options.items())
        if isinstance(kind, Estimate):
            low, median, high = (f"{value:.4g}" for value in np.quantile(self.answers, [0.25, 0.5, 0.75]))
            return say("poll.numbers", median=median, low=low, high=high, unit=kind.unit)
        return f"{say('poll.mean')}: {kind.words(self._mean())}"

    def part(self) -> Counts | Line:
        """What is drawn of it."""
        kind, title = self.question.kind, say("poll.heading", id=self.question.id, title=self.question.title)
        if isinstance(kind, Sketch):
            return Line(title, kind, np.asarray(self._mean()))
        if isinstance(kind, Options):
            counts = Counter(self.answers)
            return Counts(title, list(kind.options.values()), [counts[key] for key in kind.options])
        return Counts(title, *_bins(self.answers))

    def _mean(self) -> list[float]:
        return np.mean(self.answers, axis=0).tolist()


@dataclass(frozen=True)
class Summary:
    """What a class predicted, question by question. `print` it, or draw its `figure`."""

    polls: tuple[Poll, ...]
    people: int
    other_version: int = 0

    def figure(self) -> go.Figure:
        """A panel for each question. Raises ValueError if nobody answered."""
        if not self.polls:
            raise ValueError("nobody answered, so there is nothing to draw; are these the answers.jsonl of the class?")
        said = " ".join(f"{poll.question.id}: {poll.words()}." for poll in self.polls)
        return polled([poll.part() for poll in self.polls], say("poll.title", people=self._people()), said)

    def _people(self) -> str:
        return say("poll.person") if self.people == 1 else say("poll.people", count=self.people)

    def __repr__(self) -> str:
        rows = [
            f"{poll.question.id}  {say('poll.counted', count=len(poll.answers)):>14}  {poll.words()}"
            for poll in self.polls
        ]
        left = [say("poll.other_version", count=self.other_version)] if self.other_version else []
        return "\n".join([*rows, *left]) or say("poll.none")


def poll_summary(files: str | Path | Iterable[str | Path]) -> Summary:
    """What a class predicted, from the students' own answer files.

    files: a folder, all of whose .jsonl files are read, or the files. One file is one person; only first answers
    before the reveal count. Raises FileNotFoundError for a place that is not there.

        print(poll_summary("collected/"))
        poll_summary("collected/").figure()
    """
    paths = _paths(files)
    events = [answers.read(path) for path in paths]
    polls, stale = [], 0
    for id in catalog(ENGLISH)["questions"]:
        asked = question(id)
        firsts = [answers.first(person, id, asked.version) for person in events]
        counted = [given.answer for given in firsts if given and not given.late and _fits(asked, given.answer)]
        stale += sum(_elsewhere(person, asked) for person in events)
        if counted:
            polls.append(Poll(asked, counted))
    return Summary(tuple(polls), sum(any("answer" in event for event in person) for person in events), stale)


def _paths(files: str | Path | Iterable[str | Path]) -> list[Path]:
    named = [files] if isinstance(files, str | Path) else several("files", files, what="files")
    chosen = [Path(instance("files", file, (str, Path))) for file in named]
    for path in chosen:
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there; give a folder of answer files, or the files")
    return [file for path in chosen for file in (sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])]


def _fits(asked: Question, answer: Any) -> bool:
    """Whether an answer can be counted: a file may have been edited by hand."""
    try:
        asked.kind.check(answer)
    except ValueError:
        return False
    return True


def _elsewhere(person: list[dict[str, Any]], asked: Question) -> bool:
    """Whether this person answered the question only in an older wording."""
    versions = [event.get("version") for event in person if event.get("question") == asked.id and "answer" in event]
    return bool(versions) and asked.version not in versions


def _bins(numbers: list[float]) -> tuple[list[str], list[int]]:
    """A bar for each number where there are few, else eight, of equal ratios where guesses differ twentyfold."""
    different = sorted(set(numbers))
    if len(different) <= _BARS:
        return [f"{number:.4g}" for number in different], [numbers.count(number) for number in different]
    low, high = different[0], different[-1]
    edges = np.geomspace(low, high, _BARS + 1) if low > 0 and high > 20 * low else np.linspace(low, high, _BARS + 1)
    counts, _ = np.histogram(numbers, edges)
    return [f"{_round(left)}–{_round(right)}" for left, right in pairwise(edges)], counts.tolist()


def _round(edge: float) -> str:
    return f"{edge:.0f}" if edge >= 100 else f"{edge:.2g}"
