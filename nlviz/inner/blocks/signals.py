"""Probes asked of solved blocks: their rows in a stretch, and the signals of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from nlviz.inner.blocks.telemetry import Solved
from nlviz.inner.precision import cast
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import to_numpy
from nlviz.inner.step import Step
from nlviz.memory import Gates, LinearState, Pairs
from nlviz.trace import Signal

__all__ = ["block_signals", "measure"]


def measure(probe: Probe, solved: Solved, first: int, blank: Tensor) -> Tensor:
    """The rows [due tokens, batch, …] of a probe in a stretch whose first token is `first`; `blank` is none of them."""
    due = range(-(first + 1) % probe.every, solved.pairs.keys.shape[1], probe.every)
    if not due:
        return blank
    if not probe.whole:
        return torch.stack(list(_measured(probe, solved, first)))
    rows = cast(probe.measure(solved), solved.dtype).transpose(0, 1)
    return rows if probe.every == 1 else rows[due.start :: probe.every]


def block_signals(
    probes: Sequence[Probe], rows: Sequence[Sequence[Tensor]], time: int, blanks: Sequence[Tensor]
) -> dict[str, Signal]:
    """Every probe's signal from its rows in each stretch, as `Recorder.signals` would give it.

    blanks: no row of each, [0, batch, …]: what is left of a signal that was never due.
    """
    signals = {}
    for i, (probe, blank) in enumerate(zip(probes, blanks, strict=True)):
        due = np.arange(probe.every - 1, time, probe.every)
        measured = torch.cat([blank, *(stretch[i] for stretch in rows)])
        signals[probe.name] = Signal(to_numpy(measured), due, probe.unit)
    return signals


def _measured(probe: Probe, part: Solved, first: int) -> Iterator[Tensor]:
    """A probe that asks for more than `Seen` tells: its rows, on the very Steps the token loop would build."""
    for block in range(part.impulses.shape[1]):
        offsets = [t for t in range(part.size) if (first + block * part.size + t + 1) % probe.every == 0]
        if not offsets:
            continue
        before, after = part.states(block, offsets), part.states(block, [t + 1 for t in offsets])
        for row, offset in enumerate(offsets):
            at = block * part.size + offset
            now = slice(at, at + 1)
            step = Step(
                first + at,
                Pairs(*(x[:, now] for x in part.pairs)),
                Gates(*(x[:, now] for x in part.gates)),
                part.error[:, now],
                LinearState(*(x[:, row] for x in before)),
                LinearState(*(x[:, row] for x in after)),
                part.memory,
            )
            measured = probe.measure(cast(step, part.dtype))
            yield measured[:, 0] if probe.per == "token" else measured
