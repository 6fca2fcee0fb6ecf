"""Omega: a window of errors at one memory, by the loop, in blocks and in NumPy; and pairs at once as such."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nlviz import inner, memory
from nlviz.inner import Unrolled, probes, unroll, unroll_blocks
from nlviz.memory import Choices, Gates, LinearRule, LinearState, Omega, Pairs, State
from nlviz.memory.choices import Carried, carried
from nlviz.memory.omega import Window

from .. import reference
from ..strategies import Case, cases, make
from .executors import by_token, in_blocks, same
from .test_equality import _check_against_numpy, _check_recall, _probes
from .test_family import by_channel

RUNS = (unroll, unroll_blocks)


def told_before(case: Case, tokens: int, seed: int) -> Window:
    """So many pairs from before the stream, some of them with θ = 0."""
    rng = np.random.default_rng(seed)
    batch, _, d_key = case.pairs.keys.shape
    keys, values = (rng.normal(size=(batch, tokens, width)) for width in (d_key, case.pairs.values.shape[-1]))
    rates = rng.random((batch, tokens)) * (rng.random((batch, tokens)) < 0.7)
    return Window(*(torch.tensor(one) for one in (0.5 * keys, values, rates)))


def warm(case: Case, window: int, seed: int) -> Case:
    """The case with pairs in the window that its state carries, if it has a state."""
    if case.state is None or window == 1:
        return case
    told = told_before(case, window - 1, seed)
    held: Any = State(case.state.memory, Carried(case.state.past_surprise, told))
    return case._replace(state=held)


def plain(run: Unrolled) -> Unrolled:
    """The run with M and S alone for its state."""
    return run._replace(state=LinearState(run.state.memory, carried(run.state.past_surprise)[0]))


def by_numpy(case: Case, window: int, fade: float) -> reference.Run:
    past, told = (None, None) if case.state is None else carried(case.state.past_surprise)
    bare = case if case.state is None else case._replace(state=LinearState(case.state.memory, past))
    before = None if told is None else tuple(one.numpy() for one in told)
    return reference.omega(window, fade, **bare.arrays(), told=before)


def check(case: Case, window: int, fade: float, leave_out: str = "") -> None:
    rule = Omega(case.pairs.keys.shape[-1], case.pairs.values.shape[-1], window, fade)
    expected = by_numpy(case, window, fade)
    asked = [probe for probe in _probes(rule) if probe.name != leave_out]
    loop, blocks = (execute(rule, case, asked) for execute in (by_token, in_blocks))
    for run in (plain(loop), plain(blocks)):
        _check_against_numpy(rule, case, run, expected)
        _check_recall(rule, run, expected)
    assert blocks.trace.marks == loop.trace.marks
    for name, signal in loop.trace.items():
        if name != "recall":
            same(blocks.trace[name].values, signal.values, name)
    if window > 1:
        for found, one in zip(blocks.state.past_surprise.known, loop.state.past_surprise.known, strict=True):
            assert torch.equal(found, one)


@given(
    case=cases(),
    seed=st.integers(0, 99),
    window=st.integers(1, 6),
    fade=st.sampled_from([0.0, 0.5, 1.0]),
    wide=st.booleans(),
)
@settings(max_examples=60)
def test_loop_blocks_and_numpy_agree(case: Case, seed: int, window: int, fade: float, wide: bool) -> None:
    case = by_channel(warm(case, window, seed), {"forget"} if wide else set(), seed)
    # a probe of the tests multiplies with a gate that has channels here
    check(case, window, fade, leave_out="pull" if wide else "")


@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize(
    ("time", "width", "block", "keys", "gates", "window"),
    [
        (300, 16, 64, "unit", ("random", "random", "edges"), 4),
        (130, 8, 37, "sparse", ("edges", "edges", "edges"), 3),
        (90, 12, 2, "two keys", ("constant", "zero", "zero"), 7),
    ],
)
def test_long_streams_agree(
    read_first: bool, time: int, width: int, block: int, keys: str, gates: tuple[str, str, str], window: int
) -> None:
    case = make(time, (2, time, width, width + 3), keys, gates, block=block, read_first=read_first, queries=False)
    # a fifth of the rate: of one key the window's rates add up
    case = case._replace(gates=case.gates._replace(inner_lr=case.gates.inner_lr / 5))
    check(warm(case, window, 3), window, 0.9)


@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_gradients_of_everything_it_takes(read_first: bool, wide: bool) -> None:
    """The pairs that wait in the window among them."""
    case = by_channel(make(5, (2, 9, 3, 4), read_first=read_first), {"forget"} if wide else set(), 3)
    assert case.state is not None
    assert case.queries is not None
    rule, told = Omega(3, 4, window=3, fade=0.7), told_before(case, 2, 4)
    gates = [gate.clamp(0.05, 0.95) for gate in case.gates]
    found = []
    for run in RUNS:
        leaves = [x.clone().requires_grad_() for x in (*case.pairs, *gates, case.queries, *case.state, *told)]
        state = State(leaves[6], Carried(leaves[7], Window(*leaves[8:])))
        given = Pairs(*leaves[:2]), Gates(*leaves[2:5]), leaves[5]
        how: dict[str, Any] = {"block": 6} if run is unroll_blocks else {}
        done = run(rule, *given, state=state, read_first=read_first, **how)
        past, known = carried(done.state.past_surprise)
        total = done.outputs.square().sum() + done.state.memory.sin().sum() + past.cos().sum()
        total = total + sum(one.sin().sum() for one in known)
        found.append(torch.autograd.grad(total, leaves))
    for loop, blocks in zip(*found, strict=True):
        assert bool(loop.any())
        torch.testing.assert_close(blocks, loop, rtol=1e-8, atol=1e-8)


@given(case=cases(), data=st.data(), window=st.integers(1, 5))
@settings(max_examples=40)
def test_blocks_carry_on_where_they_stopped(case: Case, data: st.DataObject, window: int) -> None:
    time, case = case.pairs.keys.shape[1], warm(case, window, 8)
    cuts = sorted(data.draw(st.lists(st.integers(0, time), max_size=3)))
    rule = Omega(case.pairs.keys.shape[-1], case.pairs.values.shape[-1], window, 0.8)
    whole, state, outputs, norms = in_blocks(rule, case, [probes.write_norm]), case.state, [], []
    for first, last in zip([0, *cuts], [*cuts, time], strict=True):
        part = slice(first, last)
        piece = case._replace(
            pairs=Pairs(*(x[:, part] for x in case.pairs)),
            gates=Gates(*(x[:, part] for x in case.gates)),
            queries=None if case.queries is None else case.queries[:, part],
            state=state,
        )
        run = in_blocks(rule, piece, [probes.write_norm])
        state = run.state
        outputs.append(run.outputs)
        norms.extend(run.trace["write_norm"].values.tolist())
    same(torch.cat(outputs, 1), whole.outputs, "outputs")
    same(norms, whole.trace["write_norm"].values, "write_norm")
    for found, expected in zip(tensors(state), tensors(whole.state), strict=True):
        same(found, expected, "state")


def tensors(state: Any) -> list[Tensor]:
    return [state] if isinstance(state, Tensor) else [one for part in state for one in tensors(part)]


CASE = make(7, (2, 21, 4, 3))


def test_streams_of_a_batch_do_not_meet_in_blocks() -> None:
    case, rule = warm(CASE, 3, 1), Omega(4, 3, window=3)
    assert case.state is not None
    wild = case.pairs._replace(values=case.pairs.values * torch.tensor([1e6, 1.0])[:, None, None])
    whole = unroll_blocks(rule, wild, case.gates, case.queries, state=case.state, block=7)
    memory0, (past0, told) = case.state.memory[1:], carried(case.state.past_surprise)
    alone: Any = State(memory0, Carried(past0[1:], Window(*(one[1:] for one in told))))
    assert case.queries is not None
    second = Pairs(*(x[1:] for x in wild)), Gates(*(x[1:] for x in case.gates)), case.queries[1:]
    found = unroll_blocks(rule, *second, state=alone, block=7)
    torch.testing.assert_close(found.outputs, whole.outputs[1:], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("run", RUNS)
def test_a_window_of_one_is_titans_and_delta_to_the_bit(run: Any) -> None:
    given = CASE.pairs, CASE.gates, CASE.queries
    one, titans = (run(rule, *given, state=CASE.state) for rule in (Omega(4, 3, window=1), memory.Titans(4, 3)))
    assert torch.equal(one.outputs, titans.outputs)
    assert all(torch.equal(a, b) for a, b in zip(one.state, titans.state, strict=True))
    plain_gates = CASE.gates._replace(momentum=0 * CASE.gates.momentum, forget=0 * CASE.gates.forget)
    one, delta = (run(rule, CASE.pairs, plain_gates) for rule in (Omega(4, 3, window=1), memory.Delta(4, 3)))
    if run is unroll:
        assert torch.equal(one.outputs, delta.outputs)
    torch.testing.assert_close(one.outputs, delta.outputs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one.state.memory, delta.state.memory, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("run", RUNS)
def test_a_window_that_fades_at_once_is_titans(run: Any) -> None:
    faded = run(Omega(4, 3, window=5, fade=0.0), CASE.pairs, CASE.gates, CASE.queries)
    titans = run(memory.Titans(4, 3), CASE.pairs, CASE.gates, CASE.queries)
    torch.testing.assert_close(faded.outputs, titans.outputs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(faded.state.memory, titans.state.memory, rtol=1e-12, atol=1e-12)


def test_several_tokens_at_a_time_take_every_error_from_the_same_old_memory() -> None:
    """Without momentum and forgetting: M − Σ_t Σ_i θ_i fade^(t−i) (M k_i − v_i) k_iᵀ, all at the first M."""
    gates = Gates.constant(CASE.pairs, CASE.gates.inner_lr)
    rule = Omega(4, 3, window=3, fade=0.5)
    assert CASE.state is not None
    start = State(CASE.state.memory, rule.init(2, CASE.pairs.keys).past_surprise)
    found = rule.write(start, CASE.pairs, gates).memory
    times = torch.tensor([1 + (0.5 if t < 20 else 0) + (0.25 if t < 19 else 0) for t in range(21)])
    errors = CASE.pairs.keys @ CASE.state.memory.mT - CASE.pairs.values
    pushes = (times * gates.inner_lr)[..., None] * errors
    torch.testing.assert_close(found, CASE.state.memory - pushes.mT @ CASE.pairs.keys)


@pytest.mark.parametrize(("largest", "grows"), [(1.9, False), (2.1, True)])
def test_the_window_s_loss_does_not_grow_below_its_largest_eigenvalue(largest: float, grows: bool) -> None:
    """One step on a window of five random keys, from an error along the steepest direction."""
    keys = torch.tensor(np.random.default_rng(2).normal(size=(1, 5, 4)))
    weights = 0.8 ** torch.arange(4, -1, -1, dtype=torch.float64)
    values, vectors = torch.linalg.eigh((weights[:, None] * keys[0]).T @ keys[0])
    pairs = Pairs(keys, torch.zeros(1, 5, 1, dtype=torch.float64))
    theta = largest / float(values[-1])
    rule, start = Omega(4, 1, window=5, fade=0.8), vectors[:, -1][None, None]
    told = Window(keys[:, :4], pairs.values[:, :4], torch.full((1, 4), theta, dtype=torch.float64))
    newest = Pairs(keys[:, 4:], pairs.values[:, 4:])
    state: Any = State(start, Carried(torch.zeros_like(start), told))
    after = rule.write(state, newest, Gates.constant(newest, theta)).memory
    before, then = ((weights * (keys[0] @ one[0, 0]).square()).sum() for one in (start, after))
    assert bool(then > before) == grows


def test_a_state_of_another_window_is_refused_in_words() -> None:
    state = Omega(4, 3, window=3).init(2, CASE.pairs.keys)
    for run in RUNS:
        with pytest.raises(
            ValueError, match=r"state.past_surprise.known.keys is .*; expected \[2, 4, 4\], as this Omega"
        ):
            run(Omega(4, 3, window=5), CASE.pairs, CASE.gates, state=state)
        with pytest.raises(ValueError, match=r"state.past_surprise is"):
            run(Omega(4, 3, window=3), CASE.pairs, CASE.gates, state=CASE.state)


def test_it_says_where_and_why_it_diverged_and_keeps_its_digits_below() -> None:
    """One key: the window's rates add up, so the limit is that of Titans by three; in float32, just below it."""
    one_key = Pairs(torch.tensor([0.6, 0.8]).expand(1, 300, 2), torch.ones(1, 300, 3))
    rule, gates = Omega(2, 3, window=3), Gates.constant(one_key, 0.9, 0.5)
    loop, blocks = (run(rule, one_key, gates) for run in RUNS)
    assert loop.trace.marks == blocks.trace.marks == ()
    wild = gates._replace(inner_lr=0 * gates.inner_lr + 1.2)
    loop, blocks = (run(rule, one_key, wild) for run in RUNS)
    assert loop.trace.marks == blocks.trace.marks
    assert "inner_lr·‖k‖² = 1.2 ≥ 1" in loop.trace.marks[0].label
    assert torch.equal(loop.outputs.isfinite(), blocks.outputs.isfinite())
    near = Gates.constant(one_key, 0.999 * 2 * 1.9 / 3, 0.9)
    true = unroll(rule, Pairs(*(x.double() for x in one_key)), Gates(*(x.double() for x in near))).outputs
    off = [float((run(rule, one_key, near).outputs - true).abs().max() / true.abs().max()) for run in RUNS]
    assert off[1] <= 6 * max(off[0], 1e-7)


