"""What a file costs is what its tests cost, and the dearest stands first."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from .clock import dearest

ROOT = Path(__file__).parents[1]


def test_tests_are_summed_by_file() -> None:
    spent = [("a.py::one", 1.0), ("b.py::one[x]", 2.5), ("a.py::two", 1.25)]
    total, first, second = (line.split() for line in dearest(spent))
    assert total[:3] == ["4.8", "s", "3"]
    assert first == ["2.5", "s", "1", "tests", "b.py"]
    assert second == ["2.2", "s", "2", "tests", "a.py"]


def test_what_workers_spend_is_listed() -> None:
    """As the contributors' page says it, over two workers: this file's tests without this one."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.clock", "-p", "no:cacheprovider", "-n", "2"]
    asked = ["tests/test_clock.py", "tests/test_first.py", "-k", "not workers"]
    said = subprocess.run([*command, *asked], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"\d s +3 tests in all", said), said
    assert re.search(r"\d s +2 tests  tests/test_first.py", said), said
