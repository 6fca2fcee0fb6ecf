"""One JupyterLab for a whole test session: its own settings, its own token, nothing from the user's home."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_START_SECONDS = 300

# Off-screen cells must exist (windowingMode), nothing may be written or asked for behind a test's back.
_SETTINGS: dict[str, dict[str, Any]] = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "apputils-extension/themes": {"theme": "JupyterLab Light", "adaptive-theme": False},
}


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: where it answers, its token, the folder it shows and the log it writes."""

    url: str
    token: str
    folder: Path
    log: Path

    def ask(self, path: str, method: str = "GET") -> Any:
        """One call of the server's REST interface, its JSON answer or None."""
        request = urllib.request.Request(
            f"{self.url}/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def stop_kernels(self) -> None:
        """Shut every kernel down, as a lecturer's laptop does when it runs out of memory."""
        for kernel in self.ask("api/kernels"):
            self.ask(f"api/kernels/{kernel['id']}", method="DELETE")


@contextmanager
def serve(folder: Path, home: Path) -> Iterator[Server]:
    """A JupyterLab on `folder` whose settings, run-time files and log live in `home`; stopped on the way out."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", secrets.token_hex(16), folder, home / "server.log")
    with server.log.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(_command(server, port), env=_environment(home), stdout=log, stderr=log)
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(server: Server, port: int) -> list[str]:
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": server.folder,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": server.token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "jupyterlab", "--no-browser", *flags]


def _environment(home: Path) -> dict[str, str]:
    settings = home / "settings"
    for name, values in _SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    places = {
        "JUPYTERLAB_SETTINGS_DIR": settings,
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "IPYTHONDIR": home / "ipython",
    }
    # One thread: a server, a browser and a kernel already share the cores.
    return {**os.environ, "OMP_NUM_THREADS": "1", **{name: str(place) for name, place in places.items()}}


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.ask("api/status")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    tail = server.log.read_text(encoding="utf-8")[-2000:]
    raise RuntimeError(f"JupyterLab did not answer at {server.url} within {_START_SECONDS} s; its log ends:\n{tail}")
