"""What a memory can do is asked of it: who tells what is believed, and what is told is what is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import fastest, probes, unroll, unroll_blocks
from nlviz.memory import (
    Adam,
    Choices,
    DeepMemory,
    Delta,
    GatedDelta,
    Gates,
    Hebbian,
    LinearRule,
    Oja,
    Pairs,
    SurpriseGate,
    Titans,
    huber,
)
from nlviz.memory.able import Able, by_autograd, told

from ..strategies import make
from .catalogue import MEMORIES, Build, mlp
from .untold import (
    BATCH,
    D_KEY,
    D_VALUE,
    GATES,
    PAIRS,
    TIME,
    Bare,
    Curved,
    tanh_answer,
)

MEASURED = [probes.surprise, probes.inner_loss, probes.write_norm, probes.memory_norm]


def test_what_is_told_is_passed_on() -> None:
    gate = SurpriseGate(Titans(D_KEY, D_VALUE), 2.0, softness=0.5)
    state = gate.init(BATCH, like=PAIRS.keys)
    torch.testing.assert_close(Able(gate).opening(state, PAIRS), gate.opening(state, PAIRS))
    assert float(Able(gate).opening(state, PAIRS).std()) > 0.01
    torch.testing.assert_close(Able(gate).sharpness(state, PAIRS.keys), PAIRS.keys.square().sum(-1))


@pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)
def test_what_a_memory_tells_of_its_gradient_is_what_autograd_finds(build: Build) -> None:
    built = build()
    case = make(3, (BATCH, TIME, built.d_key, built.d_value))
    values = case.pairs.values.softmax(-1) if Able(built).objective.unit == "nats" else case.pairs.values
    pairs = Pairs(case.pairs.keys, values)
    first = Pairs(*(x[:, :2] for x in pairs)), Gates(*(x[:, :2] for x in case.gates))
    state, able = unroll(built, *first).state, Able(built)
    found = able.surprise(state, pairs)
    expected = by_autograd(Able(able.inner), able.within(state), pairs)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)
@pytest.mark.parametrize("period", [1, 4])
def test_the_fastest_form_gives_the_loop_s_numbers(build: Build, period: int) -> None:
    built = build()
    case = make(4, (BATCH, 7, built.d_key, built.d_value))
    values = case.pairs.values.softmax(-1) if Able(built).objective.unit == "nats" else case.pairs.values
    stream = Pairs(case.pairs.keys, values), case.gates, case.queries
    loop, fast = (run(built, *stream, period=period, probes=MEASURED) for run in (unroll, fastest))
    torch.testing.assert_close(fast.outputs, loop.outputs, rtol=1e-10, atol=1e-10)
    for name, signal in loop.trace.items():
        np.testing.assert_allclose(fast.trace[name].values, signal.values, rtol=1e-8, atol=1e-8, err_msg=name)


class OwnImpulse(Titans):
    """Half an impulse: what Titans recalls is not told of it."""

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        pushes, directions = super().impulse(memory, pairs, gates)
        return pushes / 2, directions


class HalfAgain(OwnImpulse):
    """And one that tells it anew: with half θ it is that."""

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        return super().choices(pairs, gates._replace(inner_lr=gates.inner_lr / 2))


class Longer(Titans):
    """Nothing is changed."""


@pytest.mark.parametrize(
    ("built", "blocks", "dual", "is_map", "limit"),
    [
        (Hebbian(3, 4), True, False, True, False),
        (Delta(3, 4), True, False, True, True),
        (GatedDelta(3, 4), True, False, True, True),
        (Titans(3, 4), True, False, True, True),
        (Longer(3, 4), True, False, True, True),
        (Oja(3, 4), False, False, True, False),
        (OwnImpulse(3, 4), False, False, True, False),
        (HalfAgain(3, 4), True, False, True, False),
        (Curved(3, 4), False, False, False, False),
        (Bare(), False, False, False, False),
        (DeepMemory(3, 4), False, True, True, True),
        (mlp(5), False, True, False, True),
        (mlp(5, objective=huber(1.0)), False, True, False, False),
        (mlp(5, rule=Adam()), False, False, False, False),
        (SurpriseGate(Titans(3, 4), 1.0), False, False, True, True),
    ],
)
def test_what_is_believed(built: Any, blocks: bool, dual: bool, is_map: bool, limit: bool) -> None:
    able = Able(built)
    found = able.has_blocks, able.has_dual, able.is_map, able.stable_below(GATES) is not None
    assert found == (blocks, dual, is_map, limit)


def test_who_tells_last_is_believed() -> None:
    assert told(Titans(3, 4), "choices")
    assert not told(OwnImpulse(3, 4), "choices")
    assert told(HalfAgain(3, 4), "choices")
    assert not told(Bare(), "objective")
    one: Any = Bare()
    one.objective = huber(0.1)
    assert Able(one).objective.name == "Huber, δ = 0.1"


def test_a_method_changed_on_the_memory_itself_is_later_than_its_class() -> None:
    class Map(Bare):
        is_map = True

    one: Any = Map()
    assert Able(one).is_map
    one.read = lambda state, queries: tanh_answer(state, queries)
    assert not Able(one).is_map
    one.is_map = True
    assert Able(one).is_map


def test_an_impulse_is_what_is_written_until_choices_are_told_again() -> None:
    half = Gates(GATES.inner_lr / 2, GATES.momentum, GATES.forget)
    expected = unroll(Titans(3, 4), PAIRS, half).outputs
    for run, built in ((unroll, OwnImpulse(3, 4)), (unroll, HalfAgain(3, 4)), (unroll_blocks, HalfAgain(3, 4))):
        torch.testing.assert_close(run(built, PAIRS, GATES).outputs, expected)


def test_a_linear_rule_of_one_s_own_has_blocks_by_its_choices() -> None:
    """Longhorn (Liu et al. 2024, arXiv 2407.14207): M ← M − Δ (M k − v) kᵀ, Δ = θ/(1 + θ‖k‖²)."""

    class Longhorn(LinearRule):
        obeys = frozenset({"inner_lr"})

        def choices(self, pairs: Pairs, gates: Gates) -> Choices:
            step = gates.inner_lr / (1 + gates.inner_lr * pairs.keys.square().sum(-1))
            return Choices(pairs.keys, pairs.values, step, erase=pairs.keys)

    built: Any = Longhorn(D_KEY, D_VALUE)
    by_hand = PAIRS.keys.new_zeros(BATCH, D_VALUE, D_KEY)
    for t in range(TIME):
        k, v, lr = PAIRS.keys[:, t], PAIRS.values[:, t], GATES.inner_lr[:, t]
        delta = lr / (1 + lr * k.square().sum(-1))
        by_hand = by_hand - delta[:, None, None] * ((by_hand @ k[..., None])[..., 0] - v)[..., None] * k[:, None]
    for run in (unroll, unroll_blocks):
        torch.testing.assert_close(run(built, PAIRS, GATES).state.memory, by_hand)
