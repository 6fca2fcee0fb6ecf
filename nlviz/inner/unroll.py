"""The inner loop, token by token. This is the book; `blocks` is the same answer, faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.inner.checks import check_probes
from nlviz.inner.entrance import check_count, look, probes_of
from nlviz.inner.marks import Watch, divergence, reason, unheld
from nlviz.inner.precision import cast, outside_autocast, wide
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import Recorder
from nlviz.inner.states import Pending
from nlviz.memory import Gates, Gradient, Memory, Pairs
from nlviz.memory.able import Able
from nlviz.memory.look import a_memory
from nlviz.trace import Trace

__all__ = ["Pending", "Turn", "Unrolled", "march_chunks", "unroll"]


class Unrolled(NamedTuple):
    """What a run leaves: the state to carry on from, what was read [batch, time, d_value], and what was measured."""

    state: Any
    outputs: Tensor
    trace: Trace


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
    Lists, NumPy arrays, a stream for its pairs and numbers for gates are taken.
    Raises ValueError, before anything is computed, for axes that do not fit, numbers that are not finite, momentum or
    forget outside 0…1 (also where the rule does not obey them), a period below one, a state of another memory, or a
    probe the memory cannot answer. Under `torch.func.vmap` numbers cannot be looked at, and are not.

        >>> stream = streams.recall_pairs(3, 8, generator=torch.Generator().manual_seed(0))
        >>> gates = memory.Gates.constant(stream.pairs)
        >>> run = inner.unroll(memory.Delta(8, 8), stream.pairs, gates, probes=[inner.probes.surprise])
        >>> run.outputs.shape, run.trace["surprise"].values.shape
        (torch.Size([1, 3, 8]), (3, 1))
    """
    read_first = words.flag("read_first", read_first)

    a_memory("memory", memory)
    able = Able(memory)
    # all is looked at once, at the door: inside it goes without
    store, answer = able.store, able.answer

    def turn(before: Any, now: Pairs, how: Gates, asked: Tensor, whole: bool) -> Turn:
        after = store(before, now, how) if whole else Pending(before, now, how)
        read = answer(before, asked) if read_first else _read(store, answer, before, after, now, how, asked)
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
    """The loop itself, chunk after chunk; `turn` does one: (before, pairs, gates, queries, whether it is whole).

    In float32 at least, and outside autocast: see `precision`.
    """
    period = check_count("period", period)
    given, probes = look(memory, pairs, gates, queries, state), probes_of(probes)
    with outside_autocast(given.asked):
        stream = cast(given, wide(*given))
        return _march(memory, *stream, given.asked.dtype, turn, period=period, probes=probes)


def _march(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None,
    state: Any,
    answers: torch.dtype,
    turn: Callable[[Any, Pairs, Gates, Tensor, bool], Turn],
    *,
    period: int,
    probes: Sequence[Probe],
) -> Unrolled:
    """The same, all in one precision; `answers` is that of what was read."""
    queries = pairs.keys if queries is None else queries
    first, pairs, gates, waiting = _resume(memory, pairs, gates, state)
    blanks = check_probes(memory, first, pairs, gates, probes)
    recorder, watch = Recorder(probes, blanks, offset=-waiting), Watch(memory)
    before, outputs = first, [pairs.values[:, :0]]
    for start, stop in _chunks(pairs.keys.shape[1], period):
        now, how = _slice(pairs, start, stop), _slice(gates, start, stop)
        asked = queries[:, max(start - waiting, 0) : max(stop - waiting, 0)]
        after, read, error, gradients = turn(before, now, how, asked, stop - start == period)
        outputs.append(read)
        if stop - start == period:
            recorder.record(stop - 1, now, how, before, after, memory, error=error, gradients=gradients)
            watch.see(stop - 1 - waiting, after)
        before = after
    read = torch.cat(outputs, 1).to(answers)
    why = reason(memory, first, pairs, gates, period, waiting)
    marks = (*divergence(read, pairs.values, why), *unheld(memory, gates), *watch.marks())
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


def _read(
    store: Callable[..., Any],
    answer: Callable[..., Tensor],
    before: Any,
    after: Any,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor,
) -> Tensor:
    """One read per token of a chunk, each after the part of the update that it and the tokens before it make."""
    chunk, whole = pairs.keys.shape[1], not isinstance(after, Pending)
    if chunk == 1 and whole and queries.shape[1] == 1:
        return answer(after, queries)
    answers = [pairs.values[:, :0]]
    for i, query in enumerate(queries.split(1, 1), start=chunk - queries.shape[1]):
        last = i == chunk - 1 and whole
        part = after if last else store(before, _slice(pairs, 0, i + 1), _slice(gates, 0, i + 1))
        answers.append(answer(part, query))
    return torch.cat(answers, 1)
