"""Probes: what to measure at each write, as pure functions of the `Step` that the loop saw.

A probe is asked for when a run is made, costs nothing when it is not, and never touches the run: it sees detached
tensors.

    unroll(memory, pairs, gates, probes=[probes.surprise, probes.weights(every=8)])

To add one, write one `Probe` here. It serves both loops; one that asks only what `Seen` tells says `whole=True`, and
the block form asks it once for a whole stretch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.inner.seen import Items
from nlviz.inner.step import Step
from nlviz.memory.able import Able

__all__ = [
    "Probe",
    "inner_loss",
    "level_waiting",
    "level_writes",
    "memory_norm",
    "past_surprise",
    "recall",
    "share",
    "surprise",
    "weights",
    "write_norm",
    "written",
]


LAYERS = 1_000
"""More than any net here has."""


@dataclass(frozen=True)
class Probe:
    """A named measurement: Step -> Tensor, in `unit`, at every `every`-th write.

    per: "write" for one row [batch, …] a write, "token" for one row a token, [batch, chunk, …]; the same where period
    is 1.
    whole: whether `measure` asks only what `Seen` tells: then a stretch is measured at once, [batch, time, …].
    Raises ValueError if every is below 1, and for a part that is not of its kind.
    """

    name: str
    measure: Callable[[Any], Tensor]
    unit: str
    every: int = 1
    per: Literal["write", "token"] = "write"
    whole: bool = False

    def __post_init__(self) -> None:
        name = words.text("the probe's name", self.name)
        if not name:
            words.refuse("the probe's name", name, "a name for its signal")
        words.call(f"measure of probe {name!r}", self.measure, "a function Step -> Tensor")
        words.text(f"unit of probe {name!r}", self.unit)
        every = words.count(f"probe {name!r}: every", self.every, of="writes")
        object.__setattr__(self, "every", every)
        words.choice(f"probe {name!r}: per", self.per, ("write", "token"))
        object.__setattr__(self, "whole", words.flag(f"probe {name!r}: whole", self.whole))

    def sampled(self, every: int) -> Probe:
        """The same probe, measured at writes every, 2·every, … only: 1 is every write, n each n-th."""
        return replace(self, every=every)


surprise: Probe = Probe("surprise", lambda seen: seen.surprise, "‖∇ℓ‖", per="token", whole=True)
"""Momentary surprise ‖∇ℓ‖ over all weights, before the write; ‖error‖·‖key‖ where the memory is one matrix."""

inner_loss: Probe = Probe("inner_loss", lambda seen: seen.loss, "inner loss", per="token", whole=True)
"""The objective before the write: ½‖error‖² for squared error, −log p in nats for cross-entropy."""

past_surprise: Probe = Probe("past_surprise", lambda seen: seen.past_surprise, "‖S‖", whole=True)
"""‖S_t‖_F: what the momentum still carries, this write included."""

write_norm: Probe = Probe("write_norm", lambda seen: seen.write_norm, "‖ΔM‖", whole=True)
"""‖M_t − M_{t−1}‖_F: how much a write changed, forgetting included."""

memory_norm: Probe = Probe("memory_norm", lambda seen: seen.memory_norm, "‖M‖", whole=True)
"""‖M_t‖_F after the write."""

level_writes: Probe = Probe(
    "level_writes", lambda step: _levels(step).level_writes(*map(_of_levels(step), (step.before, step.after))), "‖ΔM‖"
)
"""‖ΔM‖ of every level of a `Continuum`, [time, batch, levels], in its order: 0 off a level's tick."""

level_waiting: Probe = Probe(
    "level_waiting", lambda step: _levels(step).level_waiting(_of_levels(step)(step.after)), "‖ΔM‖"
)
"""How much waits in every level of a `Continuum` for its next tick, [time, batch, levels], in the same units."""

written: Probe = Probe("written", lambda step: step.after.written - step.before.written, "writes")
"""How many tokens of this write a `SurpriseGate` let through."""


def _levels(step: Step[Any]) -> Any:
    """The continuum that was written, behind its gates. Raises ValueError for another memory."""
    inner = Able(step.memory).inner
    return words.able("memory", inner, ("level_writes", "level_waiting"), "a memory of several levels", "a Continuum")


