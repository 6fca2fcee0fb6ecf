"""What three months of reading leave: what every arm paid for every byte, what it still knew, what it answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nlviz.agents.architect.legacy import Legacy
from nlviz.agents.architect.questions import Question
from nlviz.agents.architect.taught import Taught

__all__ = ["CHECKPOINTS", "Answers", "Checkpoint", "Months", "Piece"]

CHECKPOINTS: dict[str, int] = {"Week 1": 5, "Week 4": 20, "Month 3": 60}
"""After how many days of work each look is taken: weeks have five days, months four weeks."""


class Checkpoint(NamedTuple):
    """What is known at the end of "Week 1", "Week 4" or "Month 3", the memory as it stands and not written.

    known: [arms, texts], bits per byte of the text read in the week that each text is named after, re-read as it was
    read then, 32 pages of it at most: `texts` are "Week 1", "Week 4" and "Month 3", its last week. Of a week that is
    still to come it is what it would cost now.
    """

    name: str
    day: int
    texts: tuple[str, ...]
    known: np.ndarray


class Answers(NamedTuple):
    """What was answered at one checkpoint.

    bits: [arms, questions, candidates], what each candidate costs the arm; the cheapest is its answer. Of a question
    with fewer candidates the rest is inf. truth: [questions], the place of the right one by then; −1: not asked.
    """

    checkpoint: str
    bits: np.ndarray
    truth: np.ndarray

    @property
    def chosen(self) -> np.ndarray:
        """[arms, questions]: the place of the cheapest candidate."""
        return self.bits.argmin(-1)

    @property
    def right(self) -> np.ndarray:
        """[arms, questions]: whether it is the right one; NaN where the question was not asked."""
        return np.where(self.truth < 0, np.nan, self.chosen == self.truth)


class Months(NamedTuple):
    """Three months of reading, or as much of them as there is by now.

    legacy: what is read, day by day. arms: in the order of all axes named so. days: read by now.
    bits: [arms, time], what each byte read so far cost before it was written. surprise, written: [arms, time], ‖∇ℓ‖
    of a byte's write and whether it was one (0 to 1); NaN for an arm that writes nothing by gradient.
    moved: [arms, days], ‖W − W_0‖ in the evening. held: [arms, days], bytes that the arm keeps besides slow weights.
    levels: [days, 3], of the continuum: ‖day‖ in the evening before it is handed over, ‖week‖ and ‖month‖ after; NaN
    without it.
    checkpoints, answers: one for each of CHECKPOINTS that has been reached. questions: all that are asked.
    taught: for each checkpoint reached, for each question, which lines taught the memory of one rate its answer; empty
    without that arm.
    remarks: what had to be said on the way, such as a day that could not be kept.
    """

    legacy: Legacy
    arms: tuple[str, ...]
    days: int
    bits: np.ndarray
    surprise: np.ndarray
    written: np.ndarray
    moved: np.ndarray
    held: np.ndarray
    levels: np.ndarray
    checkpoints: tuple[Checkpoint, ...]
    questions: tuple[Question, ...]
    answers: tuple[Answers, ...]
    taught: tuple[tuple[Taught, ...], ...] = ()
    remarks: tuple[str, ...] = ()


class Piece(NamedTuple):
    """One more day has been read: `done` of `total` days by now. `so_far()` is the Months up to here."""

    done: int
    total: int
    so_far: Callable[[], Months]
