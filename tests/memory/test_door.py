"""Every public name of the memory room, at its door: bad values are refused in words, fair ones taken in any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from nlviz import memory
from nlviz.inner import unroll
from nlviz.memory import (
    MLP,
    Activation,
    Adam,
    Cached,
    Continuum,
    DeepMemory,
    Delta,
    Function,
    GatedDelta,
    Gates,
    Hebbian,
    LayerNorm,
    Learned,
    Level,
    LinearMemory,
    MemoryRule,
    Pairs,
    Plastic,
    ProgressGate,
    State,
    SurpriseGate,
    Titans,
    gelu,
    gradient_norm,
    huber,
    inner_rate,
    l_p,
    position_factors,
    ttt_linear,
    ttt_mlp,
)
from nlviz.memory.state import parts, ungated

from ..bad import COUNTS, FLAGS, FUNCTIONS, NAN, NUMBERS, TENSORS, THINGS, refuses
from ..strategies import make
from .catalogue import D_KEY, D_VALUE, MEMORIES, leaves

CASE = make(4, (2, 5, D_KEY, D_VALUE))
PAIRS, GATES = CASE.pairs, CASE.gates
CHANCE = torch.Generator()
W0 = torch.randn(4, 3, generator=CHANCE.manual_seed(0))
RULE = Learned.draw(6, CHANCE.manual_seed(0))
CUBED = Activation("z³", lambda z: z**3, lambda z: 3 * z**2)

Entry = tuple[Callable[..., Any], dict[str, Any], dict[str, list[Any]]]
Build = Callable[[], Any]


def _linear(kind: type[LinearMemory], **numbers: list[Any]) -> Entry:
    fair = {"d_key": 3, "d_value": 4, **dict.fromkeys(numbers, 0.5)}
    return kind, fair, {"d_key": COUNTS, "d_value": COUNTS, **numbers}


DOORS: dict[str, Entry] = {
    **{kind: _linear(getattr(memory, kind)) for kind in ("Hebbian", "Delta", "GatedDelta", "Titans", "Oja")},
    "KDA": _linear(memory.KDA),
    "MomentumDelta": _linear(memory.MomentumDelta, output=NUMBERS),
    "GDN2": _linear(memory.GDN2, erase=NUMBERS, write_share=NUMBERS),
    "Comba": _linear(memory.Comba, softer=NUMBERS),
    "RWKV7": _linear(memory.RWKV7, mix=NUMBERS),
    "Omega": (
        memory.Omega,
        {"d_key": 3, "d_value": 4, "window": 2},
        {"d_key": COUNTS, "d_value": COUNTS, "window": COUNTS, "fade": [*NUMBERS, -0.1, 1.1]},
    ),
    "RecursiveLeastSquares": _linear(memory.RecursiveLeastSquares, ridge=[*NUMBERS, 0.0, -1.0]),
    "DeepMemory": (
        DeepMemory,
        {"d_key": 3, "d_value": 4},
        {
            "d_key": COUNTS,
            "d_value": COUNTS,
            "objective": [*THINGS, huber],
            "initial": [*TENSORS, 3, W0.T, W0[:, 0], [W0, W0], W0 * NAN, CHANCE],
            "net": [*THINGS, MLP],
            "rule": [*THINGS, Adam],
            "decay": [None, "inital", 0, []],
            "position": [*TENSORS, "men", None, 2, [], torch.ones(2, 2), [NAN]],
        },
    ),
    "Level": (
        Level,
        {"memory": DeepMemory(3, 4)},
        {
            "memory": [*THINGS, DeepMemory, Titans(3, 4), MLP()],
            "period": COUNTS,
            "rate": NUMBERS,
            "mean": FLAGS,
            "forget": [*NUMBERS, 1.1, -0.1],
            "reset": [2.5, "x", -3, None],
        },
    ),
    "Continuum": (
        Continuum,
        {"levels": [Level(DeepMemory(3, 4))]},
        {
            "levels": [None, "ab", 3, [], [3], [DeepMemory(3, 4)], Level, [Level]],
            "joined": [None, "sequental", 0, []],
        },
    ),
    "MLP": (
        MLP,
        {},
        {
            "hidden": [3.0, None, "ab", [0], (2.5,), ("8",), (True,)],
            "activation": [*THINGS, torch.nn.functional.gelu, Activation, Activation("x", None, None)],  # pyright: ignore
            "bias": FLAGS,
            "residual": FLAGS,
            "norm": [*THINGS[1:], LayerNorm],
        },
    ),
    "Function": (
        Function,
        {"call": lambda weights, x: x, "forms": ((3,),)},
        {"call": FUNCTIONS, "forms": [None, (), (3,), "ab", ((0,),), ((2.5,),), 3]},
    ),
    "Adam": (Adam, {}, {"first": [*NUMBERS, 1, -0.1], "second": [*NUMBERS, 1.0, 2], "epsilon": [*NUMBERS, -1e-9]}),
    "MemoryRule": (MemoryRule, {"kind": Hebbian}, {"kind": [*FUNCTIONS, Hebbian(2, 2), int, len, dict, LinearMemory]}),
    "Plastic": (Plastic, {"coefficients": W0}, {"coefficients": [*TENSORS, None, W0[0], W0 * NAN]}),
    "Learned": (
        Learned,
        dict(zip(("first", "bias", "last", "skip"), RULE.slow, strict=True)),
        {
            "first": [*TENSORS, None, torch.ones(6, 4), torch.ones(5), RULE.first * NAN],
            "bias": [*TENSORS, None, torch.ones(5), torch.ones(6, 1)],
            "last": [*TENSORS, None, torch.ones(5), torch.ones(1, 6)],
            "skip": [*TENSORS, None, torch.ones(6), RULE.skip * NAN],
        },
    ),
    "Learned.draw": (
        Learned.draw,
        {"hidden": 3, "generator": CHANCE},
        {"hidden": COUNTS, "generator": [None, 0, torch.Generator]},
    ),
    "SurpriseGate": (
        SurpriseGate,
        {"gated": Delta(3, 4), "threshold": 1.0},
        {
            "gated": [*THINGS, Delta, torch.nn.Linear(2, 2)],
            "threshold": [*NUMBERS, *TENSORS, torch.ones(3), torch.ones(2, 3), torch.tensor(NAN), [NAN]],
            "softness": [*NUMBERS, -0.1],
            "metric": FUNCTIONS,
        },
    ),
    "Cached": (
        Cached,
        {"beside": Delta(3, 4), "room": 2},
        {
            "beside": [*THINGS, Delta, torch.nn.Linear(2, 2)],
            "room": [-1, 2.5, None, "ab", NAN, True],
            "keep": ["newst", None, 3],
            "sharpness": [*NUMBERS, -0.1],
            "level": NUMBERS,
            "seed": [-1, 2.5, None, "ab"],
        },
    ),
    "ProgressGate": (
        ProgressGate,
        {"gated": Delta(3, 4), "threshold": 1.0},
        {"gated": [Delta, 3], "threshold": NUMBERS},
    ),
    "huber": (huber, {}, {"delta": [*NUMBERS, 0, -1.0]}),
    "l_p": (l_p, {"p": 2}, {"p": [*NUMBERS, 0.5]}),
    "ttt_linear": (
        ttt_linear,
        {"width": 3, "norm": None},
        {
            "width": COUNTS,
            "initial": ["abc", {}, 0, 1.5, np.int64(3), torch.ones(2, 2), torch.Generator],
            "position": ["men", None, [NAN]],
            "bias": FLAGS,
            "residual": FLAGS,
            "norm": [3, "x", LayerNorm, LayerNorm(torch.ones(2)), LayerNorm(epsilon=-1.0)],
        },
    ),
    "ttt_mlp": (
        ttt_mlp,
        {"width": 3, "initial": CHANCE},
        {"width": COUNTS, "initial": ["abc", {}, 0, [torch.ones(2, 2)]], "expand": COUNTS, "bias": FLAGS},
    ),
    "inner_rate": (
        inner_rate,
        {"inputs": torch.ones(2, 5, 3), "gate": torch.ones(3)},
        {
            "inputs": [*TENSORS, None, torch.ones(3), torch.ones(2, 5, 4)],
            "gate": [*TENSORS, None, torch.ones(3, 1), torch.ones(3).double()],
            "bias": NUMBERS,
            "base": NUMBERS,
        },
    ),
    "position_factors": (
        position_factors,
        {"period": 3},
        {"period": COUNTS, "learned": [*TENSORS, 2, torch.ones(2), torch.ones(3, 1)]},
    ),
    "Gates.constant": (
        Gates.constant,
        {"pairs": PAIRS},
        {
            "pairs": [*THINGS, PAIRS.keys, Pairs, PAIRS[:1], (*PAIRS, PAIRS.keys)],
            **{
                name: [*NUMBERS, "abc", [["a"]], torch.ones(3), torch.ones(2, 5, 9), torch.ones(2, dtype=torch.cfloat)]
                for name in Gates._fields
            },
        },
    ),
}
"""Who is asked for what: how it is made, with what at least, and what must be refused in each place."""

NO_DOOR = {
    # tuples of named parts, functions of tensors and protocols: looked at where they are used
    *(
        "Activation",
        "GateState",
        "Gates",
        "Gradient",
        "LayerNorm",
        "CachedState",
        "ContinuumState",
        "LinearState",
        "Memory",
        "Net",
        "Objective",
        "Pairs",
    ),
    *("State", "UpdateRule", "cross_entropy", "dot_product", "gelu", "gelu_tanh", "silu", "squared_error"),
    # nothing to give
    *("GradientDescent", "Momentum", "LinearMemory", "LinearRule", "Choices"),
    # below: asked of a memory and its state
    *("bits", "entropy", "gradient_norm", "past_surprise", "prediction_error", "total_surprise"),
}


def test_every_public_name_has_a_door() -> None:
    assert set(memory.__all__) == (set(DOORS) - {"Gates.constant", "Learned.draw"}) | NO_DOOR


def _bad() -> list[Any]:
    rows = [(name, where, value) for name, (_, _, bad) in DOORS.items() for where in bad for value in bad[where]]
    return [pytest.param(*row, id=f"{row[0]}-{row[1]}-{i}") for i, row in enumerate(rows)]


@pytest.mark.parametrize(("name", "where", "value"), _bad())
def test_what_is_not_asked_for_is_refused_in_words(name: str, where: str, value: Any) -> None:
    build, fair, _ = DOORS[name]
    refuses(where, lambda: build(**fair | {where: value}))


@pytest.mark.parametrize("name", DOORS)
def test_what_is_asked_for_is_taken(name: str) -> None:
    build, fair, _ = DOORS[name]
    assert build(**fair) is not None


@pytest.mark.parametrize("number", [np.int64, np.int32, float, torch.tensor, np.float32])
def test_counts_and_numbers_of_any_kind(number: Callable[[Any], Any]) -> None:
    assert Delta(number(3), number(4)) == Delta(3, 4)
    assert MLP((number(5),)).hidden == (5,)
    assert huber(number(2)).name == huber(2.0).name
    assert SurpriseGate(Delta(3, 4), number(1)).threshold in (1.0, torch.tensor(1.0))
    assert torch.equal(position_factors(number(3)), position_factors(3))


def test_weights_of_any_kind() -> None:
    kinds: list[Any] = [W0, W0.numpy(), W0.tolist(), [W0], (W0.tolist(),), [W0.numpy()]]
    for initial in kinds:
        (found,) = parts(DeepMemory(3, 4, initial=initial).initial)
        torch.testing.assert_close(found, W0, rtol=0, atol=1e-7)
    slow = torch.nn.Parameter(W0)
    assert DeepMemory(3, 4, initial=slow).initial is slow


def test_a_rule_without_gates_says_so() -> None:
    with pytest.raises(ValueError, match=r"the class LinearMemory; expected a rule that names its gates; use Delta"):
        LinearMemory(3, 4)


def test_a_net_of_ones_own_is_tried_once() -> None:
    with pytest.raises(ValueError, match=r"the net's answer to one key is Tensor \[1, 1, 3\].*; expected \[1, 1, 4\]"):
        DeepMemory(3, 4, initial=torch.ones(3, 1), net=Function(lambda weights, x: weights[0] * x, ((3,),)))


class TestConstant:
    """Gates.constant: numbers and what broadcasts, on the keys' device, never cut down to their dtype."""

    def test_whole_number_pairs_do_not_cut_the_gates(self) -> None:
        pairs = Pairs(torch.eye(3, dtype=torch.int64)[None], torch.eye(3, dtype=torch.int64)[None])
        gates = Gates.constant(pairs, 0.5, 0.25, 0.125)
        assert [gate.unique().tolist() for gate in gates] == [[0.5], [0.25], [0.125]]
        assert unroll(Delta(3, 3), pairs, gates).outputs[0, 0, 0] == 0.5

    def test_low_precision_keys_do_not_round_the_gates(self) -> None:
        pairs = Pairs(*(x.bfloat16() for x in PAIRS))
        assert Gates.constant(pairs, forget=0.001).forget.unique().item() == pytest.approx(0.001, rel=1e-6)

    @pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor, lambda x: np.array(x, np.float32)])
    def test_what_broadcasts_in_any_kind(self, kind: Callable[[Any], Any]) -> None:
        found = Gates.constant(PAIRS, kind([0.5, 0.25, 0.5, 0.25, 0.5]), kind([[0.5], [0.25]])).inner_lr
        assert found.tolist() == [[0.5, 0.25, 0.5, 0.25, 0.5]] * 2

    @pytest.mark.parametrize("pairs", [tuple(PAIRS), list(PAIRS), PAIRS._asdict(), [x.tolist() for x in PAIRS]])
    def test_pairs_in_any_kind(self, pairs: Any) -> None:
        assert Gates.constant(pairs, 0.5).inner_lr.shape == (2, 5)

    @pytest.mark.parametrize("name", ["momentum", "forget"])
    @pytest.mark.parametrize("value", [1.5, -0.1, 1.001])
    def test_a_share_that_is_none(self, name: str, value: float) -> None:
        refuses(f"{name} is {value}", lambda: Gates.constant(PAIRS, **{name: value}))

    @pytest.mark.parametrize("name", ["momentum", "forget"])
    def test_rounding_is_no_slip(self, name: str) -> None:
        for value in (0, 1, 1.0000001, -1e-9):
            Gates.constant(PAIRS, **{name: value})

    def test_unlearning_is_legal(self) -> None:
        assert (Gates.constant(PAIRS, -0.5).inner_lr == -0.5).all()


