"""Bad input is refused before anything is computed, in words that name the value, what was expected and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import Pending, Probe, Unrolled, probes, unroll, unroll_blocks
from nlviz.memory import Delta, Gates, Hebbian, Objective, Oja, Pairs, SurpriseGate, Titans, squared_error

from ..strategies import make

CASE = make(1, (2, 6, 3, 4), state=False)
PAIRS, GATES = CASE.pairs, CASE.gates
LONGER = make(1, (2, 7, 3, 4)).gates
FEWER = make(1, (1, 6, 3, 4))

Execute = Callable[..., Unrolled]
both = pytest.mark.parametrize("execute", [unroll, unroll_blocks])


class Exploding(Titans):
    """A memory that must not be asked for anything."""

    def _no(self, *_: Any) -> Any:
        raise AssertionError("something was computed")

    init = read = write = impulse = _no  # pyright: ignore[reportAssignmentType]


def _refused(execute: Execute, message: str, pairs: Pairs = PAIRS, gates: Gates = GATES, **how: Any) -> None:
    with pytest.raises(ValueError, match=message):
        execute(Exploding(3, 4), pairs, gates, **how)


@both
class TestAxes:
    def test_width_of_keys(self, execute: Execute) -> None:
        _refused(execute, r"keys is Tensor .* last axis \(d_key\) of 3; .* project", _with(keys=(..., [0, 1])))

    def test_width_of_values(self, execute: Execute) -> None:
        _refused(execute, r"values is Tensor .* last axis \(d_value\) of 4; .* project", _with(values=(..., [0])))

    def test_width_of_queries(self, execute: Execute) -> None:
        _refused(execute, r"queries is Tensor .* last axis \(d_key\) of 3", queries=PAIRS.values)

    @pytest.mark.parametrize("name", ["keys", "values"])
    def test_an_axis_missing(self, execute: Execute, name: str) -> None:
        _refused(
            execute,
            rf"{name} is Tensor \[6, \d\].*; expected shape \[batch, time, d_.*\]; add the axis",
            _with(**{name: 0}),
        )

    def test_an_axis_missing_in_the_queries(self, execute: Execute) -> None:
        _refused(execute, r"queries is Tensor \[6, 3\].*; expected shape \[batch, time, d_key\]", queries=PAIRS.keys[0])

    @pytest.mark.parametrize("part", [np.s_[:1], np.s_[:, :5]])
    def test_values_for_other_tokens(self, execute: Execute, part: Any) -> None:
        _refused(execute, r"values is .*; expected batch and time \[2, 6\], as the keys", _with(values=part))

    @pytest.mark.parametrize("part", [np.s_[:1], np.s_[:, :5]])
    def test_queries_for_other_tokens(self, execute: Execute, part: Any) -> None:
        _refused(execute, r"queries is .*; expected batch and time \[2, 6\], as the keys", queries=PAIRS.keys[part])

    @pytest.mark.parametrize("name", Gates._fields)
    @pytest.mark.parametrize("wrong", [LONGER, FEWER.gates], ids=["time", "batch"])
    def test_gates_for_other_tokens(self, execute: Execute, name: str, wrong: Gates) -> None:
        gates = GATES._replace(**{name: getattr(wrong, name)})
        message = rf"{name} is Tensor .*, or one for each key: \[batch, time\] = \[2, 6\]; Gates.constant"
        _refused(execute, message, gates=gates)

    def test_gates_with_an_axis_too_many(self, execute: Execute) -> None:
        gates = GATES._replace(forget=GATES.forget[..., None])
        _refused(execute, r"forget is Tensor \[2, 6, 1\].*\[batch, time\] = \[2, 6\]", gates=gates)


def _with(**parts: Any) -> Pairs:
    return PAIRS._replace(**{name: getattr(PAIRS, name)[part] for name, part in parts.items()})


def _spoilt(name: str, value: float) -> Pairs:
    tensor = getattr(PAIRS, name).clone()
    tensor[1, 4, 2] = value
    return PAIRS._replace(**{name: tensor})


@both
class TestFinite:
    @pytest.mark.parametrize("name", ["keys", "values"])
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_what_is_not_finite_is_named_and_located(self, execute: Execute, name: str, value: float) -> None:
        _refused(
            execute,
            rf"{name} at batch 1, token 4 is {value}; expected a finite .* clean the stream",
            _spoilt(name, value),
        )

    def test_both_infinities_do_not_cancel(self, execute: Execute) -> None:
        pairs = _spoilt("values", float("inf"))
        pairs.values[0, 0, 0] = float("-inf")
        _refused(execute, r"values at batch 0, token 0 is -inf", pairs)

    def test_inputs_with_gradients(self, execute: Execute) -> None:
        pairs = Pairs(*(x.requires_grad_() for x in _spoilt("keys", float("nan"))))
        _refused(execute, r"keys at batch 1, token 4 is nan", pairs)

    def test_large_is_not_infinite(self, execute: Execute) -> None:
        """Finite float32 numbers whose sum overflows are a stream like any other."""
        pairs = Pairs(PAIRS.keys.float(), torch.full((2, 6, 4), 1e38))
        still = Gates.constant(pairs, inner_lr=0.0)
        assert not torch.isfinite(pairs.values.sum())
        assert not execute(Hebbian(3, 4), pairs, still).outputs.any()


@pytest.mark.parametrize("count", [0, -3, 2.5, "4", None, True, False])
class TestCounts:
    def test_period(self, count: Any) -> None:
        message = rf"period is {count!r}; expected a whole number of tokens, at least 1"
        _refused(unroll, message, period=count)

    def test_block(self, count: Any) -> None:
        message = rf"block is {count!r}; expected a whole number of tokens, at least 1"
        _refused(unroll_blocks, message, block=count)


def test_a_rule_without_a_block_form_is_told_what_to_use() -> None:
    message = r"(Oja|SurpriseGate) has no exact block form; use unroll, or one of Hebbian, Delta, GatedDelta, Titans"
    for memory in (Oja(3, 4), SurpriseGate(Delta(3, 4), 1.0)):
        with pytest.raises(ValueError, match=message):
            unroll_blocks(memory, PAIRS, GATES)  # pyright: ignore[reportArgumentType]


class LastValue:
    """A toy memory: its state is one tensor, the last value, and it says so whatever is asked."""

    d_key, d_value = 3, 4

    def __init__(self) -> None:
        self.writes = 0

    @property
    def objective(self) -> Objective:
        return squared_error

    def init(self, batch: int, like: Tensor | None = None) -> Tensor:
        return torch.zeros(batch, 4) if like is None else like.new_zeros(batch, 4)

    def read(self, state: Tensor, queries: Tensor) -> Tensor:
        return state[:, None].expand(*queries.shape[:2], 4)

    def write(self, state: Tensor, pairs: Pairs, gates: Gates) -> Tensor:
        self.writes += 1
        return pairs.values[:, -1]


class TestProbes:
    @pytest.mark.parametrize("name", ["past_surprise", "written"])
    def test_a_memory_without_what_it_measures(self, name: str) -> None:
        toy = LastValue()
        with pytest.raises(ValueError, match=rf"probe '{name}' cannot be answered by LastValue: .*; leave it out, or"):
            unroll(toy, PAIRS, GATES, probes=[probes.surprise, getattr(probes, name)])
        assert toy.writes <= 1, "refused on a trial write, before the stream was read"

    def test_a_toy_memory_answers_the_others(self) -> None:
        recall = probes.recall(PAIRS.keys[0, :2], PAIRS.values[0, :2])
        run = unroll(LastValue(), PAIRS, GATES, probes=[probes.surprise, probes.inner_loss, recall])
        assert {name: signal.values.shape for name, signal in run.trace.items()} == {
            "surprise": (6, 2),
            "inner_loss": (6, 2),
            "recall": (6, 2, 2),
        }

    @both
    def test_writes_counted_where_nothing_gates(self, execute: Execute) -> None:
        with pytest.raises(ValueError, match=r"probe 'written' cannot be answered by Titans: .*written"):
            execute(Titans(3, 4), PAIRS, GATES, probes=[probes.written])

    @both
    @pytest.mark.parametrize(("d_key", "d_value"), [(2, 4), (3, 5)])
    def test_recall_of_another_width(self, execute: Execute, d_key: int, d_value: int) -> None:
        recall = probes.recall(torch.zeros(5, d_key).double(), torch.zeros(5, d_value).double())
        with pytest.raises(ValueError, match=r"probe 'recall' cannot be answered by Titans: .*[25].*; leave it out"):
            execute(Titans(3, 4), PAIRS, GATES, probes=[recall])

    def test_recall_of_keys_without_their_values(self) -> None:
        with pytest.raises(
            ValueError, match=r"values is Tensor \[4, 4\].*as the keys.* \[5, 3\]; give one value per key"
        ):
            probes.recall(torch.zeros(5, 3), torch.zeros(4, 4))

    @both
    def test_two_of_one_name(self, execute: Execute) -> None:
        twice = [probes.surprise, probes.surprise.sampled(2)]
        with pytest.raises(ValueError, match=r"two probes are named 'surprise'; .* rename one"):
            execute(Titans(3, 4), PAIRS, GATES, probes=twice)

    @both
    def test_a_probe_that_loses_the_batch(self, execute: Execute) -> None:
        total = Probe("total", lambda step: step.after.memory.sum(), "")
        with pytest.raises(ValueError, match=r"probe 'total' gave shape \[\] on Titans; one row per write must start"):
            execute(Titans(3, 4), PAIRS, GATES, probes=[total])

    @pytest.mark.parametrize("every", [0, -1])
    def test_every_below_one(self, every: int) -> None:
        with pytest.raises(
            ValueError, match=rf"probe 'surprise': every is {every}; expected a whole number of writes, at least 1"
        ):
            probes.surprise.sampled(every)


class TestState:
    @both
    def test_made_for_another_batch(self, execute: Execute) -> None:
        with pytest.raises(
            ValueError, match=r"state.memory is .*; expected 2 streams, as the keys; start with state=None"
        ):
            execute(Titans(3, 4), PAIRS, GATES, state=Titans(3, 4).init(1, like=PAIRS.keys))

    def test_waiting_tokens_in_blocks(self) -> None:
        waiting = unroll(Titans(3, 4), PAIRS, GATES, period=4).state
        with pytest.raises(ValueError, match=r"tokens that wait for their chunk; finish it with unroll"):
            unroll_blocks(Titans(3, 4), PAIRS, GATES, state=waiting)

    def test_a_rule_of_ones_own_has_no_block_form(self) -> None:
        class Twice(Titans):
            def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
                pushes, directions = super().impulse(memory, pairs, gates)
                return 2 * pushes, directions

        with pytest.raises(ValueError, match=r"Twice has no exact block form; use unroll"):
            unroll_blocks(Twice(3, 4), PAIRS, GATES)


class TestEmptyStreams:
    NOTHING = Pairs(PAIRS.keys[:, :0], PAIRS.values[:, :0])
    STILL = Gates(*(gate[:, :0] for gate in GATES))

    @both
    @pytest.mark.parametrize("read_first", [False, True])
    def test_no_token_changes_nothing(self, execute: Execute, read_first: bool) -> None:
        start = make(3, (2, 1, 3, 4)).state
        asked = [probes.surprise, probes.weights()]
        run = execute(Titans(3, 4), self.NOTHING, self.STILL, state=start, read_first=read_first, probes=asked)
        assert run.outputs.shape == (2, 0, 4)
        assert run.outputs.dtype == torch.float64
        assert all(torch.equal(a, b) for a, b in zip(run.state, start or (), strict=True))
        assert [len(signal.times) for signal in run.trace.values()] == [0, 0]
        assert run.trace.marks == ()

    def test_waiting_tokens_go_on_waiting(self) -> None:
        first = unroll(Titans(3, 4), PAIRS, GATES, period=4)
        assert isinstance(first.state, Pending)
        then = unroll(Titans(3, 4), self.NOTHING, self.STILL, state=first.state, period=4)
        assert then.outputs.shape == (2, 0, 4)
        assert torch.equal(then.state.pairs.keys, PAIRS.keys[:, 4:])


def test_a_tensor_of_another_device_is_named_with_its_own() -> None:
    pairs = Pairs(torch.ones(1, 2, 3), torch.ones(1, 2, 4, device="meta"))
    with pytest.raises(ValueError, match=r"^device of values is 'meta'; expected cpu, as the keys"):
        unroll(Titans(3, 4), pairs, Gates.constant(Pairs(pairs.keys, torch.ones(1, 2, 4))))


class Own:
    """A memory as one writes it in a notebook: only what it must have, and a bare matrix for a state."""

    d_key, d_value = 3, 4

    def init(self, batch: int, like: Tensor | None = None) -> Tensor:
        return torch.zeros(batch, 4, 3)

    def read(self, state: Tensor, queries: Tensor) -> Tensor:
        return queries @ state.mT

    def write(self, state: Tensor, pairs: Pairs, gates: Gates) -> Tensor:
        return state + (gates.inner_lr[..., None] * pairs.values).mT @ pairs.keys


def test_a_state_of_other_streams_is_named_for_a_memory_of_ones_own() -> None:
    pairs = Pairs(torch.ones(2, 5, 3), torch.ones(2, 5, 4))
    said = r"^state is Tensor \[7, 4, 3\] of torch.float32; expected 2 streams, as the keys"
    with pytest.raises(ValueError, match=said):
        unroll(Own(), pairs, Gates.constant(pairs), state=torch.zeros(7, 4, 3))


@pytest.mark.parametrize("period", [1, 2, 4])
def test_a_memory_whose_state_is_a_bare_matrix_goes_on_where_it_was(period: int) -> None:
    case = make(7, (2, 8, 3, 4), state=False)
    pairs, gates = case.pairs, case.gates
    whole = unroll(Own(), pairs, gates, period=period)
    first = unroll(Own(), Pairs(*(x[:, :4] for x in pairs)), Gates(*(x[:, :4] for x in gates)), period=period)
    rest = Pairs(*(x[:, 4:] for x in pairs)), Gates(*(x[:, 4:] for x in gates))
    second = unroll(Own(), *rest, period=period, state=first.state)
    assert torch.equal(torch.cat([first.outputs, second.outputs], 1), whole.outputs)
    assert torch.equal(second.state, whole.state)


class Traced(NamedTuple):
    """A state whose fields have the names that a run has too: an eligibility trace, and a state of something else."""

    memory: Tensor
    trace: Tensor
    state: Tensor


class Eligible(Own):
    """A memory of one's own that writes along a fading trace of its keys."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return Traced(super().init(batch), torch.zeros(batch, 3), torch.zeros(batch))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return super().read(state.memory, queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        trace = 0.5 * state.trace + pairs.keys[:, 0]
        faded = Pairs(trace[:, None], pairs.values)
        return Traced(super().write(state.memory, faded, gates), trace, state.state + 1)


def test_a_state_may_have_fields_of_the_names_that_a_run_has() -> None:
    case = make(7, (2, 8, 3, 4), state=False)
    pairs, gates = case.pairs, case.gates
    memory: Any = Eligible()
    whole = unroll(memory, pairs, gates)
    first = unroll(memory, Pairs(*(x[:, :4] for x in pairs)), Gates(*(x[:, :4] for x in gates)))
    rest = Pairs(*(x[:, 4:] for x in pairs)), Gates(*(x[:, 4:] for x in gates))
    assert torch.equal(unroll(memory, *rest, state=first.state).state.memory, whole.state.memory)
    with pytest.raises(ValueError, match=r"a whole run; give its state: run\.state"):
        unroll(memory, *rest, state=first)
