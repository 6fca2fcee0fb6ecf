"""Metrics: what "surprising" may mean, one number per token, taken at the weights before the write.

    metric(memory, state, pairs) -> [batch, chunk]

Any of them is a gate's `metric` (`SurpriseGate`), and all but the accumulated ones are functions of one token and the
weights. How much the memory *improves* needs a memory of its own: that is `ProgressGate`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.memory import look
from nlviz.memory.nets import Gradient
from nlviz.memory.protocol import Memory, Pairs
from nlviz.memory.state import carried_norm, ungated

__all__ = [
    "Metric",
    "bits",
    "entropy",
    "gradient_norm",
    "is_map",
    "past_surprise",
    "prediction_error",
    "sizes",
    "total_surprise",
    "ungated",
]

Metric = Callable[[Memory[Any], Any, Pairs], Tensor]


def gradient_norm(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Momentary surprise ‖∇ℓ‖ of each token [batch, chunk], over all weights; for one matrix that is ‖e‖·‖k‖.

    For a linear memory the gradient is that of its objective, whatever the rule itself descends.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 8.
    """
    pairs, _ = look.passed(memory, state, pairs)
    inner, state = ungated(memory, state)
    if is_map(inner):
        return prediction_error(inner, state, pairs) * pairs.keys.norm(dim=-1)
    return sizes(inner.gradients(state, pairs))


def sizes(gradients: Sequence[Gradient]) -> Tensor:
    """‖∇ℓ_t‖ of each token [batch, chunk] from the parts of its gradient: √Σ (‖u‖·‖κ‖)², nothing is multiplied out."""
    norms = [gradient.errors.norm(dim=-1) * gradient.inputs.norm(dim=-1) for gradient in gradients]
    return norms[0] if len(norms) == 1 else torch.stack(norms).norm(dim=0)


def prediction_error(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """‖∂ℓ/∂answer‖ of each token [batch, chunk]: under squared error ‖read(k) − v‖, whatever the length of the key."""
    pairs, _ = look.passed(memory, state, pairs)
    return memory.objective.error(memory.read(state, pairs.keys), pairs.values).norm(dim=-1)


def past_surprise(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """‖S‖ as the last write left it, the same for all tokens of a chunk [batch, chunk]; in units of the weights.

    Zero before the first write: a gate on this alone, with a threshold above zero, never opens. See `total_surprise`.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 9–10.
    """
    pairs, _ = look.passed(memory, state, pairs)
    return carried_norm(state.past_surprise)[:, None].expand(pairs.keys.shape[:2])


def total_surprise(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """‖S‖ + ‖∇ℓ_t‖ of each token [batch, chunk]: what follows a surprising moment is written too.

    Titans adds the two as matrices, with the token's gates; their norms bound that sum, and need no gate.
    """
    return past_surprise(memory, state, pairs) + gradient_norm(memory, state, pairs)


def bits(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Surprise in bits, −log₂ p(value), of each token [batch, chunk]; for a memory under cross-entropy.

    Raises ValueError under any other objective: there is no probability to take the logarithm of.
    """
    _expect_probabilities(memory)
    pairs, _ = look.passed(memory, state, pairs)
    return memory.objective.loss(memory.read(state, pairs.keys), pairs.values) / math.log(2)


def entropy(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Expected surprise in bits, −Σ p log₂ p of the answer, of each token [batch, chunk]: it never sees the value.

    Raises ValueError under any other objective than cross-entropy, as `bits` does.
    """
    _expect_probabilities(memory)
    pairs, _ = look.passed(memory, state, pairs)
    logs = memory.read(state, pairs.keys).log_softmax(-1)
    return -(logs.exp() * logs).sum(-1) / math.log(2)


def is_map(memory: Any) -> bool:
    """Whether a memory, behind no gate, is one matrix that multiplies the key: then its gradient is e kᵀ."""
    return getattr(getattr(memory, "net", None), "is_map", not hasattr(memory, "net"))


def _expect_probabilities(memory: Memory[Any]) -> None:
    look.a_memory("memory", memory)
    if memory.objective.unit != "nats":
        raise ValueError(
            f"surprise in bits needs probabilities, this memory's objective is {memory.objective.name}; "
            "use cross_entropy, or gradient_norm as the metric"
        )
