"""A real JupyterLab and a real Chromium, one of each per session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from nlviz.commands import _health

from .one_lab import OneLab
from .server import Server, serve
from .tab import DESK, Tab
from .test_labs import CALLS

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


@pytest.fixture(scope="session")
def desk(chromium: Browser, server: Server) -> Iterator[Tab]:
    """The one page of JupyterLab, which tests hand on to one another: loading it costs more than most of them."""
    context = chromium.new_context(viewport=DESK)
    yield Tab(context.new_page(), server)
    context.close()


@pytest.fixture
def tab(desk: Tab) -> Iterator[Tab]:
    """JupyterLab without a notebook, on a page that keeps to this machine; its kernels are stopped afterwards."""
    desk.clear()
    yield desk
    desk.clear()
    desk.server.stop_kernels()


@pytest.fixture
def fresh(chromium: Browser, server: Server) -> Iterator[Tab]:
    """A page of its own, for a test that listens to its sockets; its kernels are stopped afterwards."""
    context = chromium.new_context(viewport=DESK)
    yield Tab(context.new_page(), server)
    context.close()
    server.stop_kernels()


@pytest.fixture(scope="session", params=list(CALLS))
def name(request: pytest.FixtureRequest) -> str:
    """Each lab's name. All tests of one, of whatever file, come one after another: see `ByLab` of tests/first.py."""
    return request.param


@pytest.fixture(scope="session")
def opened_lab(desk: Tab, name: str) -> Iterator[OneLab]:
    """A lab for all its tests, whatever became of its page meanwhile."""
    lab = OneLab(desk, name, CALLS[name])
    yield lab
    lab.close()


@pytest.fixture
def one(opened_lab: OneLab) -> OneLab:
    """A lab on the page, its knobs where they started, looking as the test before left it."""
    opened_lab.show()
    return opened_lab


@pytest.fixture
def turned(one: OneLab) -> Iterator[OneLab]:
    """A lab whose knobs are turned: they are put back."""
    one.look()
    yield one
    one.put_back()
