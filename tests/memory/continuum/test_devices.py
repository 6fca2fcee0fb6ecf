"""Where there is a GPU: a continuum gives the numbers that it gives on the CPU, in any split."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nlviz.inner import probes, unroll
from nlviz.memory import Gates, Pairs

from ...strategies import make
from ..catalogue import MEMORIES, leaves

CONTINUA = ("a chain of three", "a function in a chain", "side by side", "nested")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")


@pytest.mark.parametrize("name", CONTINUA)
def test_a_gpu_gives_the_numbers_of_the_cpu(name: str) -> None:
    built: Any = MEMORIES[name]()
    case = make(5, (2, 13, built.d_key, built.d_value))
    near = unroll(built, case.pairs, case.gates, probes=[probes.level_writes])
    there = [tensor.cuda() for tensor in (*case.pairs, *case.gates)]
    pairs, gates = Pairs(*there[:2]), Gates(*there[2:])
    first = unroll(built, Pairs(*(x[:, :5] for x in pairs)), Gates(*(x[:, :5] for x in gates)))
    far = unroll(built, Pairs(*(x[:, 5:] for x in pairs)), Gates(*(x[:, 5:] for x in gates)), state=first.state)
    assert far.outputs.is_cuda
    torch.testing.assert_close(far.outputs.cpu(), near.outputs[:, 5:], rtol=1e-8, atol=1e-9)
    for one, other in zip(leaves(near.state), leaves(far.state), strict=True):
        torch.testing.assert_close(other.cpu(), one, rtol=1e-8, atol=1e-9)
