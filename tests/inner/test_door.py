"""Every public name of the inner room, at its door: bad values are refused in words, fair ones taken in any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from nlviz import inner
from nlviz.inner import Pending, Probe, Unrolled, fastest, probes, to_numpy, unroll, unroll_blocks, unroll_dual
from nlviz.memory import DeepMemory, Delta, Gates, Hebbian, LinearState, Pairs, State, SurpriseGate, Titans
from nlviz.streams import recall_pairs

from ..bad import COUNTS, FLAGS, FUNCTIONS, NAN, TENSORS, THINGS, refuses
from ..memory.catalogue import MEMORIES, Build, leaves
from ..strategies import make

CASE = make(1, (2, 6, 3, 4))
PAIRS, GATES = CASE.pairs, CASE.gates
assert CASE.queries is not None
assert CASE.state is not None
QUERIES: Any = CASE.queries
STATE: Any = CASE.state
INF = float("inf")

Execute = Callable[..., Unrolled]
MEMORY: dict[Execute, Any] = {
    unroll: Titans(3, 4),
    unroll_blocks: Titans(3, 4),
    unroll_dual: DeepMemory(3, 4),
    fastest: Titans(3, 4),
}
every = pytest.mark.parametrize("execute", MEMORY)


def _fair(execute: Execute, **other: Any) -> Unrolled:
    given = {"memory": MEMORY[execute], "pairs": PAIRS, "gates": GATES, "queries": QUERIES} | other
    return execute(given.pop("memory"), given.pop("pairs"), given.pop("gates"), given.pop("queries"), **given)


def test_every_public_name_is_tried_here() -> None:
    no_doors = {"Influence", "Pending", "Seen", "Segments", "Step", "Unrolled"}
    loops = {"fastest", "unroll", "unroll_blocks", "unroll_dual"}
    # with other arguments: in test_segments, test_influence, and in bad_inputs
    elsewhere = {"influence", "read_segments", "strike", "unroll_micro_steps", "unroll_segments"}
    assert set(inner.__all__) == no_doors | loops | elsewhere | {"Probe", "probes", "to_numpy"}


BAD: dict[str, list[Any]] = {
    "memory": [*THINGS, Delta, PAIRS, torch.nn.Linear(3, 4)],
    "pairs": [*THINGS, Pairs, PAIRS.keys, PAIRS[:1], GATES, "kv", {"keys": PAIRS.keys}],
    "gates": [*THINGS, Gates, 0.5, GATES[:2], GATES.inner_lr, PAIRS, {"inner_lr": 1.0}],
    "queries": [*TENSORS, QUERIES[0], QUERIES[:, :-1], QUERIES[:1], QUERIES[..., :-1], QUERIES * NAN, QUERIES * INF],
    "state": [*THINGS[1:], State, PAIRS, GATES, Unrolled, STATE.memory, (STATE.memory,), STATE._replace(memory=3)],
    "probes": [3, "surprise", [None], ["surprise"], [probes.recall], Probe, [probes.surprise, 3], probes.recall],
    "read_first": FLAGS,
}


@every
@pytest.mark.parametrize(("where", "value"), [(where, value) for where, values in BAD.items() for value in values])
def test_what_is_not_asked_for_is_refused_in_words(execute: Execute, where: str, value: Any) -> None:
    refuses(where, lambda: _fair(execute, **{where: value}))


@pytest.mark.parametrize(
    ("execute", "where"), [(unroll, "period"), (unroll_blocks, "block"), (unroll_dual, "period"), (fastest, "period")]
)
def test_counts(execute: Execute, where: str) -> None:
    for bad in COUNTS:
        refuses(where, lambda bad=bad: _fair(execute, **{where: bad}))
    expected = _fair(execute, **{where: 4}).outputs
    for fair in (4.0, np.int64(4), torch.tensor(4)):
        assert torch.equal(_fair(execute, **{where: fair}).outputs, expected)


@every
@pytest.mark.parametrize("where", ["keys", "values", *Gates._fields])
def test_parts_that_are_none(execute: Execute, where: str) -> None:
    whole = PAIRS if where in Pairs._fields else GATES
    fair = getattr(whole, where)
    meta = fair.to("meta")
    for bad in (
        *TENSORS,
        None,
        "0.5",
        fair[0],
        fair[:, :-1],
        fair[..., None],
        fair * NAN,
        fair * INF,
        fair.to(torch.cfloat),
        meta,
    ):
        if where == "keys" and bad is meta:
            # then the values are those elsewhere
            refuses("device of values", lambda bad=bad: _fair(execute, pairs=PAIRS._replace(keys=bad)))
            continue
        other = {"pairs" if whole is PAIRS else "gates": whole._replace(**{where: bad})}
        said = "values" if where == "keys" and getattr(bad, "shape", ()) == (2, 5, 3) else where
        refuses(said, lambda other=other: _fair(execute, **other))


@every
class TestGates:
    """Looked at before anything is computed, whether the rule obeys them or not."""

    @pytest.mark.parametrize("name", Gates._fields)
    @pytest.mark.parametrize("value", [NAN, INF, -INF])
    def test_what_is_not_finite_is_named_and_located(self, execute: Execute, name: str, value: float) -> None:
        gate = getattr(GATES, name).clone()
        gate[1, 4] = value
        refuses(f"{name} at batch 1, token 4 is {value}", lambda: _fair(execute, gates=GATES._replace(**{name: gate})))

    @pytest.mark.parametrize("name", ["momentum", "forget"])
    @pytest.mark.parametrize("value", [1.5, -0.5, 1.001])
    def test_a_share_that_is_none(self, execute: Execute, name: str, value: float) -> None:
        gate = getattr(GATES, name).clone().requires_grad_(False)
        gate[0, 2] = value
        refuses(f"{name} at batch 0, token 2 is {value}", lambda: _fair(execute, gates=GATES._replace(**{name: gate})))

    def test_a_hair_beyond_is_rounding(self, execute: Execute) -> None:
        gates = GATES._replace(forget=GATES.forget * 0 - 1e-7, momentum=GATES.momentum * 0 + 1 + 1e-7)
        assert torch.isfinite(_fair(execute, gates=gates).outputs).all()

    def test_unlearning_is_legal(self, execute: Execute) -> None:
        written = _fair(execute, gates=Gates.constant(PAIRS, 0.3)).outputs
        unlearned = _fair(execute, gates=Gates.constant(PAIRS, -0.3)).outputs
        assert torch.equal(unlearned[:, 0], -written[:, 0])

    def test_numbers_hold_throughout(self, execute: Execute) -> None:
        expected = _fair(execute, gates=Gates.constant(PAIRS, 0.5, 0.25, 0.125)).outputs
        numbers = (0.5, np.float32(0.25), torch.tensor(0.125))
        for gates in (numbers, list(numbers), Gates(*numbers), dict(zip(Gates._fields, numbers, strict=True))):  # pyright: ignore
            assert torch.equal(_fair(execute, gates=gates).outputs, expected)

    def test_a_mask_of_whole_numbers_is_a_gate(self, execute: Execute) -> None:
        mask = torch.tensor([[1, 0, 1, 1, 0, 1]] * 2)
        expected = _fair(execute, gates=GATES._replace(inner_lr=mask.double())).outputs
        for kind in (mask, mask.bool(), mask.numpy(), mask.tolist()):
            assert torch.equal(_fair(execute, gates=GATES._replace(inner_lr=kind)).outputs, expected)


@every
class TestFairInputs:
    def test_lists_and_numpy_give_the_numbers_of_tensors(self, execute: Execute) -> None:
        expected = _fair(execute).outputs
        for kind in (lambda x: x.numpy(), lambda x: x.numpy()[:, ::-1][:, ::-1]):
            given = {"pairs": [kind(x) for x in PAIRS], "gates": tuple(map(kind, GATES)), "queries": kind(QUERIES)}
            assert torch.equal(_fair(execute, **given).outputs, expected)
        narrow = _fair(execute, pairs=Pairs(*(x.float() for x in PAIRS)), gates=Gates(*(x.float() for x in GATES)))
        listed = [x.tolist() for x in PAIRS], [x.tolist() for x in GATES]
        found = _fair(execute, pairs=listed[0], gates=listed[1], queries=QUERIES.float().tolist())
        assert found.outputs.dtype == torch.float32
        torch.testing.assert_close(found.outputs.double(), narrow.outputs, rtol=1e-6, atol=1e-6)

    def test_whole_numbers_are_learned(self, execute: Execute) -> None:
        pairs = Pairs(torch.eye(3).expand(2, 3, 3), torch.arange(24).reshape(2, 3, 4).float())
        whole = Pairs(*(x.long() for x in pairs))
        for other in (whole, whole._replace(values=pairs.values), whole._replace(keys=pairs.keys)):
            expected = _fair(execute, pairs=pairs, gates=Gates.constant(pairs, 0.5), queries=None).outputs
            found = _fair(execute, pairs=other, gates=Gates.constant(other, 0.5), queries=None).outputs
            assert torch.equal(found, expected)
        assert expected.abs().max() == 0.5 * 23

    def test_precisions_may_differ(self, execute: Execute) -> None:
        """Promoted, as torch promotes: the widest is used, and answers come in the precision of the question."""
        pairs, gates = PAIRS._replace(keys=PAIRS.keys.float()), Gates(*(x.float() for x in GATES))
        run = _fair(execute, pairs=pairs, gates=gates)
        wide = _fair(execute, pairs=Pairs(*(x.double() for x in pairs)), gates=Gates(*(x.double() for x in gates)))
        assert torch.equal(run.outputs, wide.outputs)
        assert _fair(execute, pairs=pairs, gates=gates, queries=None).outputs.dtype == torch.float32

    def test_a_stream_is_its_pairs(self, execute: Execute) -> None:
        stream: Any = recall_pairs(3, 3, 4, generator=torch.Generator().manual_seed(0))
        expected = _fair(execute, pairs=stream.pairs, gates=Gates.constant(stream.pairs), queries=None)
        found = _fair(execute, pairs=stream, gates=Gates.constant(stream), queries=None)
        assert torch.equal(found.outputs, expected.outputs)

    def test_probes_of_any_number(self, execute: Execute) -> None:
        for given in (probes.surprise, [probes.surprise], (one for one in [probes.surprise])):
            assert list(_fair(execute, probes=given).trace) == ["surprise"]
        assert not _fair(execute, probes=None).trace

    def test_a_state_as_a_plain_tuple(self, execute: Execute) -> None:
        expected = _fair(execute, state=STATE).outputs
        for state in (tuple(STATE), [x.numpy() for x in STATE], LinearState(*(x.numpy() for x in STATE))):
            assert torch.equal(_fair(execute, state=state).outputs, expected)


every_memory = pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)


@every_memory
def test_states_that_do_not_belong(build: Build) -> None:
    built = build()
    case = make(4, (2, 5, built.d_key, built.d_value))
    values = case.pairs.values.softmax(-1)
    pairs, gates = Pairs(case.pairs.keys, values), case.gates
    run = unroll(built, pairs, gates)
    others = [other() for other in MEMORIES.values()]
    foreign = [one.init(2, like=pairs.keys) for one in others]
    kinds = [_shapes(state) for state in foreign]
    strange = [state for state, kind in zip(foreign, kinds, strict=True) if kind != _shapes(run.state)]
    assert strange
    for bad in (run, 3, "x", {}, State, built.init(3, like=pairs.keys), built.init(1, like=pairs.keys), *strange):
        refuses("state", lambda bad=bad: unroll(built, pairs, gates, state=bad))
    assert torch.isfinite(unroll(built, pairs, gates, state=run.state).outputs).all()


def _shapes(state: Any) -> Any:
    return [type(state).__name__, *(leaf.shape for leaf in leaves(state))]


def test_a_whole_run_is_no_state_and_says_which_is() -> None:
    with pytest.raises(ValueError, match=r"state is an Unrolled; .*a whole run; give its state: run\.state"):
        unroll(Titans(3, 4), PAIRS, GATES, state=_fair(unroll))


def test_waiting_tokens_of_another_width_are_refused() -> None:
    waiting = _fair(unroll, period=4).state
    assert isinstance(waiting, Pending)
    other = make(1, (2, 6, 2, 4))
    with pytest.raises(ValueError, match=r"keys that wait in the state is Tensor \[2, 2, 3\].*start with state=None"):
        unroll(Titans(2, 4), other.pairs, other.gates, state=waiting, period=4)
    refuses("state", lambda: _fair(unroll, state=waiting._replace(state=None), period=4))


def test_a_run_that_diverged_may_be_carried_on_and_says_why_it_is_lost() -> None:
    lost = STATE._replace(memory=STATE.memory * NAN)
    for execute in (unroll, unroll_blocks):
        (mark,) = _fair(execute, state=lost).trace.marks
        assert (mark.time, mark.kind) == (0, "diverged")


class TestProbes:
    @pytest.mark.parametrize(
        ("where", "bad"),
        [
            ("name", [None, 3, "", [], int]),
            ("measure", FUNCTIONS),
            ("unit", [None, 3, []]),
            ("every", COUNTS),
            ("per", [None, "tokn", 3, []]),
            ("whole", [None, 3, "yes", []]),
        ],
    )
    def test_parts_of_a_probe(self, where: str, bad: list[Any]) -> None:
        fair: dict[str, Any] = {"name": "one", "measure": lambda step: step.after.memory, "unit": ""}
        for value in bad:
            refuses(where, lambda value=value: Probe(**fair | {where: value}))

    def test_sampled_and_weights(self) -> None:
        for bad in COUNTS:
            refuses("every", lambda bad=bad: probes.surprise.sampled(bad))
            refuses("every", lambda bad=bad: probes.weights(bad))
        strange: list[Any] = [2.5, "0", None, True, [0], NAN]
        for bad in strange:
            refuses("layer", lambda bad=bad: probes.weights(layer=bad))

    @pytest.mark.parametrize("ask", [probes.recall, probes.share])
    def test_items_that_are_none(self, ask: Callable[..., Probe]) -> None:
        keys, values = PAIRS.keys[0], PAIRS.values[0]
        for bad in (*TENSORS, None, 3, keys[0], keys[None, None], keys[:-1], keys * NAN):
            said = "values" if getattr(bad, "shape", None) == (5, 3) else "keys"
            refuses(said, lambda bad=bad: ask(bad, values))
        for bad in (*TENSORS, None, 3, values[:-1], values * INF):
            refuses("values", lambda bad=bad: ask(keys, bad))
        for bad in COUNTS:
            refuses("every", lambda bad=bad: ask(keys, values, bad))

    def test_a_share_of_nothing(self) -> None:
        refuses("values", lambda: probes.share(PAIRS.keys[0], PAIRS.values[0] * 0))

    @pytest.mark.parametrize("ask", [probes.recall, probes.share])
    @pytest.mark.parametrize("execute", [unroll, unroll_blocks])
    def test_items_in_any_kind_and_precision(self, ask: Callable[..., Probe], execute: Execute) -> None:
        keys, values = PAIRS.keys[0].float().double(), PAIRS.values[0].float().double()
        expected = _fair(execute, probes=ask(keys, values)).trace[ask.__name__].values
        for kind in (lambda x: x.float(), lambda x: x.numpy(), lambda x: x.tolist(), lambda x: x.expand(2, *x.shape)):
            found = _fair(execute, probes=ask(kind(keys), kind(values))).trace[ask.__name__]
            np.testing.assert_allclose(found.values, expected, rtol=1e-6, atol=1e-7)
        whole = ask(torch.eye(3, dtype=torch.int64), torch.eye(4, dtype=torch.int64)[:3])
        assert np.isfinite(_fair(execute, probes=whole).trace[ask.__name__].values).all()

    @pytest.mark.parametrize("ask", [probes.recall, probes.share])
    @pytest.mark.parametrize("execute", [unroll, unroll_blocks])
    def test_items_that_do_not_fit_the_run(self, ask: Callable[..., Probe], execute: Execute) -> None:
        for keys, values in ((PAIRS.values[0], PAIRS.values[0]), (PAIRS.keys[0], PAIRS.keys[0])):
            refuses("last axis of", lambda k=keys, v=values: _fair(execute, probes=ask(k, v)))
        three = [x[:1].expand(3, *x.shape[1:]) for x in PAIRS]
        refuses("one row for each of 2 streams", lambda: _fair(execute, probes=ask(*three)))


def test_to_numpy() -> None:
    np.testing.assert_array_equal(to_numpy([1.0, 2.0]), [1.0, 2.0])  # pyright: ignore[reportArgumentType]
    for bad in TENSORS:
        refuses("tensor", lambda bad=bad: to_numpy(bad))


class TestTransforms:
    """torch.func: shapes are looked at, numbers cannot be."""

    @pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)
    @pytest.mark.parametrize("period", [1, 3])
    def test_many_rates_at_once(self, build: Build, period: int) -> None:
        built = build()
        case = make(4, (2, 6, built.d_key, built.d_value), state=False)
        pairs = Pairs(case.pairs.keys, case.pairs.values.softmax(-1))
        rates = torch.tensor([0.1, 0.5, 0.0], dtype=torch.float64)

        def outputs(rate: torch.Tensor) -> torch.Tensor:
            return unroll(built, pairs, Gates.constant(pairs, rate, 0.3, 0.1), period=period).outputs

        found = torch.func.vmap(outputs)(rates)
        torch.testing.assert_close(found, torch.stack([outputs(rate) for rate in rates]), rtol=1e-10, atol=1e-10)

    # forward derivatives load a part of torch that calls itself deprecated
    @pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
    @pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)
    def test_slopes_by_transform_are_those_of_autograd(self, build: Build) -> None:
        built = build()
        case = make(4, (2, 4, built.d_key, built.d_value), state=False)
        pairs = Pairs(case.pairs.keys, case.pairs.values.softmax(-1))

        def total(rate: torch.Tensor) -> torch.Tensor:
            return unroll(built, pairs, Gates.constant(pairs, rate, 0.3, 0.1), period=2).outputs.square().sum()

        rate = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
        (expected,) = torch.autograd.grad(total(rate), rate)
        for transform in (torch.func.grad, torch.func.jacrev, torch.func.jacfwd):
            torch.testing.assert_close(transform(total)(rate.detach()), expected.detach(), rtol=1e-9, atol=1e-9)

    def test_many_streams_at_once(self) -> None:
        keys = torch.stack([PAIRS.keys, -PAIRS.keys])
        for execute in (unroll, unroll_blocks):
            found = torch.func.vmap(lambda k, e=execute: e(Hebbian(3, 4), Pairs(k, PAIRS.values), GATES).outputs)(keys)
            torch.testing.assert_close(found[1], execute(Hebbian(3, 4), Pairs(keys[1], PAIRS.values), GATES).outputs)

    def test_signals_cannot_leave(self) -> None:
        def surprise(rate: torch.Tensor) -> torch.Tensor:
            return unroll(Titans(3, 4), PAIRS, Gates.constant(PAIRS, rate), probes=probes.surprise).outputs  # pyright: ignore

        refuses("probes", lambda: torch.func.vmap(surprise)(torch.ones(2)))
        refuses("tensor", lambda: torch.func.vmap(lambda x: torch.tensor(to_numpy(x)))(torch.ones(2)))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@every
def test_low_precision_forgets_as_much_as_it_is_told(execute: Execute, dtype: torch.dtype) -> None:
    """1 − .001 is 1 in bfloat16; the weights are kept in float32, so half is left after 693 tokens."""
    pairs = Pairs(torch.zeros(1, 688, 3, dtype=dtype), torch.zeros(1, 688, 4, dtype=dtype))
    start = LinearState(torch.ones(1, 4, 3), torch.zeros(1, 4, 3))
    run = _fair(execute, pairs=pairs, gates=Gates.constant(pairs, forget=0.001), queries=None, state=start)
    assert run.outputs.dtype == dtype
    assert run.state.memory.dtype == torch.float32
    np.testing.assert_allclose(run.state.memory.numpy(), 0.999**688, rtol=1e-4)


def test_a_gate_counts_on_in_low_precision() -> None:
    pairs = Pairs(torch.zeros(1, 300, 3).bfloat16(), torch.ones(1, 300, 4).bfloat16())
    run = unroll(SurpriseGate(Delta(3, 4), -1.0), pairs, Gates.constant(pairs), probes=[probes.written])
    assert run.trace["written"].values.sum() == 300 == run.state.written.item()
