"""A legacy codebase as three months of work: which bytes are read on which day, and what is renamed in Week 4."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from torch import Generator, randperm

from nlviz.agents.architect.renames import Renamed, renamed_from
from nlviz.door import words
from nlviz.streams.code import File, Skipped, Source, code
from nlviz.trace import Token

__all__ = ["DAYS", "DAYS_A_WEEK", "LIMIT", "Legacy", "Place", "legacy"]

DAYS_A_WEEK, WEEKS = 5, 12
DAYS = DAYS_A_WEEK * WEEKS
"""Days of work in three months: twelve weeks of five days."""
RENAMED_ON = 3 * DAYS_A_WEEK
"""The day, counted from 0, from whose morning on the new names are in force: the first of Week 4."""
LIMIT = 350_000
"""Bytes read at most, unless told otherwise."""
LEAST = 64
"""Bytes a day at least: less is no reading."""


class Place(NamedTuple):
    """Where a byte stands: the file, and its line and column there, counted from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Legacy:
    """A codebase, and how it is read over three months.

    name: of the package or folder. bytes [time] uint8: what is read, in order, from Week 4 on with the new names.
    source: the same with its tokens and files. before: all files, those too that are not read, without the rename.
    a_day: bytes read a day, the same for all; the rest of the text is not read. renamed: new names by old.
    skipped: files that could not be read, with the reason. unread: files of which nothing is read, for want of days.
    """

    name: str
    source: Source
    before: Source
    a_day: int
    renamed: dict[str, str]
    skipped: tuple[Skipped, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def bytes(self) -> np.ndarray:
        """[time] uint8, as read."""
        return self.source.bytes

    @property
    def files(self) -> tuple[File, ...]:
        """Which bytes are which file, in the order in which they are read."""
        return self.source.files

    def day(self, number: int) -> slice:
        """The bytes of a day, counted from 0."""
        number = words.count("day", number, least=0, most=DAYS - 1)
        return slice(number * self.a_day, (number + 1) * self.a_day)

    def week(self, number: int) -> slice:
        """The bytes of a week, counted from 1. Its days are DAYS_A_WEEK."""
        number = words.count("week", number, most=WEEKS) - 1
        return slice(number * DAYS_A_WEEK * self.a_day, (number + 1) * DAYS_A_WEEK * self.a_day)

    def place(self, step: int) -> Place:
        """The file, line and column of a byte. Raises IndexError after the end."""
        file = self.source.file_at(step)
        above = self.bytes[file.start : step].tobytes()
        return Place(file.name, above.count(b"\n") + 1, step - file.start - above.rfind(b"\n"))

    def line(self, step: int) -> str:
        """The line that a byte is of, without its end."""
        file = self.source.file_at(step)
        text, at = self.bytes[file.start : file.stop].tobytes(), step - file.start
        stop = text.find(b"\n", at)
        return text[text.rfind(b"\n", 0, at) + 1 : len(text) if stop < 0 else stop].decode("utf-8", errors="replace")


def legacy(
    package: str = "email",
    *,
    path: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
    renames: int = 6,
    seed: int = 0,
) -> Legacy:
    """Source code as three months of work: 60 days, of equally many bytes each.

    package, path: as in `streams.code`: an installed package, or any folder of Python code. limit: bytes read at most.
    seed: the order in which modules are read. renames: how many names are renamed in Week 4 at most; the names that are
    used most, before and after, are (`renamed_from`). Files that cannot be read are counted (`skipped`), never fatal.
    Raises ValueError as `streams.code` does, and for a codebase of less than 64 bytes a day.

        >>> project = agents.architect.legacy("email", limit=30_000)
        >>> project.a_day, len(project.bytes), project.week(2)
        (496, 29760, slice(2480, 4960, None))
    """
    limit, seed = words.count("limit", limit, of="bytes"), words.seed("seed", seed)
    renames = words.count("renames", renames, least=0, most=20)
    found = code(package, path=path)
    name = package if path is None else os.fspath(path)
    text = _in_order(found, randperm(len(found.files), generator=Generator().manual_seed(seed)).tolist())
    # whole writes of 16 bytes a day, so that no write is of two days
    a_day = min(limit, len(text)) // DAYS // 16 * 16
    if a_day < LEAST:
        most = min(limit, len(text))
        words.refuse(
            "the bytes of Python code", most, f"at least {DAYS * LEAST:,}, for {DAYS} days", "give a larger folder"
        )
    made: Renamed = renamed_from(text, RENAMED_ON * a_day, DAYS * a_day, renames, seed)
    total = DAYS * a_day
    unread = tuple(file.name for file in made.source.files if file.start >= total)
    return Legacy(name, _cut(made.source, total), text, a_day, made.names, found.skipped, unread)


def _in_order(source: Source, order: list[int]) -> Source:
    """The files of a source in another order."""
    pieces, tokens, files, end = list[np.ndarray](), list[Token](), list[File](), 0
    by_file = _tokens_of(source)
    for place in order:
        file = source.files[place]
        moved = end - file.start
        pieces.append(source.bytes[file.start : file.stop])
        tokens.extend(one._replace(start=one.start + moved, stop=one.stop + moved) for one in by_file[place])
        files.append(File(file.name, end, end + file.stop - file.start))
        end = files[-1].stop
    return Source(np.concatenate(pieces), tuple(tokens), tuple(files), source.skipped)


def _tokens_of(source: Source) -> list[list[Token]]:
    found, at = [list[Token]() for _ in source.files], 0
    for token in source.tokens:
        while token.start >= source.files[at].stop:
            at += 1
        found[at].append(token)
    return found


def _cut(source: Source, total: int) -> Source:
    files = tuple(file._replace(stop=min(file.stop, total)) for file in source.files if file.start < total)
    return Source(source.bytes[:total], tuple(one for one in source.tokens if one.stop <= total), files, source.skipped)
