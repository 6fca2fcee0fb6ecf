"""What a working installation needs, each need as one function of what was found: words, and whether it is serious."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from nlviz._setup import _misfits

__all__ = [
    "Finding",
    "chromium",
    "extension",
    "find_chromium",
    "gpu",
    "kernel",
    "lock",
    "packages",
    "python",
    "weights",
]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class Finding(NamedTuple):
    """One line of the report. mark: ✓ well, ! works but note it, ✗ needed and not there."""

    mark: str
    said: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.mark} {self.said}" + (f": {self.remedy}" if self.remedy else "")


def python(version: str, needed: str) -> Finding:
    """The interpreter. needed: as in pyproject.toml, ">=3.11"."""
    if Version(version) in SpecifierSet(needed):
        return Finding("✓", f"Python {version}")
    return Finding("✗", f"Python {version}, needed is {needed}", "make the environment anew with such a Python")


def packages(owner: str, requirements: Sequence[str]) -> list[Finding]:
    """The packages that `owner` asks for, as its metadata lists them."""
    remedy = "run `make lab` in the project's folder, or pip install -r requirements.lock"
    faults = [Finding("✗", f"{misfit} ({owner} needs it)", remedy) for misfit in _misfits(requirements)]
    return faults or [Finding("✓", f"the packages that {owner} needs are here, in versions that fit")]


def lock(lines: Iterable[str]) -> Finding:
    """The versions here beside those of requirements.lock; what the lock has for tests only may be missing."""
    try:
        others = [misfit for misfit in _misfits(lines) if not misfit.endswith(" is missing")]
    except ValueError as problem:
        return Finding("!", f"requirements.lock is damaged: {str(problem).splitlines()[0]}", "fetch it again")
    if not others:
        return Finding("✓", "versions are those of requirements.lock")
    said = f"{len(others)} differ from requirements.lock ({', '.join(others[:3])}{', …' if others[3:] else ''})"
    remedy = "results were made with those of the lock; pip install -r requirements.lock gives the same"
    return Finding("!", said, remedy)


def extension(name: str, folders: Iterable[Path], disabled: Collection[str], package: str | None = None) -> Finding:
    """A widget package's part in JupyterLab. folders: where JupyterLab looks; package: its version in Python, if bound.

    disabled: extensions that JupyterLab was told to leave out, whole ("anywidget") or in part ("anywidget:plugin").
    """
    found = next((file for folder in folders if (file := folder / name / "package.json").is_file()), None)
    again = f"pip install --force-reinstall {name if package else 'jupyterlab_widgets'}, then reload the page"
    if found is None:
        return Finding("✗", f"JupyterLab has no extension {name}, labs would show as text", again)
    if any(each.partition(":")[0] == name for each in disabled):
        return Finding("✗", f"JupyterLab's extension {name} is switched off", f"jupyter labextension enable {name}")
    try:
        there = json.loads(found.read_text(encoding="utf-8"))["version"]
        other = bool(package) and Version(there).release[:2] != Version(package).release[:2]
    except (ValueError, KeyError, TypeError):
        return Finding("✗", f"JupyterLab's extension {name} is damaged ({found})", again)
    if other:
        return Finding("✗", f"JupyterLab's extension {name} is {there}, the Python package is {package}", again)
    return Finding("✓", f"JupyterLab's extension {name} {there}")


def kernel(argv: Sequence[str] | None, interpreter: str) -> Finding:
    """The kernel "python3" that notebooks ask for: argv of its specification, None if there is none."""
    remedy = f"{interpreter} -m ipykernel install --sys-prefix"
    if not argv:
        return Finding("✗", 'there is no notebook kernel "python3"', remedy)
    # a bare name means whichever Python runs Jupyter
    bare = re.fullmatch(r"python[\d.]*(\.exe)?", argv[0]) is not None
    if bare or os.path.normcase(os.path.abspath(argv[0])) == os.path.normcase(os.path.abspath(interpreter)):
        return Finding("✓", 'the notebook kernel "python3" is this Python')
    return Finding("✗", f'the notebook kernel "python3" is another Python, {argv[0]}', remedy)


def find_chromium(environment: Mapping[str, str]) -> str | None:
    """Where a Chromium is: what NLVIZ_CHROMIUM names, else the first of its usual names on PATH, else None."""
    path = environment.get("PATH", "")
    return environment.get("NLVIZ_CHROMIUM") or next(
        filter(None, (shutil.which(name, path=path) for name in _BROWSERS)), None
    )


def chromium(environment: Mapping[str, str]) -> Finding:
    """The browser that draws stills and runs the browser tests; learning needs none but your own."""
    found, only = find_chromium(environment), "only stills and browser tests need one"
    if found is None:
        return Finding("!", f"no Chromium ({only})", "install one, or set NLVIZ_CHROMIUM to its path")
    try:
        asked = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as problem:
        return Finding("!", f"{found} does not start ({only})", str(problem))
    return Finding("✓", f"{asked.stdout.strip()} for stills and browser tests")


def gpu(cuda: str | None, mps: bool) -> Finding:
    """The accelerator: cuda is its name, if there is one."""
    if cuda or mps:
        return Finding("✓", f'GPU: {cuda or "Apple (MPS)"}; setup(device="auto") takes it, nothing needs it')
    return Finding("✓", "no GPU, none is needed")


def weights(model: str, problem: Exception | None) -> Finding:
    """The shipped weights of a model. problem: what loading them raised."""
    if problem is None:
        return Finding("✓", f"the shipped weights of {model} load")
    remedy = "install nlviz again, or make them anew (nlviz --help names the commands)"
    return Finding("✗", f"the shipped weights of {model} do not load: {problem}", remedy)
