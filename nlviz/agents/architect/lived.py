"""One life with a codebase: slow weights, all arms, and what has been measured so far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from nlviz.agents.architect.arms import THRESHOLD, Arm, Continuum, Frozen, Head, Paid, Window
from nlviz.agents.architect.asleep import Asleep
from nlviz.agents.architect.blanks import Candidates
from nlviz.agents.architect.caches import NGrams, Retrieval
from nlviz.agents.architect.kept import digest
from nlviz.agents.architect.legacy import DAYS_A_WEEK, Legacy
from nlviz.agents.architect.pages import Strips, pages_of, strips_of
from nlviz.agents.architect.questions import Question
from nlviz.agents.architect.results import CHECKPOINTS, Answers, Checkpoint, Months
from nlviz.agents.architect.taught import Tracing
from nlviz.outer.models.byte_model import ByteModel

__all__ = ["ARMS", "TRACED", "Life", "Made"]

Made = Callable[[Tensor], Arm]
"""An arm from the slow head W_0 [256, d_key]."""

ARMS: dict[str, Made] = {
    "frozen": Frozen,
    "window": Window,
    "n-gram cache": NGrams,
    "retrieval": Retrieval,
    "one rate": Head,
    "surprise-gated": lambda head: Head(head, threshold=THRESHOLD),
    "continuum": Continuum,
    "continuum with sleep": Asleep,
}
"""How the codebase is lived with, by name."""
TRACED = "one rate"
"""The arm whose answers are traced to lines."""
AGAIN = 32
"""Pages of a week that are read again at a checkpoint, at most: every so many-th."""
_LEVELS = 3


class Life:
    """All arms, day by day. Its `kept` and `resumed` are all that it must have to go on."""

    def __init__(self, project: Legacy, arms: Mapping[str, Made], questions: tuple[Question, ...]) -> None:
        self.project, self.names, self.questions, self.days = project, tuple(arms), questions, 0
        self.model = ByteModel.load()
        head = self.model.head_weights().detach()
        self.arms = {name: made(head) for name, made in arms.items()}
        self.paid = [Paid(*(torch.zeros(0) for _ in Paid._fields)) for _ in arms]
        self.evenings = dict[str, list[list[float]]](moved=[], held=[], levels=[])
        self.known: list[np.ndarray] = []
        self.answers: list[np.ndarray] = []
        self.remarks: list[str] = []
        self._again: dict[str, Strips] = {}
        self._candidates = Candidates(self.model, questions)
        self.tracing = None
        if isinstance(self.arms.get(TRACED), Head) and questions:
            self.tracing = Tracing(project, self.model, questions, len(CHECKPOINTS))

    @property
    def fingerprint(self) -> str:
        """Of the text, the model, the arms and what is asked: what a run kept on disk must be of."""
        held = hashlib.sha256(digest(self.model.state_dict()).encode())
        held.update(self.project.bytes.tobytes())
        held.update(repr((self.project.files, self.names, self.questions)).encode())
        return held.hexdigest()

    def live(self) -> None:
        """One more day, and what is asked in its evening."""
        span = self.project.day(self.days)
        pages = self._pages(span)
        for at, (name, arm) in enumerate(self.arms.items()):
            paid = self._day(name, arm, span, pages)
            self.paid[at] = Paid(*(torch.cat(both) for both in zip(self.paid[at], paid, strict=True)))
        self.days += 1
        self._evening()
        if self.days in CHECKPOINTS.values():
            self.known.append(np.array([[self._again_by(arm, text) for text in CHECKPOINTS] for arm in self._all]))
            self.answers.append(self._asked())

    @property
    def _all(self) -> list[Arm]:
        return list(self.arms.values())

    def _day(self, name: str, arm: Arm, span: slice, pages: Strips) -> Paid:
        if name != TRACED or self.tracing is None or not isinstance(arm, Head):
            return arm.day(pages)
        arm.writes = []
        paid = arm.day(pages)
        self.tracing.see(span, pages, torch.cat(arm.writes), arm.rate, len(self.answers))
        arm.writes = None
        return paid

    def _evening(self) -> None:
        levels = [list(arm.levels) for arm in self._all if isinstance(arm, Continuum) and not isinstance(arm, Asleep)]
        self.evenings["moved"].append([arm.moved for arm in self._all])
        self.evenings["held"].append([float(arm.held) for arm in self._all])
        self.evenings["levels"].append(levels[0] if levels else [np.nan] * _LEVELS)

    def _pages(self, span: slice, most: int | None = None) -> Strips:
        text = self.project.bytes
        pages = pages_of(self.project.files, span)
        pages = pages if most is None else pages[:: -(-len(pages) // most)]
        return strips_of(self.model, [(text[before:stop], start - before) for before, start, stop in pages])

    def _again_by(self, arm: Arm, text: str) -> float:
        if text not in self._again:
            self._again[text] = self._pages(self.project.week(CHECKPOINTS[text] // DAYS_A_WEEK), most=AGAIN)
        pages = self._again[text]
        return float(arm.costs(pages).sum() / pages.counted.sum())

    def _asked(self) -> np.ndarray:
        """Bits of every candidate, [arms, questions, candidates]."""
        asked = self._candidates.at(len(self.answers))
        most = max((len(one.candidates) for one in self.questions), default=0)
        found = np.full((len(self.arms), len(self.questions), most), np.inf)
        places = [(at, place) for at, one in enumerate(self.questions) for place in range(len(one.candidates))]
        if places:
            at, place = np.array(places).T
            for row, arm in enumerate(self._all):
                found[row, at, place] = arm.costs(asked).sum(1).numpy()
        return found

    def so_far(self) -> Months:
        """What has been measured by now."""
        paid = [np.stack([one[part].numpy() for one in self.paid]) for part in range(len(Paid._fields))]
        evenings = {name: np.array(rows, float) for name, rows in self.evenings.items()}
        named = list(CHECKPOINTS.items())[: len(self.known)]
        looks = (
            Checkpoint(name, day, tuple(CHECKPOINTS), known)
            for (name, day), known in zip(named, self.known, strict=True)
        )
        answers = (Answers(name, bits, self._truth(at)) for at, ((name, _), bits) in enumerate(self._answered()))
        tracing = self.tracing
        taught = () if tracing is None else (tracing.taught(self.project, at) for at in range(len(self.answers)))
        return Months(
            legacy=self.project,
            arms=self.names,
            days=self.days,
            bits=paid[0],
            surprise=paid[1],
            written=paid[2],
            moved=evenings["moved"].T,
            held=evenings["held"].T,
            levels=evenings["levels"],
            checkpoints=tuple(looks),
            questions=self.questions,
            answers=tuple(answers),
            taught=tuple(taught),
            remarks=tuple(self.remarks),
        )

    def _answered(self) -> list[tuple[tuple[str, int], np.ndarray]]:
        return list(zip(list(CHECKPOINTS.items()), self.answers, strict=False))

    def _truth(self, checkpoint: int) -> np.ndarray:
        return np.array([one.truth[checkpoint] for one in self.questions], int)

    def kept(self) -> dict[str, Tensor]:
        """All of it by name, for a file."""
        held = {f"evenings {name}": torch.tensor(rows, dtype=torch.float64) for name, rows in self.evenings.items()}
        held |= {f"known {at}": torch.from_numpy(one) for at, one in enumerate(self.known)}
        held |= {f"answers {at}": torch.from_numpy(one) for at, one in enumerate(self.answers)}
        if self.tracing is not None:
            held["traced"] = torch.from_numpy(self.tracing.table)
        for name, arm, paid in zip(self.names, self._all, self.paid, strict=True):
            held |= {f"{name}: {part}": one for part, one in arm.kept().items()}
            held |= {f"{name}; {part}": one for part, one in paid._asdict().items()}
        return held | {"days": torch.tensor(self.days)}

    def resumed(self, held: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        self.days = int(held["days"])
        self.evenings = {name: held[f"evenings {name}"].tolist() for name in self.evenings}
        self.known, self.answers = (_numbered(held, name) for name in ("known", "answers"))
        if self.tracing is not None:
            self.tracing.table[:] = held["traced"].numpy()
        for at, (name, arm) in enumerate(self.arms.items()):
            start = f"{name}: "
            arm.resumed({part.removeprefix(start): one for part, one in held.items() if part.startswith(start)})
            self.paid[at] = Paid(*(held[f"{name}; {part}"] for part in Paid._fields))


def _numbered(held: Mapping[str, Tensor], name: str) -> list[np.ndarray]:
    return [held[f"{name} {at}"].numpy() for at in range(len(CHECKPOINTS)) if f"{name} {at}" in held]
