"""Runs a notebook's cells in a kernel of its own, in any order and as often as asked, and hands over what they made."""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import psutil
from nbclient import NotebookClient

from ..clock import ELSEWHERE
from .forking import FORKS, Source, source

# Run in the kernel: the figures that these runs have shown, by the execution count.
_FIGURES = """
import json, plotly.io
json.dump({{count: plotly.io.to_json(shown.figure, engine="json") for count, shown in Out.items()
           if count in {turns!r} and getattr(shown, "figure", None) is not None}},
          open({path!r}, "w", encoding="utf-8"))
"""


class Ran(NamedTuple):
    """One run of one cell. computed: seconds of the kernel's processor (see pace.py for what they are worth).
    turn: its place among all runs. error: the exception's name and what it said, or None."""

    outputs: list[Any]
    computed: float
    turn: int
    error: tuple[str, str] | None


class Kernel:
    """A started kernel that works on one notebook. imported: seconds of a processor that were spent on imports
    before it was there, for all kernels at once."""

    def __init__(self, client: NotebookClient, forked: Source | None = None) -> None:
        self._client = client
        # nbclient starts local kernels, whose process its types do not know
        manager: Any = client.km
        launched = manager.provisioner.pid
        self.process: psutil.Process = psutil.Process(forked.process(launched) if forked else launched)
        self.imported: float = forked.imported if forked else 0.0

    def run(self, source: str) -> Ran:
        """Run a cell with this source; an error is handed over, not raised."""
        cell = nbformat.v4.new_code_cell(source)
        self._client.nb.cells = [cell]
        before = self.computed()
        self._client.execute_cell(cell, 0)
        computed = self.computed() - before
        errors = [(output.ename, output.evalue) for output in cell.outputs if output.output_type == "error"]
        turn = cell.execution_count or 0
        return Ran(copy.deepcopy(cell.outputs), computed, turn, errors[0] if errors else None)

    def computed(self) -> float:
        """Seconds of a processor that its process has spent so far."""
        spent = self.process.cpu_times()
        return spent.user + spent.system

    def run_apart(self, source: str) -> Ran:
        """Run a cell with what is defined now, and leave nothing of what it defines."""
        return self.run(f"exec(compile({source!r}, 'cell', 'exec'), dict(globals()))")

    def figures(self, turns: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The figures of the labs and players that these runs have shown, as plotly's JSON, by the turn of each."""
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "figures.json"
            ran = self.run(_FIGURES.format(path=str(kept), turns=set(turns)))
            if ran.error:
                raise RuntimeError(f"the figures could not be collected: {': '.join(ran.error)}")
            found = json.loads(kept.read_text(encoding="utf-8"))
        return {int(count): json.loads(figure) for count, figure in found.items()}


@contextmanager
def kernel(
    folder: Path, environment: Mapping[str, str] | None = None, patience: int = 900, *, forked: bool = False
) -> Iterator[Kernel]:
    """A fresh kernel in `folder`, with these variables added to its environment; patience: seconds for
    one cell, for a start and for an output: against a kernel that hangs, not one that has a tenth of a core.

    forked: it comes from a process that has imported the large libraries already, where the system can do that.
    """
    client = NotebookClient(
        nbformat.v4.new_notebook(),
        timeout=patience,
        startup_timeout=patience,
        iopub_timeout=patience,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
    )
    added = environment or {}
    comes_from = _source(tuple(added.items())) if forked and FORKS else None
    if comes_from:
        manager: Any = client.create_kernel_manager()
        manager.kernel_spec.argv = comes_from.command
    with client.setup_kernel(env={**os.environ, **added}):
        started = Kernel(client, comes_from)
        try:
            yield started
        finally:
            if comes_from and psutil.pid_exists(started.process.pid):
                ELSEWHERE.append(started.computed())


@cache
def _source(environment: tuple[tuple[str, str], ...]) -> Source:
    found = source(dict(environment))
    ELSEWHERE.append(found.spent)
    return found
