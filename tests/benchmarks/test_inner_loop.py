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


def test_a_training_step_is_compared_at_equal_size() -> None:
    module = [sys.executable, "-m", "tests.benchmarks.training_step", "--quick"]
    root = Path(__file__).parents[2]
    run = subprocess.run(module, cwd=root, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stderr
    sizes = [int(size.replace(",", "")) for size in re.findall(r"^\| [^|]+ \| ([\d,]+) \|", run.stdout, re.M)]
    assert len(sizes) == 9
    assert max(sizes) - min(sizes) < 200, "as many parameters"
