"""A stream is solved in stretches of blocks that fit a cache: where one ends and the next begins must not show."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.inner import Unrolled, probes, unroll, unroll_blocks
from nlviz.inner.blocks.unroll_blocks import STRETCH
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, Pairs, Titans

# so many streams at once that a stretch is a single block of 64, or two of 32
BATCH, TIME, WIDTH = STRETCH // 64**2, 150, 3
ASKED = (
    *(probes.surprise, probes.past_surprise, probes.write_norm, probes.memory_norm),
    *(probes.inner_loss.sampled(7), probes.weights(every=50)),
)


def _leaves() -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    normal = [torch.randn(BATCH, TIME, WIDTH, generator=generator, dtype=torch.float64) for _ in range(3)]
    gates = [torch.rand(BATCH, TIME, generator=generator, dtype=torch.float64) for _ in range(3)]
    keys, values, queries = F.normalize(normal[0], dim=-1), normal[1], normal[2]
    return [leaf.requires_grad_() for leaf in (keys, values, queries, *gates)]


def _same(found: Tensor, expected: Tensor, tolerance: float = 1e-10) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("rule", [Hebbian, Delta, GatedDelta, Titans])
@pytest.mark.parametrize("block", [32, 64])
def test_seams_do_not_show(rule: type[LinearMemory], block: int) -> None:
    leaves = _leaves()
    keys, values, queries, inner_lr, momentum, forget = leaves
    arguments = rule(WIDTH, WIDTH), Pairs(keys, values), Gates(inner_lr, momentum, forget), queries

    def gradients(run: Unrolled) -> tuple[Tensor, ...]:
        total = run.outputs.square().sum() + run.state.memory.sum()
        return torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)

    expected = unroll(*arguments, probes=ASKED)
    found = unroll_blocks(*arguments, block=block, probes=ASKED)
    _same(found.outputs, expected.outputs)
    for part, whole in zip(found.state, expected.state, strict=True):
        _same(part, whole)
    for name, signal in expected.trace.items():
        assert found.trace[name].times.tolist() == signal.times.tolist()
        _same(torch.tensor(found.trace[name].values), torch.tensor(signal.values))
    for part, whole in zip(gradients(found), gradients(expected), strict=True):
        _same(part, whole, 1e-8)
