"""The family of linear rules: gates by channel, rules of one's own, and lines that are one another's special cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nlviz import inner, memory
from nlviz.inner import unroll, unroll_blocks
from nlviz.memory import Choices, Gates, LinearRule, LinearState, Pairs

from .. import reference
from ..strategies import Case, cases, make
from .executors import NORMS, by_token, in_blocks, same
from .test_equality import _check_against_numpy, _probes

RUNS = (unroll, unroll_blocks)


class Own(LinearRule):
    """Every choice at once, and nobody's: momentum, an output gate, keep by channel, other keys to erase than write."""

    obeys = frozenset({"inner_lr", "momentum", "forget"})
    by_channel = frozenset({"inner_lr", "forget"})

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        theta = gates.inner_lr if gates.inner_lr.dim() > 2 else gates.inner_lr[..., None]
        return Choices(
            write=theta * pairs.keys,
            target=0.5 * pairs.values,
            inner_lr=torch.ones_like(gates.momentum),
            erase=pairs.keys.flip(-1),
            recalled=0.5 + 0.5 * gates.momentum,
            keep=1 - gates.forget,
            momentum=gates.momentum,
            output=1 - 0.5 * gates.momentum,
            known=(0.25 * pairs.values, pairs.keys.roll(1, -1)),
        )


def own(M: Any, S: Any, k: Any, v: Any, lr: Any, momentum: float, forget: Any) -> tuple[Any, Any]:
    """The same as a line of NumPy."""
    e = (0.5 + 0.5 * momentum) * M @ k[::-1] - 0.5 * v
    S = momentum * S - np.outer(e, lr * k)
    kept = M @ np.diag((1 - forget) * np.ones(len(k)))
    return kept + (1 - 0.5 * momentum) * S + 0.25 * np.outer(v, np.roll(k, 1)), S


RULES: dict[str, Any] = {
    "KDA": memory.KDA,
    "GDN2": memory.GDN2,
    "RWKV7": memory.RWKV7,
    "Own": Own,
}
LINES: dict[str, Any] = {**reference.RULES, "Own": own}


def by_channel(case: Case, names: Any, seed: int) -> Case:
    """The case with these gates by channel, edges among them."""
    rng = np.random.default_rng(seed)

    def wide(gate: Tensor) -> Tensor:
        drawn = rng.random((*gate.shape, case.pairs.keys.shape[-1]))
        edged = np.where(rng.random(drawn.shape) < 0.3, np.round(drawn), drawn)
        return torch.tensor(edged)

    return case._replace(gates=case.gates._replace(**{name: wide(getattr(case.gates, name)) for name in sorted(names)}))


def built(name: str, case: Case) -> Any:
    return RULES[name](case.pairs.keys.shape[-1], case.pairs.values.shape[-1])


def run_by_numpy(name: str, case: Case) -> reference.Run:
    lines = reference.RULES
    try:
        lines[name] = LINES[name]
        return reference.run(name, **case.arrays())
    finally:
        if name == "Own":
            del lines[name]


@pytest.mark.parametrize("name", RULES)
@given(case=cases(), seed=st.integers(0, 99), channels=st.sampled_from([set(), {"forget"}, {"inner_lr", "forget"}]))
@settings(max_examples=40)
def test_loop_blocks_and_numpy_agree_by_channel(name: str, case: Case, seed: int, channels: set[str]) -> None:
    rule = built(name, case)
    case = by_channel(case, channels & rule.by_channel, seed)
    expected = run_by_numpy(name, case)
    asked = _probes(rule)
    # a probe of the tests multiplies with a gate that has channels here
    asked = [probe for probe in asked if probe.name != "pull"]
    loop, blocks = (execute(rule, case, asked) for execute in (by_token, in_blocks))
    for run in (loop, blocks):
        _check_against_numpy(rule, case, run, expected)
    for signal in loop.trace:
        if signal != "recall":
            same(blocks.trace[signal].values, loop.trace[signal].values, signal)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("read_first", [False, True])
