"""Exercises of notebook 04: three measures of surprise, six labels, a write budget, a gate that is not fooled."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.course.lesson_04 import budget, gate, labels

__all__ = ["EXERCISES"]


def _normal(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def _token(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    d_value, d_key = 3 + generator.initial_seed(), 4
    shapes = {"M": (d_value, d_key), "k": (d_key,), "v": (d_value,)}
    return {name: _normal(generator, dtype, *shape) for name, shape in shapes.items()}


def _momentary(M: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The gradient as autograd finds it."""
    weights = M.clone().requires_grad_()
    with torch.enable_grad():
        (0.5 * (weights @ k - v).square().sum()).backward()
    assert weights.grad is not None
    return weights.grad.norm()


def _error(M: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return M @ k - v


_TOKEN = {"M": torch.tensor([[1.0, 0.0], [0.0, 2.0]]), "k": torch.tensor([3.0, 4.0]), "v": torch.tensor([0.0, 4.0])}

MOMENTARY = Exercise(
    "04.1",
    "momentary",
    truth=_momentary,
    cases=cases([_TOKEN], _token),
    slips={
        "error": lambda M, k, v: _error(M, k, v).norm(),
        "twice": lambda M, k, v: 2 * _momentary(M, k, v),
        "squared": lambda M, k, v: _error(M, k, v).square().sum() * k.norm(),
        "loss": lambda M, k, v: 0.5 * _error(M, k, v).square().sum(),
        "matrix": lambda M, k, v: torch.outer(_error(M, k, v), k),
        "key": lambda M, k, v: k.norm(),
        "sign": lambda M, k, v: (M @ k).norm() * k.norm(),
    },
)


def _guess(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return {"logits": 2 * _normal(generator, dtype, 5), "byte": 1 + generator.initial_seed()}


def _bits_of(logits: Tensor, byte: int) -> float:
    """Straight from the definition, in Python's own numbers."""
    weights = [math.exp(number) for number in logits.tolist()]
    return -math.log2(weights[byte] / sum(weights))


def _p(logits: Tensor) -> Tensor:
    return logits.softmax(-1)


_LOGITS = torch.tensor([2.0, 0.5, -1.0])

BITS_OF = Exercise(
    "04.2",
    "bits_of",
    truth=_bits_of,
    cases=cases([{"logits": _LOGITS, "byte": 1}], _guess),
    slips={
        "nats": lambda logits, byte: -_p(logits)[byte].log(),
        "sign": lambda logits, byte: _p(logits)[byte].log2(),
        "logits": lambda logits, byte: -logits[byte].abs().log2(),
        "all_bytes": lambda logits, byte: -_p(logits).log2(),
        "probability": lambda logits, byte: _p(logits)[byte],
        "multiplied": lambda logits, byte: -_p(logits)[byte].log() * math.log(2),
    },
)


def _entropy(logits: Tensor) -> float:
    weights = [math.exp(number) for number in logits.tolist()]
    shares = [weight / sum(weights) for weight in weights]
    return sum(-share * math.log2(share) for share in shares)


def _odds(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return {"logits": _guess(generator, dtype)["logits"]}


ENTROPY = Exercise(
    "04.3",
    "entropy",
    truth=_entropy,
    cases=cases([{"logits": _LOGITS}], _odds),
    slips={
        "mean": lambda logits: -(_p(logits) * _p(logits).log2()).mean(),
        "unweighted": lambda logits: -_p(logits).log2().sum(),
        "nats": lambda logits: -(_p(logits) * _p(logits).log()).sum(),
        "sign": lambda logits: (_p(logits) * _p(logits).log2()).sum(),
        "logits": lambda logits: -(logits * logits.abs().log2()).sum(),
        "unsummed": lambda logits: -_p(logits) * _p(logits).log2(),
    },
)

EXERCISES = (
    MOMENTARY,
    BITS_OF,
    ENTROPY,
    Judged("04.4", "my_labels", labels.judge, labels.SLIPS),
    Judged("04.5", "threshold_for", budget.judge, budget.SLIPS),
    Judged("04.6", "my_gate", gate.judge, gate.SLIPS),
)
