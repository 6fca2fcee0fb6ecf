"""What a file costs is what its tests cost, and the dearest stands first."""

from __future__ import annotations

import os
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


def test_what_workers_spend_is_listed(tmp_path: Path) -> None:
    """As the contributors' page says it, over two workers; of tests that load nothing, in files of their own."""
    written = {"test_two.py": "def test_one(): pass\ndef test_other(): pass", "test_one.py": "def test_it(): pass"}
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    plugins = ["-p", "xdist", "-p", "tests.clock", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "-n", "2", "-c", str(tmp_path / "pytest.ini")]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run([*command, str(tmp_path)], cwd=ROOT, env=alone, capture_output=True, text=True, check=False)
    said = run.stdout
    assert not run.returncode, said + run.stderr
    assert re.search(r"\d s +3 tests in all", said), said
    assert re.search(r"\d s +2 tests  \S*test_two.py", said), said
