"""Low precision: what comes in as bfloat16 or float16 is computed in float32, by loop, blocks and dual form alike."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.inner import Pending, probes, unroll, unroll_blocks, unroll_dual
from nlviz.inner.precision import cast, wide
from nlviz.memory import MLP, DeepMemory, Delta, Gates, LinearState, Pairs, Titans
from nlviz.outer import MemoryLayer

D, TIME = 8, 64
LOW = [torch.bfloat16, torch.float16]
ASKED = [probes.surprise, probes.memory_norm, probes.weights(every=5)]


def _deep() -> DeepMemory:
    net = MLP((D,))
    return DeepMemory(D, D, initial=net.draw(D, D, torch.Generator().manual_seed(0)), net=net)


EXECUTIONS = [
    pytest.param(unroll, lambda: Titans(D, D), id="loop"),
    pytest.param(unroll_blocks, lambda: Titans(D, D), id="blocks"),
    pytest.param(unroll_dual, _deep, id="dual"),
]


def _stream(dtype: torch.dtype, seed: int = 0) -> tuple[Pairs, Gates]:
    generator = torch.Generator().manual_seed(seed)
    keys, values = (F.normalize(torch.randn(2, TIME, D, generator=generator), dim=-1) for _ in range(2))
    pairs = Pairs(keys.to(dtype), values.to(dtype))
    return pairs, Gates(*(torch.full((2, TIME), gate, dtype=dtype) for gate in (0.1, 0.5, 0.001)))


def _tensors(tree: Any) -> list[Tensor]:
    return [tree] if isinstance(tree, Tensor) else [one for part in tree for one in _tensors(part)]


@pytest.mark.parametrize("dtype", LOW)
@pytest.mark.parametrize(("execute", "make"), EXECUTIONS)
class TestLowPrecision:
    """The answers are those of the same numbers in float32, rounded once."""

    def test_forwards(self, execute: Any, make: Any, dtype: torch.dtype) -> None:
        pairs, gates = _stream(dtype)
        run = execute(make(), pairs, gates, probes=ASKED)
        true = execute(make(), *cast((pairs, gates), torch.float32), probes=ASKED)
        assert run.outputs.dtype == dtype
        torch.testing.assert_close(run.outputs, true.outputs.to(dtype), rtol=0, atol=0)
        for part, other in zip(_tensors(run.state), _tensors(true.state), strict=True):
            torch.testing.assert_close(part, other, rtol=0, atol=0)
        assert {name: signal.values.dtype.name for name, signal in run.trace.items()} == dict.fromkeys(
            run.trace, "float32"
        )

    def test_backwards(self, execute: Any, make: Any, dtype: torch.dtype) -> None:
        pairs, gates = _stream(dtype)
        leaves = [x.clone().requires_grad_() for x in (*pairs, *gates)]
        loss = execute(make(), Pairs(*leaves[:2]), Gates(*leaves[2:])).outputs.float().square().sum()
        found = torch.autograd.grad(loss, leaves)
        wide_leaves = [x.detach().float().requires_grad_() for x in leaves]
        answers = execute(make(), Pairs(*wide_leaves[:2]), Gates(*wide_leaves[2:])).outputs
        true = torch.autograd.grad(answers.square().sum(), wide_leaves)
        for slope, other in zip(found, true, strict=True):
            assert slope.dtype == dtype
            # the answers were rounded once, so were their slopes
            assert (slope.float() - other).abs().max() < 0.02 * other.abs().max()

    def test_a_stream_may_be_split_anywhere(self, execute: Any, make: Any, dtype: torch.dtype) -> None:
        pairs, gates = _stream(dtype)
        how = {} if execute is unroll_blocks else {"period": 16}
        whole, state, outputs = execute(make(), pairs, gates, **how), None, []
        for part in (slice(0, 23), slice(23, TIME)):
            now, gate = Pairs(*(x[:, part] for x in pairs)), Gates(*(x[:, part] for x in gates))
            run = execute(make(), now, gate, state=state, **how)
            state = run.state
            outputs.append(run.outputs)
        assert isinstance(state, Pending) == isinstance(whole.state, Pending)
        torch.testing.assert_close(torch.cat(outputs, 1), whole.outputs, rtol=0.02, atol=1e-3)

    def test_under_autocast(self, execute: Any, make: Any, dtype: torch.dtype) -> None:
        """Autocast leaves the recurrence alone: the very numbers as without it, whatever mixture comes in."""
        pairs, gates = _stream(torch.float32)
        mixed = Pairs(pairs.keys.to(dtype), pairs.values)
        true = execute(make(), mixed, gates)
        leaf = pairs.values.clone().requires_grad_()
        with torch.autocast("cpu", dtype=dtype):
            run = execute(make(), mixed._replace(values=leaf), gates, probes=ASKED)
            (slope,) = torch.autograd.grad(run.outputs.float().sum(), [leaf])
        assert torch.equal(run.outputs, true.outputs)
        assert torch.isfinite(slope).all()


@pytest.mark.parametrize("execute", [unroll, unroll_blocks])
def test_a_small_forget_gate_acts_in_bfloat16(execute: Any) -> None:
    """1 − .001 is 1 in bfloat16, and after 1,000 tokens e⁻¹ is left."""
    time = 1000
    pairs = Pairs(torch.zeros(1, time, D, dtype=torch.bfloat16), torch.zeros(1, time, D, dtype=torch.bfloat16))
    gates = Gates.constant(pairs, 0.0, forget=torch.tensor(0.001, dtype=torch.bfloat16))
    start = LinearState(torch.ones(1, D, D), torch.zeros(1, D, D))
    run = execute(Titans(D, D), pairs, gates, state=start)
    held = float(torch.tensor(0.001, dtype=torch.bfloat16))
    assert run.state.memory[0, 0, 0] == pytest.approx((1 - held) ** time, rel=1e-4)
    assert run.trace.marks == ()


@pytest.mark.parametrize(("execute", "make"), EXECUTIONS)
def test_a_forget_gate_that_no_float32_can_act_on_is_marked(execute: Any, make: Any) -> None:
    pairs, gates = _stream(torch.float32)
    forget = torch.zeros(2, TIME)
    forget[1, 7:] = 1e-8
    (mark,) = execute(make(), pairs, gates._replace(forget=forget)).trace.marks
    assert (mark.time, mark.kind) == (7, "unheld")
    assert mark.label == (
        "forget 1.0e-08 does nothing from write 7 of stream 1: 1 − forget is 1 in float32; use 0, or float64"
    )
    wide_gates = Gates(*(x.double() for x in gates._replace(forget=forget)))
    assert execute(make(), cast(pairs, torch.float64), wide_gates).trace.marks == ()
    # a rule that forgets nothing has nothing to say about it
    if execute is unroll:
        assert execute(Delta(D, D), pairs, gates._replace(forget=forget)).trace.marks == ()


@pytest.mark.parametrize("execute", [unroll, unroll_blocks])
def test_an_answer_too_large_for_float16_is_marked(execute: Any) -> None:
    """What is computed in float32 may be no float16: an infinity that nobody mentions would be worse."""
    pairs = Pairs(torch.ones(1, 3, 1).half(), torch.full((1, 3, 1), 6e4).half())
    run = execute(Titans(1, 1), pairs, Gates.constant(pairs, 1.0, momentum=1.0))
    assert torch.isinf(run.outputs[0, 1])
    assert [mark.time for mark in run.trace.marks] == [1]


@pytest.mark.parametrize("dtype", LOW)
def test_a_layer_in_low_precision(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    layer, x = MemoryLayer(16, Titans(8, 8)), torch.randn(2, 30, 16)
    expected = layer(x)[0]
    with torch.autocast("cpu", dtype=dtype):
        inside = layer(x)[0]
        inside.float().sum().backward()
    low = layer.to(dtype)(x.to(dtype))[0]
    low.float().sum().backward()
    for found in (inside, low):
        assert (found.float() - expected).abs().max() < 0.05 * expected.abs().max()


@pytest.mark.any_shape
def test_the_widest_wins() -> None:
    low, plain, double = (torch.zeros(1, dtype=one) for one in (torch.bfloat16, torch.float32, torch.float64))
    assert wide(low, None) == torch.float32
    assert wide((low, (plain,)), None) == torch.float32
    assert wide(low, LinearState(plain, double)) == torch.float64


@pytest.mark.any_shape
def test_casting_keeps_the_shape_of_a_nest_and_what_fits_already() -> None:
    state = LinearState(torch.zeros(1), (torch.ones(1, dtype=torch.float64), [torch.zeros(1, dtype=torch.int64)], None))
    found = cast(state, torch.float64)
    assert isinstance(found, LinearState.__origin__)  # pyright: ignore
    assert found.memory.dtype == torch.float64
    assert found.past_surprise[0] is state.past_surprise[0]
    # what counts stays whole
    assert found.past_surprise[1][0] is state.past_surprise[1][0]
    assert found.past_surprise[2] is None
