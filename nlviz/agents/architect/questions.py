"""Questions about a codebase, made from the code itself by `ast`, so that the truth is computed."""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from torch import Generator, randperm

from nlviz.agents.architect.legacy import Legacy
from nlviz.agents.architect.renames import FIXED, current
from nlviz.door import words
from nlviz.streams.code import File, Source

__all__ = ["CLASSES", "CONTEXT", "KINDS", "Question", "questions"]

KINDS = ("argument", "attribute", "defined")
"""Which argument comes next; which attribute follows; in which module is this defined."""
CLASSES = ("never changed", "renamed", "only in Week 1")
"""Of the name asked for: never changed, and met later too; renamed in Week 4; met in Week 1, and never again."""
CONTEXT = 160
"""Bytes of the file before the blank."""
_CANDIDATES, _AGAIN, _SHORTEST = 4, 3, 3
_ALIKE = 24
"""Of the names that might stand there, so many of nearly the same length are drawn from."""


class Question(NamedTuple):
    """What comes here? A prompt, one of the candidates, and what follows.

    kind: of KINDS. about: of CLASSES. name: what the code called it in Week 1. candidates: names to choose from.
    prompts, follows, truth: at each of CHECKPOINTS the text before the blank as the file stands by then, what comes
    after it, and the place of the right candidate. file, line: where it stands, from 1. step: its byte in the stream.
    """

    kind: str
    about: str
    name: str
    candidates: tuple[str, ...]
    prompts: tuple[bytes, bytes, bytes]
    follows: bytes
    truth: tuple[int, int, int]
    file: str
    line: int
    step: int


class _Site(NamedTuple):
    """Where a question may be asked: the place of its token among all tokens."""

    kind: str
    name: str
    token: int


def questions(project: Legacy, *, each: int = 30, seed: int = 0) -> tuple[Question, ...]:
    """At most `each` questions of every class of CLASSES, on places that were read in Week 1, drawn by `seed`.

    Of an argument or attribute the prompt is the file before it, as the code stands at the checkpoint: once the rename
    is in force, it and the truth have the new names, and both the old and the new one are among the candidates. Where
    something is defined is asked as an import would say it, `from ▢ import X`. The wrong candidates are names of the
    project that Week 1 met in the same role, of about the same length. Built-in names are not asked for.

        >>> project = agents.architect.legacy("email", limit=40_000)
        >>> asked = agents.architect.questions(project, each=4)
        >>> {one.about for one in asked} <= set(agents.architect.CLASSES), len(asked[0].prompts)
        (True, 3)
    """
    project = words.instance("project", project, Legacy, 'use legacy("email")')
    each, chance = words.count("each", each, of="questions"), Generator().manual_seed(words.seed("seed", seed))
    book = _Book(project)
    found = [book.asked(site, chance) for site in _drawn(book, each, chance)]
    return tuple(one for one in found if one is not None)


def _drawn(book: _Book, each: int, chance: Generator) -> Iterator[_Site]:
    """So many sites of every class, its kinds in turn, every name once before any twice."""
    by_class = defaultdict[str, dict[str, list[_Site]]](lambda: {kind: [] for kind in KINDS})
    for site in _shuffled(book.sites, chance):
        about = book.about(site)
        if about and not (about == "renamed" and site.kind == "defined"):
            by_class[about][site.kind].append(site)
    for about in CLASSES:
        queues = [_once_each(kind) for kind in by_class[about].values()]
        taken = 0
        while taken < each and any(queues):
            for queue in queues:
                if queue and taken < each:
                    taken += 1
                    yield queue.pop(0)


def _once_each(sites: Sequence[_Site]) -> list[_Site]:
    """The first of every name, then the second, and so on."""
    seen = Counter[str]()
    ranked = list[tuple[int, int, _Site]]()
    for at, site in enumerate(sites):
        ranked.append((seen[site.name], at, site))
        seen[site.name] += 1
    return [site for _, _, site in sorted(ranked, key=lambda one: one[:2])]


def _shuffled(sites: Sequence[_Site], chance: Generator) -> list[_Site]:
    return [sites[at] for at in randperm(len(sites), generator=chance).tolist()]


