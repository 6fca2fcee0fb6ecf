"""A fault in a module, in a child process: an import gets the changed source, nothing on disk is touched."""

from __future__ import annotations

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

__all__ = ["ROOT", "caught_by", "load_what_is_heavy", "module_of"]

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


class _First:
    """Remembers the first test that fails, and writes its name into a pipe."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            os.write(self.pipe, f"{report.nodeid}\n".encode())

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            os.write(self.pipe, f"{report.nodeid} (import)\n".encode())


def module_of(path: Path) -> str:
    """The name a file under the project's root is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def caught_by(path: Path, source: str, tests: Sequence[str]) -> str:
    """The first test that fails while the module at `path` is `source`; "" if none does.

    A fault that makes the tests endless, or ends their process, is caught by "time", or by what ended it.
    Raises RuntimeError if no test was run, or pytest itself failed: that says nothing about the fault.
    """
    into, out = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(into)
        os._exit(_in_child(Planted(module_of(path), path, source), tests, out))
    os.close(out)
    with os.fdopen(into) as said:
        first = said.read().split("\n")[0]
    status = os.waitpid(child, 0)[1]
    if not first and os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"pytest {' '.join(tests)} ended with status {os.WEXITSTATUS(status)} and no failed test")
    if not first and os.WIFSIGNALED(status):
        return "time" if os.WTERMSIG(status) == signal.SIGALRM else f"signal {os.WTERMSIG(status)}"
    return first


def _in_child(planted: Planted, tests: Sequence[str], pipe: int) -> int:
    import pytest

    signal.alarm(LIMIT)
    # plugins are for browsers, notebooks and many processes, and loading them takes longer than most tests
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.meta_path.insert(0, planted)
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[_First(pipe)]))


def load_what_is_heavy() -> None:
    """What every child needs and no fault is planted in, loaded once."""
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    # both load hundreds of modules when they are first used
    torch.testing.assert_close(torch.zeros(1), torch.zeros(1))
    torch.func.grad(torch.sum)(torch.zeros(1))
    importlib.import_module("hypothesis.strategies")
    # Plotly loads its parts when they are first used
    go: Any = importlib.import_module("plotly.graph_objects")
    go.Figure([go.Scatter(y=[0]), go.Heatmap(z=[[0]]), go.Bar(y=[0])]).add_annotation().add_shape().to_json()
