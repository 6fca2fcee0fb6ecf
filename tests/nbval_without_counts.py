"""Lets nbval compare notebooks committed with stills and without execution counts, and holds each to its minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest

MOST_SECONDS = 60.0
_spent: defaultdict[str, float] = defaultdict(float)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Give every cell a count: to nbval, no count means never run; it compares none. Take stills out of sight."""
    for item in items:
        cell = getattr(item, "cell", None)
        if cell is None:
            continue
        cell.execution_count = 0
        for output in cell.get("outputs", []):
            # a kernel draws none; tests/notebooks/stills.py compares what they show
            if "nlviz" in output.get("metadata", {}):
                output.data.pop("text/html", None)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what the cells of a notebook take."""
    _spent[report.nodeid.split("::")[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A notebook that takes more than its minute fails the run; workers leave this to the process that hears them."""
    if hasattr(session.config, "workerinput"):
        return
    for notebook, seconds in _spent.items():
        print(f"\n{notebook}: {seconds:.0f} s", end="")
        if seconds > MOST_SECONDS:
            print(f", more than {MOST_SECONDS:.0f}", end="")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
