"""Where there is a GPU: slow weights around memories answer, and get the outer gradients, that they have on the CPU."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Generator

from nlviz.memory import Pairs
from nlviz.outer import OUTER_GRADIENTS, RULES, Hope, HopeAttention, Learner

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")


@pytest.mark.parametrize("algorithm", OUTER_GRADIENTS)
@pytest.mark.parametrize("rule", RULES)
def test_a_gpu_gives_the_gradients_of_the_cpu(rule: str, algorithm: str) -> None:
    source = Generator().manual_seed(0)
    model = Learner(4, 3, cues=2, contexts=2, rule=rule, generator=source).double()
    keys, values, cues, context = (
        torch.randn(*shape, dtype=torch.float64, generator=source)
        for shape in ((2, 6, 4), (2, 6, 3), (2, 6, 2), (2, 2))
    )
    found = []
    for device in ("cpu", "cuda"):
        there = copy.deepcopy(model).to(device)
        pairs = Pairs(keys.to(device), values.to(device))
        run = there(pairs, cues.to(device), context.to(device), algorithm=algorithm, cut=3)
        said = there.recalled(run.state, pairs.keys)
        assert said.device.type == device
        said.square().sum().backward()
        slopes = [weight.grad.cpu() for weight in there.parameters() if weight.grad is not None]
        found.append([said.detach().cpu(), *slopes])
    assert len(found[0]) == len(found[1])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("kind", [Hope, HopeAttention])
def test_hope_on_a_gpu_is_hope_on_the_cpu(kind: type[Hope | HopeAttention]) -> None:
    source = Generator().manual_seed(0)
    model = kind(8, (1, 4), generator=source).double()
    x = torch.randn(2, 9, 8, dtype=torch.float64, generator=source)
    found = []
    for device in ("cpu", "cuda"):
        there = copy.deepcopy(model).to(device)
        y, state = there(x[:, :5].to(device))
        more, _ = there(x[:, 5:].to(device), state)
        (y.square().sum() + more.square().sum()).backward()
        found.append([more.detach().cpu(), *(one.grad.cpu() for one in there.parameters() if one.grad is not None)])
    assert len(found[0]) == len(found[1])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-8, atol=1e-9)
