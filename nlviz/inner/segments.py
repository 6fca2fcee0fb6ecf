"""From a recurrent state to attention by one slider: a memory is kept at the end of every segment, and all are read.

y_t = Σ_i γ_{t,i} M_i(q_t),    γ_t = softmax_i(β ⟨q_t, c_i⟩)        c_i: the mean key of segment i, so far
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.door.tensors import fits, tensor
from nlviz.inner.entrance import Given, check_count, look
from nlviz.inner.fastest import fastest
from nlviz.inner.precision import cast, outside_autocast, wide
from nlviz.inner.unroll import Unrolled
from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.able import Able
from nlviz.memory.look import a_memory
from nlviz.trace import Trace

__all__ = ["Segments", "read_segments", "unroll_segments"]


class Segments(NamedTuple):
    """past: the memory's state at the end of every segment. sums: the sum of each one's keys [batch, d_key], the last
    that of the segment being read. now: its state, None before its first token. clock: tokens read so far.
    """

    past: tuple[Any, ...] = ()
    sums: tuple[Tensor, ...] = ()
    now: Any = None
    clock: int = 0


def unroll_segments(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    segment: int,
    sharpness: float = 0.0,
    joined: Literal["gated", "sum"] = "gated",
    state: Segments | None = None,
) -> Unrolled:
    """Read a stream in segments, each by a memory that starts anew; a token asks its own segment's and all kept ones.

    segment: tokens to each. As long as the stream it is the memory itself; of one token, a Hebbian or delta memory is
    attention without a softmax over values: y_t = Σ_i γ_{t,i} θ_i ⟨k_i, q_t⟩ v_i, "gated attention".
    sharpness β: of the softmax over segments; 0 is their plain mean. joined: "sum" has γ = 1 throughout.
    What is kept grows by one state a segment: the slider's price. Reads come after the write, as in `unroll`.
    A stream may be split anywhere: carry `state` on. Nothing is measured. Raises ValueError as `unroll` does.
    Source: Behrouz et al. 2026 (Memory Caching, arXiv 2602.24281), gated residual memory; β is ours, theirs is learned.

        >>> stream = streams.recall_pairs(6, 4, generator=torch.Generator().manual_seed(0))
        >>> gates = memory.Gates.constant(stream.pairs)
        >>> run = inner.unroll_segments(memory.Hebbian(4, 4), stream.pairs, gates, segment=4)
        >>> run.outputs.shape, len(run.state.past), run.state.clock
        (torch.Size([1, 6, 4]), 1, 6)
    """
    segment, sharpness = check_count("segment", segment), words.number("sharpness", sharpness, least=0.0)
    words.choice("joined", joined, ("gated", "sum"))
    carried = Segments() if state is None else words.instance("state", state, Segments, "give that of an earlier call")
    given = look(memory, pairs, gates, queries, carried.now)
    with outside_autocast(given.asked):
        stream, outputs = cast(given, wide(*given)), []
        for piece in _pieces(stream, carried.clock, segment):
            carried, answers = _read(memory, carried, piece, segment, sharpness if joined == "gated" else None)
            outputs.append(answers)
        answered = torch.cat(outputs, 1) if outputs else stream.pairs.values
    return Unrolled(carried, answered.to(given.asked.dtype), Trace({}))


def read_segments(
    memory: Memory[Any],
    state: Segments,
    queries: Tensor,
    *,
    segment: int,
    sharpness: float = 0.0,
    joined: Literal["gated", "sum"] = "gated",
) -> Tensor:
    """What all kept memories and the one being written answer now, [batch, asked, d_value]; nothing is written.

    segment, sharpness and joined are those of the run that left `state`. Raises ValueError for a state without tokens.

        >>> pairs = memory.Pairs(torch.eye(4)[None], torch.eye(4)[None])
        >>> gates = memory.Gates.constant(pairs)
        >>> run = inner.unroll_segments(memory.Delta(4, 4), pairs, gates, segment=2, joined="sum")
        >>> asked = inner.read_segments(memory.Delta(4, 4), run.state, pairs.keys, segment=2, joined="sum")
        >>> torch.equal(asked, pairs.values)
        True
    """
    a_memory("memory", memory)
    segment, sharpness = check_count("segment", segment), words.number("sharpness", sharpness, least=0.0)
    words.choice("joined", joined, ("gated", "sum"))
    held = words.instance("state", state, Segments, "give that of unroll_segments")
    every = held.past if held.now is None else (*held.past, held.now)
    if not every:
        words.refuse("state", held, "one that has read a token", "run unroll_segments first")
    sums = torch.stack(held.sums[: len(every)], 1)
    asked = fits("queries", tensor("queries", queries, "batch asked d_key", like=sums), "d_key", sums.shape[2])
    asked, sizes = asked.to(sums), sums.new_full((len(every), 1), segment)
    if held.now is not None:
        sizes[-1] = held.clock % segment
    answers = _answers(memory, every, asked)
    shares = (
        (sharpness * (sums / sizes) @ asked.mT).softmax(1) if joined == "gated" else answers.new_ones(answers.shape[:3])
    )
    return (answers * shares[..., None]).sum(1)


def _pieces(given: Given, clock: int, segment: int) -> Iterator[tuple[Pairs, Gates, Tensor]]:
    """What lies between two ends of segments, in turn."""
    first, time = 0, given.pairs.keys.shape[1]
    while first < time:
        last = min(time, first + segment - (clock + first) % segment)
        here = slice(first, last)
        yield (
            Pairs(*(one[:, here] for one in given.pairs)),
            Gates(*(one[:, here] for one in given.gates)),
            given.asked[:, here],
        )
        first = last


def _read(
    memory: Memory[Any],
    before: Segments,
    piece: tuple[Pairs, Gates, Tensor],
    segment: int,
    sharpness: float | None,
) -> tuple[Segments, Tensor]:
    """One piece of one segment: what it answers with all that is kept, and what is kept after it."""
    pairs, gates, asked = piece
    run = fastest(memory, pairs, gates, asked, state=before.now)
    opens = len(before.sums) == len(before.past)
    begun = pairs.keys.new_zeros(len(pairs.keys), 1, pairs.keys.shape[2]) if opens else before.sums[-1][:, None]
    running = begun + pairs.keys.cumsum(1)
    answers = run.outputs
    if before.past:
        kept = _answers(memory, before.past, asked)
        every = torch.cat([kept, answers[:, None]], 1)
        answers = (every * _shares(before, running, asked, segment, sharpness)[..., None]).sum(1)
    clock = before.clock + pairs.keys.shape[1]
    sums = (*before.sums[: len(before.past)], running[:, -1])
    full = clock % segment == 0
    past = (*before.past, run.state) if full else before.past
    return Segments(past, sums, None if full else run.state, clock), answers


def _shares(before: Segments, running: Tensor, asked: Tensor, segment: int, sharpness: float | None) -> Tensor:
    """γ of every kept segment and of the one being read, [batch, segments, time]."""
    many = len(before.past)
    if sharpness is None:
        return asked.new_ones(len(asked), many + 1, asked.shape[1])
    centres = torch.stack(before.sums[:many], 1) / segment
    into = before.clock % segment
    read = torch.arange(into + 1, into + 1 + asked.shape[1], device=asked.device)
    own = (asked * running / read[:, None]).sum(-1)
    return (sharpness * torch.cat([centres @ asked.mT, own[:, None]], 1)).softmax(1)


def _answers(memory: Memory[Any], past: Sequence[Any], asked: Tensor) -> Tensor:
    """What every kept memory says, [batch, segments, time, d_value]: all of them asked at once."""
    batch, many = len(asked), len(past)
    together = _laid(past, lambda parts: torch.stack(parts, 1).flatten(0, 1))
    each = asked[:, None].expand(-1, many, -1, -1).flatten(0, 1)
    return Able(memory).answer(together, each).unflatten(0, (batch, many))


def _laid(states: Sequence[Any], join: Callable[[list[Tensor]], Tensor]) -> Any:
    """States of one kind as one state, every tensor joined with its likes; what is no tensor is the last one's."""
    first = states[-1]
    if isinstance(first, Tensor):
        return join(list(states))
    if not isinstance(first, tuple):
        return first
    parts = [_laid(list(one), join) for one in zip(*states, strict=True)]
    return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
