"""Sets up the course and runs it, on Windows, macOS or Linux: python start.py lab

    python start.py lab      makes .venv, installs the exact versions of requirements.lock, opens JupyterLab
    python start.py test     sets up the same, then every test, one stage after another
    python start.py ready    sets up, and no more; with --here into this Python: a container, Colab, Binder

What stands behind `lab` goes to `nlviz lab`, behind `test` to pytest. Nothing is installed twice. The Makefile sets up
by this file. It needs nothing but Python.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK, PROJECT = HERE / "requirements.lock", HERE / "pyproject.toml"
OLDEST = (3, 11)


def python_of(folder: Path, system: str = os.name) -> Path:
    """The Python of a virtual environment, where each system has it."""
    return folder / "Scripts" / "python.exe" if system == "nt" else folder / "bin" / "python"


def installing(python: Path) -> list[list[str]]:
    """What is run to install: torch first and alone, any looser request may bring gigabytes of another build of it."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    (torch,) = re.findall(r"^torch==\S+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return [
        [*pip, torch],
        [*pip, "-r", str(LOCK)],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", str(HERE)],
    ]


def stages(python: Path | str, more: list[str]) -> list[list[str]]:
    """Every test, as `make test` runs them: style, types, what needs no browser with one notebook, what needs one."""
    tool = [str(python), "-m"]
    pytest = [*tool, "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    notebook = ["--nbval", "--nbval-sanitize-with", "tests/nbval.cfg", "tests", "notebooks/02_fast_weights.ipynb"]
    return [
        [*tool, "ruff", "check", "."],
        [*tool, "ruff", "format", "--check", "."],
        [*tool, "pyright"],
        [*pytest, "--ignore=tests/browser", *notebook, *more],
        [*pytest, "-rs", "-W", "default", "tests/browser", *more],
    ]


def is_ready(stamp: Path) -> bool:
    """Whether all was installed since the last change of what is asked for."""
    return stamp.exists() and stamp.stat().st_mtime >= max(LOCK.stat().st_mtime, PROJECT.stat().st_mtime)


def ready(folder: Path) -> Path:
    """Make the environment, install into it, and say so by an empty file in it."""
    python, stamp = python_of(folder), folder / ".ready"
    if not is_ready(stamp):
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for command in installing(python):
            subprocess.run(command, check=True)
        stamp.touch()
    return python


def main(given: list[str] | None = None) -> int:
    """What is asked for on the command line; the status is that of the last command that failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("lab", "test", "ready"))
    parser.add_argument("--here", action="store_true", help="no .venv: into the Python that runs this")
    chosen, more = parser.parse_known_args(given)
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"nlviz needs Python 3.11 or newer, {sys.executable} is {found}; "
            "name another: python3.12 start.py, py -3.12 start.py, make lab PYTHON=python3.12"
        )
    if chosen.what == "ready" and more:
        parser.error(f"ready takes nothing more, and {more} was given")
    try:
        if chosen.here:
            python = Path(sys.executable)
            for command in installing(python):
                subprocess.run(command, check=True)
        else:
            python = ready(HERE / ".venv")
    except subprocess.CalledProcessError as problem:
        sys.exit(f"this could not be done, its own words stand above: {' '.join(problem.cmd)}")
    commands = {
        "ready": [],
        "lab": [[str(python), "-m", "nlviz.cli", "lab", *more]],
        "test": stages(python, more),
    }[chosen.what]
    environment = dict(os.environ, OMP_NUM_THREADS="1") if chosen.what == "test" else None
    try:
        return max([subprocess.run(one, cwd=HERE, env=environment, check=False).returncode for one in commands] or [0])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
