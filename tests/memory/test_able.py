"""What a memory can do is asked of it: with `init`, `read` and `write` alone every probe is right, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import fastest, probes, unroll, unroll_blocks
from nlviz.memory import (
    Adam,
    DeepMemory,
    Delta,
    GatedDelta,
    Gates,
    Hebbian,
    LinearMemory,
    LinearState,
    Oja,
    Pairs,
    State,
    SurpriseGate,
    Titans,
    gradient_norm,
    huber,
    prediction_error,
)
from nlviz.memory.able import Able, by_autograd, told

from ..strategies import make
from .catalogue import MEMORIES, Build, mlp

D_KEY, D_VALUE, BATCH, TIME = 3, 4, 2, 6
CASE = make(5, (BATCH, TIME, D_KEY, D_VALUE))
PAIRS, GATES = CASE.pairs, CASE.gates
ANY: Any = None


def _answer(weights: Tensor, queries: Tensor) -> Tensor:
    return torch.tanh(queries @ weights.mT)


def _written(weights: Tensor, pairs: Pairs, gates: Gates) -> Tensor:
    """One step on ½‖tanh(M k) − v‖² for each token, all at the old weights."""
    answer = _answer(weights, pairs.keys)
    slopes = gates.inner_lr[..., None] * (answer - pairs.values) * (1 - answer**2)
    return weights - slopes.mT @ pairs.keys


class Bare:
    """As a notebook cell has it: a matrix is the whole state, and nothing is told."""

    d_key, d_value = D_KEY, D_VALUE

    def init(self, batch: int, like: Tensor | None = None) -> Tensor:
        return (torch.empty(0) if like is None else like).new_zeros(batch, D_VALUE, D_KEY)

    def read(self, state: Tensor, queries: Tensor) -> Tensor:
        return _answer(state, queries)

    def write(self, state: Tensor, pairs: Pairs, gates: Gates) -> Tensor:
        return _written(state, pairs, gates)


class Named(Bare):
    """The same with a state that names its parts."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return State(super().init(batch, like), super().init(batch, like))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return _answer(state.memory, queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        after = _written(state.memory, pairs, gates)
        return State(after, after - state.memory)


