"""The benchmark of the front end runs; how fast anything is stays its own business."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import find_chromium

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


def test_the_smallest_corner_gives_the_table() -> None:
    if find_chromium() is None:
        reason = "no Chromium; install one or set NLVIZ_CHROMIUM to its path"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    command = [sys.executable, "-m", "tests.benchmarks.front_end", "--quick"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stderr
    times = re.search(r"\| small \| scrub \| (\d+) / \d+ \| [^|]*\| (\d+) / \d+ ", run.stdout)
    assert times, run.stdout
    assert all(int(milliseconds) > 0 for milliseconds in times.groups())
    assert "| alive after close | 0 of 4 |" in run.stdout
