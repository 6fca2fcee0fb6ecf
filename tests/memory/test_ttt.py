"""Test-time training: the paper's equations and its code, found again; primal and dual form."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nlviz.inner import probes, unroll, unroll_dual
from nlviz.memory import (
    Adam,
    DeepMemory,
    Delta,
    Function,
    Gates,
    Hebbian,
    LayerNorm,
    Memory,
    Pairs,
    inner_rate,
    position_factors,
    silu,
    squared_error,
    ttt_linear,
    ttt_mlp,
)

from ..strategies import make
from .catalogue import leaves, mlp

EXACT = 1e-12
WIDTH, BATCH = 4, 2
PROBES = [probes.surprise, probes.inner_loss, probes.write_norm, probes.memory_norm, probes.past_surprise]


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=_generator(seed))


def _stream(time: int, seed: int = 0) -> tuple[Pairs, Gates, Tensor]:
    case = make(seed, (BATCH, time, WIDTH, WIDTH))
    assert case.queries is not None
    return case.pairs, case.gates, case.queries


def _by_the_equations(weights: list[Tensor], norm: LayerNorm, stream: Any, period: int, mean: bool) -> Tensor:
    """One text after the paper's eq. 4–6: W_t for every token, by autograd of the reconstruction loss, target v − k."""
    (keys, values), lr, queries = stream

    def normed(layers: list[Tensor], x: Tensor) -> Tensor:
        for i, layer in enumerate(layers):
            x = F.gelu(x, approximate="tanh") if i else x
            x = x @ layer[:, :-1].T + layer[:, -1]
        return F.layer_norm(x, (WIDTH,), norm.gain, norm.shift, 1e-6)

    answers, now = [], weights
    for t in range(len(keys)):
        first = t - t % period
        weights = now if t == first else weights
        total = [torch.zeros_like(one) for one in weights]
        for i in range(first, t + 1):
            old = [one.detach().requires_grad_() for one in weights]
            loss = 0.5 * (normed(old, keys[i]) - (values[i] - keys[i])).square().sum()
            total = [a + lr[i] * g for a, g in zip(total, torch.autograd.grad(loss, old), strict=True)]
        share = 1 / (t - first + 1) if mean else 1
        now = [one - share * g for one, g in zip(weights, total, strict=True)]
        answers.append(queries[t] + normed(now, queries[t]))
    return torch.stack(answers)


@pytest.mark.parametrize("position", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["linear", "mlp"])
@pytest.mark.parametrize("execute", [unroll, unroll_dual], ids=["primal", "dual"])
def test_the_papers_equations(kind: str, position: Any, execute: Any) -> None:
    norm = LayerNorm(1 + 0.1 * _randn(WIDTH), 0.1 * _randn(WIDTH, seed=1))
    if kind == "linear":
        initial = [_randn(WIDTH, WIDTH + 1)]
        memory = ttt_linear(WIDTH, initial[0], position=position, norm=norm)
    else:
        initial = [_randn(4 * WIDTH, WIDTH + 1), 0.3 * _randn(WIDTH, 4 * WIDTH + 1, seed=1)]
        memory = ttt_mlp(WIDTH, initial, position=position, norm=norm)
    pairs, gates, queries = _stream(11)
    gates = gates._replace(forget=torch.zeros_like(gates.forget))
    outputs = execute(memory, pairs, gates, queries, period=4).outputs
    for b in range(BATCH):
        stream = [x[b] for x in pairs], gates.inner_lr[b], queries[b]
        expected = _by_the_equations(initial, norm, stream, 4, position == "mean")
        torch.testing.assert_close(outputs[b], expected.detach(), rtol=0, atol=1e-11)


def _plain(initial: Tensor | None = None) -> DeepMemory:
    """The linear model of Theorem 1: no residual, no norm, no bias."""
    return ttt_linear(WIDTH, initial, position="sum", bias=False, norm=None, residual=False)


