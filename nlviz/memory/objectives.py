"""Inner objectives: what a write tries to achieve, and the error it corrects.

Each is a loss per token with its derivative by the memory's answer, both in closed form. The literature's other name
is attentional bias (Behrouz et al. 2025, arXiv 2504.13173, for Huber and l_p).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

__all__ = ["Objective", "cross_entropy", "dot_product", "huber", "l_p", "squared_error"]


class Objective(NamedTuple):
    """An inner loss on answers and values [..., d_value].

    loss: one number per token, [...]. error: ∂loss/∂answer, [..., d_value]; what a write moves the answer against.
    unit: of the loss.
    """

    name: str
    loss: Callable[[Tensor, Tensor], Tensor]
    error: Callable[[Tensor, Tensor], Tensor]
    unit: str


squared_error = Objective(
    "squared error",
    lambda answer, values: 0.5 * (answer - values).square().sum(-1),
    lambda answer, values: answer - values,
    "½‖error‖²",
)
"""½‖M k − v‖², so that the gradient is e kᵀ with no factor 2; e = M k − v."""

dot_product = Objective(
    "dot product",
    lambda answer, values: -(answer * values).sum(-1),
    lambda answer, values: -values.expand_as(answer),
    "−⟨answer, value⟩",
)
"""−⟨M k, v⟩; e = −v whatever the memory answers, which makes a write on a linear memory the Hebbian one.

It has no least value: a repeated write makes the answer larger for ever. Source: Behrouz et al. 2025 (arXiv
2512.24695) eq. 15–18.
"""

cross_entropy = Objective(
    "cross-entropy",
    lambda answer, values: -(values * F.log_softmax(answer, -1)).sum(-1),
    lambda answer, values: answer.softmax(-1) - values,
    "nats",
)
"""−Σ v log softmax(M k), for values that are distributions (one-hot for a class); e = softmax(M k) − v. In nats."""


def huber(delta: float = 1.0) -> Objective:
    """Σ h(M k − v), h(e) = ½e² up to |e| = delta and delta·(|e| − ½delta) beyond; error: e clamped to ±delta.

    No single number moves a write by more than delta: one-off noise does less harm. delta is in units of the values.
    Raises ValueError unless delta is positive.
    """
    if not delta > 0:
        raise ValueError(f"huber with delta {delta}; use a positive number, in units of the values")
    return Objective(
        f"Huber, δ = {delta:g}",
        lambda answer, values: F.huber_loss(answer, values.expand_as(answer), reduction="none", delta=delta).sum(-1),
        lambda answer, values: (answer - values).clamp(-delta, delta),
        f"Huber loss, δ = {delta:g}",
    )


def l_p(p: float) -> Objective:
    """Σ |M k − v|^p / p; error: sign(e)·|e|^(p−1). p = 2 is the squared error, p → 1 counts errors by their size alone.

    Raises ValueError for p below 1, where the loss is no longer convex.
    """
    if not p >= 1:
        raise ValueError(f"l_p with p = {p}; use 1 or more, below it the loss is not convex")

    def error(answer: Tensor, values: Tensor) -> Tensor:
        off = answer - values
        return off.sign() * off.abs() ** (p - 1)

    return Objective(
        f"l_p, p = {p:g}",
        lambda answer, values: (answer - values).abs().pow(p).sum(-1) / p,
        error,
        f"Σ|error|^{p:g} / {p:g}",
    )
