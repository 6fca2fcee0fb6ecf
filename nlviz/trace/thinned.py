"""Thinned: traces of consecutive pieces as one of bounded size, however long the run: rows become means of blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlviz.door import words
from nlviz.trace.parts import Mark, Signal
from nlviz.trace.trace import Trace

__all__ = ["Thinned"]

MARKS = 100
"""Marks that are kept, the first ones: what has diverged stays so."""


class Thinned:
    """Takes the traces of a run piece by piece; no signal of `trace()` ever has more than `rows` rows.

        row = mean of `block` measurements, timed at the last;  block = 1, 2, 4, …: it doubles when the rows are full

    All blocks of a signal are of one length, but for the last, which holds what has come. What the rule did stands in
    the trace's note "thinned", signal by signal. Nothing but sums is kept in between: memory does not grow.
    rows: an even number, at least 2. Raises ValueError for another, and for pieces whose signals differ.

        >>> kept = trace.Thinned(rows=4)
        >>> for start in (0, 5):
        ...     kept.add(trace.Trace({"bits": trace.Signal(np.arange(5.0)[:, None], np.arange(5), "bits")}), start)
        >>> kept.trace()["bits"].values[:, 0], kept.trace()["bits"].times
        (array([1.5 , 1.75, 3.5 ]), array([3, 7, 9]))
        >>> kept.trace().noted("thinned")
        ('bits: every row is the mean of 4',)
    """

    def __init__(self, rows: int = 2000) -> None:
        self.rows: int = words.count("rows", rows, least=2)
        if self.rows % 2:
            words.refuse("rows", rows, "an even number", f"use {self.rows + 1}")
        self._signals: dict[str, _Kept] = {}
        self._marks: tuple[Mark, ...] = ()

    def add(self, piece: Trace, start: int = 0) -> None:
        """The next piece, its times counted from `start`."""
        words.instance("piece", piece, Trace)
        start = words.count("start", start, least=0, of="tokens")
        if not self._signals:
            self._signals = {name: _Kept(self.rows, signal) for name, signal in piece.items()}
        if set(self._signals) != set(piece):
            words.refuse("signals of the piece", sorted(piece), f"those of the first, {sorted(self._signals)}")
        for name, signal in piece.items():
            self._signals[name].add(signal.values, signal.times + start)
        self._marks = (*self._marks, *(Mark(one.time + start, *one[1:]) for one in piece.marks))[:MARKS]

    def trace(self) -> Trace:
        """What has come so far."""
        said = tuple(
            f"{name}: every row is the mean of {one.block}" for name, one in self._signals.items() if one.block > 1
        )
        notes: dict[str, Any] = {"thinned": said} if said else {}
        return Trace({name: one.signal() for name, one in self._signals.items()}, marks=self._marks, notes=notes)


class _Kept:
    """One signal: sums of whole blocks, and of the one that is filling up."""

    def __init__(self, rows: int, like: Signal) -> None:
        self.like: Signal = like
        self.block: int = 1
        self.sums: np.ndarray = np.zeros((rows, *like.values.shape[1:]))
        self.times: np.ndarray = np.zeros(rows, int)
        self.full: int = 0
        self.rest: np.ndarray = self.sums[0].copy()
        self.count: int = 0
        self.last: int = 0

    def add(self, values: np.ndarray, times: np.ndarray) -> None:
        first = 0
        while first < len(values):
            taken = min(self.block - self.count, len(values) - first)
            if self.count or taken < self.block:
                self._fill(values[first : first + taken], times[first : first + taken])
            else:
                taken = self._whole(values[first:], times[first:])
            first += taken
            if self.full == len(self.sums):
                self._double()

    def _fill(self, values: np.ndarray, times: np.ndarray) -> None:
        """Rows that go on with the block that is filling up, or begin one and do not fill it."""
        self.rest = self.rest + values.sum(0)
        self.count, self.last = self.count + len(values), int(times[-1])
        if self.count == self.block:
            self.sums[self.full], self.times[self.full] = self.rest, self.last
            self.full, self.count, self.rest = self.full + 1, 0, np.zeros_like(self.rest)

    def _whole(self, values: np.ndarray, times: np.ndarray) -> int:
        """As many whole blocks as there are and fit; how many rows that were."""
        many = min(len(values) // self.block, len(self.sums) - self.full)
        rows, here = many * self.block, slice(self.full, self.full + many)
        self.sums[here] = values[:rows].reshape(many, self.block, *values.shape[1:]).sum(1)
        self.times[here] = times[self.block - 1 : rows : self.block]
        self.full += many
        return rows

    def _double(self) -> None:
        half = self.full // 2
        self.sums[:half] = self.sums[0 : self.full : 2] + self.sums[1 : self.full : 2]
        self.times[:half] = self.times[1 : self.full : 2]
        self.block, self.full = 2 * self.block, half

    def signal(self) -> Signal:
        values, times = self.sums[: self.full] / self.block, self.times[: self.full].copy()
        if self.count:
            values = np.concatenate([values, self.rest[None] / self.count])
            times = np.append(times, self.last)
        return self.like._replace(values=values, times=times)
