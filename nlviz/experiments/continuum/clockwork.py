"""Two levels read facts, a burst and the facts again: what each knows, when it is updated, and what waits in it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door import words
from nlviz.experiments.continuum.bursts import Burst, Facts, burst
from nlviz.experiments.continuum.levels import alone, maps
from nlviz.inner import Probe, fastest, probes, unroll
from nlviz.memory import Continuum, Delta, Gates, Pairs
from nlviz.trace import Mark, Signal, Token, Trace

__all__ = ["LEVELS", "clockwork", "clockwork_pieces"]

LEVELS = ("fast", "slow")
FAST_RATE, SLOW_RATE, FORGET = 0.5, 6.0, 0.1
AGAIN = 32
PIECE = 16
"""Tokens between two looks of whoever waits."""


def clockwork(
    length: int = 16,
    period: int = 32,
    *,
    contradicts: bool = True,
    fast: str = "lets go",
    out: int | None = None,
    batch: int = 16,
    seed: int = 0,
) -> Trace:
    """A for 64 tokens, a burst of B, A for 32 tokens more, read by a fast level (period 1) and a slow one.

    Signals: "recall of A" and "recall of B" [time, 1, 4], the share of the values that comes back, from "both", "fast",
    "slow" and "one level" (a single map that writes as the fast level does and keeps all); "level_writes" and
    "level_waiting" [time, 1, 2] as the probes measure them; "period" [1, 1, 2]. All are means of `batch` streams.
    Tokens: the spans, of kind "A", "burst" and "A again". Note "out": the level knocked out, if one is.
    length: of the burst. period: of the slow level. contradicts: whether B gives A's keys other values. fast, out: as
    `maps` takes them, and `burst`.
    Raises ValueError for what those refuse.

        >>> trace = experiments.continuum.clockwork(8, 16, batch=2)
        >>> trace["level_writes"].values[:, 0, 1].nonzero()[0].tolist()
        [15, 31, 47, 63, 79, 95]
    """
    pieces = clockwork_pieces(length, period, contradicts=contradicts, fast=fast, out=out, batch=batch, seed=seed)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def clockwork_pieces(
    length: int, period: int, *, contradicts: bool, fast: str, out: int | None, batch: int, seed: int
) -> Generator[tuple[int, int], None, Trace]:
    """The same, a yield after every few tokens: (read, of how many)."""
    chance = torch.Generator().manual_seed(words.seed("seed", seed))
    stream = burst(length, generator=chance, again=AGAIN, contradicts=contradicts, batch=batch)
    memory = maps((1, period), (FAST_RATE, SLOW_RATE), fast=fast, forget=FORGET, out=out)
    asked = [probes.level_writes, probes.level_waiting, *_recalls(stream)]
    run = yield from _read(memory, stream.pairs, asked)
    signals = {
        name: Signal(one.values.mean(1, keepdims=True), one.times, one.unit, LEVELS) for name, one in run.items()
    }
    signals |= _beside(stream, signals)
    signals["period"] = Signal(np.array([[[one.period for one in memory.levels]]]), np.arange(1), "tokens", LEVELS)
    tokens = tuple(
        Token(name, start, stop, "burst" if "burst" in name else name) for name, (start, stop) in stream.spans.items()
    )
    return Trace(signals, tokens, run.marks, {} if out is None else {"out": LEVELS[out]})


def _read(memory: Continuum, pairs: Pairs, asked: list[Probe]) -> Generator[tuple[int, int], None, Trace]:
    """The run, piece by piece: its signals one after the other, and its marks, at their own times."""
    state, traces, total = None, [], pairs.keys.shape[1]
    for start in range(0, total, PIECE):
        piece = Pairs(*(part[:, start : start + PIECE] for part in pairs))
        run = unroll(memory, piece, Gates.constant(piece, 1.0), state=state, probes=asked)
        state = run.state
        traces.append(run.trace)
        yield min(start + PIECE, total), total
    times = np.arange(total)
    signals = {
        name: Signal(np.concatenate([one[name].values for one in traces]), times, first.unit)
        for name, first in traces[0].items()
    }
    marks = [mark._replace(time=mark.time + number * PIECE) for number, one in enumerate(traces) for mark in one.marks]
    return Trace(signals, marks=_first_of_each(marks))


def _first_of_each(marks: list[Mark]) -> tuple[Mark, ...]:
    """A run that diverged diverges again in every piece."""
    return tuple({mark.kind: mark for mark in reversed(marks)}.values())


def _recalls(stream: Burst) -> list[Probe]:
    """What each level says of A and of B by itself: [batch, levels]."""
    return [_recall(f"recall of {name}", facts) for name, facts in (("A", stream.a), ("B", stream.b))]


def _recall(name: str, facts: Facts) -> Probe:
    def measure(step: Any) -> Tensor:
        memory = step.memory
        each = [alone(memory, step.after, level) for level in range(len(memory.levels))]
        return torch.stack([_share(memory.answer(one, facts.keys), facts.values) for one in each], -1)

    return Probe(name, measure, "share of the value")


def _share(answers: Tensor, values: Tensor) -> Tensor:
    """⟨answer, value⟩/‖value‖², the mean over the facts: [batch]."""
    return ((answers * values).sum(-1) / values.square().sum(-1)).mean(-1)


def _beside(stream: Burst, signals: dict[str, Signal]) -> dict[str, Signal]:
    """Recall of both levels together before that of each, and of a single level after: [time, 1, 4]."""
    one = _one_level(stream)
    beside = {}
    for name, single in one.items():
        own = signals[name]
        # answers add up, and a share is linear in them
        values = np.concatenate([own.values.sum(-1, keepdims=True), own.values, single], -1)
        beside[name] = own._replace(values=values, names=("both", *LEVELS, "one level"))
    return beside


def _one_level(stream: Burst) -> dict[str, np.ndarray]:
    """What a single map recalls of A and of B, [time, 1, 1]."""
    keys, values = (torch.cat(pair, 1) for pair in zip(stream.a, stream.b, strict=True))
    width, many = keys.shape[-1], stream.a.keys.shape[1]
    share = probes.share(keys, values)
    run = fastest(Delta(width, width), stream.pairs, Gates.constant(stream.pairs, FAST_RATE), probes=[share])
    found = run.trace["share"].values
    parts = {"recall of A": found[..., :many], "recall of B": found[..., many:]}
    return {name: part.mean((1, 2))[:, None, None] for name, part in parts.items()}