every_memory = pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)


def _stream(built: Any) -> tuple[Pairs, Gates]:
    case = make(4, (2, 5, built.d_key, built.d_value))
    values = case.pairs.values.softmax(-1) if built.objective.unit == "nats" else case.pairs.values
    return Pairs(case.pairs.keys, values), case.gates


@every_memory
class TestAskedDirectly:
    def test_a_batch_that_is_none(self, build: Build) -> None:
        for bad in (-1, 2.5, "2", None, True):
            refuses("batch", lambda bad=bad: build().init(bad))
        refuses("like", lambda: build().init(2, like="cpu"))  # pyright: ignore[reportArgumentType]

    def test_a_state_is_never_below_float32(self, build: Build) -> None:
        for like, dtype in ((torch.bfloat16, torch.float32), (torch.int64, torch.float32), (torch.float64,) * 2):
            state = build().init(2, like=torch.zeros(1, dtype=like))
            assert {leaf.dtype for leaf in leaves(state)} == {dtype}

    def test_no_streams_and_no_tokens(self, build: Build) -> None:
        built = build()
        pairs, gates = _stream(built)
        start = unroll(built, pairs, gates).state
        nothing = Pairs(*(x[:, :0] for x in pairs)), Gates(*(x[:, :0] for x in gates))
        after = built.write(start, *nothing)
        assert all(torch.equal(a, b) for a, b in zip(leaves(after), leaves(start), strict=True))
        assert built.read(start, nothing[0].keys).shape == (2, 0, built.d_value)
        nobody = Pairs(*(x[:0] for x in pairs)), Gates(*(x[:0] for x in gates))
        state = built.write(built.init(0, like=pairs.keys), *nobody)
        assert built.read(state, nobody[0].keys).shape == (0, 5, built.d_value)
        assert unroll(built, *nobody).outputs.shape == (0, 5, built.d_value)

    def test_lists_and_numpy_give_the_numbers_of_tensors(self, build: Build) -> None:
        built = build()
        pairs, gates = _stream(built)
        start = unroll(built, pairs, gates).state
        expected = built.write(start, pairs, gates)
        for kind in (lambda x: x.numpy(), lambda x: x.tolist()):
            told, how = [kind(x) for x in pairs], [kind(x) for x in gates]
            for found in (
                built.write(start, Pairs(*told), Gates(*how)),
                built.write(start, tuple(told), dict(zip(Gates._fields, how, strict=True))),  # pyright: ignore
            ):
                assert all(torch.equal(a, b) for a, b in zip(leaves(found), leaves(expected), strict=True))
            assert torch.equal(built.read(start, told[0]), built.read(start, pairs.keys))

    def test_a_question_in_another_precision_is_answered_in_it(self, build: Build) -> None:
        built = build()
        pairs, gates = _stream(built)
        low = Pairs(*(x.float() for x in pairs)), Gates(*(x.float() for x in gates))
        start = built.write(built.init(2, like=pairs.keys), *low)
        assert {leaf.dtype for leaf in leaves(start)} == {torch.float64}
        answer = built.read(start, pairs.keys.bfloat16())
        assert answer.dtype == torch.bfloat16

    @pytest.mark.parametrize("wrong", ["keys", "values", "queries"])
    def test_keys_and_values_that_are_none(self, build: Build, wrong: str) -> None:
        built = build()
        pairs, gates = _stream(built)
        start = built.init(2, like=pairs.keys)
        fair = pairs.values if wrong == "values" else pairs.keys
        for bad in (*TENSORS, None, fair[0], fair[:1], fair[..., :-1], fair[:, None], fair.to(torch.cfloat)):
            if wrong == "queries":
                refuses(wrong, lambda bad=bad: built.read(start, bad))
            else:
                refuses(wrong, lambda bad=bad: built.write(start, pairs._replace(**{wrong: bad}), gates))

    @pytest.mark.parametrize("name", Gates._fields)
    def test_gates_that_are_none(self, build: Build, name: str) -> None:
        built = build()
        pairs, gates = _stream(built)
        start = built.init(2, like=pairs.keys)
        fair = getattr(gates, name)
        for bad in (*TENSORS, None, "0.5", NAN, fair[0], fair[:, :-1], fair.T, fair[..., None]):
            refuses(name, lambda bad=bad: built.write(start, pairs, gates._replace(**{name: bad})))
        for bad in (None, "x", 3, 0.5, Gates, tuple(gates)[:2], gates.inner_lr, pairs):
            refuses("gates", lambda bad=bad: built.write(start, pairs, bad))

    def test_states_that_are_none(self, build: Build) -> None:
        built = build()
        pairs, gates = _stream(built)
        run, waiting = unroll(built, pairs, gates), unroll(built, pairs, gates, period=3).state
        for bad in (None, 3, "x", {}, run, waiting, pairs, State, torch.ones(2, 4, 3)):
            refuses("state", lambda bad=bad: built.read(bad, pairs.keys))
            refuses("state", lambda bad=bad: built.write(bad, pairs, gates))
        with pytest.raises(ValueError, match=r"a whole run; give its state: run\.state"):
            built.read(run, pairs.keys)
        with pytest.raises(ValueError, match=r"finish it with unroll at the same period, or use its `\.state`"):
            built.read(waiting, pairs.keys)

    def test_the_state_of_another_memory(self, build: Build) -> None:
        built = build()
        pairs, _ = _stream(built)
        inner, _ = ungated(built, None)
        other = Titans(built.d_key + 2, built.d_value + 2).init(2, like=pairs.keys)
        refuses("state", lambda: inner.read(other, pairs.keys))

    def test_metrics_look_too(self, build: Build) -> None:
        built = build()
        pairs, gates = _stream(built)
        state, kind = unroll(built, pairs, gates).state, built.__class__
        for metric in (gradient_norm, memory.prediction_error, memory.past_surprise, memory.total_surprise):
            expected = metric(built, state, pairs)
            assert torch.equal(metric(built, state, Pairs(*(x.numpy() for x in pairs))), expected)  # pyright: ignore
            refuses("memory", lambda metric=metric: metric(kind, state, pairs))
            refuses("values", lambda metric=metric: metric(built, state, pairs._replace(values=pairs.values[..., :-1])))
            refuses("state", lambda metric=metric: metric(built, None, pairs))


