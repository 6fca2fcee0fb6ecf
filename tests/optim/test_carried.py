"""What an optimizer carries, before its first step and after: ours and torch's own are alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD

from nlviz.optim import age_spectrum, carried, watched

from .every import MAKES, net, taught, torches

KEPT = ("momentum", "Adam", "AdamW", "Muon")


def _with_gradient(name: str) -> tuple[Any, nn.Parameter]:
    model = net(bias=False)
    weights = list(model.parameters())
    optimizer = MAKES[name](weights, model) if name in MAKES else torches(weights)[name]
    taught(model).backward()
    return optimizer, weights[0]


@pytest.mark.parametrize("name", [*MAKES, *KEPT, "SGD"])
def test_before_the_first_step_nothing_is_carried_but_where_there_is_no_momentum(name: str) -> None:
    optimizer, weight = _with_gradient(name)
    assert weight.grad is not None
    expected = weight.grad if name in ("DGD", "SGD") else torch.zeros_like(weight)
    assert torch.equal(carried(optimizer, weight), expected)


def test_a_buffer_that_sgd_no_longer_looks_at_is_not_carried() -> None:
    weight = nn.Parameter(torch.zeros(1, 2))
    optimizer = SGD([weight], lr=0.1, momentum=0.9)
    for slope in (1.0, 3.0):
        weight.grad = torch.full_like(weight, slope)
        optimizer.step()
        optimizer.param_groups[0]["momentum"] = 0.0
    assert torch.equal(carried(optimizer, weight), torch.full((1, 2), 3.0))


@pytest.mark.parametrize(("momentum", "fresh"), [(0.0, 1.0), (0.5, 0.7)])
def test_dampening_counts_only_where_there_is_momentum(momentum: float, fresh: float) -> None:
    """Age 0 step by step, and how far torch really went: only of momentum 0.7 of a gradient is taken."""
    weight = nn.Parameter(torch.zeros(1, 1, dtype=torch.float64))
    optimizer = SGD([weight], lr=1.0, momentum=momentum, dampening=0.3)
    moved = []
    with watched(optimizer, age_spectrum(4)) as watch:
        for slope in (1.0, 10.0, 100.0):
            weight.grad, before = torch.full_like(weight, slope), weight.item()
            optimizer.step()
            moved.append(before - weight.item())
    ages = watch.trace["age_spectrum"].values[:, 0]
    np.testing.assert_allclose(ages[:, 0], [1, fresh, fresh])
    slopes = np.array([[1, 0, 0, 0], [10, 1, 0, 0], [100, 10, 1, 0]])
    np.testing.assert_allclose((ages * slopes).sum(1), moved)