class Curved(Delta):
    """Delta with a read of its own: what Delta tells of itself does not hold any more."""

    def read(self, state: LinearState, queries: Tensor) -> Tensor:
        return _answer(state.memory, queries)

    def write(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        after = _written(state.memory, pairs, gates)
        return State(after, after - state.memory)


class Filed(NamedTuple):
    """A state of another form: two nests of weights, a count, no name `memory`."""

    sheets: tuple[Tensor, Tensor]
    seen: Tensor


class TwoSheets(Bare):
    """The matrix in two halves that are added when read, and a count for each stream."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        half = super().init(batch, like)
        return Filed((half, half + 0.0), torch.zeros(batch, dtype=torch.long))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return _answer(state.sheets[0] + state.sheets[1], queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        whole = state.sheets[0] + state.sheets[1]
        change = (_written(whole, pairs, gates) - whole) / 2
        return Filed((state.sheets[0] + change, state.sheets[1] + change), state.seen + pairs.keys.shape[1])


@dataclass
class Kept:
    """A state as a dataclass."""

    memory: Tensor
    past_surprise: Tensor


class InADataclass(Bare):
    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return Kept(super().init(batch, like), super().init(batch, like))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return _answer(state.memory, queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        return Kept(_written(state.memory, pairs, gates), state.past_surprise)


OWN: dict[str, Callable[[], Any]] = {
    "bare": Bare,
    "named": Named,
    "curved": lambda: Curved(D_KEY, D_VALUE),
    "in a dataclass": InADataclass,
}
every_own = pytest.mark.parametrize("build", OWN.values(), ids=OWN)


def _by_hand(period: int = 1) -> dict[str, np.ndarray]:
    """All norms by the formulas of tanh(M k), in a loop of its own."""
    weights = PAIRS.keys.new_zeros(BATCH, D_VALUE, D_KEY)
    found: dict[str, list[Tensor]] = {name: [] for name in ("surprise", "inner_loss", "write_norm", "memory_norm")}
    for first in range(0, TIME, period):
        now = Pairs(*(x[:, first : first + period] for x in PAIRS))
        how = Gates(*(x[:, first : first + period] for x in GATES))
        answer = _answer(weights, now.keys)
        slope = (answer - now.values) * (1 - answer**2)
        after = _written(weights, now, how)
        found["surprise"] += (slope.norm(dim=-1) * now.keys.norm(dim=-1)).unbind(1)
        found["inner_loss"] += (0.5 * (answer - now.values).square().sum(-1)).unbind(1)
        found["write_norm"].append((after - weights).flatten(1).norm(dim=1))
        found["memory_norm"].append(after.flatten(1).norm(dim=1))
        weights = after
    return {name: torch.stack(rows).numpy() for name, rows in found.items()}


MEASURED = [probes.surprise, probes.inner_loss, probes.write_norm, probes.memory_norm]


@every_own
@pytest.mark.parametrize("period", [1, 3])
def test_three_methods_are_enough_for_every_probe(build: Callable[[], Any], period: int) -> None:
    items = PAIRS.keys[0], PAIRS.values[0]
    run = unroll(build(), PAIRS, GATES, period=period, probes=[*MEASURED, probes.recall(*items), probes.weights()])
    for name, expected in _by_hand(period).items():
        np.testing.assert_allclose(run.trace[name].values, expected, atol=1e-13, err_msg=name)
    assert run.trace["weights"].values.shape == (TIME // period, BATCH, D_VALUE, D_KEY)
    assert np.isfinite(run.trace["recall"].values).all()


def test_weights_in_several_tensors_are_all_counted() -> None:
    """Two halves of one matrix: each has the whole's slope, so surprise is √2 of it and a write's norm 1/√2."""
    run, expected = unroll(TwoSheets(), PAIRS, GATES, probes=MEASURED), _by_hand()
    np.testing.assert_allclose(run.trace["surprise"].values, expected["surprise"] * 2**0.5, atol=1e-13)
    np.testing.assert_allclose(run.trace["write_norm"].values, expected["write_norm"] / 2**0.5, atol=1e-13)
    np.testing.assert_allclose(run.trace["inner_loss"].values, expected["inner_loss"], atol=1e-13)


def test_what_a_memory_cannot_answer_is_said() -> None:
    with pytest.raises(ValueError, match=r"'past_surprise' cannot be answered by Bare: state .*past_surprise"):
        unroll(Bare(), PAIRS, GATES, probes=[probes.past_surprise])


class Unread(Bare):
    """A second matrix that is kept and never read."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return [super().init(batch, like), super().init(batch, like) + 1.0, torch.tensor(0.5)]

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return _answer(state[0], queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        return [_written(state[0], pairs, gates), *state[1:]]


class Blind(Bare):
    """Answers from the query alone."""

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return queries @ queries.new_ones(D_KEY, D_VALUE)


class Empty(Blind):
    """And keeps nothing at all."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return ()

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        return state


def test_weights_that_are_not_read_have_no_slope() -> None:
    run = unroll(Unread(), PAIRS, GATES, probes=[probes.surprise])
    np.testing.assert_allclose(run.trace["surprise"].values, _by_hand()["surprise"], atol=1e-13)
    assert not unroll(Blind(), PAIRS, GATES, probes=[probes.surprise]).trace["surprise"].values.any()
    assert Able(Blind()).surprise(Blind().init(BATCH), PAIRS).shape == (BATCH, TIME)


def test_no_tokens_have_no_surprise() -> None:
    none = Pairs(*(x[:, :0] for x in PAIRS))
    assert by_autograd(Able(Bare()), Bare().init(BATCH, like=PAIRS.keys), none).shape == (BATCH, 0)


def test_a_memory_without_weights_has_no_norm_and_no_surprise() -> None:
    what = r"state is .*; expected one that names its fast weights; let init and write give State\("
    for asked in (Able(Empty()).memory_norm, lambda state: Able(Empty()).surprise(state, PAIRS)):
        with pytest.raises(ValueError, match=what):
            asked(())


def test_what_holds_where_nothing_is_told() -> None:
    one = Bare()
    able, state = Able(one), one.init(BATCH)
    assert (able.answer, able.store) == (one.read, one.write)
    assert able.objective.name == "squared error"
    assert able.obeys == {"inner_lr", "momentum", "forget"}
    assert able.factor(5) == 1
    assert able.stable_below(GATES) is able.sharpness(state, PAIRS.keys) is able.collapsed(state) is None
    assert torch.equal(able.opening(state, PAIRS), torch.ones(BATCH, TIME, dtype=torch.float64))


@every_own
def test_metrics_and_gates_take_it_too(build: Callable[[], Any]) -> None:
    built, state = build(), build().init(BATCH, like=PAIRS.keys)
    first = torch.from_numpy(_by_hand(TIME)["surprise"]).mT
    torch.testing.assert_close(gradient_norm(built, state, PAIRS), first)
    torch.testing.assert_close(prediction_error(built, state, PAIRS), PAIRS.values.norm(dim=-1))
    gated = unroll(SurpriseGate(built, 1e9), PAIRS, GATES, probes=[probes.surprise, probes.written])
    assert not gated.trace["written"].values.any()
    open_wide = unroll(SurpriseGate(built, -1.0), PAIRS, GATES, probes=[probes.surprise])
    np.testing.assert_allclose(open_wide.trace["surprise"].values, _by_hand()["surprise"], atol=1e-13)


def test_an_outer_gradient_goes_through_a_gradient_by_autograd() -> None:
    threshold = torch.tensor(1.0, dtype=torch.float64)

    def outputs(keys: Tensor, values: Tensor, start: Tensor, level: Tensor) -> Tensor:
        gate: Any = SurpriseGate(Named(), level, softness=0.5)
        state = gate.init(BATCH, like=keys)._replace(inner=State(start, torch.zeros_like(start)))
        return unroll(gate, Pairs(keys, values), GATES, state=state).outputs

    start = 0.3 * torch.randn(BATCH, D_VALUE, D_KEY, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    given = [x.clone().requires_grad_() for x in (*PAIRS, start, threshold)]
    assert torch.autograd.gradcheck(outputs, given, fast_mode=True)


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
    """And one that tells it anew: with half θ it would be Titans."""

    recalls = "all"


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
    assert told(Titans(3, 4), "recalls")
    assert not told(OwnImpulse(3, 4), "recalls")
    assert told(HalfAgain(3, 4), "recalls")
    assert not told(Bare(), "objective")
    one: Any = Bare()
    one.objective = huber(0.1)
    assert Able(one).objective.name == "Huber, δ = 0.1"


def test_a_method_changed_on_the_memory_itself_is_later_than_its_class() -> None:
    class Map(Bare):
        is_map = True

    one: Any = Map()
    assert Able(one).is_map
    one.read = lambda state, queries: _answer(state, queries)
    assert not Able(one).is_map
    one.is_map = True
    assert Able(one).is_map


def test_a_rule_that_tells_wrongly_would_be_found() -> None:
    """HalfAgain says "all" and writes half: blocks and loop are not the same, which the contract's tests look for."""
    loop, blocks = (run(HalfAgain(3, 4), PAIRS, GATES).outputs for run in (unroll, unroll_blocks))
    assert not torch.allclose(loop, blocks)


def test_a_linear_rule_of_one_s_own_has_blocks_by_one_word() -> None:
    """Longhorn (Liu et al. 2024, arXiv 2407.14207): M ← M − Δ (M k − v) kᵀ, Δ = θ/(1 + θ‖k‖²)."""

    class Longhorn(LinearMemory):
        obeys = frozenset({"inner_lr"})
        recalls = "share"

        def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
            step = gates.inner_lr / (1 + gates.inner_lr * pairs.keys.square().sum(-1))
            return -step[..., None] * (pairs.keys @ memory.mT - pairs.values), pairs.keys

    # θ is not Δ, so it cannot say "all": until the block form knows impulses of other strengths, the loop is its form
    built: Any = Longhorn(D_KEY, D_VALUE)
    by_hand = PAIRS.keys.new_zeros(BATCH, D_VALUE, D_KEY)
    for t in range(TIME):
        k, v, lr = PAIRS.keys[:, t], PAIRS.values[:, t], GATES.inner_lr[:, t]
        delta = lr / (1 + lr * k.square().sum(-1))
        by_hand = by_hand - delta[:, None, None] * ((by_hand @ k[..., None])[..., 0] - v)[..., None] * k[:, None]
    torch.testing.assert_close(unroll(built, PAIRS, GATES).state.memory, by_hand)
