"""What is refused before anything is computed: each a ValueError that names value, expectation and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.inner.probes import Probe
from nlviz.inner.step import Step
from nlviz.memory import Gates, Memory, Pairs

__all__ = ["check_count", "check_probes", "check_state", "check_stream"]


def check_count(name: str, count: int) -> None:
    """Refuse a period or block that is not a whole number of at least one."""
    # True is an int, and a slip
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{name} is {count!r}; it counts tokens, use a whole number of at least 1")


def check_stream(memory: Memory[Any], pairs: Pairs, gates: Gates, queries: Tensor | None) -> None:
    """Refuse a stream whose axes do not fit the memory or one another, or whose pairs are not finite."""
    keys, values = pairs
    for name, tensor, axes in (("keys", keys, 3), ("values", values, 3), ("queries", queries, 3)):
        if tensor is not None and tensor.dim() != axes:
            raise ValueError(
                f"{name} have shape {list(tensor.shape)}; expected [batch, time, width], add the axis missing"
            )
    for name, tensor, width in (
        ("keys", keys, memory.d_key),
        ("values", values, memory.d_value),
        ("queries", queries, memory.d_key),
    ):
        if tensor is not None and tensor.shape[-1] != width:
            raise ValueError(
                f"{name} have last axis {tensor.shape[-1]}, the memory expects {width}; "
                f"build the memory with that width or project the {name}"
            )
    together = {"values": values[..., 0], "queries": None if queries is None else queries[..., 0], **gates._asdict()}
    for name, tensor in together.items():
        if tensor is not None and tensor.shape != keys.shape[:2]:
            raise ValueError(
                f"{name} have batch and time {list(tensor.shape)}, the keys {list(keys.shape[:2])}; "
                "give one per key (Gates.constant does it for numbers)"
            )
    for name, tensor in (("keys", keys), ("values", values)):
        _refuse_non_finite(name, tensor)


def _refuse_non_finite(name: str, tensor: Tensor) -> None:
    # the sum is finite whenever all are, bar overflow; only then is the slower look worth it
    if tensor.numel() == 0 or torch.isfinite(tensor.detach().sum()):
        return
    bad = torch.nonzero(~torch.isfinite(tensor))
    if len(bad):
        batch, time = bad[0, :2].tolist()
        value = tensor[batch, time, bad[0, 2]].item()
        raise ValueError(
            f"{name} hold {value} at batch {batch}, token {time}; a memory keeps what is not finite for ever, "
            "clean the stream first"
        )


def check_state(state: Any, batch: int) -> None:
    """Refuse a state made for another number of streams: it would be shared across the batch, silently."""
    for part in state if isinstance(state, tuple) else ():
        if isinstance(part, Tensor) and part.shape[:1] != (batch,):
            raise ValueError(
                f"the state is for {part.shape[0]} streams, the keys are of {batch}; "
                "start with state=None, or carry on with as many streams as before"
            )
        check_state(part, batch)


def check_probes(memory: Memory[Any], state: Any, pairs: Pairs, gates: Gates, probes: Sequence[Probe]) -> None:
    """Refuse probes that share a name, or that this memory cannot answer: each is tried on a write of nothing."""
    names = [probe.name for probe in probes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"two probes are named {twice!r}; a trace holds one signal per name, rename one")
    if not probes or pairs.keys.shape[1] == 0:
        return
    with torch.no_grad():
        nothing = Pairs(torch.zeros_like(pairs.keys[:, :1]), torch.zeros_like(pairs.values[:, :1]))
        still = Gates(*(torch.zeros_like(gate[:, :1]) for gate in gates))
        after = memory.write(state, nothing, still)
        step = Step(0, nothing, still, torch.zeros_like(nothing.values), state, after, memory)
        for probe in probes:
            _try(probe, step)


def _try(probe: Probe, step: Step[Any]) -> None:
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
