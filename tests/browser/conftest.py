"""A real JupyterLab and a real Chromium, one of each per session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from nlviz.commands import _health

from .server import Server, serve
from .tab import Tab

# what a test means must come; how soon is the machine's affair, and it may do five other things meanwhile
expect.set_options(timeout=150_000)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def find_chromium() -> str | None:
    """Where the system's browser is, None if there is none."""
    return _health.find_chromium(os.environ)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window. Missing, the test is skipped; in CI that is a failure."""
    found = find_chromium()
    if found is None:
        reason = f"{_health.chromium(os.environ).said}; install one, or set NLVIZ_CHROMIUM to its path"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        # Containers run as root, where Chromium's own sandbox cannot start.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One JupyterLab on a copy of the notebooks: a test may run and change them."""
    folder = tmp_path_factory.mktemp("notebooks")
    shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True)
    with serve(folder, tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def tab(chromium: Browser, server: Server) -> Iterator[Tab]:
    """A fresh tab that keeps to this machine; its kernels are stopped afterwards."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Tab(context.new_page(), server)
    context.close()
    server.stop_kernels()
