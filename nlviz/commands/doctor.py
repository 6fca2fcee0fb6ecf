"""Say in words what this installation lacks, and what to do about it.

✓ is well, ! works but is worth knowing, ✗ is needed and missing: the exit status is then 1.

Example: nlviz doctor
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

import nlviz
from nlviz.commands import _health
from nlviz.commands._health import Finding

__all__ = ["arguments", "findings", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(_: argparse.Namespace) -> int:
    """Print one line for each finding."""
    serious = 0
    for finding in findings():
        print(finding, flush=True)
        serious += finding.mark == "✗"
    missing = f"{serious} thing{'s' * (serious != 1)} to repair" if serious else "nothing needed is missing"
    print(f"nlviz {nlviz.__version__} in {sys.prefix}: {missing}")
    return int(serious > 0)


def findings() -> Iterator[Finding]:
    """This installation, need by need."""
    yield _health.python(platform.python_version(), metadata("nlviz")["Requires-Python"])
    yield from _health.packages("nlviz", requires("nlviz") or ())
    if _has("ipywidgets"):
        yield from _health.packages("ipywidgets", requires("ipywidgets") or ())
    locked = Path(nlviz.__file__).parents[1] / "requirements.lock"
    if locked.is_file():
        yield _health.lock(locked.read_text(encoding="utf-8").split())
    if _has("jupyterlab"):
        yield from _jupyter()
    if _has("torch"):
        yield from _torch()
    yield _health.chromium(os.environ)


def _has(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _jupyter() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_page_config

    folders = jupyter_path("labextensions")
    disabled = get_page_config(folders).get("disabledExtensions", ())
    places = [Path(folder) for folder in folders]
    if _has("anywidget"):
        yield _health.extension("anywidget", places, disabled, version("anywidget"))
    yield _health.extension("@jupyter-widgets/jupyterlab-manager", places, disabled)
    try:
        argv = KernelSpecManager().get_kernel_spec("python3").argv
    except NoSuchKernel:
        argv = None
    yield _health.kernel(argv, sys.executable)


def _torch() -> Iterator[Finding]:
    import torch

    from nlviz import outer

    for model in (outer.ByteModel, outer.WindowModel, outer.MemoryModel):
        problem = None
        try:
            model.load()
        except Exception as raised:  # a broken file may raise anything
            problem = raised
        yield _health.weights(model.__name__, problem)
    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    yield _health.gpu(cuda, torch.backends.mps.is_available())
    yield Finding("✓", f"{os.cpu_count()} processor cores; a lab uses one")