def _of_levels(step: Step[Any]) -> Callable[[Any], Any]:
    return Able(step.memory).within


def recall(keys: Tensor, values: Tensor, every: int = 1) -> Probe:
    """Cosine of read(M_t, k_i) with v_i after each write, for every item i: the forgetting curve as it happens.

    keys [items, d_key] or [batch, items, d_key]; values alike. Signal: [time, batch, items], 0 where the memory
    answers nothing. Raises ValueError unless there is one value for each key.
    """
    items = _items(keys, values)

    def measure(seen: Any) -> Tensor:
        return seen.asked(_of_stream(items, seen.memory, seen.pairs.keys), partial(F.cosine_similarity, dim=-1))

    return Probe("recall", measure, "cosine", every, whole=True)


def share(keys: Tensor, values: Tensor, every: int = 1) -> Probe:
    """⟨read(M_t, k_i), v_i⟩/‖v_i‖² after each write: how much of each value comes back, in size and not only direction.

    1 is all of it, above 1 too much, 0 nothing, below 0 its opposite; linear in M, so laws about writes hold for it.
    keys [items, d_key] or [batch, items, d_key]; values alike. Signal: [time, batch, items].
    Raises ValueError unless there is one value for each key, and none of them is zero: nothing has no share.
    """
    items = _items(keys, values)
    if items.values.numel() and tensors.may_look(items.values) and not bool(items.values.any(-1).all()):
        words.refuse("values", items.values, "values none of which is all zero", "use recall, or leave that item out")

    def judge(answers: Tensor, told: Tensor) -> Tensor:
        return (answers * told).sum(-1) / told.square().sum(-1)

    def measure(seen: Any) -> Tensor:
        return seen.asked(_of_stream(items, seen.memory, seen.pairs.keys), judge)

    return Probe("share", measure, "share of the value", every, whole=True)


def weights(every: int = 1, layer: int = 0) -> Probe:
    """One weight matrix itself, [time, batch, rows, columns], after each n-th write: for heat-maps.

    layer: which one where the memory is a net, counted from the keys (−1 is the one that answers).

        >>> inner.probes.weights(every=8).name, inner.probes.weights(every=8).every
        ('weights', 8)
    """
    layer = words.count("layer", layer, least=-LAYERS, most=LAYERS)

    def measure(step: Step[Any]) -> Tensor:
        every_layer = Able(step.memory).weights(step.after)
        if not -len(every_layer) <= layer < len(every_layer):
            there = f"from {-len(every_layer)} to {len(every_layer) - 1}"
            words.refuse("layer", layer, f"one of the {len(every_layer)} there are, {there}", "the first one is 0")
        return every_layer[layer]

    return Probe("weights", measure, "", every)


def _items(keys: Any, values: Any) -> Items:
    """What is asked for again and again, as tensors that hold fractions: one value for each key."""
    like = next((x for x in (keys, values) if isinstance(x, Tensor) and x.is_floating_point()), None)
    asked, told = (
        tensors.floating(name, tensors.tensor(name, given, like=like))
        for name, given in (("keys", keys), ("values", values))
    )
    if asked.dim() not in (2, 3):
        words.refuse("keys", asked, "shape [items, d_key] or [batch, items, d_key]")
    if asked.shape[:-1] != told.shape[:-1]:
        words.refuse(
            "values", told, f"all axes but the last as the keys, {list(asked.shape)}", "give one value per key"
        )
    for name, one in (("keys", asked), ("values", told)):
        if tensors.may_look(one) and not bool(torch.isfinite(one).all()):
            words.refuse(name, one, "finite numbers in all of them", "clean them first")
    return Items(asked, told)


def _of_stream(items: Items, memory: Any, like: Tensor) -> Items:
    """The items for every stream of a run, in its precision and on its device: [batch, items, …]."""
    for (name, one), width in zip(items._asdict().items(), (memory.d_key, memory.d_value), strict=True):
        if one.shape[-1] != width:
            words.refuse(name, one, f"a last axis of {width}, as the memory's")
        if one.dim() == 3 and len(one) not in (1, len(like)):
            words.refuse(name, one, f"one row for each of {len(like)} streams, or the same for all: [items, width]")
    return Items(*(one.to(like).expand(len(like), *one.shape[-2:]) for one in items))
