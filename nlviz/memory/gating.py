"""SurpriseGate: writes only what is surprising enough.

Titans itself thresholds nothing: there the gradient scales the write. A threshold is a popular reading of "surprise",
shown beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.memory import look
from nlviz.memory.able import Able
from nlviz.memory.metrics import Metric, gradient_norm
from nlviz.memory.objectives import Objective
from nlviz.memory.protocol import Gates, Memory, Pairs

__all__ = ["GateState", "Metric", "ProgressGate", "SurpriseGate"]


class GateState(NamedTuple):
    """The gated memory's own state, and how many writes were let through so far [batch] (shares, if soft).

    candidate: the state of the same memory behind no gate, where a `ProgressGate` compares with it.
    """

    inner: Any
    written: Tensor
    candidate: Any = ()

    @property
    def memory(self) -> Any:
        """The fast weights behind the gate."""
        return self.inner.memory

    @property
    def past_surprise(self) -> Any:
        """The past surprise behind the gate."""
        return self.inner.past_surprise


@dataclass(frozen=True, eq=False)
class SurpriseGate:
    """Any memory behind a gate: θ_t ← θ_t · g(surprise_t); g = [surprise > threshold], a sigmoid if softness > 0.

    Only inner_lr is gated: what was forgotten is still forgotten and past surprise still carried, at every token.
    threshold: in units of `metric`. softness: width of the sigmoid((surprise − threshold)/softness), 0 for a hard step.
    metric: (memory, state, pairs) -> [batch, chunk], taken before the write; one of `metrics`, or your own.
    A hard gate is piecewise constant, so no outer gradient reaches its threshold; a soft one's does.
    threshold is one number, or one for each stream, [batch, 1].
    Raises ValueError if the memory is none, the threshold no number, or softness negative.

        >>> gate = memory.SurpriseGate(memory.Delta(1, 1), threshold=1.0)
        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.tensor([[[4.0], [4.5]]]))
        >>> run = inner.unroll(gate, pairs, memory.Gates.constant(pairs))
        >>> run.outputs[0, :, 0], run.state.written
        (tensor([4., 4.]), tensor([1.]))
    """

    gated: Memory[Any]
    threshold: float | Tensor
    softness: float = 0.0
    metric: Metric = gradient_norm

    def __post_init__(self) -> None:
        look.a_memory("gated", self.gated)
        object.__setattr__(self, "threshold", _level(self.threshold))
        softness = words.number("softness", self.softness, least=0, remedy="use 0 for a hard gate or a positive width")
        object.__setattr__(self, "softness", softness)
        words.call("metric", self.metric, "a function (memory, state, pairs) -> [batch, chunk], such as gradient_norm")

    @property
    def d_key(self) -> int:
        """As the gated memory's."""
        return self.gated.d_key

    @property
    def d_value(self) -> int:
        """As the gated memory's."""
        return self.gated.d_value

    @property
    def objective(self) -> Objective:
        """As the gated memory's."""
        return Able(self.gated).objective

    @property
    def by_channel(self) -> frozenset[str]:
        """As the gated memory's."""
        return getattr(self.gated, "by_channel", frozenset())

    def init(self, batch: int, like: Tensor | None = None) -> GateState:
        return GateState(self.gated.init(batch, like), look.blank(like).new_zeros(look.streams(batch)))

    def read(self, state: GateState, queries: Tensor) -> Tensor:
        self._expect(state)
        return self.gated.read(state.inner, queries)

    def answer(self, state: GateState, queries: Tensor) -> Tensor:
        """`read`, of what was looked at."""
        return Able(self.gated).answer(state.inner, queries)

    def write(self, state: GateState, pairs: Pairs, gates: Gates) -> GateState:
        self._expect(state)
        pairs, gates = look.passed(self.gated, state.inner, pairs, gates)
        share = self.opening(state, pairs)
        through = share if gates.inner_lr.dim() == share.dim() else share[..., None]
        opened = gates._replace(inner_lr=gates.inner_lr * through)
        return GateState(self.gated.write(state.inner, pairs, opened), state.written + share.sum(-1))

    def opening(self, state: GateState, pairs: Pairs) -> Tensor:
        """How far the gate opens for each token, 0…1, [batch, chunk]."""
        surprise = self.metric(self.gated, state.inner, pairs)
        if not isinstance(surprise, Tensor) or surprise.shape != pairs.keys.shape[:2]:
            words.refuse("what the metric gave", surprise, f"{list(pairs.keys.shape[:2])}: one number for each token")
        return self.share(surprise)

    def share(self, surprise: Tensor) -> Tensor:
        """How far so much surprise opens the gate, 0…1."""
        threshold = self.threshold
        if isinstance(threshold, Tensor):
            if threshold.dim() and len(threshold) not in (1, len(surprise)):
                words.refuse("threshold", threshold, f"one number, or one for each stream: [{len(surprise)}, 1]")
            threshold = threshold.to(surprise)
        if self.softness == 0:
            return (surprise > threshold).to(surprise.dtype)
        return torch.sigmoid((surprise - threshold) / self.softness)

    def _expect(self, state: Any) -> None:
        if not hasattr(state, "written"):
            look.no_state(self, state)


def _level(threshold: Any) -> float | Tensor:
    """A threshold: one number, or [batch, 1]; anything else would be laid along the tokens of a chunk."""
    if not isinstance(threshold, Tensor | list | tuple | np.ndarray):
        return words.number("threshold", threshold, remedy="use -1 to write always, 1e9 to write never")
    level = tensors.floating("threshold", tensors.tensor("threshold", threshold))
    if level.dim() > 2 or (level.dim() and level.shape[-1] != 1):
        words.refuse("threshold", threshold, "one number, or one for each stream: [batch, 1]")
    if tensors.may_look(level) and bool(level.isnan().any()):
        words.refuse("threshold", threshold, "numbers, none of them nan")
    return level


@dataclass(frozen=True, eq=False)
class ProgressGate(SurpriseGate):
    """Writes what can be learned: a token counts as far as the memory would already know it, had it written everything.

        progress_t = ℓ(kept memory; k_t, v_t) − ℓ(candidate; k_t, v_t)

    The candidate is the same memory behind no gate. What comes once surprises both, so it is not written, however
    surprising; what comes again the candidate knows and the kept memory does not; what the kept memory knows is no
    progress any more. The price: a first meeting is never written, and two memories are kept.
    threshold, softness: in units of the inner loss. `metric` is not asked. A gate on surprise writes one-off noise
    first of all; learning progress as a measure of interest is Schmidhuber's (1991), this form of it is ours.
    """

    def init(self, batch: int, like: Tensor | None = None) -> GateState:
        return super().init(batch, like)._replace(candidate=self.gated.init(batch, like))

    def write(self, state: GateState, pairs: Pairs, gates: Gates) -> GateState:
        return super().write(state, pairs, gates)._replace(candidate=self.gated.write(state.candidate, pairs, gates))

    def _expect(self, state: Any) -> None:
        super()._expect(state)
        if state.candidate == ():
            look.no_state(self, state)

    def opening(self, state: GateState, pairs: Pairs) -> Tensor:
        """How far the gate opens for each token, 0…1, [batch, chunk]."""
        kept, candidate = (Able(self.gated).loss(which, pairs) for which in (state.inner, state.candidate))
        return self.share(kept - candidate)
