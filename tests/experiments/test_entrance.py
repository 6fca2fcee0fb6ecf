"""The door of the experiments, and what their room says is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nlviz import experiments
from nlviz.experiments.entrance import gated
from nlviz.memory import DeepMemory, SurpriseGate

HEAD = DeepMemory(2, 2)


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (SurpriseGate, "gate is the class SurpriseGate; expected a function of the head"),
        (dict, "gate is the class dict; expected a function of the head"),
        (3.0, "gate is 3.0; expected a function of the head"),
        (lambda head: head, "what the gate gave is .*; expected a SurpriseGate"),
    ],
)
def test_a_gate_that_is_none_is_named_as_it_was_given(gate: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        gated(HEAD, None, gate)  # pyright: ignore[reportArgumentType]


def test_every_room_is_listed() -> None:
    assert experiments.__doc__ is not None
    listed = set(re.findall(r"^(\w+)  ", experiments.__doc__, re.MULTILINE))
    rooms = {one.parent.name for one in Path(experiments.__path__[0]).glob("*/__init__.py")}
    assert rooms <= listed
