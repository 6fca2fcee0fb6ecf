"""Near the limit of stability blocks keep the digits that the token loop keeps, in float32 too."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nlviz import memory
from nlviz.inner import Probe, Step, probes, unroll, unroll_blocks
from nlviz.inner.blocks.unroll_blocks import _system
from nlviz.memory import Delta, Gates, Pairs, Titans

D = 8
NORMS = ("surprise", "past_surprise", "write_norm", "memory_norm")
# The loop's own error is the yardstick. Blocks may lose so many times as much, as measured in near_the_limit.md; below
# FLOOR, a few roundings of a float32, more and fewer are chance.
MULTIPLE, FLOOR = 8, 2e-7


def _stream(keys: str, time: int, seed: int = 0) -> Pairs:
    generator = torch.Generator().manual_seed(seed)
    few, every = torch.randn(3, D, generator=generator), torch.randn(time, D, generator=generator)
    chosen = {
        "one": few[:1].expand(time, D),
        "three": few[torch.randint(3, (time,), generator=generator)],
        "near": few[:1] + 0.01 * every,
        "random": every,
    }[keys]
    return Pairs(F.normalize(chosen, dim=-1)[None], torch.randn(1, time, D, generator=generator))


def _found(execute: Any, rule: Any, pairs: Pairs, gates: Gates, dtype: torch.dtype) -> dict[str, Tensor]:
    """Reads, state, norms and gradients of a run in one precision, in float64."""
    leaves = [x.detach().clone().to(dtype).requires_grad_() for x in (*pairs, *gates)]
    asked = [getattr(probes, name) for name in NORMS]
    run = execute(rule, Pairs(*leaves[:2]), Gates(*leaves[2:]), probes=asked)
    total = run.outputs.square().sum() + run.state.memory.square().sum()
    gradients = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    slopes = dict(zip((*Pairs._fields, *Gates._fields), gradients, strict=True))
    found = {"reads": run.outputs, **run.state._asdict(), **{f"slope of {name}": x for name, x in slopes.items()}}
    return {**{name: x.detach().double() for name, x in found.items()}} | {
        name: torch.tensor(run.trace[name].values).double() for name in NORMS
    }


def _off(found: Tensor, true: Tensor) -> float:
    return float((found - true).abs().max() / true.abs().max().clamp_min(1e-30))


def _check(rule: Any, pairs: Pairs, gates: Gates) -> None:
    """Blocks in float32 are not much further from the float64 loop than the float32 loop is, in anything."""
    true = _found(unroll, rule, pairs, gates, torch.float64)
    loop = _found(unroll, rule, pairs, gates, torch.float32)
    blocks = _found(unroll_blocks, rule, pairs, gates, torch.float32)
    for name in true:
        bound = MULTIPLE * max(FLOOR, _off(loop[name], true[name]))
        assert _off(blocks[name], true[name]) <= bound, name


def test_one_key_at_the_edge_under_momentum() -> None:
    """θ 3.7 of 3.8, 200 writes of one key: reads were off by 2.8e-2 where the loop is off by 4e-6."""
    pairs = _stream("one", 200)
    _check(Titans(D, D), pairs, Gates.constant(pairs, 3.7, momentum=0.9))


@pytest.mark.parametrize("keys", ["one", "near"])
def test_at_999_thousandths_of_the_limit(keys: str) -> None:
    pairs = _stream(keys, 300)
    _check(Titans(D, D), pairs, Gates.constant(pairs, 0.999 * 2 * 1.99, momentum=0.99))
    _check(Delta(D, D), pairs, Gates.constant(pairs, 0.999 * 2))


def test_a_memory_norm_that_cancels() -> None:
    """θ 1 replaces what stands under the key: a block's worth of squares is added up, one value is left."""
    pairs = _stream("one", 200)
    _check(Delta(D, D), pairs, Gates.constant(pairs, 1.0))


