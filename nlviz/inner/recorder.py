"""Recorder: keeps what probes measure and hands it over as NumPy once, at the end; and what divergence is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.inner.probes import Probe
from nlviz.inner.step import Step
from nlviz.memory import Gates, Memory, Pairs
from nlviz.trace import Mark, Signal

__all__ = ["Recorder", "divergence", "to_numpy"]

LIMIT = 1e9


class Recorder:
    """Measures each write of a run; without probes it costs one `if`.

    offset: token index of the stream's first token (negative when tokens of an earlier call waited).
    """

    def __init__(self, probes: Sequence[Probe], offset: int = 0) -> None:
        self.probes = tuple(probes)
        self.offset = offset
        self._writes = 0
        self._rows: list[list[Tensor]] = [[] for _ in self.probes]
        self._times: list[list[int]] = [[] for _ in self.probes]

    def record(self, index: int, pairs: Pairs, gates: Gates, before: Any, after: Any, memory: Memory[Any]) -> None:
        """Ask every probe that is due of the write whose last token is `index`."""
        self._writes += 1
        due = [i for i, probe in enumerate(self.probes) if self._writes % probe.every == 0]
        if not due:
            return
        with torch.no_grad():
            error = memory.objective.error(memory.read(before, pairs.keys), pairs.values)
            index += self.offset
            step = Step(index, pairs, gates, error, before, after, memory)
            for i in due:
                row = self.probes[i].measure(step)
                per_token = self.probes[i].per == "token"
                self._rows[i].append(row.transpose(0, 1) if per_token else row[None])
                first = index - pairs.keys.shape[1] + 1 if per_token else index
                self._times[i].extend(range(first, index + 1))

    def signals(self) -> dict[str, Signal]:
        """What was measured, by probe name; the one crossing to NumPy."""
        return {
            probe.name: Signal(
                to_numpy(torch.cat(rows)) if rows else np.zeros((0, 1), np.float32), np.array(times, int), probe.unit
            )
            for probe, rows, times in zip(self.probes, self._rows, self._times, strict=True)
        }


def to_numpy(tensor: Tensor) -> np.ndarray:
    """The tensor as NumPy, off any graph and any device."""
    return tensor.detach().cpu().numpy()


def divergence(outputs: Tensor, values: Tensor) -> tuple[Mark, ...]:
    """A mark at the first token whose answer is not finite, or 10⁹ times any value and the first answer.

    10⁹ is far beyond what a stable rule reaches by adding up (a Hebbian memory would need 10⁹ writes of one key), and
    an unstable one passes it on its way to infinity. outputs, values: [batch, time, d_value].
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
    of_stream = f" of stream {row}" if outputs.shape[0] > 1 else ""
    return (Mark(time, "diverged", f"diverged at write {time}{of_stream}"),)
