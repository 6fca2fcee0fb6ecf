"""M3, multi-scale momentum Muon: a fast memory of gradients and a slow one, read when made orthogonal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.optim.memory_optimizer import Look, MemoryOptimizer, as_matrix
from nlviz.optim.newton_schulz import Form, orthogonal

__all__ = ["M3"]

Memories = Literal["sums", "averages"]


def _betas(name: str, value: Any) -> tuple[float, ...]:
    every = words.several(name, value, least=3, what="numbers, of the fast memory, the squares and the slow memory")
    if len(every) != 3:
        words.refuse(name, value, "three numbers", "β₁ of the fast memory, β₂ of the squares, β₃ of the slow memory")
    return tuple(words.number(f"{name}[{i}]", one, above=0, below=1) for i, one in enumerate(every))


class M3(MemoryOptimizer):
    """Two momenta with two periods, made orthogonal by Newton–Schulz, over the size of past gradients:

        M₁ += β₁ g;  V += β₂ g²;  before the first of every `period` steps M₂ += β₃ Σ g of the period that ended
        W ← W − lr (NS(M₁) + α NS(M₂)) / (√V + ε)

    memories: "sums", as printed: nothing is forgotten, and steps shrink as V grows. "averages", after eq. 75, forgets:
    M₁ ← β₁ M₁ + (1 − β₁) g, and M₂, V alike, V divided by 1 − β₂ᵗ as Adam does. alpha: the share of the slow memory.
    eps counts here: NS mixes weights, so one whose own gradients were tiny is still told to move, and then divided by
    next to nothing. At Adam's 1e-8 a net on digits learns at no rate (measured here); the paper names no ε.
    Until the first period has ended there is no slow memory.
    Raises ValueError for betas outside 0…1, a period below one, and as `MemoryOptimizer` does.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) alg. 1, whose sum for M₂ is printed with one gradient too many.

        >>> weight = torch.nn.Parameter(torch.zeros(1, 2))
        >>> steps = optim.M3([weight], lr=0.1, betas=(0.9, 0.25, 0.9))
        >>> weight.grad = torch.tensor([[3.0, 4.0]])
        >>> steps.step()
        >>> weight.data.sign()
        tensor([[-1., -1.]])
    """

    looks: ClassVar[Mapping[str, Look]] = {
        "betas": _betas,
        "alpha": lambda name, value: words.number(name, value, least=0),
        "period": lambda name, value: words.count(name, value, of="steps"),
        "eps": lambda name, value: words.number(name, value, least=0),
        "ns_steps": lambda name, value: words.count(name, value, least=0, most=1000),
        "form": lambda name, value: words.choice(name, value, get_args(Form)),
        "memories": lambda name, value: words.choice(name, value, get_args(Memories)),
    }

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9),
        alpha: float = 1.0,
        period: int = 10,
        *,
        eps: float = 1e-3,
        ns_steps: int = 5,
        form: Form = "quintic",
        memories: Memories = "sums",
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "alpha": alpha, "period": period, "eps": eps, "ns_steps": ns_steps}
        options |= {"form": form, "memories": memories, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options)

    def write(self, held: dict[str, Any], gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        first, second, slow = group["betas"]
        if not held:
            names = ("fast_memory", "squares", "slow_memory", "waiting", "slow_direction")
            held |= {name: torch.zeros_like(gradient) for name in names} | {"step": 0}
        if held["step"] and held["step"] % group["period"] == 0:
            held["slow_memory"] = _written(held["slow_memory"], held["waiting"], slow, group)
            held["slow_direction"] = orthogonal(held["slow_memory"], group["ns_steps"], group["form"])
            held["waiting"] = torch.zeros_like(gradient)
        held["step"] += 1
        held["waiting"] = held["waiting"] + gradient
        held["fast_memory"] = _written(held["fast_memory"], gradient, first, group)
        held["squares"] = _written(held["squares"], gradient.square(), second, group)
        direction = orthogonal(held["fast_memory"], group["ns_steps"], group["form"])
        grown = 1.0 if group["memories"] == "sums" else 1 - second ** held["step"]
        size = (held["squares"] / grown).sqrt() + group["eps"]
        # a number that never had a gradient has no size: 0/0 is no step
        return torch.where(size > 0, (direction + group["alpha"] * held["slow_direction"]) / size, 0.0)

    def carried(self, weight: Tensor) -> Tensor:
        """The fast memory."""
        return self.state.get(weight, {}).get("fast_memory", torch.zeros_like(as_matrix(weight)))

    def kept(self, past: Tensor, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        return past if group["memories"] == "sums" else group["betas"][0] * past

    def taken(self, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        return _written(torch.zeros_like(gradient), gradient, group["betas"][0], group)


def _written(memory: Tensor, told: Tensor, beta: float, group: Mapping[str, Any]) -> Tensor:
    """M + β told, as printed; or β M + (1 − β) told."""
    return memory + beta * told if group["memories"] == "sums" else beta * memory + (1 - beta) * told
