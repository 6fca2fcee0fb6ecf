"""The ladder itself runs; which rung is how good stays its own business."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_smallest_corner_climbs_every_rung() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.ladder", "--quick"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    rows = re.findall(r"^\| (?:no TTT|TTT equivalence[^|]*|\+ [^|]*) \| ([\d.]+) \|", run.stdout, re.MULTILINE)
    assert len(rows) == 6, run.stdout
    # three steps teach the bytes' bare frequencies at best; logits drawn at random cost about a bit above a byte's 8
    assert all(4 < float(bits) < 9.5 for bits in rows)
