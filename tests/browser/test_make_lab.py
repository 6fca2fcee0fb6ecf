"""`make lab` as the README says it: the course is served."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def test_make_lab_serves_the_course():
    if not (ROOT / ".venv" / ".ready").exists():
        pytest.skip("set up by hand: make lab would install everything anew")
    flags = "LAB_FLAGS=--no-browser --ServerApp.port=0 --ServerApp.open_browser=False"
    made = subprocess.Popen(["make", "lab", flags], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert made.stderr is not None
        address = next(found[0] for line in made.stderr if (found := re.search(r"http://127\S+/lab\?token=\w+", line)))
        address = address.replace("/lab?", "/api/contents?")
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert b"04_surprise.ipynb" in answer.read()
    finally:
        os.killpg(made.pid, signal.SIGTERM)
        made.wait(20)
