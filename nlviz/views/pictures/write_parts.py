"""The parts of one write, as frames: read, error, write, decay. NumPy only, no drawing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nlviz.trace import Trace
from nlviz.views.drawing.sheet import finite
from nlviz.views.heat_map import matrices

__all__ = ["WriteParts", "parts_of", "rows"]


class WriteParts(NamedTuple):
    """What the frames of a matrix memory show, part by part of every write.

        M_t = (1 − α_t) M_{t−1} + S_t

    read: M_{t−1} answers its key. error: the answer is held against the value. write: S_t lands on M_{t−1}. decay:
    α_t M_{t−1} is taken off, which leaves M_t; a memory that never forgets has no such part.
    names: of the parts; () if a write cannot be taken apart. steps, parts: [frames], which write, which of its parts.
    matrices: [states, d_value, d_key]; states: [frames], the matrix after each part.
    answers: [frames, d_value], what that matrix answers to the key of the write; None without keys.
    """

    names: tuple[str, ...]
    steps: np.ndarray
    parts: np.ndarray
    matrices: np.ndarray
    states: np.ndarray
    answers: np.ndarray | None

    @property
    def done(self) -> np.ndarray:
        """[frames] True where the write is complete."""
        return self.parts == max(1, len(self.names)) - 1

    @property
    def complete(self) -> np.ndarray:
        """[frames] How many writes are complete: 0 before the first."""
        return (self.steps + self.done).astype(np.int32)


def parts_of(trace: Trace, stream: int) -> WriteParts:
    """The parts of every write of a trace with "weights", and "keys" if they are to be told apart.

    The matrix starts at zero. "forget" [time, batch] is α; not recorded, nothing is forgotten.
    """
    after = matrices(trace, "weights", stream).astype(np.float32)
    count, keys = len(after), rows(trace, "keys", stream) if "keys" in trace else None
    if keys is None or not np.array_equal(trace["weights"].times, np.arange(count)):
        steps = np.arange(count, dtype=np.int32)
        answers = None if keys is None else _answers(after, keys)
        return WriteParts((), steps, np.zeros_like(steps), after, steps, answers)
    forget = rows(trace, "forget", stream).reshape(count) if "forget" in trace else np.zeros(count)
    whole = np.concatenate([np.zeros_like(after[:1]), after])
    before, now = np.arange(count), np.arange(1, count + 1)
    names, order, states = ("read", "error", "write"), [before, before, now], whole
    if np.any(forget):
        landed = after + forget[:, None, None].astype(np.float32) * whole[:-1]
        names, states = (*names, "decay"), np.concatenate([whole, landed])
        order = [before, before, np.arange(count) + count + 1, now]
    shown = np.stack(order, axis=1).ravel().astype(np.int32)
    steps = np.repeat(np.arange(count, dtype=np.int32), len(names))
    parts = np.tile(np.arange(len(names), dtype=np.int32), count)
    return WriteParts(names, steps, parts, states, shown, _answers(states[shown], keys[steps]))


def rows(trace: Trace, name: str, stream: int) -> np.ndarray:
    """A signal at the writes that are shown, [writes, …], what is not finite as NaN."""
    at = np.searchsorted(trace[name].times, trace["weights"].times)
    values = finite(np.asarray(trace[name].values)[:, stream])
    return values[np.minimum(at, len(values) - 1)].astype(np.float32)


def _answers(memories: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """M k, [frames, d_value]; what has left the finite numbers is a gap, not a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(np.einsum("tvk,tk->tv", memories, keys))
