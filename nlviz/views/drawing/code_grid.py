"""Code as it stands in the file, on a grid of cells: which time step is in which row and column. NumPy only, no
drawing.

One cell is one byte, so a colour is one time step's and never a sum: é takes two cells, a tab the cells up to the next
tab stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from nlviz.door.words import refuse
from nlviz.trace import Signal, Token, Trace

__all__ = ["Glyph", "Pages", "TokenPiece", "lay_out"]

TAB = 4


class Glyph(NamedTuple):
    """One visible character; column is its centre, between two cells for a character of two bytes."""

    row: int
    column: float
    text: str


class TokenPiece(NamedTuple):
    """The part of a token in one row: cells [left, right) of `row`, time steps [start, stop)."""

    token: int
    row: int
    left: int
    right: int
    start: int
    stop: int


class Pages(NamedTuple):
    """A text on a grid. cells: [cells, 4] of row, column, time step, token (−1 between tokens).

    lines: the line number of each row, 0 for a row that continues a line too long for the page.
    columns: how many there are; a line's end may stand one further right. last: the time step after the last one.
    """

    cells: np.ndarray
    glyphs: tuple[Glyph, ...]
    pieces: tuple[TokenPiece, ...]
    lines: tuple[int, ...]
    columns: int
    last: int


class _Character(NamedTuple):
    token: int
    text: str
    start: int
    stop: int


def lay_out(trace: Trace, columns: int = 80) -> Pages:
    """The text that `trace` read, in lines, wrapped after `columns` cells.

    The text comes from `trace.tokens`. What stands between them (blanks and line ends, which tokenizers drop) comes
    from the signal "bytes" [time, 1] if the trace has it, else it is taken for blanks.
    Raises ValueError if the trace has no tokens, or bytes that are none.
    """
    if not trace.tokens:
        raise ValueError(
            "the trace has no tokens, so there is no text to colour; add them: trace.merge(tokens=source.tokens)"
        )
    return _laid_out(trace.tokens, _raw(trace["bytes"]) if "bytes" in trace else None, columns)


def _raw(signal: Signal) -> bytes:
    values = signal.values.reshape(len(signal.values), -1)[:, 0]
    if not np.isin(values, np.arange(256)).all():
        refuse("signal 'bytes'", values[~np.isin(values, np.arange(256))][0].item(), "whole numbers from 0 to 255")
    return values.astype(np.uint8).tobytes()


@lru_cache(maxsize=4)
def _laid_out(tokens: tuple[Token, ...], raw: bytes | None, columns: int) -> Pages:
    """Once for each text: another threshold is another trace, but no other text."""
    cells: list[tuple[int, int, int, int]] = []
    glyphs: list[Glyph] = []
    pieces: list[TokenPiece] = []
    lines = [1]
    row, at, line, last = 0, 0, 1, 0
    for token, text, start, stop in _characters(tokens, raw):
        width = TAB - at % TAB if text == "\t" else stop - start
        if at + width > columns and text != "\n":
            row, at = row + 1, 0
            lines.append(0)
        steps = stop - start
        cells += [(row, at + place, start + place * steps // width, token) for place in range(width)]
        if not text.isspace():
            shown = text if text.isprintable() else "·"
            glyphs.append(Glyph(row, at + (width - 1) / 2, shown))
            _extend(pieces, TokenPiece(token, row, at, at + width, start, stop))
        at, last = at + width, stop
        if text == "\n":
            row, at, line = row + 1, 0, line + 1
            lines.append(line)
    if at == 0 and len(lines) > 1:
        lines.pop()
    grid = np.array(cells).reshape(-1, 4)
    grid.flags.writeable = False
    return Pages(grid, tuple(glyphs), tuple(pieces), tuple(lines), columns, last)


def _extend(pieces: list[TokenPiece], new: TokenPiece) -> None:
    """Adds a visible character to the piece of the same token in the same row, or begins the next piece."""
    if pieces and pieces[-1][:2] == new[:2] and new.token >= 0:
        pieces[-1] = pieces[-1]._replace(right=new.right, stop=new.stop)
    elif new.token >= 0:
        pieces.append(new)


def _characters(tokens: Sequence[Token], raw: bytes | None) -> Iterator[_Character]:
    """Every character in order, with the time steps it covers; those between tokens belong to token −1."""
    end = tokens[0].start if raw is None else 0
    for index, token in enumerate(tokens):
        # A token without time steps (DEDENT, the end) shows nothing; one inside another is already shown.
        if token.stop <= token.start or token.start < end or not token.text:
            continue
        yield from _gap(raw, end, token.start)
        yield from _spread(index, token)
        end = token.stop
    if raw is not None:
        yield from _gap(raw, end, len(raw))


def _gap(raw: bytes | None, start: int, stop: int) -> Iterator[_Character]:
    text = " " * (stop - start) if raw is None else raw[start:stop].decode(errors="replace")
    # there are none behind the last byte recorded
    if text:
        yield from _spread(-1, Token(text, start, stop))


def _spread(index: int, token: Token) -> Iterator[_Character]:
    """The characters of a token, each with its bytes; evenly over the steps if these are not its UTF-8 bytes."""
    sizes = [len(character.encode(errors="replace")) for character in token.text]
    steps, count = token.stop - token.start, len(sizes)
    whole = sum(sizes) == steps
    starts = [*accumulate(sizes, initial=0)] if whole else [place * steps // count for place in range(count + 1)]
    for text, start, stop in zip(token.text, starts, starts[1:], strict=False):
        # "key 3" read in one step: its characters share the step, and each still needs a cell.
        yield _Character(index, text, token.start + start, token.start + max(stop, start + 1))
