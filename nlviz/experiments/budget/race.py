"""The race: what a cache, a window that costs as much, and memories of fixed size recall as more and more is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.budget.contexts import CONTENDERS, Costs, attended, costs
from nlviz.inner import fastest
from nlviz.measure import Forgetting, effective_context
from nlviz.memory import Gates, Pairs
from nlviz.streams import Stream, recall_pairs
from nlviz.trace import Signal, Trace

__all__ = ["EQUAL", "RACERS", "TUNED", "race"]

ATTENTION = "full attention"
RACERS = (ATTENTION, *CONTENDERS)
EQUAL = ("bytes", "work")
"""What a window may have as much of as a memory: bytes kept, or products for one token."""

TUNED: dict[str, dict[int, dict[str, float]]] = {
    "Hebbian": {16: {"forget": 0.1}, 32: {"forget": 0.02}, 64: {"forget": 0.01}},
    "gated delta": {
        16: {"inner_lr": 0.4, "forget": 0.05},
        32: {"inner_lr": 0.4, "forget": 0.01},
        64: {"inner_lr": 0.2, "forget": 0.002},
    },
    "Titans": {
        16: {"inner_lr": 0.2, "momentum": 0.6, "forget": 0.1},
        32: {"inner_lr": 0.4, "momentum": 0.3, "forget": 0.005},
        64: {"inner_lr": 0.2, "momentum": 0.0, "forget": 0.002},
    },
    "two levels": {
        16: {"inner_lr": 0.4, "forget": 0.05},
        32: {"inner_lr": 0.4, "forget": 0.002},
        64: {"inner_lr": 0.2, "forget": 0.002},
    },
}
"""Gates by memory and width: those with the longest effective context on the seed of the search, which nothing else
uses. Source: tests/benchmarks/budget.md, its first table; `python -m tests.benchmarks.budget` finds them anew."""

# In eighths of the width: up to eight times the width is read, and every length is a whole number of points.
_EIGHTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
# Streams times width: so many that a point of every width is the mean of as many answers.
_STREAMS = 1024
_STATE = 4


def race(width: int, memory: str = "gated delta", *, equal: str = "bytes", number: int = 4, seed: int = 0) -> Trace:
    """Unrelated pairs are read once; after so many tokens every one is asked for, of attention, a window and memories.

    width: 16, 32 or 64, for which gates are tuned. memory: the one of CONTENDERS beside which a window stands that has
    equal "bytes" or "work": as many tokens as cost the same. number: bytes of one number in a cache, 4 or 2; a state
    has 4, for small writes are lost in less.
    Times are tokens read. "recall" [lengths, 1, ages, 3] of this memory, its window and full attention, NaN for ages
    that nothing has yet; "age" [1, 1, ages]; of all RACERS "reach", the effective context at recall .9, "cost" in bytes
    or products, and "window", the tokens of a window of that cost, all [lengths, 1, racers]. Neither a reach nor a
    window is longer than what was read. Note "memory": the chosen one.
    Raises ValueError for another width, memory, number, or nothing to have equal.

        >>> trace = experiments.budget.race(16, equal="work")
        >>> trace["window"].values[-1, 0].tolist()
        [128.0, 24.0, 32.0, 40.0, 64.0]
    """
    width, number = words.choice("width", width, tuple(TUNED["Titans"])), words.choice("number", number, (4, 2))
    words.choice("memory", memory, tuple(CONTENDERS))
    words.choice("equal", equal, EQUAL)
    read = _read(width, words.count("seed", seed, least=0))
    paid = np.array([[_cost(name, width, length, equal, number) for name in RACERS] for length in read.lengths])
    a_token = _cost(ATTENTION, width, 1, equal, number)
    whole = np.array(read.lengths)[:, None]
    window = np.minimum(paid // a_token, whole)
    reach = np.stack([_reach(read, read.recall[name]) for name in RACERS], -1)
    seen = int(paid[-1, RACERS.index(memory)] // a_token)
    lines = (memory, "window", ATTENTION)
    curves = [read.recall[memory], read.of_window(seen), read.recall[ATTENTION]]
    signals = {
        "recall": _signal(read, np.stack(curves, -1), "share of items", lines),
        "age": Signal(read.ages[None, None], np.arange(1), "tokens"),
        "reach": _signal(read, reach, "tokens", RACERS),
        "window": _signal(read, window, "tokens", RACERS),
        "cost": _signal(read, paid, "bytes" if equal == "bytes" else "products a token", RACERS),
    }
    return Trace(signals, notes={"memory": memory})


class _Read(NamedTuple):
    """A stream, what is asked after how many tokens, and of every racer its recall there, [lengths, ages]."""

    stream: Stream
    lengths: tuple[int, ...]
    ages: np.ndarray
    recall: dict[str, np.ndarray]

    def of_window(self, seen: int) -> np.ndarray:
        """What attention over the last so many tokens recalls, [lengths, ages]."""
        return _recall(self.stream, self.lengths, (attended(_first(self.stream, n), seen) for n in self.lengths))


@lru_cache(maxsize=3)
def _read(width: int, seed: int) -> _Read:
    """All that is the same whichever memory is chosen, and whatever is to be equal."""
    lengths = tuple(width // 8 * eighths for eighths in _EIGHTHS)
    chance = Generator().manual_seed(seed)
    stream = recall_pairs(lengths[-1], width, generator=chance, batch=_STREAMS // width)
    block = lengths[0]
    ages = np.arange(lengths[-1] // block) * block + (block - 1) / 2
    read = _Read(stream, lengths, ages, {})
    read.recall[ATTENTION] = read.of_window(lengths[-1])
    for name in CONTENDERS:
        read.recall[name] = _recall(stream, lengths, _memorised(name, width, stream, lengths))
    return read


def _first(stream: Stream, length: int) -> Stream:
    """The first tokens of a stream in which every item comes once, in turn."""
    pairs = Pairs(*(part[:, :length] for part in stream.pairs))
    return Stream(pairs, stream.item[:length], *pairs)


def _memorised(name: str, width: int, stream: Stream, lengths: tuple[int, ...]) -> Iterator[Tensor]:
    """What a memory at its tuned gates answers after every length, read on from one to the next."""
    made, state, start = CONTENDERS[name].make(width), None, 0
    tuned: dict[str, Any] = {"inner_lr": 1.0, "momentum": 0.0, "forget": 0.0} | TUNED[name][width]
    for length in lengths:
        piece = Pairs(*(part[:, start:length] for part in stream.pairs))
        state, start = fastest(made, piece, Gates.constant(piece, **tuned), state=state).state, length
        yield made.read(state, stream.pairs.keys[:, :length])


def _recall(stream: Stream, lengths: tuple[int, ...], answers: Iterator[Tensor]) -> np.ndarray:
    """The share of tokens whose answer is nearest to their own value of all read so far, by age, [lengths, ages]."""
    block = lengths[0]
    found = np.full((len(lengths), lengths[-1] // block), np.nan)
    for row, (length, said) in enumerate(zip(lengths, answers, strict=True)):
        near = F.normalize(said, dim=-1) @ F.normalize(stream.pairs.values[:, :length], dim=-1).mT
        right = (near.argmax(-1) == torch.arange(length)).double().mean(0).numpy()
        found[row, : length // block] = right[::-1].reshape(-1, block).mean(1)
    return found


def _reach(read: _Read, recall: np.ndarray) -> np.ndarray:
    """The effective context after every length; all that was read where recall never falls below."""
    curves = (Forgetting(read.ages[~np.isnan(row)], row[~np.isnan(row)]) for row in recall)
    return np.minimum([effective_context(curve) for curve in curves], read.lengths)


def _cost(name: str, width: int, tokens: int, equal: str, number: int) -> int:
    found: Costs = costs("attention" if name == ATTENTION else name, width, tokens)
    return found.operations if equal == "work" else found.numbers * (number if name == ATTENTION else _STATE)


def _signal(read: _Read, values: np.ndarray, unit: str, names: tuple[str, ...]) -> Signal:
    return Signal(values[:, None].astype(float), np.array(read.lengths), unit, names)
