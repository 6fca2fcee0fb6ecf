"""What there is to read: a text for each day, what is asked of each, and what the reader knew before the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.experiments.entrance import bytes_of
from nlviz.streams.code import Source, code

__all__ = ["BEFORE", "PIECE", "Day", "Days", "days_of", "pieces_of"]

PIECE = 64
"""Bytes of one piece of text that is replayed or dreamed. Every piece is read from an empty context."""
ASKED = 128
# A piece that is asked about is long, and its first bytes are not counted: there the context is still empty.
BEFORE = "before"
"""What the text from before the first day is called."""

# All of them are in what the shipped reader was trained on. The text that is asked about is never replayed.
_REPLAYED = ("asyncio", "importlib", "unittest", "xml")
_KNOWN = ("collections", "concurrent", "ctypes", "multiprocessing")
_FROM = 12_000
_TURN, _PART = 2048, 512


class Day(NamedTuple):
    """A day's text: what is read [time], and what is asked about [pieces, ASKED]; both uint8."""

    name: str
    read: Tensor
    asked: Tensor


class Days(NamedTuple):
    """All days, and of what was known before them what is asked about [pieces, ASKED] and what may be replayed."""

    days: tuple[Day, ...]
    before: Tensor
    old: Tensor

    @property
    def names(self) -> tuple[str, ...]:
        """Of all texts that are asked about: what was known before, then day by day."""
        return (BEFORE, *(day.name for day in self.days))


def days_of(texts: Sequence[tuple[str, Source | bytes | np.ndarray]], *, seed: int = 0) -> Days:
    """A day for each (name, text): of every 2,048 bytes the last 512 are asked about and never read, the others read.

    Beside them stand two samples of the code that the shipped reader was trained on, from different packages: one to
    ask about (what the slow weights may lose), and one that a night may replay. seed: of both samples.
    Raises ValueError without texts, for one shorter than 2,048 bytes, and for two days of one name.

        >>> days = experiments.sleep.days_of([("a", b"import os;" * 300), ("b", b"x = 1;" * 400)])
        >>> days.names, len(days.days[0].read), tuple(days.days[0].asked.shape)
        (('before', 'a', 'b'), 2488, (4, 128))
    """
    given, chance = words.several("texts", texts, least=1, what="texts"), words.seed("seed", seed)
    days = tuple(_day(number, one) for number, one in enumerate(given))
    names = [BEFORE, *(day.name for day in days)]
    if twice := [name for place, name in enumerate(names) if name in names[:place]]:
        words.refuse("a day's name", twice[0], "a name that no other text has")
    drawn = Generator().manual_seed(chance)
    return Days(days, _sample(_KNOWN, 16, ASKED, drawn), _sample(_REPLAYED, 48, PIECE, drawn))


def pieces_of(text: Tensor, length: int = PIECE) -> Tensor:
    """A text [time] cut into pieces [pieces, length]; a rest at its end is left out.

    Raises ValueError for a length below 1, and for what is not [time] of whole numbers.

        >>> tuple(experiments.sleep.pieces_of(torch.zeros(200, dtype=torch.uint8)).shape)
        (3, 64)
    """
    length, text = words.count("length", length, of="bytes"), tensors.tensor("text", text, "time")
    if text.is_floating_point():
        words.refuse("text", text, "[time] of whole numbers, bytes", "use .to(torch.uint8)")
    return text[: len(text) // length * length].reshape(-1, length)


def _day(number: int, given: Any) -> Day:
    if not isinstance(given, tuple | list) or len(given) != 2:
        words.refuse(f"texts[{number}]", given, "a name and a text", 'use ("email", streams.code("email"))')
    name, text = words.text(f"the name of text {number}", given[0]), bytes_of(given[1])
    if len(text) < _TURN:
        words.refuse(f"the bytes of {name!r}", len(text), f"at least {_TURN:,}", "give a longer text")
    held, place = torch.tensor(text), torch.arange(len(text)) % _TURN
    # the rest after the last whole turn is read
    asked = (place >= _TURN - _PART) & (torch.arange(len(text)) < len(text) // _TURN * _TURN)
    return Day(name, held[~asked], pieces_of(held[asked], ASKED))


def _sample(packages: Sequence[str], pieces: int, length: int, chance: Generator) -> Tensor:
    """Pieces from the first bytes of packages, in turn, each from a place drawn by chance."""
    texts = [torch.tensor(code(package, limit=_FROM).bytes) for package in packages]
    turns = (texts[piece % len(texts)] for piece in range(pieces))
    found = []
    for text in turns:
        start = int(torch.randint(len(text) - length, (), generator=chance))
        found.append(text[start : start + length])
    return torch.stack(found)
