"""Source code as a stream: the bytes of Python packages, one time step each, with the tokens and files they belong to.

Nothing is imported or run: packages are found on disk, decoded as Python itself would decode them, and cut into tokens
by `tokenize`. The stream is UTF-8 with "\\n" line ends, whatever the files were, so spans mean the same everywhere.
"""

from __future__ import annotations

import importlib.util
import io
import os
import re
import sys
import sysconfig
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.words import count, refuse, several, text
from nlviz.streams.cutting import Lines, cut
from nlviz.trace import Token, Trace

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
    Raises ValueError for what are no bytes, tokens or files.
    """

    bytes: np.ndarray
    tokens: tuple[Token, ...]
    files: tuple[File, ...]
    skipped: tuple[Skipped, ...] = ()

    def __post_init__(self) -> None:
        held = array("bytes", self.bytes, "time")
        if held.dtype != np.uint8:
            if held.size and not (np.isin(held, np.arange(256)).all()):
                refuse("bytes", self.bytes, "whole numbers from 0 to 255, one for each byte")
            held = held.astype(np.uint8)
        object.__setattr__(self, "bytes", held)
        # a trace knows what a token is
        object.__setattr__(self, "tokens", Trace({}, self.tokens).tokens)
        for name, kind in (("files", File), ("skipped", Skipped)):
            object.__setattr__(self, name, _records(name, getattr(self, name), kind))

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
        """The file that byte `step` belongs to. Raises IndexError after the end."""
        step = count("step", step, least=0, of="bytes")
        if step >= len(self):
            held = f"bytes 0…{len(self) - 1}" if len(self) else "no bytes"
            raise IndexError(f"byte {step} is outside the stream; it has {held}")
        return next(file for file in self.files if file.start <= step < file.stop)


def _records(name: str, given: Any, kind: type[Any]) -> tuple[Any, ...]:
    """Every one as a record of that kind; plain tuples of as many parts are."""
    every = several(name, given, what=name)
    for place, one in enumerate(every):
        if not isinstance(one, tuple) or len(one) != len(kind._fields):
            refuse(f"{name}[{place}]", one, f"{kind.__name__}({', '.join(kind._fields)})")
    return tuple(kind(*one) for one in every)


def code(
    package: str | Sequence[str] = "email",
    *,
    path: str | os.PathLike[str] | None = None,
    limit: int | None = None,
) -> Source:
    """Source code of installed packages, or of any folder, as bytes with token and file spans.

    package: one import name or several, of the standard library ("email", "xml.etree") or installed by pip.
    path: a folder (or one .py file) to read instead of a package.
    limit: keep the first `limit` bytes. Files beyond are not opened, so they are not counted as skipped either, and of
    the file in which it falls no more is read, parsed and cut into tokens than is kept.

    Files come in sorted order, those of a folder before its subfolders. Test folders, hidden folders and virtual
    environments are left out, links to folders are not followed, and a file reached twice is read once. A file is
    decoded by its byte-order mark or coding cookie and re-encoded as UTF-8 with "\\n" line ends. One that cannot be
    opened, decoded or parsed by this Python is skipped and counted.
    Raises ValueError for an unknown package, a path that does not exist, or a place without any readable Python source.

        source = code("email", limit=60_000)
        source.bytes[:10], source.tokens[0].text, source.files[0].name, source.skips

        >>> source = streams.code("email", limit=400)
        >>> source.bytes.dtype, len(source.bytes) <= 400
        (dtype('uint8'), True)
    """
    if limit is not None:
        limit = count("limit", limit, most=sys.maxsize, of="bytes to keep")
    asked, found = _asked(package, path)
    source = _join(found, limit)
    if not source.files:
        left = ", ".join(f"{count} {reason}" for reason, count in source.skips.items())
        why = f"its files were skipped ({left})" if left else "there is no .py file outside test and hidden folders"
        raise ValueError(f"{asked} has no readable Python source: {why}; name another package or path")
    return source


def _asked(package: Any, path: Any) -> tuple[str, Iterator[tuple[str, Path]]]:
    """What is asked for, in words, and its files."""
    if path is None:
        wanted = [package] if isinstance(package, str) else several("package", package, least=1, what="import names")
        names = [text("package", name) for name in wanted]
        return "package " + ", ".join(map(repr, names)), chain.from_iterable(map(_package, names))
    if not isinstance(path, str | os.PathLike):
        refuse("path", path, "a folder of Python code or a .py file")
    if package != "email":
        raise ValueError(f"both package {package!r} and path {os.fspath(path)!r} are given; give one")
    return f"path {os.fspath(path)!r}", _folder(Path(path).expanduser())


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
    if not all(part.isidentifier() for part in inner):
        raise ValueError(f"package {name!r} is no import name; give one as in `import xml.etree`, or a folder by path=")
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
    if not os.path.exists(root):
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
    seen: set[str] = set()
    end = 0
    for name, file in found:
        # a link to itself leads nowhere, and is no reason to stop (Path.resolve would)
        real = os.path.realpath(file)
        if real in seen:
            continue
        seen.add(real)
        content = _content(name, file, sys.maxsize if limit is None else limit - end)
        if isinstance(content, Skipped):
            skipped.append(content)
            continue
        text, spans = content
        start, end = end, min(end + len(text), sys.maxsize if limit is None else limit)
        pieces.append(text[: end - start])
        files.append(File(name, start, end))
        moved = (span._replace(start=span.start + start, stop=span.stop + start) for span in spans)
        tokens.extend(token for token in moved if token.stop <= end)
        if end == limit:
            break
    stream = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    return Source(stream, tuple(tokens), tuple(files), tuple(skipped))


def _content(name: str, file: Path, wanted: int) -> tuple[bytes, list[Token]] | Skipped:
    """The bytes of one file and its tokens, counted from its own start, as far as wanted; or why it is skipped."""
    if not file.is_file():
        return Skipped(name, "unreadable", "it is no file, or a link that leads nowhere")
    try:
        with file.open("rb") as raw, _as_text(raw) as lines:
            return cut(Lines(lines), wanted)
    except OSError as error:
        return Skipped(name, "unreadable", str(error))
    except (UnicodeError, LookupError) as error:
        return Skipped(name, "undecodable", str(error))
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        return Skipped(name, "broken", f"{type(error).__name__}: {error}")


def _as_text(raw: BinaryIO) -> io.TextIOWrapper:
    """The file decoded as Python decodes it: by its byte-order mark or coding cookie, "\\r\\n" and "\\r" as "\\n"."""
    try:
        encoding, _ = tokenize.detect_encoding(raw.readline)
    except SyntaxError as error:
        # a cookie that names no codec, or no UTF-8: nothing is known of the syntax yet
        raise LookupError(str(error)) from error
    raw.seek(0)
    return io.TextIOWrapper(raw, encoding, newline=None)
