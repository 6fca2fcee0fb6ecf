"""Every public name is tried with every kind of bad input, and with fair input in every form: `tests.bad_inputs`."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.bad_inputs.__main__ import tried
from tests.bad_inputs.calls import ROOMS

WRONG = ("silent", "endless", "fair refused", "fair differs")
"""Bad input that is taken or never answered, and fair input that is not taken as what it means."""
IN_WORDS = 0.95
"""The share of bad inputs that must be refused in words of this project."""


@pytest.mark.parametrize("room", ROOMS)
def test_bad_input_is_refused_in_words_and_fair_input_taken(room: str) -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for call in ROOMS[room]():
        for argument, what, came, words in tried(call):
            counts[came] += 1
            if came in WRONG:
                wrong.append(f"{came}: {call.name}({argument} = {what}) {words[:100]}")
    assert not wrong, "\n".join(wrong)
    assert counts["refused"] > 10
    assert counts["refused"] >= IN_WORDS * (counts["refused"] + counts["inside"]), counts
