"""Probes are tried before a run: each is asked once, of a write of nothing, and says in words if it has no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.door.tensors import may_leave
from nlviz.inner.probes import Probe
from nlviz.inner.step import Step
from nlviz.memory import Gates, Memory, Pairs

__all__ = ["check_probes"]


def check_probes(memory: Memory[Any], state: Any, pairs: Pairs, gates: Gates, probes: Sequence[Probe]) -> list[Tensor]:
    """Refuse probes that share a name, or that this memory cannot answer: each is tried on a write of nothing.

    Gives what each of them leaves where it was never due: no row of those it would have given, [0, batch, …].
    """
    names = [probe.name for probe in probes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"two probes are named {twice!r}; a trace holds one signal per name, rename one")
    if not probes:
        return []
    if not may_leave(*pairs, *gates, *_tensors(state)):
        raise ValueError(
            f"probes are {names}; signals leave as NumPy, which no transform of torch.func lets through; "
            "leave the probes out there, or run without the transform"
        )
    batch = pairs.keys.shape[0]
    with torch.no_grad():
        # one token of nothing, also where the stream has none
        nothing = Pairs(*(x.new_zeros(batch, 1, x.shape[-1]) for x in pairs))
        still = Gates(*(gate.new_zeros(batch, 1) for gate in gates))
        after = memory.write(state, nothing, still)
        step = Step(0, nothing, still, torch.zeros_like(nothing.values), state, after, memory)
        return [_try(probe, step) for probe in probes]


def _tensors(tree: Any) -> list[Tensor]:
    if isinstance(tree, Tensor):
        return [tree]
    return [one for part in tree for one in _tensors(part)] if isinstance(tree, tuple) else []


def _try(probe: Probe, step: Step[Any]) -> Tensor:
    name = type(step.memory).__name__
    try:
        row = probe.measure(step)
    except Exception as error:
        raise ValueError(
            f"probe {probe.name!r} cannot be answered by {name}: {error}; "
            "leave it out, or ask it of a memory that has what it measures"
        ) from error
    leading = list(step.pairs.keys.shape[: 2 if probe.per == "token" else 1])
    if list(row.shape[: len(leading)]) != leading:
        raise ValueError(
            f"probe {probe.name!r} gave shape {list(row.shape)} on {name}; one row per {probe.per} "
            f"must start with {leading} ({'batch, chunk' if probe.per == 'token' else 'batch'})"
        )
    return (row.transpose(0, 1) if probe.per == "token" else row[None])[:0]
