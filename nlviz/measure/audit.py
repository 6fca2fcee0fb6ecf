"""A leak audit: does a reader score every byte before it knows it? One byte is changed, and the scores are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nlviz.door import words
from nlviz.measure.asking import Reader, scores
from nlviz.streams.code import Source
from nlviz.streams.raw import bytes_of

__all__ = ["Audit", "Check", "audit"]

LEAKS = ("state across texts", "batch mixing", "future byte", "over time", "score after write")
"""What is looked for, in this order."""

_SHORTEST, _PLACES = 8, 8
# rows of the 256 that are read together: more would need fast weights for each at the same time
_AT_ONCE = 32
# places of no period: a chunk of 8 or 16 bytes would never be cut at its middle by halves and quarters
_GOLDEN = 0.618034


class Check(NamedTuple):
    """One thing that was tried.

    name: the leak it looks for, one of five. found: whether it is there; None if it could not be tried.
    size: by how much scores moved, in bits; of "score after write" how far Σ p is from 1. position: the byte whose
    score moved most; None if none moved. said: what was done and what came of it, in words.
    """

    name: str
    found: bool | None
    size: float
    position: int | None
    said: str

    def __str__(self) -> str:
        return f"{'–' if self.found is None else '✗' if self.found else '✓'} {self.name}: {self.said}"


class Audit(NamedTuple):
    """All that was tried on a reader."""

    checks: tuple[Check, ...]

    @property
    def leaks(self) -> tuple[str, ...]:
        """The names of the leaks that were found."""
        return tuple(check.name for check in self.checks if check.found)

    @property
    def clean(self) -> bool:
        """Whether all was tried and no leak found."""
        return all(check.found is False for check in self.checks)

    def __str__(self) -> str:
        return "\n".join(map(str, self.checks))


def audit(
    reader: Reader,
    text: Source | bytes | np.ndarray,
    *,
    positions: Sequence[int] | None = None,
    sums: Sequence[int] | None = None,
    tolerance: float = 1e-3,
) -> Audit:
    """Look for five leaks in a reader by changing one byte at a time of `text`, [time].

        state across texts   the same text again, and again after another one: no score may move
        batch mixing         one row of three is changed: no score of another may move, nor that of a row read alone
        future byte          byte p is changed: no score before p may move
        over time            the text ends at p: no score before p may move; and where one moves, never most of them
        score after write    byte p is given all 256 values: Σ 2^(−bits_p) must be 1; who writes first gets more

    reader: bytes [batch, time] uint8 → bits [batch, time], −log₂ p of each byte. positions: the p of one changed byte,
    eight by default, the last among them. sums: the p of all 256 values, two by default. tolerance: what may move, in
    bits. A leak that spoils the comparisons of others ends the audit: they are "not tried" (found is None).
    What was not tried is not proven: a leak at one place alone needs that place among `positions` and `sums`.
    Raises ValueError for a text under 8 bytes, for positions outside it, and for scores that are none.

        >>> uniform = lambda text: torch.full(text.shape, 8.0)
        >>> measure.audit(uniform, b"import email").clean
        True
        >>> print(measure.audit(lambda text: 8 - text.roll(-1, 1) / 256, b"import email").checks[2])
        ✗ future byte: with byte 10 changed, the score of byte 9 before it moved by 0.57 bits
    """
    words.call("reader", reader, "a function: bytes [batch, time] uint8 → bits [batch, time]")
    asked = _Asked(reader, bytes_of(text), positions, sums, tolerance)
    return Audit(tuple(asked.checks()))


class _Later(NamedTuple):
    """What a change at `byte` does before it: to which score, by how much, and whether to most of them."""

    size: float
    place: int | None
    byte: int
    most: bool


class _Asked:
    """A reader, its text, and where the text is changed."""

    def __init__(
        self,
        reader: Reader,
        text: np.ndarray,
        positions: Sequence[int] | None,
        sums: Sequence[int] | None,
        tolerance: float,
    ) -> None:
        if len(text) < _SHORTEST:
            words.refuse("the length of the text", len(text), f"at least {_SHORTEST} bytes")
        self.reader, self.text = reader, text
        golden = (int(len(text) * (step * _GOLDEN % 1)) for step in range(1, _PLACES))
        self.positions = _places("positions", positions, len(text), 1, [*golden, len(text) - 1])
        self.sums = _places("sums", sums, len(text), 0, [len(text) // 3, int(len(text) * _GOLDEN)])
        self.tolerance = words.number("tolerance", tolerance, above=0.0)

    def checks(self) -> Iterator[Check]:
        """All five, those that cannot be told for sure as not tried."""
        self.whole = self._read(self.text)
        state = self._state()
        if state.found:
            yield state
            yield from (_untried(name, "calls differ by themselves; mend that first") for name in LEAKS[1:])
            return
        rows = self._rows()
        if rows.name == LEAKS[0]:
            state, rows = rows, _untried(LEAKS[1], "what is carried on reaches other rows anyway; mend that first")
        yield from (state, rows)
        future, over = self._future()
        yield from (future, over)
        if over.found:
            yield _untried(LEAKS[4], "every score depends on the whole text, its own byte too; mend that first")
            return
        yield self._sums(_AT_ONCE if rows.found is False else 1)

    def _read(self, text: np.ndarray) -> np.ndarray:
        """The scores of one text, read alone."""
        return scores(self.reader, text[None])[0]

    def _state(self) -> Check:
        other = _another(self.text)[::-1]
        again = [np.abs(self._read(self.text) - self.whole)]
        self._read(other)
        again.append(np.abs(self._read(self.text) - self.whole))
        size, place = _most(np.max(again, 0), self.tolerance)
        said = "the same text again, and once more after another one: "
        if place is None:
            return Check(LEAKS[0], False, size, None, f"{said}no score moved")
        why = "something is kept from call to call, or drawn by chance (dropout that is still on)"
        return Check(LEAKS[0], True, size, place, f"{said}the score of byte {place} moved by {_bits(size)}; {why}")

    def _rows(self) -> Check:
        """Three rows, one of them changed. What only later rows see was carried on from row to row."""
        rows = np.stack([self.text, _another(self.text)[::-1], self.text[::-1]])
        base, moved = scores(self.reader, rows), np.zeros((3, 3, len(self.text)))
        for row in range(3):
            spoilt = rows.copy()
            spoilt[row] = _another(rows[row])
            moved[row] = np.abs(scores(self.reader, spoilt) - base)
            moved[row, row] = 0.0
        alone = np.abs(base[0] - self.whole)
        size, place = _most(np.maximum(moved.max((0, 1)), alone), self.tolerance)
        said = "one of three rows changed: "
        if place is None:
            return Check(LEAKS[1], False, size, None, f"{said}no score of another row moved, nor alone against three")
        before = max(moved[1, 0].max(), moved[2, :2].max())
        later = before <= self.tolerance and alone.max() <= self.tolerance
        why = "something is carried on from row to row" if later else "rows are mixed"
        name = LEAKS[0] if later else LEAKS[1]
        return Check(
            name, True, size, place, f"{said}the score of byte {place} in another moved by {_bits(size)}; {why}"
        )

    def _future(self) -> tuple[Check, Check]:
        """What later bytes do to earlier scores: to a few of them, or to all at once."""
        changed, ended = self._later(self._changed), self._later(lambda p: self.text[:p])
        one = max((changed, ended), key=lambda later: later.size)
        if one.place is None:
            many, ends = _bytes(len(self.positions)), len(self.positions)
            return (
                Check(LEAKS[2], False, changed.size, None, f"{many} changed, each alone: no score before moved"),
                Check(LEAKS[3], False, ended.size, None, f"the text ended there ({ends} times): no score before moved"),
            )
        did = "changed" if one is changed else "and all after it cut off"
        said = f"with byte {one.byte} {did}, the score of byte {one.place} before it moved by {_bits(one.size)}"
        if changed.most or ended.most:
            why = "most scores did: something is taken over the whole text, a mean, a norm, a fit, or no mask"
            whole = "every score depends on the whole text; mend that first"
            return _untried(LEAKS[2], whole), Check(LEAKS[3], True, one.size, one.place, f"{said}; {why}")
        few = "only few scores before a change moved: nothing is taken over the whole text"
        return Check(LEAKS[2], True, one.size, one.place, said), Check(LEAKS[3], False, 0.0, None, few)

    def _changed(self, p: int) -> np.ndarray:
        other = self.text.copy()
        other[p] = _another(other[p])
        return other

    def _later(self, spoilt: Callable[[int], np.ndarray]) -> _Later:
        """The score that moves most of those before p, over all p; and whether for most p most of them move."""
        worst, everywhere = _Later(0.0, None, 0, False), 0
        for p in self.positions:
            moved = np.abs(self._read(spoilt(p))[:p] - self.whole[:p])
            worst = max(worst, _Later(*_most(moved, self.tolerance), p, False), key=lambda later: later.size)
            # a mean moves all scores, some of them hardly
            everywhere += bool(np.median(moved) > self.tolerance / 100)
        return worst._replace(most=2 * everywhere > len(self.positions))

    def _sums(self, at_once: int) -> Check:
        worst, place, lost = 0.0, None, 0.0
        for p in self.sums:
            rows = np.repeat(self.text[None], 256, 0)
            rows[:, p] = np.arange(256)
            # rows that are mixed would be a fault of their own here
            every = np.concatenate([scores(self.reader, some) for some in np.split(rows, 256 // at_once)])
            over = float(np.exp2(-every[:, p]).sum()) - 1
            if abs(over) > max(worst, self.tolerance):
                worst, place, lost = abs(over), p, over
        said = f"{_bytes(len(self.sums))} given all 256 values: "
        if place is None:
            return Check(LEAKS[4], False, worst, None, f"{said}their probabilities add up to 1")
        none = "these are no probabilities of 256 bytes"
        why = f"a byte helps to predict itself, or {none}" if lost > 0 else none
        return Check(LEAKS[4], True, worst, place, f"{said}those of byte {place} add up to {1 + lost:.3g}; {why}")


def _places(name: str, given: Sequence[int] | None, length: int, least: int, ours: Sequence[int]) -> list[int]:
    """Where to change the text, in order; the first byte has none before it."""
    places = ours if given is None else words.several(name, given, least=1, what="places in the text")
    top, what = length - 1, "bytes before it"
    return sorted({words.count(f"{name}[{i}]", one, least=least, most=top, of=what) for i, one in enumerate(places)})


def _another(byte: np.ndarray) -> np.ndarray:
    """Another byte for each: far off, so that it surprises in code."""
    return byte ^ np.uint8(0x95)


def _most(moved: np.ndarray, tolerance: float) -> tuple[float, int | None]:
    """The largest of [time], and where it is, if it is more than may be."""
    if not moved.size:
        return 0.0, None
    place = int(moved.argmax())
    size = float(moved[place])
    return size, place if size > tolerance else None


def _untried(name: str, why: str) -> Check:
    return Check(name, None, 0.0, None, f"not tried: {why}")


def _bytes(count: int) -> str:
    return f"{count} byte{'s' * (count != 1)}"


def _bits(size: float) -> str:
    return f"{size:.2g} bits"