def test_mini_batches_of_one_token_are_the_delta_rule() -> None:
    pairs, gates, queries = _stream(12)
    still = gates._replace(forget=torch.zeros_like(gates.forget))
    found, expected = (unroll(one, pairs, still, queries).outputs for one in (_plain(), Delta(WIDTH, WIDTH)))
    torch.testing.assert_close(found, expected, rtol=0, atol=EXACT)


@pytest.mark.parametrize("execute", [unroll, unroll_dual])
def test_batch_gradient_descent_is_linear_attention(execute: Any) -> None:
    """Theorem 1; θ = 1 is their η = ½, whose loss has no ½."""
    pairs, _, queries = _stream(12)
    found = execute(_plain(), pairs, Gates.constant(pairs), queries, period=12).outputs
    attention = torch.tril(queries @ pairs.keys.mT) @ pairs.values
    torch.testing.assert_close(found, attention, rtol=0, atol=EXACT)
    hebbian = unroll(Hebbian(WIDTH, WIDTH), pairs, Gates.constant(pairs), queries).outputs
    torch.testing.assert_close(found, hebbian, rtol=0, atol=EXACT)


DUALS: dict[str, Any] = {
    "one matrix": lambda: DeepMemory(WIDTH, WIDTH),
    "one matrix from W_0": lambda: DeepMemory(WIDTH, WIDTH, initial=_randn(WIDTH, WIDTH)),
    "two layers, Titans": lambda: mlp(5, widths=(WIDTH, WIDTH), activation=silu),
    "three layers, decay to zero": lambda: mlp(5, 3, widths=(WIDTH, WIDTH), bias=True, decay="zero"),
    "TTT-Linear": lambda: ttt_linear(WIDTH, _randn(WIDTH, WIDTH + 1)),
    "TTT-MLP": lambda: ttt_mlp(
        WIDTH, [one.double() for one in leaves(ttt_mlp(WIDTH, _generator()).initial)], position=position_factors(20)
    ),
}


@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize("build", DUALS.values(), ids=DUALS)
@settings(max_examples=6)
@given(time=st.integers(1, 13), period=st.integers(1, 7), cut=st.integers(0, 13), still=st.booleans())
def test_primal_is_dual(build: Any, read_first: bool, time: int, period: int, cut: int, still: bool) -> None:
    """Outputs, state and telemetry; in one go and cut anywhere; gates that act and gates that do not."""
    memory, (pairs, gates, queries) = build(), _stream(time)
    gates = Gates.constant(pairs, 0.5) if still else gates
    how: dict[str, Any] = {"period": period, "read_first": read_first, "probes": PROBES}
    primal = unroll(memory, pairs, gates, queries, **how)
    state, outputs = None, []
    for part in (slice(0, min(cut, time)), slice(min(cut, time), time)):
        stream = Pairs(*(x[:, part] for x in pairs)), Gates(*(x[:, part] for x in gates)), queries[:, part]
        run = unroll_dual(memory, *stream, state=state, **how)
        state, outputs = run.state, [*outputs, run.outputs]
    torch.testing.assert_close(torch.cat(outputs, 1), primal.outputs, rtol=0, atol=1e-11)
    for one, other in zip(leaves(state), leaves(primal.state), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)
    whole = unroll_dual(memory, pairs, gates, queries, **how)
    for name in primal.trace:
        found, expected = (torch.from_numpy(run.trace[name].values) for run in (whole, primal))
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-11)
        assert whole.trace[name].times.tolist() == primal.trace[name].times.tolist()


@pytest.mark.parametrize("build", DUALS.values(), ids=DUALS)
def test_primal_and_dual_have_the_same_outer_gradients(build: Any) -> None:
    memory, (pairs, gates, queries) = build(), _stream(9)
    slow = [] if memory.initial is None else list(leaves(memory.initial))
    given_ = [x.requires_grad_() for x in (*pairs, *gates, queries, *slow)]
    found = []
    for execute in (unroll, unroll_dual):
        outputs = execute(memory, pairs, gates, queries, period=4).outputs
        found.append(torch.autograd.grad(outputs.square().sum(), given_, allow_unused=True))
    for one, other in zip(*found, strict=True):
        none = [x is None or not bool(x.any()) for x in (one, other)]
        assert none[0] == none[1]
        if not none[0]:
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)


