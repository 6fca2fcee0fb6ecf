"""Reading with fast weights: each byte is predicted, then written. The experiment labs, notebooks and tests share."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door.arrays import array
from nlviz.door.words import able, call, count, instance, number, refuse, share
from nlviz.inner import Probe, Step, to_numpy, unroll
from nlviz.inner.entrance import probes_of
from nlviz.inner.probes import surprise, write_norm
from nlviz.memory import DeepMemory, Gates, Pairs, SurpriseGate, bits
from nlviz.memory.able import Able
from nlviz.outer.models.byte_model import BYTES, ByteModel, ByteState
from nlviz.streams.code import Source
from nlviz.trace import Mark, Signal, Token, Trace

__all__ = ["Piece", "Reading", "ReadingState", "drift_norm", "known", "read", "reading_pieces"]

# Bytes read at once, about: enough to be fast, few enough that whoever watches need not wait for the next piece.
PIECE = 512


class ReadingState(NamedTuple):
    """Where a reader stands: in the text, and in its fast weights."""

    text: ByteState
    memory: Any


class Reading(NamedTuple):
    """What reading leaves: the state to read on from, and what was measured."""

    state: ReadingState
    trace: Trace


class Piece(NamedTuple):
    """One more piece has been read: `done` of `total` bytes by now. `so_far()` is the Reading up to here."""

    done: int
    total: int
    so_far: Callable[[], Reading]


def read(
    model: ByteModel,
    source: Source | bytes | np.ndarray,
    *,
    inner_lr: float | np.ndarray = 1.0,
    period: int = 16,
    threshold: float | None = None,
    gate: Callable[[DeepMemory], SurpriseGate] | None = None,
    momentum: float = 0.0,
    forget: float = 0.0,
    probes: Sequence[Probe] = (),
    state: ReadingState | None = None,
) -> Reading:
    """Read `source` byte by byte with the model's head as fast weights, which start at the slow head W_0:

        bits_t = −log₂ softmax(W k_t)[byte_t]
        every `period` bytes: W ← W − θ Σ_t (softmax(W k_t) − onehot(byte_t)) k_tᵀ

    inner_lr: θ, or one per byte; 0 is the frozen model. period: bytes that see the same W; their gradients are summed.
    threshold: in bits; only bytes more surprising are written (None: all). gate: another gate instead.
    momentum, forget: as in `memory.DeepMemory`.
    state: of an earlier reading, to go on from; any split gives the numbers of the whole. probes: measured besides.

    Signals, [time, 1], time counted in bytes of this call: "bits" and "frozen_bits" per byte, before it is written;
    "bytes" as read; "surprise" ‖∇ℓ‖ and "written" (0 to 1) per byte; "write_norm", "drift_norm" ‖W − W_0‖ per write.
    A last, unfinished chunk is read but not written: it waits in the state. A `Source` brings its tokens.
    Of an empty text come signals of no rows and the state to begin with. Raises ValueError for what is no text or
    model, for gates and periods out of range, and for an inner_lr of another length.

        trace = read(ByteModel.load(), streams.code("email", limit=60_000)).trace
        trace["bits"].values.mean() / trace["frozen_bits"].values.mean()

        >>> model = outer.ByteModel.load()
        >>> state, run = experiments.read(model, b"x = 1; x = 2; x = 3")
        >>> sorted(run), run["bits"].values.shape
        (['bits', 'bytes', 'drift_norm', 'frozen_bits', 'surprise', 'write_norm', 'written'], (19, 1))
    """
    pieces = reading_pieces(
        model,
        source,
        inner_lr=inner_lr,
        period=period,
        threshold=threshold,
        gate=gate,
        momentum=momentum,
        forget=forget,
        probes=probes,
        state=state,
    )
    return deque(pieces, maxlen=1).pop().so_far()


def reading_pieces(
    model: ByteModel,
    source: Source | bytes | np.ndarray,
    *,
    inner_lr: float | np.ndarray = 1.0,
    period: int = 16,
    threshold: float | None = None,
    gate: Callable[[DeepMemory], SurpriseGate] | None = None,
    momentum: float = 0.0,
    forget: float = 0.0,
    probes: Sequence[Probe] = (),
    state: ReadingState | None = None,
) -> Iterator[Piece]:
    """As `read`, piece by piece, for whoever wants to show how far it is or to stop: the last piece is the whole.

    Arguments, signals and errors are those of `read`.

        for piece in reading_pieces(model, source):
            print(f"{piece.done} of {piece.total} bytes")
        trace = piece.so_far().trace              # the trace of `read`, to the bit
    """
    text, tokens = _bytes(source), source.tokens if isinstance(source, Source) else ()
    model, period = _of_bytes(model), count("period", period, of="bytes")
    gates = number("momentum", momentum, least=0.0, below=1.0), share("forget", forget)
    how = How(_rates(inner_lr, len(text)), period, *gates)
    memory = _gated(model.memory(), threshold, gate)
    if state is not None:
        instance("state", state, ReadingState, "give `reading.state` of an earlier reading, or None")
    return _pieces(model, text, tokens, how, memory, (*_ALWAYS, *probes_of(probes)), state)


class How(NamedTuple):
    """How a text is written: θ of every byte, bytes per write, η and α."""

    rates: np.ndarray
    period: int
    momentum: float
    forget: float


@torch.no_grad()
def _pieces(
    model: ByteModel,
    text: np.ndarray,
    tokens: Sequence[Token],
    how: How,
    memory: DeepMemory | SurpriseGate,
    asked: Sequence[Probe],
    state: ReadingState | None,
) -> Iterator[Piece]:
    place, fast = state if state is not None else (None, None)
    traces, starts = [], []

    def so_far() -> Reading:
        assert place is not None
        raw = Signal(text[:stop, None], np.arange(stop), "byte")
        seen = tuple(token for token in tokens if token.stop <= stop)
        return Reading(ReadingState(place, fast), _joined(traces, starts).merge({"bytes": raw}, tokens=seen))

    for start, stop in _cuts(len(text), how.period, asked):
        given = torch.tensor(text[start:stop], device=model.head.weight.device)[None]
        keys, place = model(given, place)
        pairs = Pairs(keys, F.one_hot(given.long(), BYTES).to(keys.dtype))
        gates = Gates.constant(pairs, torch.tensor(how.rates[start:stop]), how.momentum, how.forget)
        run = unroll(memory, pairs, gates, state=fast, period=how.period, read_first=True, probes=asked)
        fast, answers, trace = run
        both = {"bits": answers, "frozen_bits": keys @ model.head_weights().mT}
        traces.append(trace.merge({name: _bits(logits, given) for name, logits in both.items()}))
        starts.append(start)
        yield Piece(stop, len(text), so_far)


def _of_bytes(model: Any) -> Any:
    """A model that reads bytes and whose head a memory may start from: such as any TokenModel of 256 symbols."""
    able("model", model, ("keys", "head_weights", "memory"), "a model of bytes, such as ByteModel.load()")
    vocabulary = getattr(model, "vocabulary", BYTES)
    if vocabulary != BYTES:
        refuse("the model's vocabulary", vocabulary, f"{BYTES}, one symbol for each byte")
    return model


def _gated(
    head: DeepMemory, threshold: float | None, gate: Callable[[DeepMemory], SurpriseGate] | None
) -> DeepMemory | SurpriseGate:
    if gate is not None and threshold is not None:
        raise ValueError(f"both a threshold ({threshold}) and a gate were given; put the threshold into the gate")
    if gate is not None:
        wanted = "a function of the head, as lambda head: SurpriseGate(head, 3.0)"
        made = call("gate", None if isinstance(gate, type) else gate, wanted)(head)
        return instance("what the gate gave", made, SurpriseGate)
    return head if threshold is None else SurpriseGate(head, number("threshold", threshold), metric=bits)


def _rates(inner_lr: float | np.ndarray, length: int) -> np.ndarray:
    if not isinstance(inner_lr, np.ndarray | list | tuple | Tensor) or getattr(inner_lr, "ndim", 1) == 0:
        return np.full(length, number("inner_lr", inner_lr, least=0.0, remedy="give one, or one for each byte"))
    rates = array("inner_lr", inner_lr, "bytes", finite=True, dtype=np.float64)
    if len(rates) != length or (rates < 0).any():
        raise ValueError(
            f"inner_lr has {len(rates)} values for {length} bytes, the least {rates.min(initial=0):g}; "
            "give a number, or one of at least 0 for each byte"
        )
    return rates


def known(
    model: ByteModel, source: Source | bytes | np.ndarray, every: int = 64, *, counted: np.ndarray | None = None
) -> Probe:
    """What is still known of `source` while something else is read: its bits per byte, re-read without being written.

    A probe for `read`, measured at every `every`-th write: signal "known", [time, 1]. To compare: the frozen model's
    value is the mean of "frozen_bits" on the same source, and it never changes. counted: [time], True for the bytes to
    count, all if None.
    """
    model, every = _of_bytes(model), count("every", every)
    given = torch.tensor(_bytes(source), device=model.head.weight.device)[None]
    if counted is not None:
        counted = array("counted", counted, "time")
        if not np.isin(counted, (0, 1)).all():
            refuse("counted", counted, "True or False for each byte")
        counted = counted.astype(bool)
        if len(counted) != given.shape[1]:
            refuse("the length of counted", len(counted), f"{given.shape[1]}, one for each byte of the source")
    if not (given.numel() if counted is None else counted.sum()):
        refuse("the number of bytes to ask about", 0, "at least one")
    with torch.no_grad():
        keys = model.keys(given)
    if counted is not None:
        keys, given = keys[:, counted], given[:, counted]

    def measure(step: Step[Any]) -> Tensor:
        answers = step.memory.read(step.after, keys)
        return F.cross_entropy(answers[0], given[0].long())[None] / math.log(2)

    return Probe("known", measure, "bits per byte", every)


def _drift(step: Step[Any]) -> Tensor:
    start = step.memory.init(1, like=step.pairs.keys)
    return (step.after.memory - start.memory).flatten(1).norm(dim=1)


drift_norm: Probe = Probe("drift_norm", _drift, "‖W − W₀‖")
"""‖W_t − W_0‖_F after the write: how far the fast weights have moved from the slow ones they started at."""


def _opened(step: Step[Any]) -> Tensor:
    """1 where a byte was written, else 0, [batch, chunk]."""
    given = (step.gates.inner_lr != 0).to(step.error.dtype)
    return given * Able(step.memory).opening(step.before, step.pairs)


_ALWAYS = (surprise, write_norm, drift_norm, Probe("written", _opened, "1 if written", per="token"))


def _bytes(source: Source | bytes | np.ndarray) -> np.ndarray:
    text, what = source.bytes if isinstance(source, Source) else source, "bytes: a Source, bytes, or numbers 0 to 255"
    if isinstance(text, bytes | bytearray):
        return np.frombuffer(bytes(text), np.uint8)
    if isinstance(text, str):
        refuse("the text", text, what, "use text.encode()")
    found = array("the text", text, "time")
    if found.size and (found.dtype.kind not in "iu" or found.min() < 0 or found.max() > 255):
        refuse("the text", found, what)
    return found.astype(np.uint8, copy=False)


def _cuts(length: int, period: int, asked: Sequence[Probe]) -> Iterator[tuple[int, int]]:
    """Where to cut: at whole writes, and where every probe starts counting anew anyway, so that no cut is ever seen."""
    cycle = period * math.lcm(*(probe.every for probe in asked))
    size = cycle * -(-PIECE // cycle)
    # an empty text is one piece of nothing: its signals have their axes
    return ((start, min(start + size, length)) for start in range(0, max(length, 1), size))


def _bits(logits: Tensor, given: Tensor) -> Signal:
    lost = F.cross_entropy(logits[0], given[0].long(), reduction="none") / math.log(2)
    return Signal(to_numpy(lost)[:, None], np.arange(given.shape[1]), "bits per byte")


def _joined(traces: Sequence[Trace], starts: Sequence[int]) -> Trace:
    """The traces of consecutive pieces as one, times counted from the first."""

    def join(name: str) -> Signal:
        parts = [trace[name] for trace in traces]
        times = [part.times + start for part, start in zip(parts, starts, strict=True)]
        return parts[0]._replace(values=np.concatenate([part.values for part in parts]), times=np.concatenate(times))

    # What has diverged in one piece is lost in all that follow: the first mark says it.
    marks = (
        Mark(mark.time + start, *mark[1:]) for trace, start in zip(traces, starts, strict=True) for mark in trace.marks
    )
    return Trace({name: join(name) for name in traces[0]}, marks=tuple(islice(marks, 1)))