def test_no_token_changes_nothing() -> None:
    case, rule = warm(CASE, 3, 1), Omega(4, 3, window=3)
    nothing = Pairs(*(x[:, :0] for x in case.pairs)), Gates(*(x[:, :0] for x in case.gates))
    for run in RUNS:
        found = run(rule, *nothing, state=case.state)
        assert all(torch.equal(a, b) for a, b in zip(tensors(found.state), tensors(case.state), strict=True))


class Twins(LinearRule):
    """Every token writes two pairs at once, and has every other choice besides: nobody's rule."""

    obeys = frozenset({"inner_lr", "momentum", "forget"})
    by_channel = frozenset({"forget"})
    at_once = 2

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        other = torch.stack([pairs.keys, pairs.keys.flip(-1)], 2).flatten(1, 2)
        return Choices(
            write=other,
            target=self.each_pair(pairs.values),
            inner_lr=0.5 * self.each_pair(gates.inner_lr),
            erase=other.roll(1, -1),
            recalled=self.each_pair(0.5 + 0.5 * gates.momentum),
            keep=1 - gates.forget,
            momentum=gates.momentum if self.d_key > 2 else None,
            output=1 - 0.5 * gates.momentum,
            known=(0.25 * pairs.values, pairs.keys.roll(1, -1)),
        )


