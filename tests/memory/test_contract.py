"""What every memory promises, whatever its rule: the tests a newcomer's memory gets for free."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import FrozenInstanceError
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz.inner import Unrolled, probes, unroll
from nlviz.memory import DeepMemory, Gates, LinearMemory, Memory, Pairs, SurpriseGate
from nlviz.memory.able import Able
from nlviz.memory.choices import Carried

from ..strategies import make
from .catalogue import D_KEY, D_VALUE, MEMORIES, Build, leaves, obeyed, slow_weights

BATCH, TIME = 3, 9

every_memory = pytest.mark.parametrize("build", MEMORIES.values(), ids=MEMORIES)
every_period = pytest.mark.parametrize("period", [1, 3, 4])
PROBES = (probes.surprise, probes.inner_loss, probes.write_norm, probes.memory_norm, probes.past_surprise)


def _stream(built: Memory[Any], seed: int = 0, time: int = TIME, batch: int = BATCH) -> tuple[Pairs, Gates, Tensor]:
    """Random keys, gates and queries, and values that fit the objective: distributions under cross-entropy."""
    case = make(seed, (batch, time, built.d_key, built.d_value))
    values = case.pairs.values.softmax(-1) if Able(built).objective.unit == "nats" else case.pairs.values
    assert case.queries is not None
    return Pairs(case.pairs.keys, values), case.gates, case.queries


@cache
def _lived(build: Build, batch: int) -> Any:
    built = build()
    pairs, gates, _ = _stream(built, seed=99, batch=batch)
    return unroll(built, pairs, gates).state


def _warm(build: Build, batch: int = BATCH) -> Any:
    """A state that has lived: neither zero nor without past surprise; tensors of one's own."""
    return _map(torch.clone, _lived(build, batch))


def _map(change: Callable[[Tensor], Tensor], of: Any) -> Any:
    """The same tuples with every tensor changed."""
    if not isinstance(of, tuple):
        return change(of) if isinstance(of, Tensor) else of
    return _like(of, [_map(change, part) for part in of])


def _like(of: Any, new: list[Any]) -> Any:
    """The same kind of tuple, named or not, of other parts."""
    return type(of)(*new) if hasattr(of, "_fields") else tuple(new)


def _bit_equal(found: Any, expected: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(leaves(found), leaves(expected), strict=True))


def _close(found: Any, expected: Any, within: float = 1e-12) -> None:
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        torch.testing.assert_close(a, b, rtol=within, atol=within)


def test_every_public_memory_is_here() -> None:
    assert {"Hebbian", "Delta", "GatedDelta", "Titans", "Oja", "DeepMemory", "hard SurpriseGate"} <= set(MEMORIES)


@every_memory
def test_a_memory_stays_as_it_was_made(build: Build) -> None:
    """Two linear ones of the same widths are one rule; what may hold tensors is only ever itself."""
    built = build()
    with pytest.raises(FrozenInstanceError):
        built.d_key = 7  # pyright: ignore[reportAttributeAccessIssue]
    assert len({built, build()}) == (1 if isinstance(built, LinearMemory) else 2)


@every_memory
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shapes_and_dtypes(build: Build, dtype: torch.dtype) -> None:
    built = build()
    pairs, gates, queries = (_map(lambda x: x.to(dtype), part) for part in _stream(built))
    start = built.init(BATCH, like=queries)
    assert built.read(start, queries).shape == (BATCH, TIME, built.d_value)
    after = built.write(start, pairs, gates)
    assert type(after) is type(start)
    for old, new in zip(leaves(start), leaves(after), strict=True):
        assert (new.shape, new.dtype) == (old.shape, dtype)
    run = unroll(built, pairs, gates, queries)
    assert (run.outputs.shape, run.outputs.dtype) == ((BATCH, TIME, built.d_value), dtype)


@every_memory
@pytest.mark.parametrize("differentiable", [False, True])
@every_period
def test_nothing_given_is_changed(build: Build, period: int, differentiable: bool) -> None:
    built = build()
    stream, start = _stream(built), _warm(build)
    given = [x.requires_grad_(differentiable) for x in leaves((*stream, start))] + list(slow_weights(built))
    copies, versions = [x.detach().clone() for x in given], [x._version for x in given]
    run = unroll(built, *stream, state=start, period=period, probes=PROBES)
    if differentiable:
        run.outputs.sum().backward()
    assert [x._version for x in given] == versions
    assert all(torch.equal(x, copy) for x, copy in zip(given, copies, strict=True))


@every_memory
@every_period
def test_streams_of_a_batch_do_not_meet(build: Build, period: int) -> None:
    """Each row alone gives what it gives beside the others, even beside one that has gone wild."""
    built = build()
    pairs, gates, queries = _stream(built)
    wild = torch.tensor([1.0, 1e6, 1.0], dtype=torch.float64)[:, None, None]
    pairs = Pairs(pairs.keys, pairs.values * (1 if Able(built).objective.unit == "nats" else wild))
    start = _warm(build)
    whole = unroll(built, pairs, gates, queries, state=start, period=period)
    alone, *stream = (_map(lambda x: x[2:], of) for of in (start, pairs, gates, queries))
    run = unroll(built, *stream, state=alone, period=period)
    _close(run.outputs, whole.outputs[2:])
    _close(run.state, _map(lambda x: x[2:], whole.state))


