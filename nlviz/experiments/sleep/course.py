"""Days and nights: the shipped reader reads by day, and what its fast weights hold may be moved into the slow ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.one_thread import one_thread
from nlviz.experiments.sleep.night import Lessons, Night, as_it_stands, as_said, dreams, night_of, taught
from nlviz.experiments.sleep.texts import Days, pieces_of
from nlviz.inner import unroll
from nlviz.inner.states import Pending
from nlviz.memory import Gates, Pairs
from nlviz.outer.models.byte_model import BYTES, ByteModel

__all__ = ["ARMS", "CONTROLS", "LOOKS", "Arm", "Look", "course"]

LOOKS = 3
"""Looks by day, after each third of the text; and as many at night, after one at the empty memory."""
WARM = 16
"""Bytes of a piece that are not counted: each is read from an empty context."""
_AT_ONCE = 24


class Arm(NamedTuple):
    """What happens to fast and slow weights. fast: whether the memory is written by day, and whether it is cleared at
    night. replays: what the slow weights are taught at night, "text", "dreams" or "" for nothing. soft: whether they
    are taught what the memory said of it, else the bytes themselves. old: whether older text is among it."""

    fast: bool
    cleared: bool
    replays: str = ""
    soft: bool = False
    old: bool = False


ARMS: dict[str, Arm] = {
    "no sleep": Arm(fast=True, cleared=True),
    "sleep: replay": Arm(fast=True, cleared=True, replays="text", soft=True, old=True),
    "sleep: dreams": Arm(fast=True, cleared=True, replays="dreams", soft=True, old=True),
    "fine-tuning": Arm(fast=False, cleared=True, replays="text"),
    "only fast": Arm(fast=True, cleared=False),
}
"""The five ways to live through days and nights."""
CONTROLS: dict[str, Arm] = {
    "sleep: replay, nothing old": Arm(fast=True, cleared=True, replays="text", soft=True),
    "fine-tuning, old text too": Arm(fast=False, cleared=True, replays="text", old=True),
}
"""What tells the two parts of sleep apart: the older text, and learning from the memory in place of the bytes."""


class Look(NamedTuple):
    """What is known at one moment.

    day: 0 before the first, then 1, 2, …. night: whether it is night. share: how much of this day or night is over; a
    night begins with 0, the memory just cleared. bits: per byte of each text of `Days.names`. fast: ‖W − W_0‖, what the
    memory holds. slow: how far all slow weights are from where they began.
    """

    day: int
    night: bool
    share: float
    bits: tuple[float, ...]
    fast: float
    slow: float


def course(
    arm: str, days: Days, night: Night | None = None, *, inner_lr: float = 1.0, period: int = 16, seed: int = 0
) -> Iterator[tuple[int, tuple[Look, ...]]]:
    """Live through days and nights by one of ARMS or CONTROLS; after every piece of work its number, and all looks.

    The shipped `ByteModel` is slow weights θ with a head W_0; its fast weights W start at W_0. By day it reads the
    day's text as `read` does: every `period` bytes W ← W − θ_in Σ (softmax(W k) − onehot) kᵀ. In the evening its
    teacher is kept, the slow weights of then and W. At night W is cleared, W = W_0 of the slow weights as they are by
    then, and these are taught (`taught`), all of them:

                      of the day                     to say                of what is old                to say
        no sleep      nothing                                              nothing
        sleep: replay the text of the day            what W said           training text, earlier days   what W_0 said
        sleep: dreams text drawn from what W said    what W said           text drawn from W_0           what W_0 said
        fine-tuning   the text of the day            its bytes             nothing
        only fast     nothing, and W is never cleared                      nothing

    W_0 is that of the evening too: what was known without the day. Dreams need no text that was kept, of the day or
    before. Fine-tuning has no memory by day. All that are taught take equally many updates on equally many bytes.
    What is known is asked on text that was never read, W as it stands and not written: see `Look` and `Days`.
    inner_lr: θ_in. seed: of batches and dreams. The numbers are those of one thread.
    Raises ValueError for an arm that is none and numbers out of range, FloatingPointError where a night runs away.
    Source: systems consolidation, McClelland, McNaughton & O'Reilly 1995; soft targets, Hinton, Vinyals & Dean 2015
    (arXiv 1503.02531); the definitions are ours.

        >>> days = experiments.sleep.days_of([("a", b"import os\\n" * 205), ("b", b"x = 1\\n" * 342)])
        >>> *_, (_, looks) = experiments.sleep.course("no sleep", days)
        >>> [(look.day, look.night) for look in looks[::4]]
        [(0, False), (1, True), (2, False), (2, True)]
    """
    held = words.known("arm", arm, ARMS | CONTROLS)
    days, night = (
        words.instance("days", days, Days, "use days_of(texts)"),
        night_of(Night() if night is None else night),
    )
    rate, period = words.number("inner_lr", inner_lr, least=0.0), words.count("period", period, of="bytes")
    chance = Generator().manual_seed(words.seed("seed", seed))
    return _numbered(_Life(held, days, night, rate, period, chance))


def _numbered(life: _Life) -> Iterator[tuple[int, tuple[Look, ...]]]:
    """After every piece of work. More threads take sums in another order, which would be seen after a night."""
    pieces, number = life.lived(), 0
    while True:
        with one_thread():
            if next(pieces, None) is None:
                return
        yield number, tuple(life.looks)
        number += 1


class _Life:
    """One arm's model, from day to day: its slow weights, its memory, and what it has been asked so far."""

    def __init__(self, arm: Arm, days: Days, night: Night, rate: float, period: int, chance: Generator) -> None:
        self.arm, self.days, self.night, self.chance = arm, days, night, chance
        self.rate, self.period = rate, period
        self.model, self.memory = ByteModel.load(), None
        self.start = self.seen = _flat(self.model)
        self.asked = (days.before, *(day.asked for day in days.days))
        self.keys: list[Tensor] = []
        self.looks: list[Look] = []

    def lived(self) -> Iterator[str]:
        """All days and nights, one small piece of work at a time."""
        self._look(0, False, 1.0)
        yield "start"
        for day in range(1, len(self.days.days) + 1):
            yield from self._day(day)
            yield from self._night(day)

    def _day(self, day: int) -> Iterator[str]:
        text, place = self.days.days[day - 1].read[None], None
        edges = [round(len(text[0]) * part / LOOKS / self.period) * self.period for part in range(LOOKS)] + [None]
        for part in range(LOOKS):
            if self.arm.fast:
                for start in text[:, edges[part] : edges[part + 1]].split(1024, 1):
                    place = self._read(start, place)
                    yield "reading"
            self._look(day, False, (part + 1) / LOOKS)
            yield "read"

    def _read(self, text: Tensor, place: Any) -> Any:
        keys, place = self.model(text, place)
        pairs = Pairs(keys, F.one_hot(text.long(), BYTES).to(keys.dtype))
        gates, memory = Gates.constant(pairs, self.rate), self.model.memory()
        self.memory = unroll(memory, pairs, gates, state=self.memory, period=self.period, read_first=True).state
        return place

    def _night(self, day: int) -> Iterator[str]:
        evening = self._head()
        if self.arm.cleared:
            self.memory = None
        self._look(day, True, 0.0)
        yield "cleared"
        looked = [round(self.night.updates * part / LOOKS) for part in range(LOOKS + 1)]
        updates = iter(())
        if self.arm.replays:
            today, earlier = yield from self._lessons(day, evening)
            updates = taught(self.model, today, earlier, self.night, generator=self.chance)
        for part in range(LOOKS):
            for _ in islice(updates, looked[part + 1] - looked[part]):
                yield "update"
            self._look(day, True, (part + 1) / LOOKS)
            yield "looked"

    def _lessons(self, day: int, evening: Tensor) -> Any:
        """What is taught at night: of the day, and of what is old; made before the first update moves the teacher."""
        text = pieces_of(self.days.days[day - 1].read)
        old = torch.cat([self.days.old, *(pieces_of(one.read) for one in self.days.days[: day - 1])])
        if self.arm.replays == "dreams":
            count, text = len(text), (yield from self._dreamt(len(text), evening))
            old = yield from self._dreamt(count, None)
        today = yield from self._said(text, evening)
        earlier = (yield from self._said(old, None)) if self.arm.old else None
        return today, earlier

    def _dreamt(self, count: int, head: Tensor | None) -> Any:
        found = []
        for start in range(0, count, _AT_ONCE):
            found.append(dreams(self.model, min(_AT_ONCE, count - start), head, generator=self.chance))
            yield "dreaming"
        return torch.cat(found)

    def _said(self, text: Tensor, head: Tensor | None) -> Any:
        if not self.arm.soft:
            return as_it_stands(text)
        found = []
        for part in text.split(_AT_ONCE):
            found.append(as_said(self.model, part, head))
            yield "teacher"
        return Lessons(text, torch.cat([one.targets for one in found]))

    def _head(self) -> Tensor:
        """The fast weights as they stand: the slow head where nothing is written."""
        # what was read since the last whole write is not in them
        held = self.memory.state if isinstance(self.memory, Pending) else self.memory
        return self.model.head_weights().detach() if held is None else held.memory[0]

    def _look(self, day: int, night: bool, share: float) -> None:
        # keys change with the slow weights alone: most often they are those of the last look
        if not self.keys or not torch.equal(_flat(self.model), self.seen):
            self.seen = _flat(self.model)
            self.keys = [self.model.keys(text)[:, WARM:] for text in self.asked]
        head, slow = self._head(), self.model.head_weights()
        bits = tuple(_bits(keys @ head.mT, text) for keys, text in zip(self.keys, self.asked, strict=True))
        moved = float((self.seen - self.start).norm())
        self.looks.append(Look(day, night, share, bits, float((head - slow).norm()), moved))


def _bits(logits: Tensor, text: Tensor) -> float:
    counted = text[:, WARM:].long().flatten()
    return float(F.cross_entropy(logits.flatten(0, 1), counted)) / math.log(2)


def _flat(model: ByteModel) -> Tensor:
    return torch.cat([one.detach().flatten() for one in model.parameters()])