def test_gradients_of_everything_a_rule_takes(name: str, read_first: bool) -> None:
    case = make(5, (2, 9, 3, 4), read_first=read_first, block=4)
    rule = built(name, case)
    case = by_channel(case, rule.by_channel, 3)
    assert case.state is not None
    assert case.queries is not None
    given = [*case.pairs, *(gate.clamp(0.05, 0.95) for gate in case.gates), case.queries, *case.state]
    found = []
    for run in RUNS:
        leaves = [one.clone().requires_grad_() for one in given]
        pairs, gates, state = Pairs(*leaves[:2]), Gates(*leaves[2:5]), LinearState(*leaves[6:])
        how: dict[str, Any] = {"block": 4} if run is unroll_blocks else {}
        done = run(rule, pairs, gates, leaves[5], state=state, read_first=read_first, **how)
        total = done.outputs.square().sum() + done.state.memory.sin().sum() + done.state.past_surprise.cos().sum()
        found.append(torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True))
    for loop, blocks in zip(*found, strict=True):
        torch.testing.assert_close(blocks, loop, rtol=1e-8, atol=1e-8)


CASE = make(7, (2, 21, 4, 3), queries=True)


def both(rule: Any, gates: Gates, pairs: Pairs = CASE.pairs, state: Any = CASE.state) -> list[inner.Unrolled]:
    return [run(rule, pairs, gates, CASE.queries, state=state) for run in RUNS]


