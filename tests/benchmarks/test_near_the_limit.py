"""The benchmark runs, gives both tables, and its blocks are where the docstring of `unroll_blocks` says they are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from nlviz.inner import unroll_blocks

HERE = Path(__file__).parent


def _multiple(said: str) -> float:
    found = re.search(r"(?:blocks|after): at worst ([\d.e+]+) times the loop's error", said)
    assert found, said
    return float(found[1])


def test_the_smallest_corner() -> None:
    script = HERE / "near_the_limit.py"
    run = subprocess.run([sys.executable, script, "--quick"], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    assert len(re.findall(r"^\| (?:Delta|GatedDelta|Titans) \|", run.stdout, re.MULTILINE)) == 12
    assert len(re.findall(r"^\| 16 \|", run.stdout, re.MULTILINE)) == 8
    assert _multiple(run.stdout) < 8


def test_the_table_and_the_docstring_say_the_same() -> None:
    measured = _multiple((HERE / "near_the_limit.md").read_text())
    said = re.search(r"at most (\d+) times as far", " ".join((unroll_blocks.__doc__ or "").split()))
    assert said
    assert measured <= int(said[1]) < measured + 1
