"""The inner loop, token by token. This is the book; `blocks.py` is the same answer, faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.inner.checks import check_count, check_probes, check_state, check_stream
from nlviz.inner.marks import Watch, divergence, reason
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import Recorder
from nlviz.memory import Gates, Gradient, Memory, Pairs
from nlviz.trace import Trace

__all__ = ["Pending", "Turn", "Unrolled", "march_chunks", "unroll"]


class Unrolled(NamedTuple):
    """What a run leaves: the state to carry on from, what was read [batch, time, d_value], and what was measured."""

    state: Any
    outputs: Tensor
    trace: Trace


class Pending(NamedTuple):
    """The state at the last whole write, and the tokens since that wait for their chunk to fill up.

    `unroll(period=…)` returns it when the stream ends inside a chunk, and takes it back as `state`.
    """

    state: Any
    pairs: Pairs
    gates: Gates


def unroll(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    state: Any = None,
    period: int = 1,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """Read a stream token by token, writing as it goes:

        for t in range(time):
            after = memory.write(before, pairs[t], gates[t])
            outputs[t] = memory.read(before if read_first else after, queries[t])
            trace[t] = [probe.measure(Step(t, pairs[t], gates[t], error, before, after, memory)) for probe in probes]

    queries: [batch, time, d_key]; the keys if None. state: where to start; `memory.init` if None.
    period: tokens that see the same old weights before one update. Inside a chunk a read sees the part of the update
    its own token and the earlier ones make (as in TTT's mini-batches and Titans eq. 16–18), so no read sees the
    future; with read_first it sees the weights at the chunk's start. A stream may be split anywhere: carry `state`
    on, and states, reads and signals are those of the whole (a probe with `every` counts anew in each call).
    Divergence and collapse end as marks in the trace (see `marks`), not as exceptions.
    Raises ValueError, before anything is computed, for axes that do not fit, pairs that are not finite, a period
    below one, or a probe the memory cannot answer.
    """

    def turn(before: Any, now: Pairs, how: Gates, asked: Tensor, whole: bool) -> Turn:
        after = memory.write(before, now, how) if whole else Pending(before, now, how)
        read = memory.read(before, asked) if read_first else _read(memory, before, after, now, how, asked)
        return Turn(after, read)

    return march_chunks(memory, pairs, gates, queries, turn, state=state, period=period, probes=probes)


class Turn(NamedTuple):
    """One chunk done: the state after it, what its queries were answered, and error and gradients if at hand."""

    after: Any
    read: Tensor
    error: Tensor | None = None
    gradients: tuple[Gradient, ...] | None = None


def march_chunks(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None,
    turn: Callable[[Any, Pairs, Gates, Tensor, bool], Turn],
    *,
    state: Any,
    period: int,
    probes: Sequence[Probe],
) -> Unrolled:
    """The loop itself, chunk after chunk; `turn` does one: (before, pairs, gates, queries, whether it is whole)."""
    check_count("period", period)
    check_stream(memory, pairs, gates, queries)
    queries = pairs.keys if queries is None else queries
    check_state(state, pairs.keys.shape[0])
    before, pairs, gates, waiting = _resume(memory, pairs, gates, state)
    check_probes(memory, before, pairs, gates, probes)
    first = before
    recorder, outputs, watch = Recorder(probes, offset=-waiting), [pairs.values[:, :0]], Watch(memory)
    for start, stop in _chunks(pairs.keys.shape[1], period):
        now, how = _slice(pairs, start, stop), _slice(gates, start, stop)
        asked = queries[:, max(start - waiting, 0) : max(stop - waiting, 0)]
        after, read, error, gradients = turn(before, now, how, asked, stop - start == period)
        outputs.append(read)
        if stop - start == period:
            recorder.record(stop - 1, now, how, before, after, memory, error=error, gradients=gradients)
            watch.see(stop - 1 - waiting, after)
        before = after
    read = torch.cat(outputs, 1)
    why = reason(memory, first, pairs, gates, period, waiting)
    marks = (*divergence(read, pairs.values, why), *watch.marks())
    return Unrolled(before, read, Trace(recorder.signals(), marks=marks))


def _resume(memory: Memory[Any], pairs: Pairs, gates: Gates, state: Any) -> tuple[Any, Pairs, Gates, int]:
    """Where to start from, the stream with any waiting tokens put back in front, and how many those are."""
    if not isinstance(state, Pending):
        start = memory.init(pairs.keys.shape[0], like=pairs.keys) if state is None else state
        return start, pairs, gates, 0
    pairs = Pairs(*(torch.cat(both, 1) for both in zip(state.pairs, pairs, strict=True)))
    gates = Gates(*(torch.cat(both, 1) for both in zip(state.gates, gates, strict=True)))
    return state.state, pairs, gates, state.pairs.keys.shape[1]


def _chunks(time: int, period: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + period, time)) for start in range(0, time, period))


def _slice(stream: Any, start: int, stop: int) -> Any:
    return type(stream)(*(part[:, start:stop] for part in stream))


def _read(memory: Memory[Any], before: Any, after: Any, pairs: Pairs, gates: Gates, queries: Tensor) -> Tensor:
    """One read per token of a chunk, each after the part of the update that it and the tokens before it make."""
    chunk = pairs.keys.shape[1]
    answers = [queries.new_zeros(*queries.shape[:1], 0, memory.d_value)]
    for i, query in enumerate(queries.split(1, 1), start=chunk - queries.shape[1]):
        last = i == chunk - 1 and not isinstance(after, Pending)
        part = after if last else memory.write(before, _slice(pairs, 0, i + 1), _slice(gates, 0, i + 1))
        answers.append(memory.read(part, query))
    return answers[1] if chunk == 1 else torch.cat(answers, 1)
