"""One run in which batch, sequence, segment, chunk and level all differ, so that they can be told apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from nlviz.door import words
from nlviz.experiments.continuum.clockwork import LEVELS
from nlviz.experiments.continuum.levels import maps
from nlviz.inner import probes, unroll
from nlviz.memory import Gates, Pairs
from nlviz.streams import recall_pairs
from nlviz.trace import Signal, Trace

__all__ = ["nesting"]

WIDTH = 8


def nesting(
    sequence: int = 24,
    segment: int = 8,
    chunk: int = 2,
    periods: Sequence[int] = (4, 12),
    *,
    sequences: int = 2,
    batch: int = 3,
    seed: int = 0,
) -> Trace:
    """Streams read side by side by a fast and a slow level, each stream with a memory of its own, begun anew with every
    sequence.

    sequence, segment, chunk: tokens of each. A segment is what an attention beside the memory sees at once, or how far
    an outer gradient goes back; all tokens of a chunk see the same weights. periods: of the levels.
    Signals: "sequence", "segment", "chunk" [time, batch], which one a token is of, counted from 1, segments and chunks
    anew in every sequence; "level_writes" [writes, batch, 2]; "period" [1, 1, 2].
    Raises ValueError for lengths that do not divide one another: a chunk its segment and every period, a segment its
    sequence.

        >>> trace = experiments.continuum.nesting()
        >>> trace["level_writes"].times[trace["level_writes"].values[:, 0, 1] > 0].tolist()
        [11, 23, 35, 47]
    """
    chunk, segment = words.count("chunk", chunk, of="tokens"), words.count("segment", segment, of="tokens")
    sequence, sequences = words.count("sequence", sequence, of="tokens"), words.count("sequences", sequences)
    batch, periods = words.count("batch", batch), words.several("periods", periods, least=2, what="periods")
    _divides("segment", segment, "chunk", chunk)
    _divides("sequence", sequence, "segment", segment)
    memory = maps(tuple(periods), (0.5,) * len(periods), width=WIDTH, fast="keeps all")
    if len(periods) != len(LEVELS):
        words.refuse("the number of periods", len(periods), f"{len(LEVELS)}, of {' and '.join(LEVELS)}")
    for level, one in zip(LEVELS, memory.levels, strict=True):
        _divides(f"period of {level}", one.period, "chunk", chunk)
    chance = torch.Generator().manual_seed(words.seed("seed", seed))
    writes = []
    for _ in range(sequences):
        pairs: Pairs = recall_pairs(sequence, WIDTH, generator=chance, batch=batch).pairs
        run = unroll(memory, pairs, Gates.constant(pairs, 1.0), period=chunk, probes=[probes.level_writes])
        writes.append(run.trace["level_writes"])
    at = np.concatenate([one.times + number * sequence for number, one in enumerate(writes)])
    values = np.concatenate([one.values for one in writes])
    return Trace(
        {
            "level_writes": Signal(values, at, "‖ΔM‖", LEVELS),
            "period": Signal(np.array([[[one.period for one in memory.levels]]]), np.arange(1), "tokens", LEVELS),
            **_counted(sequence, sequences, {"segment": segment, "chunk": chunk}, batch),
        }
    )


def _divides(longer: str, long: int, shorter: str, short: int) -> None:
    if long % short:
        words.refuse(longer, long, f"a multiple of the {shorter}, {short}", f"use {short}, {2 * short}, …")


def _counted(sequence: int, sequences: int, lengths: dict[str, int], batch: int) -> dict[str, Signal]:
    """Which one every token is of, for every stream."""
    times = np.arange(sequence * sequences)
    found = {"sequence": times // sequence}
    found |= {name: times % sequence // length for name, length in lengths.items()}
    return {name: Signal(np.repeat(1 + one[:, None], batch, 1), times) for name, one in found.items()}
