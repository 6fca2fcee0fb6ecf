"""Does a memory retrieve, or only predict better? What tests/benchmarks/equal_prediction.md found, read there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..benchmarks.training import Figure, figure, tables

pytestmark = pytest.mark.claim

PAGE = Path(__file__).parents[1] / "benchmarks/equal_prediction.md"
NAMES, ALONE = "names in the text", "text alone"
GUESSING = 1 / 26


def ends(arm: str, taught: str) -> dict[str, Figure]:
    """What an arm had come to after all steps."""
    row = next(one for one in tables(PAGE)[0] if (one["arm"], one["trained on"]) == (arm, taught))
    # two columns are called alike: the second one of a name is that with writes off
    return {name: figure(cell) for name, cell in row.items() if cell and name not in ("arm", "trained on", "rate")}


def equal(first: str, second: str, taught: str = NAMES) -> dict[str, Figure]:
    """Two arms at equal bits per byte."""
    row = next(one for one in tables(PAGE)[1] if (one["trained on"], one["arms"]) == (taught, f"{first}, {second}"))
    return {name: figure(cell) for name, cell in row.items() if name not in ("arms", "trained on")}


def test_asked_for_names_in_training_a_memory_retrieves_what_left_the_window() -> None:
    """At equal bits per byte .76 far away, the window .03, with nothing written .02; near by both .98."""
    found = equal("memory", "window")
    assert (found["far away: first"].mean, found["second"].mean) == (0.76, 0.03)
    assert found["near by: first"].mean == 0.98
    assert found["difference"].mean - 2 * found["difference"].spread > 0.2
    assert equal("memory", "nothing written")["second"].mean == 0.02
    # together they keep it at the window's prediction
    assert equal("both", "window")["far away: first"].mean == 0.74


def test_and_predicts_worse_than_a_model_that_writes_nothing() -> None:
    """3.667 bits per byte of plain code, with nothing written in training 3.538."""
    memory, nothing = ends("memory", NAMES), ends("nothing written", NAMES)
    assert (memory["bits per byte"].mean, nothing["bits per byte"].mean) == (3.667, 3.538)
    assert memory["bits per byte"].mean - nothing["bits per byte"].mean > 2 * memory["bits per byte"].spread


def test_on_text_alone_it_predicts_better_and_retrieves_nothing() -> None:
    """3.194 against 3.233 bits per byte; .04 far away, as guessing."""
    found = equal("memory", "nothing written", ALONE)
    assert (ends("memory", ALONE)["bits per byte"].mean, ends("nothing written", ALONE)["bits per byte"].mean) == (
        3.194,
        3.233,
    )
    assert found["far away: first"].mean == 0.04
    assert abs(found["far away: first"].mean - GUESSING) < 0.02
    assert abs(found["difference"].mean) < 0.05
