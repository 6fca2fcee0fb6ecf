"""Kernels forked from one process that has imported what they all import: else seconds of a core for every notebook.

A kernel is a process of its own all the same, with the hash seed and the threads that were asked for; the course itself
is not among what was imported, so a notebook that imports too little of it is found. Run as a file, this is what
Jupyter starts in place of a kernel (`launch`), or what the kernels are forked from (`serve`).
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

__all__ = ["FORKS", "Source", "source"]

# Elsewhere a process that has loaded such libraries does not outlive a fork.
FORKS = sys.platform == "linux"
KERNEL = "ipykernel.kernelapp"
# What the cells import, and wait for; the last comes with the first step of an optimizer.
HEAVY = ("numpy", "torch", "plotly.graph_objects", "plotly.io", "torch._dynamo")


class Source(NamedTuple):
    """Where kernels come from. command: what Jupyter starts. spent: its own seconds of a processor until the first of
    them; imported: those of them that the imports of HEAVY took.
    """

    folder: Path
    command: list[str]
    spent: float
    imported: float

    def process(self, launched: int) -> int:
        """The kernel's process, by that which Jupyter started."""
        return int((self.folder / str(launched)).read_text())


def source(environment: Mapping[str, str]) -> Source:
    """Start a process that forks kernels, with these variables added to its environment. It ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="nlviz-kernels-"))
    command = [sys.executable, "-P", __file__]
    serving = subprocess.Popen(
        [*command, "serve", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    atexit.register(_ended, serving, folder)
    while not (folder / "ready").exists():
        if serving.poll() is not None:
            raise RuntimeError(f"the process that kernels are forked from has ended with {serving.returncode}")
        time.sleep(0.05)
    spent, imported = map(float, (folder / "ready").read_text().split())
    return Source(folder, [*command, "launch", str(folder), "-f", "{connection_file}"], spent, imported)


def _ended(serving: subprocess.Popen[bytes], folder: Path) -> None:
    serving.communicate()  # its input is closed: that ends it
    shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path) -> None:
    """Fork a kernel for each that asks, until the input ends. In the kernel this never returns."""
    kernel = import_module(KERNEL)
    begun = time.process_time()
    for name in HEAVY:
        import_module(name)
    imported = time.process_time() - begun
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "socket"))
    listening.listen()
    gc.freeze()
    (folder / "ready.new").write_text(f"{time.process_time()} {imported}")
    (folder / "ready.new").rename(folder / "ready")
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    waiting.register(listening, selectors.EVENT_READ)
    while all(key.fileobj is listening for key, _ in waiting.select()):
        asking, _ = listening.accept()
        asked = json.loads(asking.makefile().readline())
        server = os.getpid()
        if not os.fork():
            waiting.close()
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            (folder / str(asked["launched"])).write_text(str(os.getpid()))
            os.chdir(asked["folder"])
            os.environ.clear()
            os.environ.update(asked["environment"])
            threading.Thread(target=_with, args=[asking], daemon=True).start()
            # it watches its parent, and says nothing of how to stop it
            sys.argv = ["ipykernel_launcher", *asked["given"], f"--IPKernelApp.parent_handle={server}"]
            kernel.launch_new_instance()
            sys.exit()
        asking.close()


def _with(asking: socket.socket) -> None:
    """A kernel ends with the process that Jupyter started."""
    asking.recv(1)
    os._exit(1)


def _launch(folder: Path, given: list[str]) -> None:
    """Ask for a kernel, and last as long as it does: an interruption says that a request to end comes next."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(str(folder / "socket"))
    asked = {"given": given, "folder": os.getcwd(), "environment": dict(os.environ), "launched": os.getpid()}
    asking.sendall(f"{json.dumps(asked)}\n".encode())
    asking.recv(1)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve(Path(sys.argv[2]))
    else:
        _launch(Path(sys.argv[2]), sys.argv[3:])
