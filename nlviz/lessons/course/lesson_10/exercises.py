"""Exercises of notebook 10: what a cache and a state cost, how far one reaches; the rest is in `heads`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Generator

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise
from nlviz.lessons.course.lesson_10.heads import CASCADE, MATRYOSHKA

__all__ = ["EXERCISES"]

Array = np.ndarray


# ---- 10.1


def _model_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    drawn = torch.randint(2, 9, (4,), generator=generator).tolist()
    number = 2 if dtype == torch.float32 else 4
    return dict(zip(("tokens", "layers", "heads", "width"), drawn, strict=True)) | {"number": number}


def _counted(tokens: int, layers: int, heads: int, width: int, number: int) -> list[int]:
    """Head by head, layer by layer."""
    cache = state = 0
    for _ in range(layers * heads):
        cache += sum(2 * width * number for _ in range(tokens))
        state += width**2 * number
    return [cache, state]


def _bytes(cache: Callable[..., float], state: Callable[..., float]) -> Callable[..., list[float]]:
    """Both by products of T tokens, L layers, H heads, d width and b bytes."""
    return lambda T, L, H, d, b: [cache(T, L, H, d, b), state(T, L, H, d, b)]


def _whole(T: int, L: int, H: int, d: int, b: int) -> int:
    return 2 * T * L * H * d * b


def _square(T: int, L: int, H: int, d: int, b: int) -> int:
    return L * H * d * d * b


KV_BYTES = Exercise(
    "10.1",
    "kv_bytes",
    truth=_counted,
    cases=cases([{"tokens": 10, "layers": 1, "heads": 2, "width": 4, "number": 4}], _model_case),
    slips={
        "no_state": _bytes(_whole, lambda T, L, H, d, b: 0),
        "keys": _bytes(lambda T, L, H, d, b: T * L * H * d * b, _square),
        "numbers": _bytes(lambda T, L, H, d, b: 2 * T * L * H * d, lambda T, L, H, d, b: L * H * d * d),
        "one_layer": _bytes(lambda T, L, H, d, b: 2 * T * H * d * b, lambda T, L, H, d, b: H * d * d * b),
        "one_head": _bytes(lambda T, L, H, d, b: 2 * T * L * d * b, lambda T, L, H, d, b: L * d * d * b),
        "joined": _bytes(_whole, lambda T, L, H, d, b: L * (H * d) ** 2 * b),
        "grows": _bytes(_whole, lambda T, L, H, d, b: T * L * H * d * d * b),
        "doubled": _bytes(_whole, lambda T, L, H, d, b: 2 * L * H * d * d * b),
        "vector": _bytes(_whole, lambda T, L, H, d, b: L * H * d * b),
        "scores": _bytes(lambda T, L, H, d, b: T * T * L * H * b, _square),
        "swapped": _bytes(_square, _whole),
    },
)  # fmt: skip


# ---- 10.2


def _uniform(generator: Generator, dtype: torch.dtype, *shape: int) -> Array:
    return torch.rand(*shape, generator=generator, dtype=torch.float64).to(dtype).numpy()


def _falling_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    """Recall that falls, with chance on it; ages are neither from 0 nor one apart."""
    ages = 2.5 + 4 * np.arange(12)
    fall = np.exp(-((ages / 30) ** 2) / (1 + generator.initial_seed()))
    noise = 0.06 * _uniform(generator, dtype, 12) - 0.03
    return {"ages": ages, "recall": (fall + noise).astype(noise.dtype), "threshold": 0.9}


def _first_below(ages: Array, recall: Array, threshold: float) -> int | None:
    below = np.flatnonzero(recall < threshold)
    return int(below[0]) if len(below) else None


def _reach(ages: Array, recall: Array, threshold: float) -> float:
    """Along the curve, piece by piece."""
    before = None
    for age, value in zip(ages.tolist(), recall.tolist(), strict=True):
        if value < threshold:
            if before is None:
                return 0.0
            share = (before[1] - threshold) / (before[1] - value)
            return (1 - share) * before[0] + share * age
        before = age, value
    return math.inf


def _crossed(
    found: Callable[[Array, Array, float, int], float], never: Callable[[Array], float] = lambda ages: math.inf
) -> Callable[..., float]:
    """0 below from the start; `never(ages)` where nothing falls; else by place."""

    def reach(ages: Array, recall: Array, threshold: float) -> float:
        place = _first_below(ages, recall, threshold)
        if place is None:
            return float(never(ages))
        return found(ages, recall, threshold, place) if place else 0.0

    return reach


def _between(ages: Array, recall: Array, threshold: float, place: int) -> float:
    return float(np.interp(-threshold, -recall[place - 1 : place + 1], ages[place - 1 : place + 1]))


def _back_again(ages: Array, recall: Array, threshold: float) -> float:
    """The last fall below the threshold, not the first."""
    above = np.flatnonzero(recall >= threshold)
    if not len(above):
        return 0.0
    return math.inf if above[-1] == len(ages) - 1 else _between(ages, recall, threshold, above[-1] + 1)


# recall dips below the threshold, comes back, and falls for good: the first fall counts
_DIP = {"ages": np.array([1, 3, 5, 7]), "recall": np.array([1.0, 0.5, 1.0, 0.0]), "threshold": 0.75}
_CURVES = [
    {"ages": np.array([1.0, 10.0, 20.0]), "recall": np.array([1.0, 1.0, 0.8]), "threshold": 0.9},
    _DIP,
    {"ages": np.array([2.0, 4.0, 6.0]), "recall": np.array([0.5, 0.4, 0.3]), "threshold": 0.9},
    {"ages": np.array([2.0, 4.0, 6.0]), "recall": np.array([1.0, 1.0, 0.95]), "threshold": 0.9},
]

REACH = Exercise(
    "10.2",
    "effective_context",
    truth=_reach,
    cases=cases(_CURVES, _falling_case),
    slips={
        "length": lambda ages, recall, threshold: ages[-1],
        "known": _crossed(lambda ages, recall, threshold, place: ages[place - 1]),
        "below": _crossed(lambda ages, recall, threshold, place: ages[place]),
        "middle": _crossed(lambda ages, recall, threshold, place: (ages[place - 1] + ages[place]) / 2),
        "last": _back_again,
        "ends": [_crossed(_between, lambda ages: ages[-1]), _crossed(_between, lambda ages: 0.0)],
        "unlearned": lambda ages, recall, threshold: (
            ages[0] if recall[0] < threshold else _reach(ages, recall, threshold)
        ),
        "turned": _crossed(
            lambda ages, recall, threshold, place: (
                ages[place - 1] + ages[place] - _between(ages, recall, threshold, place)
            )
        ),
        "index": _crossed(lambda ages, recall, threshold, place: place),
        "share": lambda ages, recall, threshold: (recall >= threshold).mean(),
        "count": lambda ages, recall, threshold: (recall >= threshold).sum(),
        "mean": lambda ages, recall, threshold: recall.mean(),
    },
)


EXERCISES = (KV_BYTES, REACH, MATRYOSHKA, CASCADE)
