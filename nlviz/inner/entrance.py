"""The door of the inner loop: everything a run is given is looked at once, before anything is computed.

What is unambiguous is taken: lists and NumPy for tensors, a stream for its pairs, numbers for gates, one probe for a
list of one. The rest is a ValueError in words. Where numbers cannot be looked at (under `torch.func.vmap`) kinds and
shapes still are.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.inner.probes import Probe
from nlviz.inner.states import state_of
from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.look import a_memory, gates_fit
from nlviz.memory.protocol import HAIR, REMEDIES, gates_of, pairs_of

__all__ = ["Given", "check_count", "look", "look_at_numbers", "probes_of"]

ENDLESS = 1 << 62
"""A chunk so long never ends: for whoever wants all gradients at the start."""


class Given(NamedTuple):
    """What a run is given, as tensors that fit the memory and one another; where queries are None, the keys ask."""

    pairs: Pairs
    gates: Gates
    queries: Tensor | None
    state: Any

    @property
    def asked(self) -> Tensor:
        """What the memory is asked."""
        return self.pairs.keys if self.queries is None else self.queries


def look(memory: Memory[Any], pairs: Any, gates: Any, queries: Any, state: Any) -> Given:
    """Take or refuse a run's inputs. Floating precisions may differ, `precision` brings them together."""
    a_memory("memory", memory)
    taken, asked = _stream(memory, pairs_of(pairs), queries)
    how = gates_fit(memory, gates_of(gates, taken.keys))
    named = {"keys": taken.keys, "values": taken.values, "queries": asked, **how._asdict()}
    for name, one in named.items():
        if one is not None and one.device != taken.keys.device:
            words.refuse(f"device of {name}", str(one.device), f"{taken.keys.device}, as the keys")
    look_at_numbers(named)
    return Given(taken, how, asked, state_of(memory, state, taken))


def check_count(name: str, count: Any) -> int:
    """A period or a block: a whole number of tokens, at least one."""
    return words.count(name, count, of="tokens", most=ENDLESS)


def probes_of(probes: Any) -> tuple[Probe, ...]:
    """Probes as a tuple, from a list of them, from a single one, or from None."""
    if probes is None or isinstance(probes, Probe):
        return () if probes is None else (probes,)
    remedy = "use those of nlviz.inner.probes: probes.surprise, probes.weights(), …"
    return tuple(
        words.instance(f"probes[{i}]", one, Probe, remedy)
        for i, one in enumerate(words.several("probes", probes, what="probes"))
    )


def _stream(memory: Memory[Any], pairs: Pairs, queries: Any) -> tuple[Pairs, Tensor | None]:
    """Keys, values and queries as tensors that hold fractions, every axis as the memory wants it."""
    floating = [x for x in (*pairs, queries) if isinstance(x, Tensor) and x.is_floating_point()]
    like = floating[0] if floating else None
    keys = _axes(memory, "keys", "d_key", pairs.keys, like)
    values = _axes(memory, "values", "d_value", pairs.values, keys)
    asked = None if queries is None else _axes(memory, "queries", "d_key", queries, keys)
    for name, one in (("values", values), ("queries", asked)):
        if one is not None and one.shape[:2] != keys.shape[:2]:
            words.refuse(name, one, f"batch and time {list(keys.shape[:2])}, as the keys", "give one per key")
    return Pairs(keys, values), asked


def _axes(memory: Memory[Any], name: str, axis: str, given: Any, like: Tensor | None) -> Tensor:
    found = tensors.tensor(name, given, f"batch time {axis}", like=like)
    if not found.is_floating_point():
        whole = tensors.floating(name, found)
        found = whole if like is None else found.to(like.dtype)
    remedy = f"build the memory with that width or project the {name}"
    return tensors.fits(name, found, axis, getattr(memory, axis), remedy)


def look_at_numbers(named: dict[str, Tensor | None]) -> None:
    """Refuse what is not finite, and shares that are none: with one crossing from the device, and none under vmap."""
    given = {name: one.detach() for name, one in named.items() if one is not None and one.numel()}
    # a sum is finite whenever all are, bar overflow; only then is the slower look worth it
    bounds = [one.aminmax() if name in REMEDIES else (one.sum(),) for name, one in given.items()]
    try:
        numbers = torch.stack([bound.float() for both in bounds for bound in both]).tolist() if bounds else []
    except RuntimeError:
        return
    shares = numbers[-4:] if "forget" in given else []
    if not all(map(math.isfinite, numbers)) or any(not -HAIR <= one <= 1 + HAIR for one in shares):
        for name, one in given.items():
            _look_closely(name, one)


def _look_closely(name: str, given: Tensor) -> None:
    """The same, number by number: names the first that is wrong."""
    share = name in ("momentum", "forget")
    good = (given >= -HAIR) & (given <= 1 + HAIR) if share else torch.isfinite(given)
    bad = torch.nonzero(~good)
    if len(bad):
        batch, time = bad[0, :2].tolist()
        what = "a share, from 0 to 1" if share else "a finite number"
        remedy = REMEDIES.get(name, "a memory keeps what is not finite for ever, clean the stream first")
        words.refuse(f"{name} at batch {batch}, token {time}", given[tuple(bad[0])].item(), what, remedy)
