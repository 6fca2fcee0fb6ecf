"""Independent runs of a benchmark, on one core, on several, or on a cluster; what stands in the notes is not run again.

    python -m tests.benchmarks.hope --notes FILE --jobs 4                     four processes
    python -m tests.benchmarks.hope --notes FILE --dask tcp://HOST:8786       a Dask cluster; `.[cluster]` has it

A piece is a function of a module with plain arguments, its seed among them; it computes on one thread. So its numbers
are the same wherever it runs, and a table does not depend on which piece ends first. Notes are JSON, a line a piece,
written when it ends: a sweep that was stopped, at any time, goes on where it was. joblib hands pieces to its own
processes by cloudpickle; no file is made or read that way (of joblib, `dump` and `load` are banned).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

__all__ = ["MARKS", "Piece", "Sweep", "asks", "asks_where", "put_table", "shown", "standing", "started"]

MARKS = ("<!-- table -->\n", "<!-- end -->\n")

Piece = partial[Any]
"""What gives numbers, words, and lists and dicts of them."""


def asks(about: str | None, *, seeds: int = 0, quick: str = "", noted: bool = False) -> argparse.ArgumentParser:
    """What every sweep may be asked for. seeds: how many, unless said. quick, noted: whether it has such an option."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    if seeds:
        parser.add_argument("--seeds", type=int, default=seeds, help="how many (default: %(default)s)")
    if quick:
        parser.add_argument("--quick", action="store_true", help=f"{quick}: only whether it runs")
    if noted:
        parser.add_argument("--noted", action="store_true", help="only what stands in FILE: nothing is run")
    parser.add_argument("--write", action="store_true", help="put the tables into the page, in place of those there")
    asks_where(parser)
    return parser


def asks_where(parser: argparse.ArgumentParser) -> None:
    """Where pieces are run, and where it is noted."""
    parser.add_argument("--notes", type=Path, metavar="FILE", help="where to keep what is done, line by line")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many processes (default: this one)")
    parser.add_argument("--dask", metavar="ADDRESS", help="on the cluster whose scheduler is there")


def put_table(page: Path, lines: str) -> None:
    """Replace what stands between a Markdown page's marks, its table or tables; what is said around it stays."""
    first, last = MARKS
    before, _, rest = page.read_text(encoding="utf-8").partition(first)
    page.write_text(f"{before}{first}{lines}\n{last}{rest.partition(last)[2]}", encoding="utf-8")


def shown(chosen: argparse.Namespace, page: Path, lines: str) -> None:
    """Print the tables; into the page, too, if that was asked for."""
    print(lines)
    if chosen.write:
        put_table(page, lines)


def started() -> Any:
    """`main` of the module that is run by `python -m`, imported by its name: every process finds its pieces by that."""
    spec = sys.modules["__main__"].__spec__
    assert spec, "run it by python -m"
    return import_module(spec.name).main()


def standing(notes: Path | None) -> dict[str, Any]:
    """What stands in the notes by now, by name."""
    lines = notes.read_text(encoding="utf-8").splitlines() if notes and notes.exists() else []
    return dict(json.loads(line) for line in lines)


class Sweep:
    """Runs pieces by name, each once. known: what they gave, from the notes or by now."""

    def __init__(
        self, notes: Path | None = None, *, jobs: int = 1, dask: str | None = None, noted: bool = False
    ) -> None:
        self.notes, self.jobs, self.dask, self.noted = notes, jobs, dask, noted
        if notes and notes.exists() and not (written := notes.read_bytes()).endswith(b"\n"):
            # the machine stopped while a line was written
            os.truncate(notes, written.rfind(b"\n") + 1)
        self.known = standing(notes)

    @classmethod
    def of(cls, chosen: argparse.Namespace) -> Sweep:
        """As the command line asks for."""
        return cls(chosen.notes, jobs=chosen.jobs, dask=chosen.dask, noted=getattr(chosen, "noted", False))

    def __call__(self, pieces: Mapping[str, Piece]) -> dict[str, Any]:
        """What every piece gave, in the order of `pieces`, whichever ended first; with `noted` those that are known."""
        missing = {name: piece for name, piece in pieces.items() if name not in self.known}
        for name, line in () if self.noted else self._lines(missing):
            self.known[name] = json.loads(line)[1]
            print(f"{name}: {self.known[name]}"[:400], flush=True)
            if self.notes:
                # one call of the system for a line: whoever is stopped, or writes beside us, leaves lines whole
                file = os.open(self.notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
                os.write(file, f"{line}\n".encode())
                os.close(file)
        return {name: self.known[name] for name in pieces if name in self.known}

    def each(self, pieces: Mapping[str, Piece]) -> list[Any]:
        """The same without names."""
        return [*self(pieces).values()]

    @cached_property
    def _client(self) -> Any:
        return import_module("distributed").Client(self.dask, set_as_default=False)

    def _lines(self, pieces: Mapping[str, Piece]) -> Iterator[tuple[str, str]]:
        where = parallel_config("dask", client=self._client) if self.dask else nullcontext()
        with where:
            how: Any = {"return_as": "generator_unordered", "batch_size": 1}
            pool = Parallel(-1 if self.dask else self.jobs, **how)
            # arguments apart: so a large array goes once to all processes of a machine
            lines: Any = pool(delayed(line)(name, one.func, *one.args, **one.keywords) for name, one in pieces.items())
            yield from lines


def line(name: str, run: Callable[..., Any], /, *given: Any, **named: Any) -> tuple[str, str]:
    """What a piece gives as a line of the notes, computed on one thread."""
    # its module has been imported by now, and torch with it
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    with threadpool_limits(1):
        return name, json.dumps([name, run(*given, **named)], ensure_ascii=False)