def test_the_learned_rate() -> None:
    inputs, gate = _randn(BATCH, 5, WIDTH), torch.zeros(WIDTH, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(inner_rate(inputs, gate, base=0.1), torch.full((BATCH, 5), 0.1 / 2 / WIDTH).double())
    assert torch.autograd.gradcheck(lambda one: inner_rate(inputs, one, 0.3), [_randn(WIDTH).requires_grad_()])


def test_the_rate_by_hand() -> None:
    """Halves of σ(½ − 2 + ¼): the width is two."""
    inputs, gate = torch.tensor([[[1.0, 2.0]]]).double(), torch.tensor([0.5, -1.0]).double()
    torch.testing.assert_close(inner_rate(inputs, gate, 0.25), torch.sigmoid(torch.tensor([[-1.25]]).double()) / 2)
    torch.testing.assert_close(inner_rate(inputs, gate), torch.sigmoid(torch.tensor([[-1.5]]).double()) / 2)


def test_what_is_drawn_is_small_and_unbiased() -> None:
    """Normal with deviation 0.02, biases zero; the hidden layer is four times as wide."""
    linear, deep = ttt_linear(64, _generator()), ttt_mlp(32, _generator())
    assert (linear.forms, deep.forms) == (((64, 65),), ((128, 33), (32, 129)))
    for one in leaves((linear.initial, deep.initial)):
        assert not one[:, -1].any()
        assert float(one[:, :-1].std()) == pytest.approx(0.02, rel=0.05)
        assert abs(float(one[:, :-1].mean())) < 0.001
    (plain,) = leaves(ttt_linear(64, _generator(), bias=False).initial)
    assert plain.shape == (64, 64)
    assert float(plain[:, -1].std()) == pytest.approx(0.02, rel=0.3)


def test_position_factors_are_shares_that_may_be_learned() -> None:
    torch.testing.assert_close(position_factors(4), torch.tensor([1, 1 / 2, 1 / 3, 1 / 4]))
    torch.testing.assert_close(position_factors(2, torch.tensor([0.5, -0.7])), torch.tensor([1.5, 0.0]))
    memory, (pairs, gates, queries) = ttt_linear(WIDTH, _generator(), position=position_factors(3)), _stream(6)
    with pytest.raises(ValueError, match=r"position has 3 factors, a chunk 6 tokens; give one for each up to period"):
        unroll(memory, pairs, gates, queries, period=6)
    mean = ttt_linear(WIDTH, _generator())
    torch.testing.assert_close(
        unroll(memory, pairs, gates, queries, period=3).outputs, unroll(mean, pairs, gates, queries, period=3).outputs
    )


def test_a_layer_norm_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"layer norm of nothing has no direction.*give initial=generator"):
        ttt_linear(WIDTH)


def _unknown() -> Function:
    return Function(lambda weights, x: weights[0] @ x, ((WIDTH, WIDTH),))


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        (Delta(WIDTH, WIDTH), "Delta has no dual form; use unroll, or a DeepMemory"),
        (DeepMemory(WIDTH, WIDTH, rule=Adam()), "a DeepMemory with Adam has no dual form; use unroll"),
        (DeepMemory(WIDTH, WIDTH, squared_error, net=_unknown()), "a DeepMemory with Function has no dual form"),
    ],
)
def test_what_has_no_dual_form_is_refused(memory: Memory, message: str) -> None:
    pairs, gates, _ = _stream(3)
    with pytest.raises(ValueError, match=message):
        unroll_dual(memory, pairs, gates)  # pyright: ignore[reportArgumentType]
