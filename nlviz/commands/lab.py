"""Open JupyterLab on the course's notebooks.

They are your working copy of the folder `notebooks` where there is one, as in a checkout: `my_notebooks` beside it, or
the folder that NLVIZ_NOTEBOOKS names. What you change there is yours; a lesson you have not changed follows the course,
and a newer one of a lesson you have is put beside yours. Elsewhere they are the notebooks of the current folder.

Example: nlviz lab
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nlviz.commands._arguments import port
from nlviz.commands._working_copy import updated

__all__ = ["arguments", "folder", "run", "working_copy"]

_SETTINGS = Path(__file__).parent / "jupyter"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder, and whether a browser opens."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="another folder of notebooks, as it is")
    parser.add_argument("--port", type=port, help="where JupyterLab answers (default: the first free one from 8888)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--update", action="store_true", help="only bring the working copy to where the course is")


def run(chosen: argparse.Namespace) -> None:
    """JupyterLab, in this process, until it is stopped."""
    notebooks = folder(chosen.folder, Path.cwd())
    of_course = chosen.folder is None and notebooks != Path.cwd()
    if chosen.update and not of_course:
        what = f"the folder {chosen.folder} was given" if chosen.folder else f"{Path.cwd()} holds no folder notebooks"
        raise ValueError(f"there is no working copy to update: {what}; run it where the course is, without FOLDER")
    if of_course:
        notebooks = working_copy(notebooks)
    if chosen.update:
        return
    options = [f"--ServerApp.root_dir={notebooks.resolve()}"]
    options += [f"--ServerApp.port={chosen.port}"] if chosen.port else []
    options += ["--no-browser"] if chosen.no_browser else []
    # in a container one is often root, which Jupyter otherwise refuses
    options += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    # what a page of a course is not to cover itself with; whoever has set it otherwise keeps that
    paths = [str(_SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(options)


def working_copy(course: Path) -> Path:
    """The working copy of a course, brought up to date; what was done is printed."""
    named = os.environ.get("NLVIZ_NOTEBOOKS")
    copy = Path(named).expanduser() if named else course.parent / "my_notebooks"
    first = not copy.exists()
    said = updated(course, copy)
    print("\n".join([f"Your notebooks are in {copy}: a copy, which you may change.", *([] if first else said)]))
    return copy


def folder(asked: Path | None, here: Path) -> Path:
    """Where the notebooks are: the folder asked for, else `notebooks` in `here`, else `here`."""
    found = asked or (here / "notebooks" if any(here.glob("notebooks/*.ipynb")) else here)
    if not found.is_dir():
        raise ValueError(f"there is no folder {found}; give one that holds notebooks, or none for {here}")
    if not os.access(found, os.R_OK | os.X_OK):
        raise ValueError(f"the folder {found} cannot be read; give one that you may read")
    return found
