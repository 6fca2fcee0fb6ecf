"""Open JupyterLab on the course's notebooks.

They are those of the folder `notebooks` where there is one, as in a checkout; else those of the current folder.

Example: nlviz lab
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nlviz.commands._arguments import port

__all__ = ["arguments", "folder", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder, and whether a browser opens."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="another folder of notebooks")
    parser.add_argument("--port", type=port, help="where JupyterLab answers (default: the first free one from 8888)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def run(chosen: argparse.Namespace) -> None:
    """JupyterLab, in this process, until it is stopped."""
    options = [f"--ServerApp.root_dir={folder(chosen.folder, Path.cwd()).resolve()}"]
    options += [f"--ServerApp.port={chosen.port}"] if chosen.port else []
    options += ["--no-browser"] if chosen.no_browser else []
    # in a container one is often root, which Jupyter otherwise refuses
    options += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(options)


def folder(asked: Path | None, here: Path) -> Path:
    """Where the notebooks are: the folder asked for, else `notebooks` in `here`, else `here`."""
    found = asked or (here / "notebooks" if any(here.glob("notebooks/*.ipynb")) else here)
    if not found.is_dir():
        raise ValueError(f"there is no folder {found}; give one that holds notebooks, or none for {here}")
    if not os.access(found, os.R_OK | os.X_OK):
        raise ValueError(f"the folder {found} cannot be read; give one that you may read")
    return found
