"""Where there is a GPU: the same numbers as on the CPU, and tensors stay where they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz.experiments import read
from nlviz.inner import probes, unroll, unroll_blocks
from nlviz.memory import Gates, LinearState, Pairs, Titans
from nlviz.outer import ByteModel

from ..strategies import make

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
ASKED = [probes.surprise, probes.write_norm, probes.memory_norm, probes.past_surprise]


@pytest.mark.parametrize("execute", [unroll, unroll_blocks])
def test_a_gpu_gives_the_numbers_of_the_cpu(execute):
    case = make(5, (2, 70, 6, 5))
    there = [tensor.cuda() for tensor in (*case.pairs, *case.gates, *(case.state or ()))]
    state = LinearState(*there[5:]) if case.state else None
    near = execute(Titans(6, 5), case.pairs, case.gates, state=case.state, probes=ASKED)
    far = execute(Titans(6, 5), Pairs(*there[:2]), Gates(*there[2:5]), state=state, probes=ASKED)
    assert far.outputs.is_cuda
    assert far.state.memory.is_cuda
    torch.testing.assert_close(far.outputs.cpu(), near.outputs, rtol=1e-9, atol=1e-9)
    for name, signal in near.trace.items():
        np.testing.assert_allclose(far.trace[name].values, signal.values, rtol=1e-8, atol=1e-9)


def test_the_reader_reads_on_a_gpu():
    text = b"def double(x):\n    return 2 * x\n" * 20
    near, far = (read(ByteModel.load(device=device), text).trace for device in ("cpu", "cuda"))
    np.testing.assert_allclose(far["bits"].values, near["bits"].values, atol=1e-3)
