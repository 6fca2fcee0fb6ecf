"""The benchmark itself runs; how fast anything is stays its own business."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_the_smallest_corner_gives_both_tables() -> None:
    script = Path(__file__).with_name("inner_loop.py")
    run = subprocess.run([sys.executable, script, "--quick"], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    rows = [line for line in run.stdout.splitlines() if line.startswith("| 16 | 1 | 128 |")]
    assert len(rows) >= 2, run.stdout
    for row in rows:
        speeds = [float(number.replace(",", "")) for number in re.findall(r"([\d,]+) \(", row)]
        assert len(speeds) >= 5
        assert all(speed > 0 for speed in speeds)
