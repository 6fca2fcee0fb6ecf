"""Source code as a stream: the bytes of Python packages, one time step each, with the tokens and files they belong to.

Nothing is imported or run: packages are found on disk, decoded as Python itself would decode them, and cut into tokens
by `tokenize`. The stream is UTF-8 with "\\n" line ends, whatever the files were, so spans mean the same everywhere.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import re
import sys
import sysconfig
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from itertools import accumulate, chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlviz.trace import Token

__all__ = ["File", "Skipped", "Source", "code", "standard_library"]

# Folders whose code is about other code, or no code of the project: tests, caches, version control.
_LEFT_OUT = re.compile(r"(^|_)tests?(_|$)|^__pycache__$|^node_modules$|^site-packages$|^\.", re.IGNORECASE)


class File(NamedTuple):
    """One file of the stream: its name relative to where it was found, and the bytes [start, stop) it covers."""

    name: str
    start: int
    stop: int


class Skipped(NamedTuple):
    """A file left out. reason: "unreadable", "undecodable" or "broken"; detail: what Python said."""

    name: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Source:
    """Source code as one stream of bytes.

    bytes: [time] uint8. tokens: spans in bytes, in order; the whitespace between them belongs to none.
    files: which bytes are which file. skipped: the files that could not be read, with the reason.
    """

    bytes: np.ndarray
    tokens: tuple[Token, ...]
    files: tuple[File, ...]
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.bytes)

    @property
    def text(self) -> str:
        """The stream as text; a character cut by `limit` shows as �."""
        return self.bytes.tobytes().decode("utf-8", errors="replace")

    @property
    def skips(self) -> dict[str, int]:
        """How many files were left out for each reason; empty if all were read."""
        return dict(Counter(file.reason for file in self.skipped))

    def file_at(self, step: int) -> File:
        """The file that byte `step` belongs to. Raises IndexError outside the stream."""
        if not 0 <= step < len(self):
            raise IndexError(f"byte {step} is outside the stream; it has bytes 0…{len(self) - 1}")
        return next(file for file in self.files if file.start <= step < file.stop)


def code(
    package: str | Sequence[str] = "email",
    *,
    path: str | os.PathLike[str] | None = None,
    limit: int | None = None,
) -> Source:
    """Source code of installed packages, or of any folder, as bytes with token and file spans.

    package: one import name or several, of the standard library ("email", "xml.etree") or installed by pip.
    path: a folder (or one .py file) to read instead of a package.
    limit: keep the first `limit` bytes; files beyond are not opened, so they are not counted as skipped either.

    Files come in sorted order, those of a folder before its subfolders. Test folders, hidden folders and virtual
    environments are left out, links to folders are not followed, and a file reached twice is read once. A file is
    decoded by its byte-order mark or coding cookie and re-encoded as UTF-8 with "\\n" line ends. One that cannot be
    opened, decoded or parsed by this Python is skipped and counted.
    Raises ValueError for an unknown package, a path that does not exist, or a place without any readable Python source.

        source = code("email", limit=60_000)
        source.bytes[:10], source.tokens[0].text, source.files[0].name, source.skips
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; give the number of bytes to keep, 1 or more, or None for all")
    if path is None:
        names = [package] if isinstance(package, str) else list(package)
        asked, found = "package " + ", ".join(map(repr, names)), chain.from_iterable(map(_package, names))
    elif package == "email":
        asked, found = f"path {os.fspath(path)!r}", _folder(Path(path).expanduser())
    else:
        raise ValueError(f"both package {package!r} and path {os.fspath(path)!r} are given; give one")
    source = _join(found, limit)
    if not source.files:
        left = ", ".join(f"{count} {reason}" for reason, count in source.skips.items())
        why = f"its files were skipped ({left})" if left else "there is no .py file outside test and hidden folders"
        raise ValueError(f"{asked} has no readable Python source: {why}; name another package or path")
    return source


def standard_library() -> tuple[str, ...]:
    """Import names of the running interpreter's standard library that have Python source here, sorted; no tests."""
    root = Path(sysconfig.get_path("stdlib"))
    return tuple(
        name
        for name in sorted(sys.stdlib_module_names)
        if not _LEFT_OUT.search(name) and ((root / f"{name}.py").is_file() or (root / name / "__init__.py").is_file())
    )


