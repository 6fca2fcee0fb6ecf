"""Every optimizer of nlviz.optim, as a function of weights and the model they are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor, nn

from nlviz import optim

__all__ = ["MAKES", "Make", "chance", "net", "taught", "torches"]

Make = Callable[..., Any]


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def _deep(hidden: int, objective: str) -> Make:
    return lambda params, model, **how: optim.DeepMomentum(
        params, hidden=hidden, objective=objective, generator=chance(), **how
    )


MAKES: dict[str, Make] = {
    "DGD": lambda params, model, **how: optim.DGD(params, model, **how),
    "DeltaMomentum": lambda params, model, **how: optim.DeltaMomentum(params, **how),
    "DeepMomentum": _deep(8, "squared error"),
    "DeepMomentum, one map": _deep(0, "dot product"),
    "M3": lambda params, model, **how: optim.M3(params, period=3, **how),
    "M3, averages": lambda params, model, **how: optim.M3(params, period=3, memories="averages", **how),
}


def torches(params: Any) -> dict[str, torch.optim.Optimizer]:
    """Torch's own that carry a momentum, and one that carries none."""
    weights = list(params)
    return {
        "SGD": torch.optim.SGD(weights, lr=0.1),
        "momentum": torch.optim.SGD(weights, lr=0.1, momentum=0.9, dampening=0.3),
        "Adam": torch.optim.Adam(weights, lr=0.1),
        "AdamW": torch.optim.AdamW(weights, lr=0.1, betas=(0.8, 0.9)),
        "Muon": torch.optim.Muon(weights, lr=0.1),
    }


def net(seed: int = 0, bias: bool = True) -> nn.Sequential:
    """Two layers, 3 → 5 → 2, in float64."""
    torch.manual_seed(seed)
    layers = nn.Linear(3, 5, bias=bias), nn.Tanh(), nn.Linear(5, 2, bias=bias)
    return nn.Sequential(*layers).double()


def taught(model: nn.Module, seed: int = 0, rows: int = 4) -> Tensor:
    """A loss of the net on drawn data."""
    source = chance(seed)
    x, y = (torch.randn(rows, width, dtype=torch.float64, generator=source) for width in (3, 2))
    return (model(x) - y).square().mean()