@every_memory
@every_period
@pytest.mark.parametrize("read_first", [False, True])
def test_the_future_changes_nothing_earlier(build: Build, period: int, read_first: bool) -> None:
    """A stream that becomes another one at token 1, at token 2, …: each a row of one run."""
    built = build()
    first, then = (_stream(built, seed, batch=1) for seed in (1, 2))
    # the same row of a batch as large is rounded alike, to the bit
    both = [[_splice(first, then, change if turns else TIME) for change in range(1, TIME)] for turns in (False, True)]
    run, turned = (unroll(built, *_beside(rows), period=period, read_first=read_first, probes=PROBES) for rows in both)
    for row, change in enumerate(range(1, TIME)):
        assert torch.equal(run.outputs[row, :change], turned.outputs[row, :change])
        assert not torch.equal(run.outputs[row], turned.outputs[row])
        for name, signal in run.trace.items():
            earlier = signal.times < change
            np.testing.assert_array_equal(signal.values[earlier, row], turned.trace[name].values[earlier, row])


def _splice(first: Any, then: Any, at: int) -> Any:
    if isinstance(first, Tensor):
        return torch.cat([first[:, :at], then[:, at:]], 1)
    return _like(first, [_splice(a, b, at) for a, b in zip(first, then, strict=True)])


def _beside(rows: Sequence[Any]) -> Any:
    """Several streams as one batch."""
    if isinstance(rows[0], Tensor):
        return torch.cat(list(rows))
    return _like(rows[0], [_beside(parts) for parts in zip(*rows, strict=True)])


@every_memory
@every_period
def test_writing_and_forgetting_nothing_changes_nothing(build: Build, period: int) -> None:
    built = build()
    pairs, gates, queries = _stream(built)
    # nested levels start anew from the slower one by themselves: they stand still where all are alike
    start = _still(built.init(BATCH, like=queries) if getattr(built, "joined", "") == "nested" else _warm(build))
    nothing = gates._replace(inner_lr=torch.zeros_like(gates.inner_lr), forget=torch.zeros_like(gates.forget))
    run = unroll(built, pairs, nothing, queries, state=start, period=period)
    whole = run.state if TIME % period == 0 else run.state.state
    _close(_matrices(whole), _matrices(start))
    _close(run.outputs, built.read(start, queries))


def _matrices(state: Any) -> tuple[Tensor, ...]:
    """The matrices of a state, without what a rule knows of the pairs so far: that grows with every token."""
    if isinstance(state, Carried):
        return _matrices(state.past_surprise)
    if isinstance(state, tuple):
        return tuple(matrix for part in state for matrix in _matrices(part))
    return (state,) if isinstance(state, Tensor) and state.dim() == 3 else ()


def _still(state: Any) -> Any:
    """The same state with no past surprise on its way."""
    if "coming" in getattr(state, "_fields", ()):
        state = state._replace(coming=state.memory)
    if "past_surprise" in getattr(state, "_fields", ()):
        return state._replace(past_surprise=_map(torch.zeros_like, state.past_surprise))
    state = state._replace(inner=_still(state.inner))
    return state._replace(candidate=_still(state.candidate)) if getattr(state, "candidate", ()) else state


CUTS = (0, 2, 2, 3, 5, TIME)
"""Where nothing was read, twice at once, after one token, in a chunk, at its end, and where all was read."""


@every_memory
@every_period
@pytest.mark.parametrize("read_first", [False, True])
def test_a_stream_may_be_split_anywhere(build: Build, period: int, read_first: bool) -> None:
    built = build()
    stream, start = _stream(built), _warm(build)
    whole = unroll(built, *stream, state=start, period=period, read_first=read_first, probes=PROBES)
    runs: list[Unrolled] = []
    state = start
    for first, last in zip([0, *CUTS], [*CUTS, TIME], strict=True):
        part = _between(stream, first, last)
        runs.append(unroll(built, *part, state=state, period=period, read_first=read_first, probes=PROBES))
        state = runs[-1].state
    # to the last bit for one matrix; a net's products over fewer rows, and its curves on other strides, may round apart
    within = 0.0 if Able(built).is_map else 1e-12
    _close(state, whole.state, within)
    _close(torch.cat([run.outputs for run in runs], 1), whole.outputs, within)
    for name, signal in whole.trace.items():
        pieces = [run.trace[name] for run in runs if len(run.trace[name].times)]
        times = [run.trace[name].times + first for run, first in zip(runs, [0, *CUTS], strict=True)]
        np.testing.assert_array_equal(np.concatenate(times), signal.times)
        if pieces:
            found = np.concatenate([piece.values for piece in pieces])
            np.testing.assert_allclose(found, signal.values, rtol=within, atol=within)


