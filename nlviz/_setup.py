"""`setup`: what a notebook does first, so that its numbers are the same on every machine."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    import torch

# More than any processor has; torch would try to start them all.
MOST_THREADS = 1_024
SHOWN = ("torch", "numpy", "plotly", "anywidget", "jupyterlab")


def setup(seed: int = 0, threads: int = 1, device: str = "cpu") -> torch.Generator:
    """The seeded generator a notebook passes on; sets threads, flushes denormals, prints versions.

    seed: of the returned generator; the library never touches torch's global seed.
    threads: for torch's operators. One is fastest for a per-token loop: its matrices are tiny.
    device: "cpu", "cuda", "mps", or "auto" for the first of cuda, mps, cpu that is there.
    Says in words which package is missing or of a version that does not fit. In a notebook, a cell run before the one
    that makes a name it needs says so from now on.
    Raises ValueError for a seed or a number of threads that is none, a device unknown or not on this machine.
    """
    from nlviz.door import words

    seed, threads = words.seed("seed", seed), words.count("threads", threads, most=MOST_THREADS)
    for misfit in _misfits(requires("nlviz") or ()):
        print(f"{misfit}: run `make lab` in the project's folder, or install requirements.lock")
    _explain_missing_names()
    import torch

    where = _device(device)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    generator = torch.Generator(device=where).manual_seed(seed)
    print(f"nlviz on {where}, {threads} thread{'s' * (threads != 1)}, seed {seed} · {_versions()}")
    return generator


def _explain_missing_names() -> None:
    """Cells can be run in any order: "name 'delta' is not defined" gets a line that says what to do about it."""
    try:
        from IPython.core.getipython import get_ipython
    except ModuleNotFoundError:
        return

    def explained(shell: Any, kind: Any, error: NameError, trace: Any, tb_offset: int | None = None) -> None:
        error.add_note(f"`{error.name}` is made in another cell: Run → Run All Above Selected Cell")
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NameError,), explained)


def _device(name: Any) -> str:
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    present["cpu"] = True
    if name == "auto":
        return next(device for device, there in present.items() if there)
    kind, _, place = str(name).partition(":")
    if not present.get(kind, False) or (place and not _is_there(kind, place)):
        there = ", ".join(device for device, ok in present.items() if ok)
        raise ValueError(f"device {name!r} is not on this machine, which has {there}; use one of these or 'auto'")
    return str(name)


def _is_there(kind: str, place: str) -> bool:
    """Whether the device of this number is there: "cuda:1" on a machine with two."""
    import torch

    return place.isdecimal() and int(place) < (torch.cuda.device_count() if kind == "cuda" else 1)


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in SHOWN:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} missing")
    return ", ".join(found)


def _misfits(requirements: Iterable[str]) -> list[str]:
    """What is required and this environment lacks or has in another version, each in words; extras left out."""
    found = []
    for line in requirements:
        needed = Requirement(line)
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            present = version(needed.name)
        except PackageNotFoundError:
            found.append(f"{needed.name} is missing")
        else:
            if not needed.specifier.contains(present, prereleases=True):
                found.append(f"{needed.name} is {present}, needed is {needed.specifier}")
    return found
