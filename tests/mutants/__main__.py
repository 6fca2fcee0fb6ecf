"""Plant one fault at a time in a file, and see whether its tests notice.

    python -m tests.mutants nlviz/views/pictures/write_head.py tests/views/test_sketches.py -k writing
    python -m tests.mutants nlviz/memory/linear.py tests/memory tests/inner --sample 40

Lists the faults that no test noticed, with their lines. Each fault is planted in a child process of its own, where an
import of the module gets the changed source; nothing on disk is touched. A fault that makes the tests endless counts as
noticed. --sample N: a spread of N faults rather than all.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from .faults import Fault, faults

ROOT = Path(__file__).parents[2]
LIMIT = 180


class Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module its changed source; leaves every other import alone."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return (
            importlib.util.spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None
        )

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


def noticed(fault: Fault, name: str, path: Path, tests: list[str]) -> bool:
    """Whether any of the tests fails with this fault planted."""
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            sys.meta_path.insert(0, Planted(name, path, fault.source))
            os._exit(int(_run(tests)))
    return os.waitpid(child, 0)[1] != 0


def _run(tests: list[str]) -> int:
    import pytest

    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))


def chosen(every: list[Fault], sample: int | None) -> list[Fault]:
    """All of them, or so many, evenly spread over the file."""
    if sample is None or sample >= len(every):
        return every
    return [every[i * len(every) // sample] for i in range(sample)]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="where to plant faults")
    parser.add_argument("tests", nargs="+", help="what is to notice them: files, folders, options of pytest")
    parser.add_argument("--sample", type=int, help="how many faults, evenly spread (default: all)")
    asked, options = parser.parse_known_args(argv)
    path = asked.file.resolve()
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    _heavy()
    if noticed(Fault(0, "none", path.read_text("utf-8")), name, path, [*asked.tests, *options]):
        sys.exit("the tests fail without any fault; mend that first")
    every = chosen(list(faults(path.read_text("utf-8"))), asked.sample)
    missed = [fault for fault in every if not noticed(fault, name, path, [*asked.tests, *options])]
    for fault in missed:
        print(f"{asked.file}:{fault.line}: {fault.what}")
    print(f"{len(every) - len(missed)} of {len(every)} planted faults noticed")


def _heavy() -> None:
    """What every child needs and no fault is planted in, loaded once."""
    loaded: list[Any] = [importlib.import_module(name) for name in ("torch", "plotly.graph_objects")]
    loaded[0].set_num_threads(1)


if __name__ == "__main__":
    main()
