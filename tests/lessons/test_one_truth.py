"""What `check` accepts, the lab with the same function accepts, and a plain cell through `yours`: all give the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.labs import amnesia, digits, forgetting
from nlviz.labs.own.optimizer import OwnOptimizer
from nlviz.labs.own.rules_and_gates import OwnGate, OwnRule, largest_inner_lr
from nlviz.labs.own.titans import OwnTitans
from nlviz.lessons.checking.yours import yours
from nlviz.memory import Delta, Gates, LinearMemory, Pairs
from nlviz.outer.models.memory_model import MemoryModel

from .answers import RIGHT, forms

Function = Callable[..., Any]


def _drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def _written(memory: LinearMemory) -> Tensor:
    """Two writes: the second finds a matrix and a past surprise that are not zero."""
    state, pairs = memory.init(1), Pairs(_drawn(1, 2, 4), 2 * _drawn(1, 2, 4))
    for token in range(2):
        one = Pairs(*(part[:, token : token + 1] for part in pairs))
        state = memory.write(state, one, Gates.constant(one, 0.5, 0.8, 0.1))
    return torch.stack([state.memory, state.past_surprise])


def _opened(gate: Function) -> Tensor:
    guard = OwnGate(Delta(4, 4), 0.0, step=gate)
    return guard.opening(guard.init(1), Pairs(_drawn(1, 5, 4), _drawn(1, 5, 4)))


def _moved(step: Function) -> Tensor:
    """Two steps: the second finds a past that is not zero."""
    weight = torch.nn.Parameter(_drawn(1, 2))
    optimizer = OwnOptimizer(weight, step, 0.1, 0.9)
    for _ in range(2):
        weight.grad = 2 * weight.detach()
        optimizer.step()
    return torch.cat([weight.detach(), optimizer.carried(weight)])


def _read(function: Function) -> Tensor:
    reader = _room(amnesia)._Reader(MemoryModel.load(), function, 5, own=True)
    text = torch.arange(40, 60, dtype=torch.uint8)
    _, fast = reader(text, None, 0)
    return reader(text, fast, 20)[0]


def _room(lab: Function) -> Any:
    """The module of a lab: its name in the package is the lab's function."""
    return sys.modules[lab.__module__]


LABS: dict[str, Callable[[Function], Any]] = {
    "01.4": _read,
    "02.1": lambda step: _written(OwnRule(4, 4, step)),
    "03.1": lambda step: _written(OwnRule(4, 4, step)),
    "03.3": lambda limit: largest_inner_lr(limit, _drawn(4, 3)),
    "04.6": _opened,
    "05.1": lambda step: _written(OwnTitans(4, 4, step)),
    "06.1": lambda own: _room(forgetting)._by_yours(own, np.arange(4), np.array([1.0, 0.7, 0.4, 0.2])),
    "06.4": lambda keep: _room(digits)._looked(keep)(torch.arange(5).repeat_interleave(50), 100),
    "08.4": _moved,
}
CELLS: dict[str, tuple[int, Callable[[Function], Any]]] = {
    "01.1": (1, lambda weight_change: weight_change(_drawn(6), _drawn(6) + 1)),
    "02.3": (1, lambda crosstalk: crosstalk(torch.nn.functional.normalize(_drawn(6, 4), dim=-1))),
    "04.5": (1, lambda threshold_for: float(threshold_for(np.linspace(0.0, 9.0, 200), 0.2))),
    "05.1": (
        2,
        lambda step: torch.stack(step(_drawn(3, 4).requires_grad_(), _drawn(3, 4), _drawn(3, 4), 0.5, 0.8, 0.1)),
    ),
    "08.1": (1, lambda remember: remember(_drawn(4, 3), _drawn(3), _drawn(4), 0.9)),
    "08.3": (2, lambda slow: torch.stack(slow(_drawn(3, 4), _drawn(3, 4), _drawn(3, 4), 4, 2, 0.9))),
    "09.1": (2, lambda step: torch.stack(step(_drawn(3, 4), _drawn(3, 4), _drawn(3, 4), 4, 2, 0.1))),
}


def _answers(id: str) -> list[tuple[str, Function]]:
    every = [answer for answer in RIGHT[id] if callable(answer)]
    return [*forms(id, every[0]), *((str(number), answer) for number, answer in enumerate(every))]


def _alike(one: Any, other: Any) -> None:
    one, other = (torch.as_tensor(value).detach().double() for value in (one, other))
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("id", ["01.4", "02.1", "03.1", "03.3", "05.1"])
def test_the_lab_takes_what_check_takes(id: str) -> None:
    answers = _answers(id)
    plain = LABS[id](answers[0][1])
    for _, answer in answers:
        _alike(LABS[id](answer), plain)


@pytest.mark.parametrize("id", ["04.6", "06.1", "06.4", "08.4"])
def test_where_many_answers_are_right_the_lab_takes_each_in_every_form(id: str) -> None:
    plain = LABS[id](_answers(id)[0][1])
    for _, answer in forms(id, RIGHT[id][0]):
        _alike(LABS[id](answer), plain)
    for _, answer in _answers(id):
        LABS[id](answer)


@pytest.mark.parametrize("id", CELLS)
def test_a_plain_cell_takes_what_check_takes(id: str) -> None:
    results, cell = CELLS[id]
    answers = _answers(id)
    if id == "04.5":  # any threshold that spends the budget is right
        answers = list(forms(id, RIGHT[id][0]))
    plain = cell(yours(answers[0][1], results))
    for _, answer in answers:
        _alike(cell(yours(answer, results)), plain)


def test_another_number_of_results_is_said() -> None:
    def step(M: Tensor) -> None:
        return None

    with pytest.raises(ValueError, match="your step returned NoneType; expected 2 results"):
        yours(step, 2)(torch.ones(2))
    with pytest.raises(ValueError, match="function is 3; expected a function"):
        yours(3)  # pyright: ignore[reportArgumentType]


def test_what_is_no_numbers_comes_as_it_is() -> None:
    assert yours(lambda: "MAC")() == "MAC"
