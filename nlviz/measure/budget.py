"""Budgets: what a state of fixed size costs beside a cache that grows, and how far each reaches."""

from __future__ import annotations

import math

from nlviz.door import words
from nlviz.measure.curves import Forgetting, all_finite, looked_at

__all__ = ["cache_bytes", "cache_outgrows", "effective_context", "state_bytes"]


def effective_context(curve: Forgetting, threshold: float = 0.9) -> float:
    """The age at which recall first falls below `threshold`, interpolated: the context that is of use.

    0 where it is below from the start, inf where it never falls below at the ages there are. A cache or a state may
    hold far more tokens than it can be asked about; this counts those that it can.
    Raises ValueError for no curve, one that is not finite, ages that do not rise, or no threshold.
    Source: as Hsieh et al. 2024 (RULER, arXiv 2404.06654) §4 for lengths of a context; by age is ours.

        >>> curve = measure.Forgetting(np.array([1, 10, 20]), np.array([1.0, 1.0, 0.8]))
        >>> measure.effective_context(curve, 0.9)
        15.0
    """
    threshold = words.number("threshold", threshold)
    ages, recall = looked_at(curve)
    if not len(recall):
        raise ValueError("the curve is empty; an effective context needs an age at which something was asked")
    all_finite(ages, recall)
    below = [place for place, one in enumerate(recall) if one < threshold]
    if not below:
        return math.inf
    place = below[0]
    if not place:
        return 0.0
    (a0, a1), (r0, r1) = (part[place - 1 : place + 1] for part in (ages, recall))
    return float(a0 + (r0 - threshold) / (r0 - r1) * (a1 - a0))


def cache_bytes(tokens: int, width: int, *, layers: int = 1, number: int = 4) -> int:
    """What attention keeps of so many tokens: a key and a value each, 2 · tokens · width · layers numbers.

    width: of all heads together. number: bytes of one, 4 for float32, 2 for bfloat16.

        >>> measure.cache_bytes(1_000_000, 64)
        512000000
    """
    tokens = words.count("tokens", tokens, least=0)
    return 2 * tokens * _each(width, layers, number)


def state_bytes(width: int, *, heads: int = 1, layers: int = 1, number: int = 4) -> int:
    """What a memory of one matrix for each head keeps, however long the text: width²/heads numbers a layer.

    >>> measure.state_bytes(64), measure.state_bytes(64, heads=4)
    (16384, 4096)
    """
    width, heads = words.count("width", width), words.count("heads", heads)
    if width % heads:
        words.refuse("width", width, f"a multiple of the {heads} heads", f"use {heads}, {2 * heads}, …")
    return width // heads * _each(width, layers, number)


def cache_outgrows(width: int, *, heads: int = 1) -> float:
    """The tokens from which a cache is larger than the memory of the same heads: half of a head's width.

    >>> measure.cache_outgrows(64), measure.cache_outgrows(64, heads=4)
    (32.0, 8.0)
    """
    return state_bytes(width, heads=heads, number=1) / cache_bytes(1, width, number=1)


def _each(width: int, layers: int, number: int) -> int:
    found = (words.count("width", width), words.count("layers", layers), words.count("number", number, of="bytes"))
    return math.prod(found)
