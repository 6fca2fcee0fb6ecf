"""Inner objectives: what a write tries to achieve, and the error it corrects.

Each is a loss per token with its derivative by the memory's answer, both in closed form. The literature's other name
is attentional bias (Behrouz et al. 2025, arXiv 2504.13173, for Huber and l_p).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words

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


squared_error: Objective = Objective(
    "squared error",
    lambda answer, values: 0.5 * (answer - values).square().sum(-1),
    lambda answer, values: answer - values,
    "½‖error‖²",
)
"""½‖M k − v‖², so that the gradient is e kᵀ with no factor 2; e = M k − v."""

dot_product: Objective = Objective(
    "dot product",
    lambda answer, values: -(answer * values).sum(-1),
    lambda answer, values: -values.expand_as(answer),
    "−⟨answer, value⟩",
)
"""−⟨M k, v⟩; e = −v whatever the memory answers, which makes a write on a linear memory the Hebbian one.

It has no least value: a repeated write makes the answer larger for ever. Source: Behrouz et al. 2025 (arXiv
2512.24695) eq. 15–18.
"""

cross_entropy: Objective = Objective(
    "cross-entropy",
    lambda answer, values: -(values * F.log_softmax(answer, -1)).sum(-1),
    lambda answer, values: answer.softmax(-1) * values.sum(-1, keepdim=True) - values,
    "nats",
)
"""−Σ v log softmax(M k), in nats; e = softmax(M k)·Σv − v. Values are distributions, one-hot for a class: Σv = 1.

Other values are taken as weights of the classes. They still have the right derivative, but no reading in bits.
"""


def huber(delta: float = 1.0) -> Objective:
    """Σ h(M k − v), h(e) = ½e² up to |e| = delta and delta·(|e| − ½delta) beyond; error: e clamped to ±delta.

    No single number moves a write by more than delta: one-off noise does less harm. delta is in units of the values.
    Raises ValueError unless delta is positive.
    """
    delta = words.number("delta", delta, above=0, remedy="use a positive number, in units of the values")
    return Objective(
        f"Huber, δ = {delta:g}",
        lambda answer, values: F.huber_loss(answer, values.expand_as(answer), reduction="none", delta=delta).sum(-1),
        lambda answer, values: (answer - values).clamp(-delta, delta),
        f"Huber loss, δ = {delta:g}",
    )


def l_p(p: float) -> Objective:
    """Σ |M k − v|^p / p; error: sign(e)·|e|^(p−1). p = 2 is the squared error, p → 1 counts errors by their size alone.

    Where e is exactly 0 the slope of the error, which an outer gradient asks for, is infinite below p = 2: 0 is given.
    Raises ValueError for p below 1, where the loss is no longer convex.
    """
    p = words.number("p", p, least=1, remedy="below 1 the loss is not convex")

    def error(answer: Tensor, values: Tensor) -> Tensor:
        off = answer - values
        if p == 2:
            return off
        # a power of 0 has no slope below p = 2, and a sign of 0 makes it nan
        return off.sign() * torch.where(off == 0, 1.0, off.abs()) ** (p - 1)

    return Objective(
        f"l_p, p = {p:g}",
        lambda answer, values: (answer - values).abs().pow(p).sum(-1) / p,
        error,
        f"Σ|error|^{p:g} / {p:g}",
    )
