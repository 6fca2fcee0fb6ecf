"""Processor seconds of every file of tests, the dearest first: what a minute of the suite is spent on.

A plugin: `python -m pytest -p tests.clock tests/labs`, or `PYTEST_ADDOPTS="-p tests.clock" make computed`. Seconds are
of the process and of those it waited for, so that they are the same beside other work; a browser's are not among them.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable
from typing import Any

import pytest

__all__ = ["ELSEWHERE", "dearest"]

SHOWN = 40
SPENT = "processor seconds"
ELSEWHERE: list[float] = []
"""Processor seconds of processes that nobody here waits for, as kernels that another process forked."""
_spent: defaultdict[str, list[float]] = defaultdict(list)


def dearest(spent: Iterable[tuple[str, float]]) -> list[str]:
    """(test, seconds) of each test -> a line for each file, those that take most first; the sum of all above them."""
    seconds: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for name, each in spent:
        file = name.partition("::")[0]
        seconds[file] += each  # pyright: ignore[reportArgumentType]
        tests[file] += 1
    said = [f"{total:7.1f} s  {tests[file]:5d} tests  {file}" for file, total in seconds.most_common(SHOWN)]
    return [f"{seconds.total():7.1f} s  {tests.total():5d} tests in all", *said]


def _now() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + sum(ELSEWHERE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Remember when the test began: its set-up counts, and so does what is shared and made by the first."""
    item.user_properties.append((SPENT, _now()))
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Its last report, that of the end, carries what it took: from a worker too."""
    report = yield
    if call.when == "teardown":
        began = next(float(str(at)) for name, at in item.user_properties if name == SPENT)
        report.user_properties = [(SPENT, _now() - began)]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        _spent[report.nodeid].extend(float(str(each)) for name, each in report.user_properties if name == SPENT)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.section("dearest files, in processor seconds")
    for line in dearest((name, sum(each)) for name, each in _spent.items()):
        terminalreporter.write_line(line)
