"""Where there is a GPU: every optimizer takes the steps of the CPU, watched, and goes on from what was saved."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from nlviz.inner import probes
from nlviz.optim import age_spectrum, watched

from .every import MAKES, net

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
ASKED = [probes.surprise, probes.past_surprise, probes.write_norm]


@pytest.mark.parametrize("name", MAKES)
def test_a_gpu_gives_the_steps_of_the_cpu(name: str) -> None:
    """In float64; where it is a sum of past gradients, their ages too. After three steps it is saved and goes on."""
    asked = [*ASKED, age_spectrum(4)] if not name.startswith(("DGD", "DeepMomentum")) else ASKED
    found = []
    for device in ("cpu", "cuda"):
        model = net().to(device)
        optimizer = MAKES[name](model.parameters(), model, lr=0.05)
        x, y = (torch.linspace(-1, 1, 4 * width, dtype=torch.float64).reshape(4, width).to(device) for width in (3, 2))
        with watched(optimizer, asked) as watch:
            for step in range(6):
                if step == 3:
                    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
                optimizer.zero_grad()
                (model(x) - y).square().mean().backward()
                optimizer.step()
        assert all(weight.device.type == device for weight in model.parameters())
        found.append(([weight.detach().cpu() for weight in model.parameters()], watch.trace))
    (near, near_trace), (far, far_trace) = found
    for one, other in zip(near, far, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-8, atol=1e-9)
    for signal in near_trace:
        np.testing.assert_allclose(far_trace[signal].values, near_trace[signal].values, rtol=1e-7, atol=1e-9)
