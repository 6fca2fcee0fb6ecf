"""Every memory there is, built for the contract tests. A new memory in `memory.__all__` is in here by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from nlviz import memory
from nlviz.memory import DeepMemory, GatedDelta, Memory, SurpriseGate, Titans, cross_entropy

__all__ = ["D_KEY", "D_VALUE", "MEMORIES", "leaves", "obeyed", "slow_weights"]

D_KEY, D_VALUE = 3, 4

Build = Callable[[], Memory[Any]]


def _initial() -> Tensor:
    return torch.randn(D_VALUE, D_KEY, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def _threshold() -> Tensor:
    return torch.tensor(1.0, dtype=torch.float64)


RECIPES: dict[str, dict[str, Build]] = {
    "DeepMemory": {
        "DeepMemory": lambda: DeepMemory(D_KEY, D_VALUE),
        "DeepMemory from slow weights": lambda: DeepMemory(D_KEY, D_VALUE, initial=_initial()),
        "DeepMemory, cross-entropy": lambda: DeepMemory(D_KEY, D_VALUE, cross_entropy, _initial()),
    },
    "SurpriseGate": {
        "hard SurpriseGate": lambda: SurpriseGate(Titans(D_KEY, D_VALUE), 1.0),
        "soft SurpriseGate": lambda: SurpriseGate(GatedDelta(D_KEY, D_VALUE), _threshold(), softness=0.5),
        "SurpriseGate over DeepMemory": lambda: SurpriseGate(
            DeepMemory(D_KEY, D_VALUE, cross_entropy, _initial()), _threshold(), softness=0.5, metric=memory.bits
        ),
    },
}
"""Memories that need more than two widths, or come in several kinds."""


def _is_memory(thing: object) -> bool:
    return isinstance(thing, type) and all(hasattr(thing, method) for method in ("init", "read", "write"))


def _all() -> dict[str, Build]:
    found: dict[str, Build] = {}
    for name in memory.__all__:
        kind = getattr(memory, name)
        if not _is_memory(kind) or name in ("Memory", "LinearMemory"):
            continue
        found |= RECIPES.get(name, {name: lambda kind=kind: kind(d_key=D_KEY, d_value=D_VALUE)})
    return found


MEMORIES = _all()


def leaves(state: Any) -> Iterator[Tensor]:
    """The tensors of a state, however its tuples are nested."""
    if isinstance(state, Tensor):
        yield state
    else:
        for part in state:
            yield from leaves(part)


def obeyed(built: Any) -> frozenset[str]:
    """The gates a memory says it obeys; all of them unless it says otherwise."""
    built = built.gated if isinstance(built, SurpriseGate) else built
    return getattr(built, "obeys", frozenset({"inner_lr", "momentum", "forget"}))


def slow_weights(built: Any) -> Iterator[Tensor]:
    """The tensors a memory was built with and an outer loss may move."""
    inner = getattr(built, "gated", built)
    for owner, name in ((inner, "initial"), (built, "threshold")):
        weight = getattr(owner, name, None)
        if isinstance(weight, Tensor):
            yield weight
