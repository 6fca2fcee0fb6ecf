"""What all tests share: one torch thread, an interruption that is heard, hypothesis without chance.

Promised axes are looked at; the longest files go first.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, settings

from .first import longest_first
from .shapes import looked_at
from .spread import BesideItsOwn

torch.set_num_threads(1)

# The shell may have another environment activated than the one that runs these tests: IPython warns of it.
os.environ.pop("VIRTUAL_ENV", None)

# What a shell puts into the background ignores an interruption, and so would all that is started from here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "nlviz",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("nlviz")


HANDS_IN_ANYTHING = ("test_door.py", "test_checks.py", "test_bad_inputs.py", "test_measure_door.py")
"""Files of tests that give wrong shapes on purpose; a single test of that kind is marked `any_shape`."""


@pytest.fixture(autouse=True)
def promised_axes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every Pairs, Gates, State and Signal made in a test has the axes it promises; see tests/shapes.py."""
    if request.path.name in HANDS_IN_ANYTHING or request.node.get_closest_marker("any_shape"):
        yield
        return
    with looked_at():
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers; whoever runs a few tests alone wants the quick ones first."""
    if hasattr(config, "workerinput"):
        longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BesideItsOwn | None:
    """With `--dist loadfile`: by file, and by lab."""
    return BesideItsOwn(config, log) if config.getvalue("dist") == "loadfile" else None
