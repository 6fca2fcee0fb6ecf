"""Metrics: what "surprising" may mean, one number per token, taken at the weights before the write.

    metric(memory, state, pairs) -> [batch, chunk]

Any of them is a gate's `metric` (`SurpriseGate`), and all but the accumulated ones are functions of one token and the
weights. How much the memory *improves* needs a memory of its own: that is `ProgressGate`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from nlviz.memory import look
from nlviz.memory.able import Able
from nlviz.memory.protocol import Memory, Pairs

__all__ = [
    "Metric",
    "bits",
    "entropy",
    "gradient_norm",
    "past_surprise",
    "prediction_error",
    "total_surprise",
]

Metric = Callable[[Memory[Any], Any, Pairs], Tensor]


def gradient_norm(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Momentary surprise ‖∇ℓ‖ of each token [batch, chunk], over all weights; for one matrix that is ‖e‖·‖k‖.

    For a linear memory the gradient is that of its objective, whatever the rule itself descends.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 8.
    """
    pairs, _ = look.passed(memory, state, pairs)
    return Able(memory).surprise(state, pairs)


def prediction_error(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """‖∂ℓ/∂answer‖ of each token [batch, chunk]: under squared error ‖read(k) − v‖, whatever the length of the key."""
    pairs, _ = look.passed(memory, state, pairs)
    return Able(memory).error(state, pairs).norm(dim=-1)


def past_surprise(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """‖S‖ as the last write left it, the same for all tokens of a chunk [batch, chunk]; in units of the weights.

    Zero before the first write: a gate on this alone, with a threshold above zero, never opens. See `total_surprise`.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 9–10.
    """
    pairs, _ = look.passed(memory, state, pairs)
    return Able(memory).past_surprise(state)[:, None].expand(pairs.keys.shape[:2])


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
    return Able(memory).loss(state, pairs) / math.log(2)


def entropy(memory: Memory[Any], state: Any, pairs: Pairs) -> Tensor:
    """Expected surprise in bits, −Σ p log₂ p of the answer, of each token [batch, chunk]: it never sees the value.

    Raises ValueError under any other objective than cross-entropy, as `bits` does.
    """
    _expect_probabilities(memory)
    pairs, _ = look.passed(memory, state, pairs)
    logs = Able(memory).answer(state, pairs.keys).log_softmax(-1)
    return -(logs.exp() * logs).sum(-1) / math.log(2)


def _expect_probabilities(memory: Memory[Any]) -> None:
    look.a_memory("memory", memory)
    objective = Able(memory).objective
    if objective.unit != "nats":
        raise ValueError(
            f"surprise in bits needs probabilities, this memory's objective is {objective.name}; "
            "use cross_entropy, or gradient_norm as the metric"
        )
