"""Recorder: keeps what probes measure and hands it over as NumPy once, at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.inner.probes import Probe
from nlviz.inner.step import Step
from nlviz.memory import Gates, Gradient, Memory, Pairs
from nlviz.memory.able import Able
from nlviz.trace import Signal

__all__ = ["Recorder", "to_numpy"]


class Recorder:
    """Measures each write of a run; without probes it costs one `if`.

    blanks: no row of each probe, [0, batch, …], with the axes its rows would have had: `check_probes` gives them.
    offset: token index of the stream's first token (negative when tokens of an earlier call waited).
    """

    def __init__(self, probes: Sequence[Probe], blanks: Sequence[Tensor], offset: int = 0) -> None:
        self.probes = tuple(probes)
        self.offset = offset
        self._writes = 0
        self._rows: list[list[Tensor]] = [[blank] for blank in blanks]
        self._times: list[list[int]] = [[] for _ in self.probes]

    def record(
        self,
        index: int,
        pairs: Pairs,
        gates: Gates,
        before: Any,
        after: Any,
        memory: Memory[Any],
        *,
        error: Tensor | None = None,
        gradients: tuple[Gradient, ...] | None = None,
    ) -> None:
        """Ask every probe that is due of the write whose last token is `index`; error and gradients if at hand."""

        def step() -> Step[Any]:
            off = Able(memory).error(before, pairs) if error is None else error
            return Step(index + self.offset, pairs, gates, off, before, after, memory, gradients)

        self.see(index, step, pairs.keys.shape[1])

    def see(self, index: int, seen: Callable[[], Any], tokens: int = 1) -> None:
        """Ask every probe that is due of what `seen` makes: a write of so many tokens, `index` the last of them."""
        self._writes += 1
        due = [i for i, probe in enumerate(self.probes) if self._writes % probe.every == 0]
        if not due:
            return
        with torch.no_grad():
            step, index = seen(), index + self.offset
            for i in due:
                row = self.probes[i].measure(step)
                per_token = self.probes[i].per == "token"
                self._rows[i].append(row.transpose(0, 1) if per_token else row[None])
                first = index - tokens + 1 if per_token else index
                self._times[i].extend(range(first, index + 1))

    def signals(self) -> dict[str, Signal]:
        """What was measured, by probe name; the one crossing to NumPy."""
        return {
            probe.name: Signal(to_numpy(torch.cat(rows)), np.array(times, int), probe.unit)
            for probe, rows, times in zip(self.probes, self._rows, self._times, strict=True)
        }


def to_numpy(tensor: Tensor) -> np.ndarray:
    """The tensor as NumPy, off any graph and any device. Raises ValueError inside a transform of `torch.func`.

    >>> inner.to_numpy(torch.ones(2, requires_grad=True))
    array([1., 1.], dtype=float32)
    """
    held = tensors.tensor("tensor", tensor).detach().cpu()
    if not tensors.may_leave(held):
        words.refuse("tensor", "inside a transform of torch.func", "one with numbers of its own", "return it first")
    # NumPy knows no bfloat16
    return (held.float() if held.dtype == torch.bfloat16 else held).numpy()