class _Book:
    """The code as it was and as it will be, with every place in Week 1 where a question may be asked."""

    def __init__(self, project: Legacy) -> None:
        self.project, self.old = project, project.before
        self.new = current(project.before, project.renamed)
        self.week, self.end = project.week(1).stop, len(project.bytes)
        self.starts = [token.start for token in self.old.tokens]
        self.early, self.late = Counter[str](), Counter[str]()
        for token in self.old.tokens[: bisect_left(self.starts, self.end)]:
            if token.kind == "NAME":
                (self.early if token.start < self.week else self.late)[token.text] += 1
        self.modules = _modules(self.old.files)
        self.sites = [site for file in self.old.files if file.start < self.week for site in self._sites(file)]
        homes = Counter(name for file in self.old.files for name, _ in _top(self.old, file))
        self.homes = {name for name, count in homes.items() if count == 1}
        self.pools = {
            kind: sorted({site.name for site in self.sites if site.kind == kind} - set(project.renamed))
            for kind in KINDS[:2]
        }

    def about(self, site: _Site) -> str:
        """The class of what is asked for there; "" for none."""
        if site.kind == "defined" and (site.name not in self.homes or len(self.modules) < 2):
            return ""
        if site.name in self.project.renamed:
            return "renamed"
        later = self.late[site.name]
        return "never changed" if later >= _AGAIN else "" if later else "only in Week 1"

    def asked(self, site: _Site, chance: Generator) -> Question | None:
        """The question of a site; None where there is nothing else to choose from."""
        token = self.old.tokens[site.token]
        file = self.old.file_at(token.start)
        line = self.old.bytes[file.start : token.start].tobytes().count(b"\n") + 1
        where = file.name, line, token.start
        if site.kind == "defined":
            module = self.modules[file.name]
            names = self._chosen([module], sorted(set(self.modules.values())), chance)
            follows, right, prompt = f" import {site.name}\n".encode(), names.index(module), b"from "
            prompts, truth = (prompt, prompt, prompt), (right, right, right)
        else:
            fresh = self.project.renamed.get(site.name, site.name)
            names = self._chosen([*dict.fromkeys([site.name, fresh])], self.pools[site.kind], chance)
            follows = self.old.bytes[token.stop : token.stop + 1].tobytes()
            then, now = (_before(source, site.token) for source in (self.old, self.new))
            prompts = (then, now, now)
            truth = (names.index(site.name), names.index(fresh), names.index(fresh))
        # without what follows, a name and a longer one that begins so would be the same answer
        if len(names) < 2 or not follows:
            return None
        return Question(site.kind, self.about(site), site.name, names, prompts, follows, truth, *where)

    def _chosen(self, right: list[str], pool: Sequence[str], chance: Generator) -> tuple[str, ...]:
        """The right names with others of about their length, in an order drawn by chance."""
        others = sorted((name for name in pool if name not in right), key=lambda name: abs(len(name) - len(right[0])))
        some = randperm(min(len(others), _ALIKE), generator=chance).tolist()[: _CANDIDATES - len(right)]
        names = [*right, *(others[at] for at in some)]
        return tuple(names[at] for at in randperm(len(names), generator=chance).tolist())

    def _sites(self, file: File) -> Iterator[_Site]:
        """Places of a file that Week 1 read."""
        for kind, name, step in _places(self.old, file):
            at = bisect_left(self.starts, step)
            here = at < len(self.starts) and self.starts[at] == step and self.old.tokens[at].text == name
            if here and step < self.week and (kind == "defined" or (len(name) >= _SHORTEST and name not in FIXED)):
                yield _Site(kind, name, at)


def _places(source: Source, file: File) -> Iterator[tuple[str, str, int]]:
    """What the parser finds in a file: (kind, name, its byte in the stream)."""
    text = source.bytes[file.start : file.stop].tobytes()
    tree = _parsed(text)
    if tree is None:
        return
    rows = _rows(text, file.start)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.end_lineno and node.end_col_offset is not None:
            yield "attribute", node.attr, rows[node.end_lineno - 1] + node.end_col_offset - len(node.attr.encode())
        if isinstance(node, ast.Call):
            named = [one for one in node.args if isinstance(one, ast.Name)]
            yield from (("argument", one.id, rows[one.lineno - 1] + one.col_offset) for one in named)
            keys = [one for one in node.keywords if one.arg]
            yield from (("argument", str(one.arg), rows[one.lineno - 1] + one.col_offset) for one in keys)
    yield from (("defined", name, step) for name, step in _top(source, file) if not name.startswith("__"))


def _top(source: Source, file: File) -> Iterator[tuple[str, int]]:
    """Functions and classes that a module defines at its top, with the byte of their names."""
    text = source.bytes[file.start : file.stop].tobytes()
    tree = _parsed(text)
    if tree is None or file.name.endswith("__init__.py"):
        return
    rows = _rows(text, file.start)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            skipped = {"FunctionDef": 4, "ClassDef": 6, "AsyncFunctionDef": 10}[type(node).__name__]
            yield node.name, rows[node.lineno - 1] + node.col_offset + skipped


def _parsed(text: bytes) -> ast.Module | None:
    """The tree of a file; None for what Python cannot parse: a file that the limit of a stream has cut."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _rows(text: bytes, start: int) -> list[int]:
    """Where every line begins, in bytes of the stream."""
    rows = [start]
    for line in text.split(b"\n"):
        rows.append(rows[-1] + len(line) + 1)
    return rows


def _before(source: Source, token: int) -> bytes:
    """The end of what stands before a token in its file."""
    step = source.tokens[token].start
    return source.bytes[max(source.file_at(step).start, step - CONTEXT) : step].tobytes()


def _modules(files: Sequence[File]) -> dict[str, str]:
    """How an import names each file."""
    found = {file.name: file.name.removesuffix(".py").replace("/", ".") for file in files}
    return {name: module for name, module in found.items() if not module.endswith("__init__")}
