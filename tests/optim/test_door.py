"""Every public name of optim with every kind of bad input."""

from __future__ import annotations

import pytest

from nlviz import optim

from ..bad_inputs.__main__ import tried
from ..bad_inputs.call import Call
from ..bad_inputs.of_optim import optimizers

CALLS = optimizers()
NO_DOOR = {"AgeSpectrum", "MemoryOptimizer", "OptimizerStep", "Watch"}
"""Made by others, or to be made a class of one's own."""


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_bad_input_is_refused_in_words_and_fair_input_taken(call: Call) -> None:
    found = tried(call)
    assert len(found) > 2
    wrong = [one for one in found if one[2] not in ("refused", "fair")]
    assert not wrong


def test_every_public_name_is_tried() -> None:
    called = {call.name.removeprefix("optim.").partition("(")[0] for call in CALLS if call.name.startswith("optim.")}
    assert set(optim.__all__) == called | NO_DOOR