def test_a_metric_that_gives_another_shape() -> None:
    gate = SurpriseGate(Titans(D_KEY, D_VALUE), 1.0, metric=lambda memory, state, pairs: pairs.keys)
    refuses("what the metric gave", lambda: unroll(gate, PAIRS, GATES))


def test_a_threshold_in_another_precision_changes_none() -> None:
    level = torch.ones(2, 1, dtype=torch.float64)
    gate = SurpriseGate(Titans(D_KEY, D_VALUE), level, softness=0.1)
    pairs, gates = Pairs(*(x.float() for x in PAIRS)), Gates(*(x.float() for x in GATES))
    run = unroll(gate, pairs, gates)
    assert {leaf.dtype for leaf in leaves(run.state)} == {torch.float32}


def test_what_was_let_through_is_counted_beyond_what_bfloat16_can() -> None:
    """In bfloat16, 256 + 1 is 256."""
    pairs = Pairs(torch.zeros(1, 300, 1).bfloat16(), torch.ones(1, 300, 1).bfloat16())
    run = unroll(SurpriseGate(GatedDelta(1, 1), -1.0), pairs, Gates.constant(pairs))
    assert run.state.written.item() == 300


def test_adam_in_low_precision_is_finite() -> None:
    """1 − .999 is nothing in bfloat16, and its inverse infinite."""
    pairs = Pairs(*(x.bfloat16() for x in PAIRS))
    run = unroll(DeepMemory(3, 4, rule=Adam()), pairs, Gates.constant(pairs, 0.1))
    wide = unroll(DeepMemory(3, 4, rule=Adam()), Pairs(*(x.float() for x in pairs)), Gates.constant(pairs, 0.1))
    torch.testing.assert_close(run.outputs.float(), wide.outputs, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("activation", [gelu, memory.gelu_tanh, memory.silu, CUBED], ids=lambda one: one.name)
def test_a_slope_is_the_derivative_far_out_too(activation: Activation) -> None:
    z = torch.tensor([0, 1, -1, 5, -5, 13, -13, 25, -25, 1e3, -1e3], dtype=torch.float64)
    expected = torch.func.grad(lambda z: activation.value(z).sum())(z)
    torch.testing.assert_close(activation.slope(z), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation", [gelu, memory.gelu_tanh, memory.silu], ids=lambda one: one.name)
def test_a_slope_is_finite_wherever_its_curve_is(activation: Activation) -> None:
    z = torch.tensor([1e20, -1e20, 3e38, -3e38])
    torch.testing.assert_close(activation.slope(z), torch.tensor([1.0, 0.0, 1.0, 0.0]))


def test_the_norm_of_constants_and_of_nothing_has_the_right_pull() -> None:
    norm = LayerNorm(torch.tensor([1.0, 2.0, 0.5, -1.0]).double(), torch.ones(4).double())
    for z in (torch.zeros(2, 4).double(), torch.full((2, 4), 3.0).double(), torch.full((2, 4), 1e6).double()):
        error = torch.randn(2, 4, dtype=torch.float64, generator=CHANCE.manual_seed(1))
        expected = torch.func.vjp(norm, z)[1](error)[0]
        torch.testing.assert_close(norm.pull(z, error), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("metric", ["gradient_norm", "prediction_error", "past_surprise", "total_surprise", "bits"])
@pytest.mark.parametrize("given", [Delta, None, "Delta", 3, torch.ones(2)], ids=str)
def test_what_is_no_memory_has_no_metric(metric: str, given: Any) -> None:
    pairs = Pairs(torch.ones(2, 1, 4), torch.ones(2, 1, 3))
    with pytest.raises(ValueError, match="memory is "):
        getattr(memory, metric)(given, Delta(4, 3).init(2), pairs)


def test_a_net_of_several_matrices_is_no_state_of_one() -> None:
    net = MLP((4,))
    deep = DeepMemory(4, 4, net=net, initial=net.draw(4, 4, torch.Generator().manual_seed(0)))
    for one, other in ((Delta(4, 4), deep), (deep, Delta(4, 4))):
        with pytest.raises(ValueError, match="matrices"):
            one.read(other.init(2), torch.ones(2, 1, 4))


def test_numbers_are_a_remedy_for_gates_and_not_for_pairs() -> None:
    memory, pairs = Titans(3, 4), Pairs(torch.ones(1, 2, 3), torch.ones(1, 2, 4))
    with pytest.raises(
        ValueError, match=r"^gates is .*; expected Gates\(.*\), or Gates.constant\(pairs, …\) for numbers"
    ):
        memory.write(memory.init(1), pairs, (0.1, 0.2))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^pairs is .*; expected Pairs\(keys, values\)$"):
        memory.write(memory.init(1), (1,), Gates.constant(pairs))  # pyright: ignore[reportArgumentType]
