"""Lets nbval compare notebooks committed with stills and without execution counts, and holds each to its minute of
computing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence

import psutil
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Note what the kernel has computed so far: seconds of its processor, the same beside other work as alone."""
    try:
        return (yield)
    finally:
        kernel = getattr(item.parent, "kernel", None)
        if kernel is not None and kernel.is_alive():
            spent = psutil.Process(kernel.km.provisioner.pid).cpu_times()
            item.user_properties.append(("computed", spent.user + spent.system))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the highest that the cells of a notebook have noted."""
    notebook = report.nodeid.split("::")[0]
    for name, seconds in report.user_properties:
        if name == "computed":
            _spent[notebook] = max(_spent[notebook], float(str(seconds)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A notebook that takes more than its minute fails the run; workers leave this to the process that hears them."""
    if hasattr(session.config, "workerinput"):
        return
    for notebook, seconds in _spent.items():
        print(f"\n{notebook}: {seconds:.0f} s computed", end="")
        if seconds > MOST_SECONDS:
            print(f", more than {MOST_SECONDS:.0f}", end="")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
