"""Plastic weights: every weight has a learned coefficient of its own that says how much of a write it takes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.memory.nets import Gradient
from nlviz.memory.protocol import Gates
from nlviz.memory.scan import accumulate, scale
from nlviz.memory.start import finite

__all__ = ["Plastic"]


@dataclass(frozen=True, eq=False)
class Plastic:
    """W ← W_0 + (1 − α)(W − W_0) − θ A ∘ ∂ℓ/∂W: gradient descent, but each weight moves by its own share. Obeys
    inner_lr, forget.

    coefficients: A [rows, columns], slow weights; 0 is a weight that never moves, below 0 one that moves the other way.
    On `dot_product` a gradient is −v kᵀ, and this is differentiable plasticity: the weights are w + A ∘ H, where
    w = W_0 is `initial` and H ← (1 − η) H + η v kᵀ, at θ = α = η. On `squared_error` it is a delta rule with one rate
    for each weight. With A = 1 it is `GradientDescent`.
    Raises ValueError for coefficients that are no matrix, and, from `init`, for those of another matrix than it writes.
    Source: Miconi, Clune & Stanley 2018 (arXiv 1804.02464), eq. 1–2; there post and pre are activities, here v and k.

        >>> rule = memory.Plastic(torch.tensor([[1.0, 0.0]]))
        >>> plastic = memory.DeepMemory(2, 1, memory.dot_product, rule=rule)
        >>> pairs = memory.Pairs(torch.ones(1, 1, 2), torch.tensor([[[3.0]]]))
        >>> plastic.write(plastic.init(1), pairs, memory.Gates.constant(pairs)).memory
        tensor([[[3., 0.]]])
    """

    coefficients: Tensor

    def __post_init__(self) -> None:
        given = tensors.tensor("coefficients", self.coefficients, "rows columns")
        object.__setattr__(self, "coefficients", tensors.floating("coefficients", given))
        finite("coefficients", self.coefficients)

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count."""
        return frozenset({"inner_lr", "forget"})

    @property
    def slow(self) -> tuple[Tensor, ...]:
        """What an outer loop may move."""
        return (self.coefficients,)

    def init(self, weights: Tensor) -> Tensor:
        """Nothing on its way. What is carried is the last write, and nobody asks for it."""
        if weights.shape[1:] != self.coefficients.shape:
            words.refuse("coefficients", self.coefficients, f"{list(weights.shape[1:])}, one for each weight it writes")
        return torch.zeros_like(weights)

    def step(self, weights: Tensor, carried: Tensor, gradient: Gradient, gates: Gates) -> tuple[Tensor, Tensor]:
        impulses = -gates.inner_lr[..., None] * gradient.errors
        still = torch.zeros_like(weights)
        push, last = accumulate(still, still, impulses, gradient.inputs, None, 1 - gates.forget)
        shares = self.coefficients.to(weights)
        return scale((1 - gates.forget).prod(-1), weights) + shares * push, shares * last
