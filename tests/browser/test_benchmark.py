"""The benchmark of the front end runs, in the JupyterLab of these tests; how fast anything is stays its own affair."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks.front_end import Traffic, corner

from .tab import Tab

pytestmark = pytest.mark.browser


def test_the_smallest_corner_gives_the_table(fresh: Tab) -> None:
    said = "\n".join(corner(fresh, Traffic().hear(fresh.page)))
    times = re.search(r"\| small \| scrub \| (\d+) / \d+ \| [^|]*\| (\d+) / \d+ ", said)
    assert times, said
    assert all(int(milliseconds) > 0 for milliseconds in times.groups())
    size = re.search(r"\| bytes, first on a page \| ([\d.]+) (kB|MB) \|", said)
    assert size, said
    assert "| alive after close | 0 of 4 |" in said
