"""How far a run is: what a run says of itself, and what the page is told of it.

A run that takes its time is a generator: it yields `Progress` between pieces of work and returns its Trace.

    def run(length: int) -> Generator[Progress, None, Trace]:
        for done in range(0, length, 100):
            ...                                            # a piece of at most about 50 ms
            yield Progress(done, length, partial=so_far)   # so_far() -> Trace, asked for only on Stop
        return so_far()
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from nlviz.trace import Trace

__all__ = ["Meter", "Progress"]

# Seconds. Shorter work shows no progress; a page that is told more often than ten times a second has only more to do.
WORTH_SAYING = 0.3
BETWEEN = 0.1


class Progress(NamedTuple):
    """`done` of `total` of something, by now. partial: gives the Trace of what is done, if that can be shown."""

    done: int
    total: int
    noun: str = "tokens"
    partial: Callable[[], Trace] | None = None

    def __str__(self) -> str:
        """As in "3,200 of 60,000 tokens"."""
        return f"{self.done:,} of {self.total:,} {self.noun}"


class Meter:
    """Tells the page of one run: its progress with rate and time left, from 0.3 s on, at most every 100 ms.

    tell: sends a message. can_stop: False while a cell runs it, because then nobody would hear a Stop.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None], *, can_stop: bool) -> None:
        self._tell, self._can_stop = tell, can_stop
        self._start = time.monotonic()
        self._told: float | None = None

    def show(self, progress: Progress) -> None:
        """Tell of `progress`, unless it is too early or too soon after the last time."""
        now = time.monotonic()
        soon = now - self._start < WORTH_SAYING if self._told is None else now - self._told < BETWEEN
        if soon:
            return
        self._told = now
        rate = progress.done / (now - self._start)
        left = (progress.total - progress.done) / rate if rate else None
        said = {"done": progress.done, "total": progress.total, "noun": progress.noun, "rate": rate, "left": left}
        self._tell({"kind": "progress", "can_stop": self._can_stop, **said})

    def end(self, note: str = "") -> None:
        """Tell that the run has ended, and how if not by itself; nothing if the page never knew of it."""
        if self._told is not None or note:
            self._tell({"kind": "ended", "note": note})
