"""Three months of reading, day by day: every arm reads the same pages; at three checkpoints all is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from nlviz.agents.architect.arms import THRESHOLD, Arm, Continuum, Frozen, Head, Paid, Window
from nlviz.agents.architect.legacy import DAYS, DAYS_A_WEEK, Legacy
from nlviz.agents.architect.pages import Strips, pages_of, strips_of
from nlviz.agents.architect.results import CHECKPOINTS, Checkpoint, Months, Piece
from nlviz.door import words
from nlviz.outer.models.byte_model import ByteModel

__all__ = ["ARMS", "month_pieces", "read_months"]

ARMS: dict[str, Callable[[Tensor], Arm]] = {
    "frozen": Frozen,
    "window": Window,
    "one rate": Head,
    "surprise-gated": lambda head: Head(head, threshold=THRESHOLD),
    "continuum": Continuum,
}
"""How the codebase is lived with, by name."""
AGAIN = 32
"""Pages of a week that are read again at a checkpoint, at most: every so many-th."""


def read_months(project: Legacy, arms: Sequence[str] = tuple(ARMS)) -> Months:
    """Live through three months with a codebase, by every arm asked for: what each paid, still knew, and answered.

    >>> project = agents.architect.legacy("email", limit=8_000)
    >>> months = agents.architect.read_months(project, ("frozen", "one rate"))
    >>> months.arms, months.bits.shape, [one.name for one in months.checkpoints]
    (('frozen', 'one rate'), (2, 7680), ['Week 1', 'Week 4', 'Month 3'])
    """
    *_, last = month_pieces(project, arms)
    return last.so_far()


def month_pieces(project: Legacy, arms: Sequence[str] = tuple(ARMS)) -> Iterator[Piece]:
    """As `read_months`, day by day, for whoever wants to show how far it is or to stop.

    for piece in month_pieces(project):
        print(f"day {piece.done} of {piece.total}")
    months = piece.so_far()
    """
    project = words.instance("project", project, Legacy, 'use legacy("email")')
    names = tuple(words.choice(f"arms[{at}]", one, ARMS) for at, one in enumerate(words.several("arms", arms, least=1)))
    return _pieces(_Life(project, names))


def _pieces(life: _Life) -> Iterator[Piece]:
    while life.days < DAYS:
        with _one_thread():
            life.live()
        yield Piece(life.days, DAYS, life.so_far)


@contextmanager
def _one_thread() -> Iterator[None]:
    """More threads take sums in another order, which would be seen after some days."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_num_threads(before)


class _Life:
    """Slow weights, all arms, and what has been measured so far."""

    def __init__(self, project: Legacy, names: tuple[str, ...]) -> None:
        self.project, self.names, self.days = project, names, 0
        self.model = ByteModel.load()
        head = self.model.head_weights().detach()
        self.arms = {name: ARMS[name](head) for name in names}
        self.paid: list[tuple[Paid, ...]] = []
        self.moved: list[list[float]] = []
        self.held: list[list[int]] = []
        self.levels: list[list[float]] = []
        self.checkpoints: list[Checkpoint] = []
        self.again: dict[str, Strips] = {}

    def live(self) -> None:
        """One more day, and what is asked in its evening."""
        pages = self._pages(self.project.day(self.days))
        self.paid.append(tuple(arm.day(pages) for arm in self.arms.values()))
        self.days += 1
        self.moved.append([arm.moved for arm in self.arms.values()])
        self.held.append([arm.held for arm in self.arms.values()])
        levels = [arm.levels for arm in self.arms.values() if isinstance(arm, Continuum)]
        self.levels.append([float(one.norm()) for one in levels[0]] if levels else [np.nan] * 3)
        for name, day in CHECKPOINTS.items():
            if day == self.days:
                self.checkpoints.append(self._look(name))

    def _pages(self, span: slice, most: int | None = None) -> Strips:
        text = self.project.bytes
        pages = pages_of(self.project.files, span)
        pages = pages if most is None else pages[:: -(-len(pages) // most)]
        return strips_of(self.model, [(text[before:stop], start - before) for before, start, stop in pages])

    def _look(self, name: str) -> Checkpoint:
        known = np.array([[self._known(arm, text) for text in CHECKPOINTS] for arm in self.arms.values()])
        return Checkpoint(name, self.days, tuple(CHECKPOINTS), known)

    def _known(self, arm: Arm, text: str) -> float:
        if text not in self.again:
            self.again[text] = self._pages(self.project.week(CHECKPOINTS[text] // DAYS_A_WEEK), most=AGAIN)
        pages = self.again[text]
        return float(arm.costs(pages).sum() / pages.counted.sum())

    def so_far(self) -> Months:
        """What has been measured by now."""
        bits, surprise, written = (
            np.stack([np.concatenate([day[at][part].numpy() for day in self.paid]) for at in range(len(self.names))])
            for part in range(3)
        )
        return Months(
            self.project,
            self.names,
            self.days,
            bits,
            surprise,
            written,
            np.array(self.moved).T,
            np.array(self.held).T,
            np.array(self.levels),
            tuple(self.checkpoints),
            (),
            (),
        )
