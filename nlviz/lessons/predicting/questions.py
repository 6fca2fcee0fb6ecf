"""The questions a student answers before the reveal: an option, a number, or a curve. Declared in the catalog."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.words import choice, number, refuse, shown
from nlviz.lessons.words import ENGLISH, say, table

__all__ = ["POINTS", "Estimate", "Options", "Question", "Sketch", "plain", "question", "version"]

# Few enough to reach each by Tab, enough for one bend.
POINTS = 7


@dataclass(frozen=True)
class Options:
    """One of several; an answer is an option's key."""

    options: Mapping[str, str]

    def check(self, answer: object) -> str:
        """The answer's key; the option's own words are taken too. Raises ValueError."""
        said = {words: key for key, words in self.options.items()}
        return said[answer] if isinstance(answer, str) and answer in said else choice("answer", answer, self.options)

    def words(self, answer: str) -> str:
        return self.options[answer]

    def asked(self) -> str:
        """What is to be given, in one line."""
        return say("predict.options", options=" · ".join(self.options.values()))

    def form(self) -> dict[str, Any]:
        return {"kind": "options", "options": [list(pair) for pair in self.options.items()]}


@dataclass(frozen=True)
class Estimate:
    """A number from low to high, in a unit."""

    low: float
    high: float
    step: float
    unit: str

    def check(self, answer: object) -> float:
        """The answer as a float. Raises ValueError outside the range."""
        try:
            return number("answer", answer, least=self.low, most=self.high)
        except ValueError:  # it is read beside the question, which has said the rest
            wanted = f"a number from {self.low:g} to {self.high:g}"
            raise ValueError(f"{shown(answer)} is no answer here; give {wanted}") from None

    def words(self, answer: float) -> str:
        return f"{answer:.4g}"

    def asked(self) -> str:
        """What is to be given, in one line."""
        return say("predict.number", low=f"{self.low:g}", high=f"{self.high:g}", unit=self.unit)

    def form(self) -> dict[str, Any]:
        return {"kind": "number", "low": self.low, "high": self.high, "step": self.step, "unit": self.unit}


@dataclass(frozen=True)
class Axis:
    """One side of a sketch."""

    title: str
    low: float
    high: float


@dataclass(frozen=True)
class Sketch:
    """A curve, drawn as POINTS heights at equal distances along x."""

    x: Axis
    y: Axis

    @property
    def places(self) -> np.ndarray:
        """Where along x the points stand: at whole numbers, where x has enough of them."""
        places = np.linspace(self.x.low, self.x.high, POINTS)
        return places.round() if self.x.high - self.x.low >= 10 * POINTS else places

    def check(self, answer: object) -> list[float]:
        """The answer as a list of heights. Raises ValueError for another count, or a height off the paper."""
        try:
            heights = array("answer", answer, "points", finite=True)
        except ValueError:
            heights = np.empty(0)
        if len(heights) != POINTS or heights.min() < self.y.low or heights.max() > self.y.high:
            expected = f"a sketch: {POINTS} heights from {self.y.low:g} to {self.y.high:g}"
            refuse("answer", answer, expected, f"they stand at {self.x.title} {self._at()}")
        return heights.astype(float).tolist()

    def words(self, answer: list[float]) -> str:
        return ", ".join(f"{y:.3g}" for y in answer)

    def asked(self) -> str:
        """What is to be given, in one line."""
        return say("predict.sketch", x=self.x.title, y=self.y.title, points=POINTS, at=self._at())

    def form(self) -> dict[str, Any]:
        return {"kind": "sketch", "x": vars(self.x), "y": vars(self.y), "places": self.places.tolist()}

    def _at(self) -> str:
        return ", ".join(f"{x:.4g}" for x in self.places)


@dataclass(frozen=True)
class Question:
    """What is asked, how it is answered, and the mark of this wording."""

    id: str
    title: str
    text: str
    kind: Options | Estimate | Sketch
    version: str


def question(id: str) -> Question:
    """The question named `id`, such as "02.1". Raises ValueError if there is none."""
    words = table("questions", id)
    return Question(id, words["title"], words["text"], _kind(words), version(id))


def plain(text: str) -> str:
    """The words of a question without its marks (*stressed*, `code`), for where nothing shows them as such."""
    return re.sub(r"`([^`]+)`|\*([^*]+)\*", lambda mark: mark[1] or mark[2], text)


def version(id: str) -> str:
    """A mark of what is asked. An answer belongs to it: to another question it would be none.

    Taken of the English words, so that a student may change the language and keep the answer.
    """
    words = {key: value for key, value in table("questions", id, ENGLISH).items() if key != "title"}
    asked = json.dumps(words, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def _kind(words: Mapping[str, Any]) -> Options | Estimate | Sketch:
    if words["kind"] == "options":
        return Options(words["options"])
    if words["kind"] == "number":
        return Estimate(words["low"], words["high"], words["step"], words["unit"])
    return Sketch(Axis(**words["x"]), Axis(**words["y"]))
