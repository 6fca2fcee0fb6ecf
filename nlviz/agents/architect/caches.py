"""Text that is kept instead of weights that are written: counts of what followed what, and passages that are found."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from nlviz.agents.architect.arms import Frozen, Paid
from nlviz.agents.architect.pages import Strips
from nlviz.agents.architect.passages import Passages

__all__ = ["NGrams", "Retrieval", "followers"]

ORDERS = (4, 8)
"""How many bytes before are looked at, the fewest first."""
_LONGEST = max(ORDERS)


class Kept(Frozen):
    """The frozen reader beside text that is kept: p(byte) is mixed from both. What is kept grows with the text."""

    def __init__(self, head: Tensor) -> None:
        super().__init__(head)
        self.text = bytearray()

    def day(self, pages: Strips) -> Paid:
        # every row is taken from its first counted byte on, and counts what it reads
        bits = self.costs(pages, learns=True)[pages.counted]
        return Paid(bits, torch.full_like(bits, math.nan), torch.ones_like(bits))

    def costs(self, strips: Strips, learns: bool = False) -> Tensor:
        frozen = super().costs(strips)
        held = zip(strips.text, strips.counted, frozen, strict=True)
        rows = [self._row(*_plain(text, counted, bits), learns) for text, counted, bits in held]
        found = torch.zeros_like(frozen)
        found[strips.counted] = torch.tensor([one for row in rows for one in row], dtype=frozen.dtype)
        return found

    def _row(self, before: bytes, said: bytes, frozen: list[float], learns: bool) -> list[float]:
        """Bits of the bytes `said` after `before`, of which the frozen reader says so many bits."""
        raise NotImplementedError

    @property
    def held(self) -> int:
        return len(self.text)

    def kept(self) -> dict[str, Tensor]:
        return {"text": torch.frombuffer(self.text, dtype=torch.uint8).clone() if self.text else torch.zeros(0).byte()}


def _plain(text: Tensor, counted: Tensor, bits: Tensor) -> tuple[bytes, bytes, list[float]]:
    places = counted.nonzero()[:, 0].tolist()
    start, stop = (places[0], places[-1] + 1) if places else (0, 0)
    raw = text.numpy().tobytes()
    return raw[:start], raw[start:stop], bits[start:stop].tolist()


class NGrams(Kept):
    """An n-gram cache: what followed the same 4 and 8 bytes, over the frozen reader (interpolated Witten–Bell).

        p_0 = the frozen reader;   p_n = (c(context_n byte) + D_n p_{n−1}) / (T_n + D_n)

    c: how often the byte followed that context, T: how often any did, D: how many different ones.
    Source: Witten & Bell 1991; Kuhn & De Mori 1990 for a cache beside a model.
    """

    def __init__(self, head: Tensor) -> None:
        super().__init__(head)
        self.counts = Counter[bytes]()
        self.totals, self.distinct = Counter[bytes](), Counter[bytes]()
        self.rows = list[list[int]]()

    def _row(self, before: bytes, said: bytes, frozen: list[float], learns: bool) -> list[float]:
        whole, start, found = before[-_LONGEST:] + said, len(before[-_LONGEST:]), []
        totals, distinct, counts = self.totals, self.distinct, self.counts
        for at, bits in enumerate(frozen, start=start):
            p = 2.0**-bits
            for order in ORDERS:
                if order > at:
                    break
                seen = totals.get(whole[at - order : at])
                if seen is None:
                    break
                kinds = distinct[whole[at - order : at]]
                p = (counts.get(whole[at - order : at + 1], 0) + kinds * p) / (seen + kinds)
            found.append(-math.log2(p))
            if learns:
                self._count(whole, at)
        if learns:
            self.text += said
            self.rows.append([start, len(said)])
        return found

    def _count(self, whole: bytes, at: int) -> None:
        for order in ORDERS:
            if order > at:
                break
            context, more = whole[at - order : at], whole[at - order : at + 1]
            self.totals[context] += 1
            if more not in self.counts:
                self.distinct[context] += 1
            self.counts[more] += 1

    def kept(self) -> dict[str, Tensor]:
        return super().kept() | {"rows": torch.tensor(self.rows, dtype=torch.long).reshape(-1, 2)}

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        """Count it all again: the counts would be larger than the text."""
        text, at = kept["text"].numpy().tobytes(), 0
        for before, said in kept["rows"].tolist():
            whole = text[at - before : at + said]
            for place in range(before, len(whole)):
                self._count(whole, place)
            at += said
        self.text, self.rows = bytearray(text), kept["rows"].tolist()


class Retrieval(Kept):
    """TF-IDF: the passages most like the lines before are found, and what followed the same bytes there is heard.

    For every line the lines just before it are the question (of a blank: its own line so far too); the frozen reader is
    mixed with what followed the longest matching context in what was found: p = (c + D p_0) / (T + D).
    Passages are added in the evening. Source: Salton & Buckley 1988 for the weights; the mixture as in NGrams.
    """

    def __init__(self, head: Tensor) -> None:
        super().__init__(head)
        self.passages = Passages()

    def day(self, pages: Strips) -> Paid:
        paid = super().day(pages)
        self.passages.add(pages.given.to(torch.uint8).numpy().tobytes())
        return paid

    def costs(self, strips: Strips, learns: bool = False) -> Tensor:
        self._ask(strips)
        return super().costs(strips, learns)

    def _ask(self, strips: Strips) -> None:
        """All lines of all rows are looked up at once."""
        rows = [_plain(*row, row[0])[:2] for row in zip(strips.text, strips.counted, strict=True)]
        asked = list(dict.fromkeys(query for before, said in rows for _, query in _lines(before, said)))
        self.found = dict(zip(asked, self.passages.found(asked), strict=True))

    def _row(self, before: bytes, said: bytes, frozen: list[float], learns: bool) -> list[float]:
        whole, start, found = before + said, len(before), list[float]()
        for stop, query in _lines(before, said):
            passages = self.found[query]
            for at in range(start + len(found), start + stop):
                c, total, kinds = followers(passages, whole[max(0, at - _LONGEST) : at], whole[at])
                p = 2.0 ** -frozen[at - start]
                found.append(-math.log2((c + kinds * p) / (total + kinds)) if total else frozen[at - start])
        if learns:
            self.text += said
        return found

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        self.text = bytearray(kept["text"].numpy().tobytes())
        self.passages = Passages()
        for edge in _days(kept["edges"].tolist()):
            self.passages.add(bytes(self.text[edge]))

    def kept(self) -> dict[str, Tensor]:
        return super().kept() | {"edges": torch.tensor(self.passages.edges)}


def _days(edges: list[int]) -> Iterator[slice]:
    return (slice(start, stop) for start, stop in zip([0, *edges[:-1]], edges, strict=True))


def _lines(before: bytes, said: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each line of `said` ends, and what is asked for it: the line so far, and the two lines before it."""
    whole, start = before + said, len(before)
    at = start
    while at < len(whole):
        stop = whole.find(b"\n", at) + 1 or len(whole)
        first = at
        for _ in range(3):
            first = whole.rfind(b"\n", 0, max(first - 1, 0)) + 1
        yield stop - start, whole[first:at]
        at = stop


def followers(text: bytes, context: bytes, byte: int) -> tuple[int, int, int]:
    """How often `byte` followed the longest context of ORDERS that stands in the text, how often any did, how many
    different ones; zeros if none stands there."""
    for order in reversed(ORDERS):
        if order > len(context):
            continue
        wanted, after, at = context[-order:], list[int](), -1
        while (at := text.find(wanted, at + 1)) >= 0:
            if at + order < len(text):
                after.append(text[at + order])
        if after:
            return after.count(byte), len(after), len(set(after))
    return 0, 0, 0
