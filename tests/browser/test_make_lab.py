"""`make lab` as the README says it: a working copy of the course is served, and no box of news covers it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEWS = "@jupyterlab/apputils-extension:notification"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def test_make_lab_serves_a_working_copy(tmp_path: Path) -> None:
    if not (ROOT / ".venv" / ".ready").exists():
        pytest.skip("set up by hand: make lab would install everything anew")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = f"LAB_FLAGS=--no-browser --port {port}"
    # settings of whoever runs the tests would say more than ours
    alone = {"NLVIZ_NOTEBOOKS": str(tmp_path / "mine"), "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings")}
    made = subprocess.Popen(
        ["make", "lab", flags],
        cwd=ROOT,
        env={**os.environ, **alone},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert made.stderr is not None
        address = next(found[0] for line in made.stderr if (found := re.search(r"http://127\S+/lab\?token=\w+", line)))
        assert "04_surprise.ipynb" in _answer(address.replace("/lab?", "/api/contents?"))
        assert (tmp_path / "mine" / "04_surprise.ipynb").is_file()
        news = json.loads(_answer(address.replace("/lab?", f"/lab/api/settings/{NEWS}?")))
        asked = {name: news["schema"]["properties"][name]["default"] for name in ("fetchNews", "checkForUpdates")}
        assert asked == {"fetchNews": "false", "checkForUpdates": False}
    finally:
        os.killpg(made.pid, signal.SIGTERM)
        made.communicate(timeout=120)


def _answer(address: str, patience: float = 150.0) -> str:
    """What the server says, once it listens: it names its address a moment before."""
    end = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
