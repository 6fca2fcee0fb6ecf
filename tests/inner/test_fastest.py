"""Which form runs a memory, told by what a probe is shown; the numbers are the loop's (see tests/memory/test_able)."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nlviz.inner import Pending, Probe, fastest, unroll
from nlviz.inner.blocks.telemetry import Solved
from nlviz.memory import Adam, DeepMemory, Gates, Oja, Pairs, SurpriseGate, Titans

from ..strategies import make

CASE = make(3, (2, 7, 3, 4))


def _seen(memory: Any, **how: Any) -> set[str]:
    """The forms that a probe meets: sizes of blocks, "dual" where gradients are at hand, else "loop"."""
    met = []

    def look(seen: Any) -> torch.Tensor:
        at_hand = seen.gradients if not isinstance(seen, Solved) else None
        met.append(f"blocks of {seen.size}" if isinstance(seen, Solved) else "dual" if at_hand else "loop")
        return seen.memory_norm

    fastest(memory, *CASE[:3], probes=[Probe("form", look, "", whole=True)], **how)
    # the first look is the trial write of nothing
    return set(met[1:])


@pytest.mark.parametrize(
    ("memory", "how", "expected"),
    [
        (Titans(3, 4), {}, {"blocks of 7"}),
        (Titans(3, 4), {"block": 3}, {"blocks of 3", "blocks of 1"}),
        (Titans(3, 4), {"period": 2}, {"loop"}),
        (Oja(3, 4), {}, {"loop"}),
        (SurpriseGate(Titans(3, 4), 1.0), {}, {"loop"}),
        (DeepMemory(3, 4), {}, {"dual"}),
        (DeepMemory(3, 4), {"period": 2}, {"dual"}),
        (DeepMemory(3, 4, rule=Adam()), {}, {"loop"}),
    ],
)
def test_which_form_is_taken(memory: Any, how: dict[str, Any], expected: set[str]) -> None:
    assert _seen(memory, **how) == expected


def test_waiting_tokens_are_finished_by_the_loop() -> None:
    waiting = fastest(Titans(3, 4), *CASE[:3], state=CASE.state, period=4).state
    assert isinstance(waiting, Pending)
    assert _seen(Titans(3, 4), state=waiting) == {"loop"}


@pytest.mark.parametrize("memory", [Titans(3, 4), Oja(3, 4), DeepMemory(3, 4)], ids=["blocks", "loop", "dual"])
@pytest.mark.parametrize("read_first", [False, True])
def test_everything_asked_is_passed_on(memory: Any, read_first: bool) -> None:
    how: dict[str, Any] = {"state": CASE.state, "read_first": read_first}
    found, expected = (run(memory, *CASE[:3], **how) for run in (fastest, unroll))
    torch.testing.assert_close(found.outputs, expected.outputs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.state.memory, expected.state.memory, rtol=1e-12, atol=1e-12)


def test_blocks_of_64_tokens() -> None:
    pairs = Pairs(*torch.ones(2, 1, 70, 3))
    sizes: set[int] = set()

    def look(seen: Any) -> torch.Tensor:
        sizes.add(getattr(seen, "size", 0))
        return seen.loss

    fastest(Titans(3, 3), pairs, Gates.constant(pairs, 0.1), probes=[Probe("sizes", look, "", per="token", whole=True)])
    assert sizes == {0, 64, 6}


def test_a_count_that_is_none_is_named() -> None:
    for name in ("period", "block"):
        wrong: dict[str, Any] = {name: 0}
        with pytest.raises(ValueError, match=rf"{name} is 0; expected a whole number of tokens, at least 1"):
            fastest(Oja(3, 4), *CASE[:2], **wrong)
    with pytest.raises(ValueError, match=r"memory is the class Oja"):
        fastest(Oja, *CASE[:2])  # pyright: ignore[reportArgumentType]


def test_left_out_arguments_mean_what_they_mean_to_unroll() -> None:
    for memory in (Titans(3, 4), Oja(3, 4), DeepMemory(3, 4)):
        found, expected = (run(memory, *CASE[:3]) for run in (fastest, unroll))
        torch.testing.assert_close(found.outputs, expected.outputs, rtol=0, atol=1e-12)
