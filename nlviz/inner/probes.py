"""Probes: what to measure at each write, as pure functions of the `Step` that the loop saw.

A probe is asked for when a run is made, costs nothing when it is not, and never touches the run: it sees detached
tensors.

    unroll(memory, pairs, gates, probes=[probes.surprise, probes.weights(every=8)])

To add one, write one `Probe` here. `measure` alone is enough for both loops; `in_blocks` is an optional shortcut for
the block form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import torch.nn.functional as F
from torch import Tensor

from nlviz.inner.step import Step
from nlviz.memory.metrics import is_map, sizes, ungated
from nlviz.memory.state import carried_norm, frobenius, parts

if TYPE_CHECKING:
    from nlviz.inner.solved import Solved

__all__ = [
    "Probe",
    "inner_loss",
    "memory_norm",
    "past_surprise",
    "recall",
    "share",
    "surprise",
    "weights",
    "write_norm",
    "written",
]


@dataclass(frozen=True)
class Probe:
    """A named measurement: Step -> Tensor, in `unit`, at every `every`-th write.

    per: "write" for one row [batch, …] a write, "token" for one row a token, [batch, chunk, …]; the same where period
    is 1.
    in_blocks: the same quantity for all tokens at once, [batch, time, …], from the solved blocks; None builds each
    Step instead.
    Raises ValueError if every is below 1.
    """

    name: str
    measure: Callable[[Step[Any]], Tensor]
    unit: str
    every: int = 1
    per: Literal["write", "token"] = "write"
    in_blocks: Callable[[Solved], Tensor] | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"probe {self.name!r}: every is {self.every}; use 1 for every write, n for each n-th")

    def sampled(self, every: int) -> Probe:
        """The same probe, measured at writes every, 2·every, … only."""
        return replace(self, every=every)


def _gradient_norm(step: Step[Any]) -> Tensor:
    memory, before = ungated(step.memory, step.before)
    if is_map(memory):
        return step.error.norm(dim=-1) * step.pairs.keys.norm(dim=-1)
    return sizes(step.gradients or memory.gradients(before, step.pairs))


surprise = Probe(
    "surprise",
    _gradient_norm,
    "‖∇ℓ‖",
    per="token",
    in_blocks=lambda solved: solved.error.norm(dim=-1) * solved.pairs.keys.norm(dim=-1),
)
"""Momentary surprise ‖∇ℓ‖ over all weights, before the write; ‖error‖·‖key‖ where the memory is one matrix."""

inner_loss = Probe(
    "inner_loss",
    lambda step: step.memory.objective.loss(step.memory.read(step.before, step.pairs.keys), step.pairs.values),
    "inner loss",
    per="token",
    in_blocks=lambda solved: 0.5 * solved.error.square().sum(-1),
)
"""The objective before the write: ½‖error‖² for squared error, −log p in nats for cross-entropy."""

past_surprise = Probe(
    "past_surprise",
    lambda step: carried_norm(step.after.past_surprise),
    "‖S‖",
    in_blocks=lambda solved: solved.norms.past_surprise,
)
"""‖S_t‖_F: what the momentum still carries, this write included."""

write_norm = Probe(
    "write_norm",
    lambda step: frobenius(step.after.memory, less=step.before.memory),
    "‖ΔM‖",
    in_blocks=lambda solved: solved.norms.write,
)
"""‖M_t − M_{t−1}‖_F: how much a write changed, forgetting included."""

memory_norm = Probe(
    "memory_norm",
    lambda step: frobenius(step.after.memory),
    "‖M‖",
    in_blocks=lambda solved: solved.norms.memory,
)
"""‖M_t‖_F after the write."""

written = Probe("written", lambda step: step.after.written - step.before.written, "writes")
"""How many tokens of this write a `SurpriseGate` let through."""


def recall(keys: Tensor, values: Tensor, every: int = 1) -> Probe:
    """Cosine of read(M_t, k_i) with v_i after each write, for every item i: the forgetting curve as it happens.

    keys [items, d_key] or [batch, items, d_key]; values alike. Signal: [time, batch, items], 0 where the memory
    answers nothing.
    """
    if keys.shape[:-1] != values.shape[:-1]:
        raise ValueError(
            f"recall of keys {list(keys.shape)} with values {list(values.shape)}: "
            "all axes but the last must match; give one value per key"
        )

    def measure(step: Step[Any]) -> Tensor:
        batch = step.pairs.keys.shape[0]
        answers = step.memory.read(step.after, keys.expand(batch, *keys.shape[-2:]))
        return F.cosine_similarity(answers, values.expand_as(answers), dim=-1)

    return Probe("recall", measure, "cosine", every, in_blocks=lambda solved: solved.recall(keys, values))


def share(keys: Tensor, values: Tensor, every: int = 1) -> Probe:
    """⟨read(M_t, k_i), v_i⟩/‖v_i‖² after each write: how much of each value comes back, in size and not only direction.

    1 is all of it, above 1 too much, 0 nothing, below 0 its opposite; linear in M, so laws about writes hold for it.
    keys [items, d_key] or [batch, items, d_key]; values alike. Signal: [time, batch, items].
    """

    def measure(step: Step[Any]) -> Tensor:
        answers = step.memory.read(step.after, keys.expand(step.pairs.keys.shape[0], *keys.shape[-2:]))
        return (answers * values).sum(-1) / values.square().sum(-1)

    return Probe("share", measure, "share of the value", every)


def weights(every: int = 1, layer: int = 0) -> Probe:
    """One weight matrix itself, [time, batch, rows, columns], after each n-th write: for heat-maps.

    layer: which one where the memory is a net, counted from the keys (−1 is the one that answers).
    """
    return Probe("weights", lambda step: parts(step.after.memory)[layer], "", every)