def _between(stream: tuple[Any, ...], first: int, last: int) -> Iterator[Any]:
    return (_map(lambda x: x[:, first:last], part) for part in stream)


@every_memory
@every_period
def test_looking_changes_nothing(build: Build, period: int) -> None:
    built = build()
    stream = _stream(built)
    recall = probes.recall(stream[0].keys[0], stream[0].values[0])
    plain = unroll(built, *stream, period=period)
    seen = unroll(built, *stream, period=period, probes=[*PROBES, recall, probes.weights(every=2)])
    assert torch.equal(plain.outputs, seen.outputs)
    assert _bit_equal(plain.state, seen.state)
    assert not plain.trace
    assert len(seen.trace) == len(PROBES) + 2
    assert all(np.isfinite(signal.values).all() for signal in seen.trace.values())


@every_memory
@pytest.mark.parametrize("gate", Gates._fields)
def test_a_gate_acts_where_it_is_obeyed_and_only_there(build: Build, gate: str) -> None:
    built = build()
    pairs, gates, queries = _stream(built)
    start = _warm(build)
    moved = gates._replace(**{gate: 0.5 * getattr(gates, gate) + 0.2})
    one, other = (unroll(built, pairs, g, queries, state=start).outputs for g in (gates, moved))
    assert torch.equal(one, other) == (gate not in obeyed(built))


@every_memory
@every_period
def test_outer_gradients_are_right_and_arrive(build: Build, period: int) -> None:
    """Through inner updates, to pairs, gates, queries, the initial state and the memory's own slow weights."""
    built = build()
    (keys, values), gates, queries = _stream(built, time=5, batch=2)
    start = _warm(build, batch=2)
    slow = [weight.requires_grad_() for weight in slow_weights(built)]
    given = [x.detach().clone().requires_grad_() for x in (keys, values, *gates, queries, *leaves(start))]
    sizes, flat = [x.numel() for x in given], torch.cat([x.detach().flatten() for x in given]).requires_grad_()

    def outputs(parts: list[Tensor]) -> Tensor:
        state, _ = _rebuilt(start, parts[6:])
        run = unroll(built, Pairs(*parts[:2]), Gates(*parts[2:5]), parts[5], state=state, period=period)
        return torch.cat([x.flatten() for x in (run.outputs, *(x for x in leaves(run.state) if x.dim() == 3))])

    def of_all(flat: Tensor, *_: Tensor) -> Tensor:
        return outputs([part.view_as(x) for part, x in zip(flat.split(sizes), given, strict=True)])

    # all that a run is given moves at once: what is wrong in a small part must show beside the rest, hence so exact
    assert torch.autograd.gradcheck(of_all, (flat, *slow), fast_mode=True, rtol=1e-6, atol=1e-8)
    found = torch.autograd.grad(outputs(given).square().sum(), [*given, *slow], allow_unused=True)
    names = ["keys", "values", *Gates._fields, "queries"]
    reached = {name for name, g in zip(names, found, strict=False) if g is not None and bool(g.abs().max() > 0)}
    assert reached == {"keys", "values", "queries"} | obeyed(built)
    hard = isinstance(built, SurpriseGate) and built.softness == 0
    assert hard or all(g is not None and bool(g.abs().max() > 0) for g in found[len(found) - len(slow) :])


def _rebuilt(state: Any, tensors: list[Tensor]) -> tuple[Any, list[Tensor]]:
    """A state of the same form from other tensors, and those left over."""
    if isinstance(state, Tensor):
        return tensors[0], tensors[1:]
    if not isinstance(state, tuple):
        return state, tensors
    parts = []
    for part in state:
        new, tensors = _rebuilt(part, tensors)
        parts.append(new)
    return _like(state, parts), tensors


def test_outer_gradients_reach_initial_weights_from_init() -> None:
    slow = torch.randn(D_VALUE, D_KEY, dtype=torch.float64, requires_grad=True)
    built = DeepMemory(D_KEY, D_VALUE, initial=slow)
    pairs, gates, queries = _stream(built, time=4)

    def outputs(initial: Tensor) -> Tensor:
        return unroll(DeepMemory(D_KEY, D_VALUE, initial=initial), pairs, gates, queries).outputs

    assert torch.autograd.gradcheck(outputs, [slow])


@every_memory
@pytest.mark.parametrize("wrong", ["keys", "values", "queries"])
def test_a_wrong_width_is_refused_by_the_memory_itself(build: Build, wrong: str) -> None:
    built = getattr(build(), "gated", build())
    pairs, gates, queries = _stream(built)
    start = built.init(BATCH, like=queries)

    use: Callable[..., Any] = built.read if wrong == "queries" else built.write
    narrow = getattr(pairs, wrong, queries)[..., :-1]
    given = (narrow,) if wrong == "queries" else (pairs._replace(**{wrong: narrow}), gates)
    said = rf"^{wrong} is Tensor .*; expected a last axis \(d_(key|value)\) of \d; .*project"
    with pytest.raises(ValueError, match=said):
        use(start, *given)
