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

from nlviz.door.words import count, instance, number, share
from nlviz.experiments.entrance import a_model_of_bytes, bytes_of, gated, rates_of
from nlviz.experiments.reading_probes import ALWAYS
from nlviz.inner import Probe, to_numpy, unroll
from nlviz.inner.entrance import probes_of
from nlviz.memory import DeepMemory, Gates, Pairs, SurpriseGate
from nlviz.outer.models.byte_model import BYTES, ByteModel, ByteState
from nlviz.streams.code import Source
from nlviz.trace import Mark, Signal, Thinned, Token, Trace

__all__ = ["Piece", "Reading", "ReadingState", "read", "reading_pieces"]

# Bytes read at once, about: enough to be fast, few enough that whoever watches need not wait for the next piece. What
# takes its time is a write, so where every byte is one a piece is shorter.
PIECE, WRITES = 512, 64


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
    rows: int | None = None,
) -> Reading:
    """Read `source` byte by byte with the model's head as fast weights, which start at the slow head W_0:

        bits_t = −log₂ softmax(W k_t)[byte_t]
        every `period` bytes: W ← W − θ Σ_t (softmax(W k_t) − onehot(byte_t)) k_tᵀ

    inner_lr: θ, or one per byte; 0 is the frozen model. period: bytes that see the same W; their gradients are summed.
    threshold: in bits; only bytes more surprising are written (None: all). gate: another gate instead.
    momentum, forget: as in `memory.DeepMemory`.
    state: of an earlier reading, to go on from; any split gives the numbers of the whole. probes: measured besides.
    rows: at most so many to a signal, each the mean of a block (`trace.Thinned`), without bytes and tokens; None: all.

    Signals, [time, 1], time counted in bytes of this call: "bits" and "frozen_bits" per byte, before it is written;
    "bytes" as read; "surprise" ‖∇ℓ‖ and "written" (0 to 1) per byte; "write_norm", "drift_norm" ‖W − W_0‖ per write.
    A last, unfinished chunk is read but not written: it waits in the state. A `Source` brings its tokens.
    Of an empty text come signals of no rows and the state to begin with. Raises ValueError for what is no text or
    model, for gates and periods out of range, and for an inner_lr of another length.

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
        rows=rows,
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
    rows: int | None = None,
) -> Iterator[Piece]:
    """As `read`, piece by piece, for whoever wants to show how far it is or to stop: the last piece is the whole.

    Arguments, signals and errors are those of `read`.

        for piece in reading_pieces(model, source):
            print(f"{piece.done} of {piece.total} bytes")
        trace = piece.so_far().trace              # the trace of `read`, to the bit
    """
    text, tokens = bytes_of(source), source.tokens if isinstance(source, Source) else ()
    model, period = a_model_of_bytes(model), count("period", period, of="bytes")
    gates = number("momentum", momentum, least=0.0, below=1.0), share("forget", forget)
    how = How(rates_of(inner_lr, len(text)), period, *gates)
    memory = gated(model.memory(), threshold, gate)
    if state is not None:
        instance("state", state, ReadingState, "give `reading.state` of an earlier reading, or None")
    kept = _Whole(text, tokens) if rows is None else Thinned(rows)
    return _pieces(model, text, how, memory, (*ALWAYS, *probes_of(probes)), state, kept)


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
    how: How,
    memory: DeepMemory | SurpriseGate,
    asked: Sequence[Probe],
    state: ReadingState | None,
    kept: _Whole | Thinned,
) -> Iterator[Piece]:
    place, fast = state if state is not None else (None, None)

    def so_far() -> Reading:
        assert place is not None
        return Reading(ReadingState(place, fast), kept.trace())

    for start, stop in _cuts(len(text), how.period, asked):
        given = torch.tensor(text[start:stop], device=model.head.weight.device)[None]
        keys, place = model(given, place)
        pairs = Pairs(keys, F.one_hot(given.long(), BYTES).to(keys.dtype))
        gates = Gates.constant(pairs, torch.tensor(how.rates[start:stop]), how.momentum, how.forget)
        run = unroll(memory, pairs, gates, state=fast, period=how.period, read_first=True, probes=asked)
        fast, answers, trace = run
        both = {"bits": answers, "frozen_bits": keys @ model.head_weights().mT}
        kept.add(trace.merge({name: _bits(logits, given) for name, logits in both.items()}), start)
        yield Piece(stop, len(text), so_far)


def _cuts(length: int, period: int, asked: Sequence[Probe]) -> Iterator[tuple[int, int]]:
    """Where to cut: at whole writes, and where every probe starts counting anew anyway, so that no cut is ever seen."""
    cycle = period * math.lcm(*(probe.every for probe in asked))
    size = cycle * -(-min(PIECE, WRITES * period) // cycle)
    # an empty text is one piece of nothing: its signals have their axes
    return ((start, min(start + size, length)) for start in range(0, max(length, 1), size))


def _bits(logits: Tensor, given: Tensor) -> Signal:
    lost = F.cross_entropy(logits[0], given[0].long(), reduction="none") / math.log(2)
    return Signal(to_numpy(lost)[:, None], np.arange(given.shape[1]), "bits per byte")


class _Whole:
    """The traces of consecutive pieces as one, every row of them, with the bytes as read and their tokens."""

    def __init__(self, text: np.ndarray, tokens: Sequence[Token]) -> None:
        self.text, self.tokens = text, tokens
        self.pieces: list[tuple[Trace, int]] = []

    def add(self, piece: Trace, start: int) -> None:
        self.pieces.append((piece, start))

    def trace(self) -> Trace:
        """What has come so far, times counted from the first piece."""
        signals = {name: self._joined(name) for name in self.pieces[0][0]}
        stop = len(signals["bits"].values)
        raw = Signal(self.text[:stop, None], np.arange(stop), "byte")
        # What has diverged in one piece is lost in all that follow: the first mark says it.
        marks = (Mark(mark.time + start, *mark[1:]) for piece, start in self.pieces for mark in piece.marks)
        seen = tuple(token for token in self.tokens if token.stop <= stop)
        return Trace({**signals, "bytes": raw}, tokens=seen, marks=tuple(islice(marks, 1)))

    def _joined(self, name: str) -> Signal:
        parts = [piece[name] for piece, _ in self.pieces]
        times = [part.times + start for part, (_, start) in zip(parts, self.pieces, strict=True)]
        return parts[0]._replace(values=np.concatenate([part.values for part in parts]), times=np.concatenate(times))
