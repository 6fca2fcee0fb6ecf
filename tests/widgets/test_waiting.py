"""While a cell makes a lab: a line says how far it is to somebody who is there, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..lessons.kernels import Kernel, kernel

MADE = """
import time
import plotly.graph_objects as go
from nlviz.trace import Trace
from nlviz.widgets import Lab, Progress
def run():
    for done in range({pieces}):
        time.sleep({piece})
        yield Progress(done, {pieces}, "pieces")
    {end}
made = Lab(run, lambda trace: go.Figure(), title="Roots")
"""


@pytest.fixture(scope="module")
def shell() -> Iterator[Kernel]:
    with kernel() as running:
        yield running


def displayed(shell: Kernel, source: str, *, somebody: bool) -> list[tuple[str, Any]]:
    """What a cell displayed and how it changed it: (kind of message, HTML)."""
    said: list[tuple[str, Any]] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] in ("display_data", "update_display_data"):
            said.append((message["msg_type"], message["content"]["data"].get("text/html")))

    shell.client.execute_interactive(source, allow_stdin=somebody, output_hook=hear, timeout=300)
    return said


@pytest.mark.parametrize("end", ["return Trace({})", "raise ValueError('a fault')"])
def test_somebody_who_is_there_is_told_and_nothing_is_left(shell: Kernel, end: str) -> None:
    said = displayed(shell, MADE.format(pieces=40, piece=0.02, end=end), somebody=True)
    assert said[0][0] == "display_data"
    assert "Roots is being made: " in said[0][1]
    assert " of 40 pieces, about " in said[0][1]
    assert {kind for kind, _ in said[1:]} == {"update_display_data"}
    assert said[-1][1] == ""


def test_nobody_is_told_nothing(shell: Kernel) -> None:
    assert displayed(shell, MADE.format(pieces=40, piece=0.02, end="return Trace({})"), somebody=False) == []


def test_what_is_made_in_a_blink_says_nothing(shell: Kernel) -> None:
    assert displayed(shell, MADE.format(pieces=2, piece=0.0, end="return Trace({})"), somebody=True) == []


def test_a_turn_of_a_lab_that_is_made_says_it_on_its_page_alone(shell: Kernel) -> None:
    displayed(shell, MADE.format(pieces=2, piece=0.0, end="return Trace({})"), somebody=True)
    assert displayed(shell, "made.set()", somebody=True) == []
