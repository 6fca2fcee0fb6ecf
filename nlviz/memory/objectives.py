"""Inner objectives: what a write tries to achieve, and the error it corrects.

Each is a loss per token with its derivative by the memory's answer, both in closed form. The literature's other name
is attentional bias.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

__all__ = ["Objective", "cross_entropy", "squared_error"]


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

cross_entropy = Objective(
    "cross-entropy",
    lambda answer, values: -(values * F.log_softmax(answer, -1)).sum(-1),
    lambda answer, values: answer.softmax(-1) - values,
    "nats",
)
"""−Σ v log softmax(M k), for values that are distributions (one-hot for a class); e = softmax(M k) − v. In nats."""
