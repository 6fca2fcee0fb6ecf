"""The benchmark itself runs; how fast anything is stays its own business."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_the_smallest_corner_gives_both_tables() -> None:
    script = Path(__file__).with_name("deep_memory.py")
    run = subprocess.run([sys.executable, script, "--quick"], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    speeds = re.findall(r"^\| (?:token loop|dual|primal)[^|]*\| ([\d,]+) \|", run.stdout, re.MULTILINE)
    assert len(speeds) == 12, run.stdout
    assert all(float(speed.replace(",", "")) > 0 for speed in speeds)
