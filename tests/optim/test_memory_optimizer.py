"""What all optimizers meet sooner or later: gradients too small or large to be squared, and groups used before."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from .every import MAKES, Make, net


@pytest.mark.parametrize("make", [make for name, make in MAKES.items() if name != "DGD"])
@pytest.mark.parametrize("size", [1e-30, 1e-24, 1e-20, 1e20, 1e30])
def test_gradients_whose_squares_are_none_lead_nowhere_out_of_bounds(make: Make, size: float) -> None:
    weight = nn.Parameter(torch.ones(2, 3))
    optimizer = make([weight], None, lr=1e-3)
    for _ in range(5):
        weight.grad = size * torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]])
        optimizer.step()
    assert torch.isfinite(weight).all()


@pytest.mark.parametrize("name", ["DeltaMomentum", "DeepMomentum", "M3"])
def test_groups_that_a_cycle_was_run_on_are_taken_by_a_new_optimizer(name: str) -> None:
    """A scheduler leaves words of its own in them: max_momentum, base_momentum, initial_lr, …"""
    model = net()
    first = MAKES[name](model.parameters(), model)
    cycles = "momentum" in first.defaults or "betas" in first.defaults
    torch.optim.lr_scheduler.OneCycleLR(first, max_lr=0.1, total_steps=5, cycle_momentum=cycles)
    assert "max_momentum" in first.param_groups[0]
    second = MAKES[name](first.param_groups, model)
    assert second.param_groups[0]["max_momentum"] == first.param_groups[0]["max_momentum"]
