"""Under the transforms of `torch.func`: one call for many rates, slopes of answers, and no look at numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad, jacrev, vmap

from nlviz.inner import probes, unroll, unroll_blocks, unroll_dual
from nlviz.memory import MLP, DeepMemory, Delta, GatedDelta, Gates, Hebbian, LinearState, Pairs, Titans

D = 4


def _deep() -> DeepMemory:
    net = MLP((D,))
    return DeepMemory(D, D, initial=net.draw(D, D, torch.Generator().manual_seed(0)), net=net)


RULES = [(execute, rule) for execute in (unroll, unroll_blocks) for rule in (Hebbian, Delta, GatedDelta, Titans)]
EXECUTIONS = [
    *(pytest.param(execute, rule(D, D), id=f"{execute.__name__} {rule.__name__}") for execute, rule in RULES),
    pytest.param(unroll_dual, _deep(), id="unroll_dual"),
]
RATES = torch.tensor([0.1, 0.5, 0.7], dtype=torch.float64)


def _pairs(dtype: torch.dtype = torch.float64) -> Pairs:
    generator = torch.Generator().manual_seed(0)
    return Pairs(*(F.normalize(torch.randn(2, 16, D, generator=generator, dtype=dtype), dim=-1) for _ in range(2)))


PAIRS = _pairs()
GATES = Gates.constant(PAIRS, 0.1, 0.3, 0.1)


def _each(reads: Callable[[Tensor], Tensor], given: Tensor) -> None:
    """`vmap` gives what one call after the other gives."""
    torch.testing.assert_close(vmap(reads)(given), torch.stack([reads(one) for one in given]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("execute", "memory"), EXECUTIONS)
class TestTransforms:
    """Whatever may be many, is: gates, keys, values, queries; and slopes are those of autograd."""

    @pytest.mark.parametrize("gate", Gates._fields)
    def test_vmap_over_a_gate(self, execute: Any, memory: Any, gate: str) -> None:
        settings = {"inner_lr": 0.1, "momentum": 0.2, "forget": 0.1}
        _each(lambda x: execute(memory, PAIRS, Gates.constant(PAIRS, **(settings | {gate: x}))).outputs, RATES)

    @pytest.mark.parametrize("which", ["keys", "values", "queries"])
    def test_vmap_over_the_stream(self, execute: Any, memory: Any, which: str) -> None:
        given = torch.stack([PAIRS.keys, PAIRS.keys.flip(1), PAIRS.values])

        def reads(x: Tensor) -> Tensor:
            pairs = PAIRS if which == "queries" else PAIRS._replace(**{which: x})
            return execute(memory, pairs, GATES, x if which == "queries" else None).outputs

        _each(reads, given)

    def test_slopes(self, execute: Any, memory: Any) -> None:
        def loss(rate: Tensor) -> Tensor:
            return execute(memory, PAIRS, Gates.constant(PAIRS, rate, 0.3, 0.1)).outputs.square().sum()

        leaf = RATES[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(loss(leaf), [leaf])
        for found in (grad(loss)(RATES[0]), jacrev(loss)(RATES[0]), vmap(grad(loss))(RATES)[0]):
            torch.testing.assert_close(found, slope)

    @pytest.mark.parametrize("transform", [vmap, jacrev])
    def test_probes_are_refused_in_words(self, execute: Any, memory: Any, transform: Any) -> None:
        with pytest.raises(ValueError, match=r"NumPy, which no transform of torch\.func lets through; leave"):
            transform(lambda x: execute(memory, PAIRS, Gates.constant(PAIRS, x), probes=[probes.surprise]).outputs)(
                RATES if transform is vmap else RATES[0]
            )


def test_vmap_over_a_state() -> None:
    for execute in (unroll, unroll_blocks):
        given = torch.stack([torch.eye(D, dtype=torch.float64), torch.ones(D, D, dtype=torch.float64)])

        def reads(x: Tensor, execute: Any = execute) -> Tensor:
            start = x.expand(2, D, D)
            return execute(Titans(D, D), PAIRS, GATES, state=LinearState(start, start)).outputs

        _each(reads, given)


def test_vmap_in_float32_keeps_the_digits_near_the_limit() -> None:
    """What cannot be looked at is solved in float64, to be safe."""
    keys = PAIRS.keys[:, :1].expand(2, 200, D).float()
    pairs = Pairs(keys, torch.randn(2, 200, D, generator=torch.Generator().manual_seed(0)))
    wide = Pairs(*(x.double() for x in pairs))
    rate = torch.tensor([3.7])
    found = vmap(lambda x: unroll_blocks(Titans(D, D), pairs, Gates.constant(pairs, x, 0.9)).outputs)(rate)[0]
    true = unroll(Titans(D, D), wide, Gates.constant(wide, rate.double(), torch.tensor(0.9).double())).outputs
    assert found.dtype == torch.float32
    assert (found - true).abs().max() < 1e-5 * true.abs().max()


@pytest.mark.parametrize("execute", [unroll, unroll_blocks])
def test_probes_are_refused_where_only_the_start_is_transformed(execute: Callable[..., Any]) -> None:
    memory = Delta(D, D)
    pairs = Pairs(*torch.ones(2, 1, 3, D, dtype=torch.float64).unbind())
    start = memory.init(1, like=pairs.keys)

    def answer(first: Tensor) -> Tensor:
        state = start._replace(memory=first)
        return execute(memory, pairs, Gates.constant(pairs), state=state, probes=[probes.surprise]).outputs.sum()

    with pytest.raises(ValueError, match=r"^probes are \['surprise'\]; signals leave as NumPy"):
        grad(answer)(start.memory)
