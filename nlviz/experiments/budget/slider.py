"""The slider from one memory to attention: what is recalled, and what is kept, by the length of a segment."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.budget.kept import MEETINGS, WIDTH
from nlviz.inner import Segments, fastest, read_segments, to_numpy
from nlviz.memory import Delta, Gates, Pairs
from nlviz.streams import Stream
from nlviz.trace import Signal, Trace

__all__ = ["slide"]

_STREAMS = 8
_RARE = "rare among common"
_COMMON = 16


def slide(
    meeting: str,
    *,
    sharpness: float = 30.0,
    joined: Literal["gated", "sum"] = "gated",
    inner_lr: float = 0.3,
    seed: int = 0,
) -> Trace:
    """A stream read in segments of 1, 2, 4, … tokens and as one, each by a delta memory that begins anew; all are read.

    meeting: one of MEETINGS. sharpness and joined as of `inner.unroll_segments`. The mean of 8 streams.
    Times are the lengths of a segment, the last that of the whole stream. "recall" [lengths, 1, items], the share of
    streams in which an item's answer is nearest to its own value; "place" [1, 1, items], the token at which it was
    shown last; "kind" [1, 1, items], by number, named by the note "kinds"; "kept" [lengths, 1] numbers, of states and
    of the keys that gate them; "cache" [1, 1], those of the tokens themselves.
    Raises ValueError as `segment_recall` does.

        >>> trace = experiments.budget.slide("each once")
        >>> trace["recall"].times, trace["kept"].values[:, 0].astype(int)[[0, -1]], trace["cache"].values.item()
        (array([  1,   2,   4,   8,  16,  32,  64, 128]), array([135168,   1024]), 8192.0)
    """
    words.known("meeting", meeting, MEETINGS)
    words.choice("joined", joined, ("gated", "sum"))
    sharpness = words.number("sharpness", sharpness, least=0.0)
    read = _read(meeting, words.number("inner_lr", inner_lr), words.count("seed", seed, least=0))
    found, memory = list[np.ndarray](), Delta(WIDTH, WIDTH)
    for length, state in read.states.items():
        answers = read_segments(memory, state, read.stream.keys, segment=length, sharpness=sharpness, joined=joined)
        found.append(_right(answers, read.stream.values))
    lengths, tokens = np.array(list(read.states)), len(read.stream.item)
    many = -(-tokens // lengths)
    # one memory alone needs no key to be told from others
    each = WIDTH**2 + np.where((many > 1) & (joined == "gated"), WIDTH, 0)
    rare = read.stream.item.new_tensor(range(read.stream.keys.shape[1])) >= _COMMON
    kinds = ("eight times", "once") if meeting == _RARE else ("all",)
    signals = {
        "recall": Signal(np.stack(found)[:, None], lengths, "share of streams"),
        "place": Signal(to_numpy(read.stream.last_shown)[None, None].astype(float), np.arange(1), "tokens"),
        "kind": Signal((to_numpy(rare) * (len(kinds) - 1.0))[None, None], np.arange(1)),
        "kept": Signal((many * each)[:, None].astype(float), lengths, "numbers"),
        "cache": Signal(np.array([[2.0 * WIDTH * tokens]]), np.arange(1), "numbers"),
    }
    return Trace(signals, notes={"kinds": kinds})


class _Read(NamedTuple):
    """A stream, and what is left of it by length of segment; however that is read."""

    stream: Stream
    states: dict[int, Segments]


@lru_cache(maxsize=4)
def _read(meeting: str, inner_lr: float, seed: int) -> _Read:
    stream = MEETINGS[meeting](Generator().manual_seed(seed), _STREAMS)
    tokens = len(stream.item)
    lengths = [length for length in (1, 2, 4, 8, 16, 32, 64) if length < tokens] + [tokens]
    return _Read(stream, {length: _segments(stream.pairs, length, inner_lr) for length in lengths})


def _segments(pairs: Pairs, length: int, inner_lr: float) -> Segments:
    """What `inner.unroll_segments` leaves of a stream. No segment knows of another, so all are one batch here."""
    batch, tokens = pairs.keys.shape[:2]
    many, whole = tokens // length, tokens // length * length
    first, rest = (Pairs(*(part[:, here] for part in pairs)) for here in (slice(whole), slice(whole, None)))
    rows = Pairs(*(part.reshape(batch * many, length, -1) for part in first))
    state = _written(rows, inner_lr)
    past = tuple(type(state)(*(part.unflatten(0, (batch, many))[:, one] for part in state)) for one in range(many))
    sums = (*first.keys.reshape(batch, many, length, -1).sum(2).unbind(1), rest.keys.sum(1))
    return Segments(past, sums, _written(rest, inner_lr) if whole < tokens else None, tokens)


def _written(pairs: Pairs, inner_lr: float) -> Any:
    return fastest(Delta(WIDTH, WIDTH), pairs, Gates.constant(pairs, inner_lr)).state


def _right(answers: Tensor, values: Tensor) -> np.ndarray:
    """The share of streams in which each item's answer is nearest to its own value, [items]."""
    near = F.normalize(answers, dim=-1) @ F.normalize(values, dim=-1).mT
    return to_numpy((near.argmax(-1) == near.new_tensor(range(values.shape[1]))).double().mean(0))