@given(
    rule=st.sampled_from(["Delta", "GatedDelta", "Titans"]),
    keys=st.sampled_from(["one", "three", "near", "random"]),
    share=st.sampled_from([0.5, 0.9, 0.99, 0.999]),
    momentum=st.floats(0, 0.99),
    forget=st.floats(0, 0.2),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=25)
def test_anywhere_below_the_limit(
    rule: str, keys: str, share: float, momentum: float, forget: float, seed: int
) -> None:
    pairs = _stream(keys, 100, seed)
    built = getattr(memory, rule)(D, D)
    gates = Gates.constant(pairs, 1.0, momentum, forget)
    gates = gates._replace(inner_lr=share * built.stable_below(gates))
    # the limit is that of one repeated key; what other keys make of momentum may grow for ever
    if float(unroll(built, pairs, gates).outputs.abs().max()) < 1e3:
        _check(built, pairs, gates)


def _is_strained(pairs: Pairs, gates: Gates) -> bool:
    rule = Titans(D, D)
    return _system(rule, pairs, gates, pairs.keys, rule.init(len(pairs.keys), pairs.keys), 64, False).system.is_strained


def test_float64_is_taken_only_where_it_is_needed() -> None:
    pairs = _stream("random", 64)
    assert not _is_strained(pairs, Gates.constant(pairs, 0.3, momentum=0.5))
    assert _is_strained(pairs, Gates.constant(pairs, 2.0, momentum=0.9))
    wide = Pairs(*(x.double() for x in pairs))
    assert not _is_strained(wide, Gates.constant(wide, 2.0, momentum=0.9))


def test_what_leaves_is_in_the_precision_of_the_run() -> None:
    """Also where blocks were solved in float64: outputs, state, signals and the Steps that probes see."""
    pairs = _stream("one", 100)
    gates = Gates.constant(pairs, 3.7, momentum=0.9)
    seen: set[torch.dtype] = set()

    def look(step: Step[Any]) -> Tensor:
        seen.update(x.dtype for x in (*step.pairs, *step.gates, step.error, *step.before, *step.after))
        return step.error[:, 0]

    items = torch.eye(D)[:3], torch.ones(3, D)
    run = unroll_blocks(Titans(D, D), pairs, gates, probes=[Probe("look", look, ""), probes.recall(*items)])
    assert seen == {torch.float32}
    assert {run.outputs.dtype, *(x.dtype for x in run.state)} == {torch.float32}
    assert all(signal.values.dtype == "float32" for signal in run.trace.values())


@pytest.mark.parametrize("read_first", [False, True])
def test_queries_of_ones_own_are_asked_there_too(read_first: bool) -> None:
    pairs, queries = _stream("one", 100), _stream("random", 100, seed=1).keys
    gates = Gates.constant(pairs, 3.7, momentum=0.9)
    assert _is_strained(Pairs(*(x[:, :64] for x in pairs)), Gates(*(x[:, :64] for x in gates)))
    found = unroll_blocks(Titans(D, D), pairs, gates, queries, read_first=read_first).outputs
    wide = Pairs(*(x.double() for x in pairs)), Gates(*(x.double() for x in gates)), queries.double()
    assert _off(found.double(), unroll(Titans(D, D), *wide, read_first=read_first).outputs) < 1e-4


def test_a_stretch_may_need_it_and_the_next_not() -> None:
    """The state crosses from one precision to the other, and back."""
    pairs = Pairs(
        *(torch.cat([x, y, x], 1) for x, y in zip(_stream("one", 4096), _stream("random", 4096), strict=True))
    )
    hard, mild = torch.full((1, 4096), 3.0), torch.full((1, 4096), 0.2)
    gates = Gates.constant(pairs, torch.cat([hard, mild, hard], 1), momentum=0.8, forget=0.1)
    found = unroll_blocks(Titans(D, D), pairs, gates)
    wide = Pairs(*(x.double() for x in pairs)), Gates(*(x.double() for x in gates))
    true = unroll_blocks(Titans(D, D), *wide)
    assert _off(found.outputs.double(), true.outputs) < 1e-5
    assert all(_off(x.double(), y) < 1e-5 for x, y in zip(found.state, true.state, strict=True))