def _package(name: str) -> Iterator[tuple[str, Path]]:
    """The files of one package or module by import name, found without importing it or any of its parents."""
    top, *inner = name.split(".")
    # A student's own email.py beside the notebook must not stand in for the standard library's.
    spec = PathFinder.find_spec(top, [sysconfig.get_path("stdlib")]) if top in sys.stdlib_module_names else None
    if spec is None and top.isidentifier():
        spec = importlib.util.find_spec(top)
    if spec is None:
        raise ValueError(
            f"package {name!r} is not installed for this Python ({sys.executable}); "
            "give an import name, as in `import email`, or a folder by path="
        )
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    if not places and spec.origin and spec.origin.endswith(".py"):
        places = [Path(spec.origin)]
    for part in inner:
        places = [file for place in places for file in (place / part, place / f"{part}.py") if file.exists()]
    if not places:
        raise ValueError(
            f"package {name!r} has no Python source on disk: it is compiled, built in, or no such submodule"
        )
    for place in places:
        above = place.parents[len(inner)] if len(place.parents) > len(inner) else place.parent
        yield from ((file.relative_to(above).as_posix(), file) for _, file in _folder(place))


def _folder(root: Path) -> Iterator[tuple[str, Path]]:
    """The Python files under `root`, named relative to it, in sorted order."""
    if not root.exists():
        raise ValueError(f"path {str(root)!r} does not exist (from {str(Path.cwd())!r}); give a folder of Python code")
    if root.is_file():
        if root.suffix != ".py":
            raise ValueError(f"path {str(root)!r} is a file, but no .py file; give a folder or a .py file")
        yield root.name, root
    for place, folders, files in os.walk(root):
        here = Path(place)
        folders[:] = sorted(f for f in folders if not _LEFT_OUT.search(f) and not (here / f / "pyvenv.cfg").exists())
        yield from (((here / f).relative_to(root).as_posix(), here / f) for f in sorted(files) if f.endswith(".py"))


def _join(found: Iterator[tuple[str, Path]], limit: int | None) -> Source:
    """All files one after the other, up to `limit` bytes; a token cut by the limit is dropped."""
    pieces: list[bytes] = []
    tokens: list[Token] = []
    files: list[File] = []
    skipped: list[Skipped] = []
    seen: set[Path] = set()
    end = 0
    for name, file in found:
        if file.resolve() in seen:
            continue
        seen.add(file.resolve())
        content = _content(name, file)
        if isinstance(content, Skipped):
            skipped.append(content)
            continue
        text, spans = content
        start, end = end, min(end + len(text), limit or sys.maxsize)
        pieces.append(text[: end - start])
        files.append(File(name, start, end))
        moved = (span._replace(start=span.start + start, stop=span.stop + start) for span in spans)
        tokens.extend(token for token in moved if token.stop <= end)
        if end == limit:
            break
    stream = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    return Source(stream, tuple(tokens), tuple(files), tuple(skipped))


def _content(name: str, file: Path) -> tuple[bytes, list[Token]] | Skipped:
    """The bytes of one file and its tokens, counted from its own start; or why it is skipped."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        return Skipped(name, "unreadable", str(error))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        # newline=None: "\r\n" and "\r" become "\n", as when Python reads the file itself.
        text = io.TextIOWrapper(io.BytesIO(raw), encoding, newline=None).read()
    except (SyntaxError, UnicodeError, LookupError) as error:
        return Skipped(name, "undecodable", str(error))
    text += "\n" if text and not text.endswith("\n") else ""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(text)
        return text.encode(), list(_tokens(text))
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        return Skipped(name, "broken", f"{type(error).__name__}: {error}")


def _tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, spans in bytes. An f-string is one STRING, as it was before Python 3.12 took it apart."""
    lines = text.split("\n")
    starts = [0, *accumulate(len(line.encode()) + 1 for line in lines)]

    def offset(position: tuple[int, int]) -> int:
        row, column = position
        return starts[row - 1] + len(lines[row - 1][:column].encode())

    data, nested, opened = text.encode(), 0, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind.endswith("STRING_START"):
            nested, opened = nested + 1, opened if nested else offset(token.start)
        if not nested and token.string.strip():
            start, stop = offset(token.start), offset(token.end)
            yield Token(data[start:stop].decode(), start, stop, kind)
        if kind.endswith("STRING_END"):
            nested, stop = nested - 1, offset(token.end)
            if not nested:
                yield Token(data[opened:stop].decode(), opened, stop, "STRING")