def twins(M: Any, S: Any, k: Any, v: Any, lr: float, momentum: float, forget: Any) -> tuple[Any, Any]:
    """The same as a line of NumPy."""
    S = (momentum if len(k) > 2 else 0) * S
    for key in (k, k[::-1]):
        S = S - 0.5 * lr * np.outer((0.5 + 0.5 * momentum) * M @ np.roll(key, 1) - v, key)
    kept = M @ np.diag((1 - forget) * np.ones(len(k)))
    return kept + (1 - 0.5 * momentum) * S + 0.25 * np.outer(v, np.roll(k, 1)), S


@given(case=cases(), seed=st.integers(0, 99), wide=st.booleans())
@settings(max_examples=40)
def test_a_rule_of_ones_own_that_writes_two_pairs_at_once(case: Case, seed: int, wide: bool) -> None:
    case = by_channel(case, {"forget"} if wide else set(), seed)
    rule = Twins(case.pairs.keys.shape[-1], case.pairs.values.shape[-1])
    asked = [probe for probe in _probes(rule) if probe.name != "pull"]
    try:
        reference.RULES["Twins"] = twins
        expected = reference.run("Twins", **case.arrays())
    finally:
        del reference.RULES["Twins"]
    for execute in (by_token, in_blocks):
        _check_against_numpy(rule, case, execute(rule, case, asked), expected)


def test_the_influence_of_pairs_at_once_adds_up() -> None:
    class Two(LinearRule):
        obeys = frozenset({"inner_lr"})
        at_once = 2

        def choices(self, pairs: Pairs, gates: Gates) -> Choices:
            keys = torch.stack([pairs.keys, pairs.keys.flip(-1)], 2).flatten(1, 2)
            return Choices(keys, self.each_pair(pairs.values), self.each_pair(gates.inner_lr), erase=keys)

    given = CASE.pairs, CASE.gates, CASE.queries
    found = inner.influence(Two(4, 3), *given)
    torch.testing.assert_close(found.parts.sum(-2), unroll(Two(4, 3), *given).outputs, rtol=1e-10, atol=1e-10)
