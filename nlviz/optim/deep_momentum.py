"""DeepMomentum: the momentum is a net, written by gradient steps and read at the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.memory import MLP, Objective, dot_product, squared_error
from nlviz.optim.memory_optimizer import Look, MemoryOptimizer, as_matrix, gradient_of, group_of
from nlviz.optim.newton_schulz import peaked

__all__ = ["DeepMomentum"]

OBJECTIVES: dict[str, Objective] = {one.name: one for one in (squared_error, dot_product)}


class DeepMomentum(MemoryOptimizer):
    """A net m for every weight matrix, its keys the rows u of the gradient, and its values the way down, −u:

        u = g/rms(g);  m ← m_0 + α (m − m_0) − θ Σ_rows ∂ℓ(m(u), −u)/∂m;  W ← W + lr·rms(g)·m(u)

    α is `momentum`: what the net keeps of what it learned. θ = write/Σ‖κ‖² over rows and layers, κ the inputs of a
    layer, so that `write` is a share of the error, as in the normalised delta rule. hidden: the width of the net, two
    layers with GELU; 0 is one linear map. m_0 answers nothing: its last layer starts at zero, the first is drawn.
    objective: "squared error": m learns to answer −u, and answers for gradients like those it has met; a direction met
    once is answered little. "dot product" (as in the paper): it adds up, and only α holds it.
    The paper leaves open what the net is told; rows as keys with −u as values is ours. Where m(u) = −u it is SGD.
    generator: draws the first layers; torch's global one if None.
    Raises ValueError for a momentum or write outside 0…1, and as `MemoryOptimizer` does.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 50.

        >>> weight = torch.nn.Parameter(torch.ones(2, 3))
        >>> steps = optim.DeepMomentum([weight], lr=0.1, hidden=8, generator=torch.Generator().manual_seed(0))
        >>> weight.grad = torch.ones(2, 3)
        >>> steps.step()
        >>> [tuple(one.shape) for one in steps.state[weight]["net"]]
        [(8, 3), (3, 8)]
    """

    looks: ClassVar[Mapping[str, Look]] = {
        "momentum": words.share,
        "write": words.share,
        "hidden": lambda name, value: words.count(name, value, least=0, of="units"),
        "objective": lambda name, value: words.choice(name, value, OBJECTIVES),
    }

    generator: Generator | None = None
    """Where first layers are drawn from; a copy draws from torch's global one."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        momentum: float = 0.999,
        write: float = 1.0,
        hidden: int = 64,
        *,
        objective: str = "squared error",
        generator: Generator | None = None,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        self.generator = tensors.generator("generator", generator, optional=True)
        options = {"lr": lr, "momentum": momentum, "write": write, "hidden": hidden, "objective": objective}
        super().__init__(params, {**options, "weight_decay": weight_decay, "maximize": maximize})

    def write(self, held: dict[str, Any], gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        if not held:
            # plain lists: torch copies and casts them as it does tensors
            held["start"] = self._drawn(gradient, group["hidden"])
            held["net"] = [one.clone() for one in held["start"]]
        rows, size = _asked(gradient)
        error = OBJECTIVES[group["objective"]].error
        slopes = _net(held).gradients(held["net"], rows, lambda answer: error(answer, -rows))
        energy = torch.stack([one.inputs.square().sum() for one in slopes]).sum()
        rate = group["write"] / energy.clamp_min(torch.finfo(energy.dtype).tiny)
        held["net"] = [
            start + group["momentum"] * (now - start) - rate * slope.errors.mT @ slope.inputs
            for start, now, slope in zip(held["start"], held["net"], slopes, strict=True)
        ]
        return -size * _net(held).answer(held["net"], rows)

    def carried(self, weight: Tensor) -> Tensor:
        """What the net says to the gradient there is: the step it stands for, turned round as a gradient is."""
        held = self.state.get(weight)
        if not held or weight.grad is None:
            return torch.zeros_like(as_matrix(weight))
        rows, size = _asked(gradient_of(weight, group_of(self, weight)))
        return -size * _net(held).answer(held["net"], rows)

    def _drawn(self, gradient: Tensor, hidden: int) -> list[Tensor]:
        """m_0: the first layer drawn, the last at zero; one map is all zero, and learns from there."""
        width = gradient.shape[1]
        zero = gradient.new_zeros(width, hidden or width)
        if not hidden:
            return [zero]
        device = None if self.generator is None else self.generator.device
        first = torch.randn(hidden, width, generator=self.generator, device=device, dtype=torch.float64)
        return [(first / width**0.5).to(zero), zero]


def _asked(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of a gradient as keys, their numbers of size one on average, and what they were divided by."""
    rows, peak = peaked(gradient)
    size = rows.square().mean().sqrt()
    return rows / size.clamp_min(torch.finfo(rows.dtype).tiny), peak * size


def _net(held: Mapping[str, Any]) -> MLP:
    return MLP(tuple(len(one) for one in held["start"][:-1]))