@pytest.mark.parametrize(
    ("one", "other", "change"),
    [
        (memory.KDA(4, 3), memory.GatedDelta(4, 3), {}),
        (memory.KDA(4, 3), memory.GatedDelta(4, 3), {"forget"}),
        (memory.GDN2(4, 3), memory.GatedDelta(4, 3), {}),
        (memory.GDN2(4, 3), memory.GatedDelta(4, 3), {"forget", "inner_lr"}),
        (memory.GDN2(4, 3, erase=0.0), memory.Hebbian(4, 3), {}),
        (memory.MomentumDelta(4, 3), memory.GatedDelta(4, 3), {"no momentum"}),
        (memory.MomentumDelta(4, 3), memory.Titans(4, 3), {"no forgetting"}),
        (memory.Comba(4, 3, softer=0.0), memory.Hebbian(4, 3), {}),
        (memory.Comba(4, 3), memory.Titans(4, 3), {"no momentum"}),
        (memory.RWKV7(4, 3), memory.Comba(4, 3), {}),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, LinearRule) else ",".join(sorted(x)) or "as it is",
)
def test_a_line_is_another_s_special_case(one: Any, other: Any, change: set[str]) -> None:
    """With equal channels, with no momentum, with nothing forgotten: the other rule's states and reads."""
    gates = CASE.gates
    gates = gates._replace(momentum=0 * gates.momentum) if "no momentum" in change else gates
    gates = gates._replace(forget=0 * gates.forget) if "no forgetting" in change else gates
    wide = {name: getattr(gates, name)[..., None].expand(-1, -1, 4) for name in change if name in gates._fields}
    for found, expected in zip(both(one, gates._replace(**wide)), both(other, gates), strict=True):
        torch.testing.assert_close(found.outputs, expected.outputs, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(found.state.memory, expected.state.memory, rtol=1e-12, atol=1e-12)


def test_an_output_gate_is_how_much_of_the_past_surprise_lands() -> None:
    for run in both(memory.MomentumDelta(4, 3, output=0.0), CASE.gates):
        kept = (1 - CASE.gates.forget).prod(1)
        assert CASE.state is not None
        torch.testing.assert_close(run.state.memory, kept[:, None, None] * CASE.state.memory)


def test_an_output_gate_that_is_the_same_for_all_tokens_is_a_smaller_theta() -> None:
    smaller = CASE.gates._replace(inner_lr=0.25 * CASE.gates.inner_lr)
    assert CASE.state is not None
    less: Any = CASE.state
    # what is on its way is scaled with it
    given = less._replace(past_surprise=4 * less.past_surprise)
    for gate, theta in zip(
        both(memory.MomentumDelta(4, 3, output=0.25), CASE.gates, state=given),
        both(memory.MomentumDelta(4, 3), smaller, state=less),
        strict=True,
    ):
        torch.testing.assert_close(gate.outputs, theta.outputs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_recursive_least_squares_is_ridge_regression(weighted: bool) -> None:
    """After every token, from zero: (Σ θ v kᵀ)(Σ θ k kᵀ + ridge I)⁻¹; by the loop, in blocks, and split anywhere."""
    rule, (keys, values) = memory.RecursiveLeastSquares(4, 3, ridge=0.3), CASE.pairs
    theta = CASE.gates.inner_lr.round(decimals=1) if weighted else torch.ones_like(CASE.gates.inner_lr)
    gates = Gates.constant(CASE.pairs, theta)
    weighted_values = theta[..., None] * values
    for run in (unroll, unroll_blocks):
        state, reads = None, []
        for part in (slice(0, 5), slice(5, 6), slice(6, 21)):
            now = Pairs(keys[:, part], values[:, part]), Gates(*(one[:, part] for one in gates)), keys[:, part]
            done = run(rule, *now, state=state)
            state = done.state
            reads.append(done.outputs)
        solved = [
            torch.linalg.solve(
                (theta[:, :t, None] * keys[:, :t]).mT @ keys[:, :t] + 0.3 * torch.eye(4, dtype=torch.float64),
                keys[:, :t].mT @ weighted_values[:, :t],
            )
            for t in range(1, 22)
        ]
        torch.testing.assert_close(done.state.memory.mT, solved[-1], rtol=1e-10, atol=1e-10)
        expected = torch.stack([keys[:, t][:, None] @ one for t, one in enumerate(solved)], 1)[:, :, 0]
        torch.testing.assert_close(torch.cat(reads, 1), expected, rtol=1e-10, atol=1e-10)


def test_what_recursive_least_squares_measures_is_what_the_loop_measures() -> None:
    rule, asked = memory.RecursiveLeastSquares(4, 3), [getattr(inner.probes, name) for name in NORMS]
    loop, blocks = (run(rule, CASE.pairs, CASE.gates, CASE.queries, probes=asked) for run in RUNS)
    for name, signal in loop.trace.items():
        same(blocks.trace[name].values, signal.values, name)


@pytest.mark.parametrize("rule", [memory.Delta(4, 3), memory.Titans(4, 3), memory.SurpriseGate(memory.Oja(4, 3), 0.1)])
def test_a_rule_without_channels_refuses_them_in_words(rule: Any) -> None:
    gates = Gates.constant(CASE.pairs, forget=torch.full((1, 1, 4), 0.5))
    kind = type(rule).__name__
    with pytest.raises(ValueError, match=rf"forget is .*; expected one number a token, .*, for {kind}; KDA"):
        unroll(rule, CASE.pairs, gates)
    with pytest.raises(ValueError, match=r"forget is .*; KDA"):
        rule.write(rule.init(2, CASE.pairs.keys), CASE.pairs, gates)


def test_a_surprise_gate_passes_channels_on() -> None:
    gates = by_channel(CASE, {"forget", "inner_lr"}, 1).gates
    rule = memory.GDN2(4, 3)
    found, expected = (unroll(one, CASE.pairs, gates) for one in (memory.SurpriseGate(rule, -1.0), rule))
    torch.testing.assert_close(found.outputs, expected.outputs)


def test_channels_that_are_not_the_key_s_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"forget is .*; expected .* broadcasts to \[batch, time, d_key\] = \[2, 21, 4\]"
    ):
        Gates.constant(CASE.pairs, forget=torch.full((1, 1, 5), 0.5))
    with pytest.raises(ValueError, match=r"momentum is .* broadcasts to \[batch, time\]"):
        Gates.constant(CASE.pairs, momentum=torch.full((1, 1, 4), 0.5))
    forget = torch.zeros(2, 21, 4)
    forget[1, 3, 2] = 1.5
    gates = Gates.constant(CASE.pairs, forget=forget)
    with pytest.raises(ValueError, match=r"forget at batch 1, token 3 is 1.5; expected a share"):
        unroll(memory.KDA(4, 3), CASE.pairs, gates)
