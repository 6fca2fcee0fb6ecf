"""DeltaMomentum: a momentum that first takes out what it already says in the direction of the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.optim.memory_optimizer import Look, MemoryOptimizer, as_matrix
from nlviz.optim.newton_schulz import peaked

__all__ = ["DeltaMomentum"]


class DeltaMomentum(MemoryOptimizer):
    """m ← m (α I − ε ĝᵀĝ) + g;  W ← W − lr·m: momentum as a delta-rule memory, its keys the rows of ĝ.

    α is `momentum`, ε is `erase`. ĝ = g/‖g‖ with `normalise`, and g itself without: then m stays bounded only while
    ‖g‖² < 1 + α. At erase 0 it is `torch.optim.SGD(momentum=…)` to the last bit. Where one gradient comes again and
    again, its singular values s end at s/(1 − α + ε ŝ²) instead of s/(1 − α): what is said already is not added up.
    What is erased beyond α comes back with the other sign: a small α wants a smaller ε.
    Raises ValueError for an erase outside 0…2 and as `MemoryOptimizer` does.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 49, P = I; there m carries −lr.

        >>> weight = torch.nn.Parameter(torch.tensor([[1.0, 0.0]]))
        >>> steps = optim.DeltaMomentum([weight], lr=0.5, momentum=1.0)
        >>> for _ in range(3):
        ...     weight.grad = torch.tensor([[2.0, 0.0]])
        ...     steps.step()
        >>> weight.data
        tensor([[-2.,  0.]])
    """

    looks: ClassVar[Mapping[str, Look]] = {
        "momentum": words.share,
        "erase": lambda name, value: words.number(name, value, least=0, most=2),
        "normalise": words.flag,
    }

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        momentum: float = 0.9,
        erase: float = 1.0,
        *,
        normalise: bool = True,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "erase": erase, "normalise": normalise}
        super().__init__(params, {**options, "weight_decay": weight_decay, "maximize": maximize})

    def write(self, held: dict[str, Any], gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        before = held.get("momentum_buffer", torch.zeros_like(gradient))
        held["momentum_buffer"] = self.kept(before, gradient, group) + gradient
        return held["momentum_buffer"]

    def carried(self, weight: Tensor) -> Tensor:
        return self.state.get(weight, {}).get("momentum_buffer", torch.zeros_like(as_matrix(weight)))

    def kept(self, past: Tensor, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        """past (α I − ε ĝᵀĝ), for one matrix or many."""
        still = group["momentum"] * past
        if not group["erase"]:
            return still
        key = gradient
        if group["normalise"]:
            # a gradient of nothing erases nothing
            key, _ = peaked(gradient)
            key = key / torch.linalg.vector_norm(key).clamp_min(1)
        return still - group["erase"] * (past @ key.mT @ key)
