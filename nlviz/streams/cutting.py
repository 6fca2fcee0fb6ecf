"""Python source cut into tokens with spans in bytes: each character is looked at once, and only as far as is wanted."""

from __future__ import annotations

import ast
import tokenize
import warnings
from collections.abc import Iterator
from typing import TextIO

from nlviz.trace import Token

__all__ = ["Lines", "cut"]

# What a compound statement goes on with: such a line begins no statement of its own.
_GOES_ON = {"else", "elif", "except", "finally"}
_LAYOUT = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}


def cut(lines: Lines, wanted: int) -> tuple[bytes, list[Token]]:
    """A file's bytes as UTF-8 and its tokens; of a file longer than `wanted` bytes, at least those that end there.

    Raises SyntaxError, TokenError, ValueError, RecursionError or MemoryError if this Python cannot parse it; of a file
    that is longer only the statements that are complete before `wanted` are parsed.
    """
    statements = _Statements()
    tokens = list(_tokens(lines, wanted, statements))
    complete = lines.read if statements.over else lines.read[: statements.row - 1]
    with warnings.catch_warnings(action="ignore"):
        ast.parse("".join(complete))
    return "".join(lines.read).encode(), tokens


class Lines:
    """The lines of a file as they are asked for, and how many bytes come before a place (row, column).

    Places are asked for in order: then every character is encoded once, however long its line.
    """

    def __init__(self, file: TextIO) -> None:
        self.read: list[str] = []
        self._file = file
        self._starts = [0]
        self._row, self._column, self._byte = 1, 0, 0

    def next(self) -> str:
        """The next line, "" after the last; the last one has a line end too."""
        line = self._file.readline()
        if line:
            line += "" if line.endswith("\n") else "\n"
            self.read.append(line)
            self._starts.append(self._starts[-1] + len(line.encode()))
        return line

    def bytes_before(self, place: tuple[int, int]) -> int:
        """How many bytes come before (row from 1, column from 0); what lies behind the last line is the end."""
        row, column = place
        if row > len(self.read):
            return self._starts[-1]
        if row != self._row or column < self._column:
            self._row, self._column, self._byte = row, 0, self._starts[row - 1]
        self._byte += len(self.read[row - 1][self._column : column].encode())
        self._column = column
        return self._byte

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """The text between two places."""
        (row, column), (last, stop) = start, end
        if row == last:
            return self.read[row - 1][column:stop]
        return "".join([self.read[row - 1][column:], *self.read[row : last - 1], self.read[last - 1][:stop]])


class _Statements:
    """The row at which the newest statement of the module itself begins: all before it is complete."""

    def __init__(self) -> None:
        self.row, self.over = 1, False
        self._depth, self._fresh, self._decorated = 0, True, False

    def see(self, token: tokenize.TokenInfo) -> None:
        self._depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        self.over = token.type == tokenize.ENDMARKER
        if token.type == tokenize.NEWLINE:
            self._fresh = True
        elif self._fresh and token.type not in _LAYOUT:
            if not self._depth and not self._decorated and token.string not in _GOES_ON:
                self.row = token.start[0]
            self._decorated = not self._depth and token.string == "@"
            self._fresh = False


def _tokens(lines: Lines, wanted: int, statements: _Statements) -> Iterator[Token]:
    """The tokens up to byte `wanted`. An f-string is one STRING, as it was before Python 3.12 took it apart."""
    nested, opened = 0, (1, 0)
    for token in tokenize.generate_tokens(lines.next):
        kind = tokenize.tok_name[token.type]
        statements.see(token)
        if kind.endswith("STRING_START"):
            nested, opened = nested + 1, opened if nested else token.start
        elif kind.endswith("STRING_END"):
            nested -= 1
            if not nested:
                start = lines.bytes_before(opened)
                yield Token(lines.between(opened, token.end), start, lines.bytes_before(token.end), "STRING")
        elif not nested:
            start = lines.bytes_before(token.start)
            if start > wanted:
                return
            if token.string.strip():
                yield Token(lines.between(token.start, token.end), start, lines.bytes_before(token.end), kind)
