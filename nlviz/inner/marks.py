"""Marks: what went wrong in a run, at which token and, where the reason is known, why. Never an exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.metrics import is_map, ungated
from nlviz.trace import Mark

__all__ = ["Watch", "divergence", "reason"]

LIMIT = 1e9
COLLAPSE = (
    "every layer has shrunk to a thousandth of its start, so it answers nothing and no gradient is left; "
    "forget less, decay towards the initial weights, or add a residual and a layer norm"
)


def divergence(
    outputs: Tensor, values: Tensor, why: Callable[[int, int], str] = lambda row, time: ""
) -> tuple[Mark, ...]:
    """A mark at the first token whose answer is not finite, or 10⁹ times any value and the first answer.

    10⁹ is far beyond what a stable rule reaches by adding up (a Hebbian memory would need 10⁹ writes of one key), and
    an unstable one passes it on its way to infinity. outputs, values: [batch, time, d_value]. why: what is known of the
    reason, for a stream and a token.
    """
    if outputs.numel() == 0:
        return ()
    with torch.no_grad():
        size = outputs.abs().amax(-1)
        usual = torch.maximum(values.abs().amax(), size[:, 0].nan_to_num(0, 0, 0).amax())
        # where nothing gives a size, and where the limit itself overflows, only what is not finite is lost
        limit = LIMIT * usual if usual > 0 else torch.full_like(usual, torch.inf)
        lost = ~(size <= limit.clamp_max(torch.finfo(size.dtype).max))
        if not lost.any():
            return ()
        time = int(lost.any(0).nonzero()[0])
        row = int(lost[:, time].nonzero()[0])
        known = why(row, time)
    where = f"diverged at write {time}{_of_stream(row, outputs.shape[0])}"
    return (Mark(time, "diverged", f"{where}: {known}" if known else where),)


def reason(
    memory: Memory[Any], start: Any, pairs: Pairs, gates: Gates, period: int = 1, waiting: int = 0
) -> Callable[[int, int], str]:
    """Says, for a stream and a token, which write up to there was the furthest beyond its stability limit, if any was.

    The limits are the memory's own (`stable_below`): on θ‖k‖² of one token, on θ·λ_max(KKᵀ) of a chunk, whose gradients
    add up; for a net on θ·λ_max(JJᵀ), taken at the state the run started from. waiting: tokens at the head of the
    stream from which time is not counted yet.
    """

    def known(row: int, time: int) -> str:
        inner, state = ungated(memory, start)
        limits = inner.stable_below(gates) if hasattr(inner, "stable_below") else None
        carries = period > 1 and "momentum" in getattr(inner, "obeys", ()) and bool(gates.momentum.any())
        if limits is None or carries:
            return ""
        seen = slice(0, ((time + waiting) // period + 1) * period)
        keys, rates, limits = pairs.keys[row, seen], gates.inner_lr[row, seen].clamp_min(0), limits[row, seen]
        if not is_map(inner):
            every = inner.sharpness(state, pairs.keys)[row, seen]
            name, strengths, period_ = "λ_max(JJᵀ) at the start", rates * every, 1
        else:
            chunks = (keys * rates.sqrt()[..., None]).split(period)
            strengths = torch.stack([torch.linalg.matrix_norm(chunk, 2).square() for chunk in chunks])
            name, period_ = ("‖k‖²" if period == 1 else "λ_max(KKᵀ)"), period
        strengths = strengths * getattr(inner, "factor", lambda tokens: 1.0)(period)
        bounds = torch.stack([chunk.min() for chunk in limits.split(period_)])
        worst = int((strengths / bounds).argmax())
        if not strengths[worst] >= bounds[worst]:
            return ""
        return f"inner_lr·{name} = {strengths[worst]:.3g} ≥ {bounds[worst]:.3g}"

    return known


class Watch:
    """Sees whether a memory stays collapsed, where it can collapse at all (a net of several layers)."""

    def __init__(self, memory: Memory[Any]) -> None:
        self.memory = memory
        self._fallen: list[Tensor] = []
        self._times: list[int] = []

    def see(self, time: int, state: Any) -> None:
        """Look at the state after the write whose last token is `time`."""
        memory, state = ungated(self.memory, state)
        fallen = memory.collapsed(state) if hasattr(memory, "collapsed") else None
        if fallen is not None:
            self._fallen.append(fallen)
            self._times.append(time)

    def marks(self) -> tuple[Mark, ...]:
        """A mark at the write after which a stream's memory stayed collapsed, for the first such stream."""
        if not self._fallen or not bool(self._fallen[-1].any()):
            return ()
        stayed = torch.stack(self._fallen).flip(0).cummin(0).values.flip(0)
        write = int(stayed.any(1).nonzero()[0])
        row = int(stayed[write].nonzero()[0])
        time = self._times[write]
        where = f"collapsed at write {time}{_of_stream(row, stayed.shape[1])}"
        return (Mark(time, "collapsed", f"{where}: {COLLAPSE}"),)


def _of_stream(row: int, batch: int) -> str:
    return f" of stream {row}" if batch > 1 else ""
