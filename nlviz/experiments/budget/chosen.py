"""What is kept beside a memory: the tokens with the largest write, the newest, or those that dice choose."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.budget.kept import LEVEL, MEETINGS, SHARPNESS, WIDTH
from nlviz.inner import probes, to_numpy, unroll
from nlviz.measure import accuracy
from nlviz.memory import Cached, Delta, Gates
from nlviz.memory.cached import KEEPS, CachedState, lot
from nlviz.streams import Stream
from nlviz.streams.pairs import NOISE
from nlviz.trace import Signal, Trace

__all__ = ["ROOMS", "choose"]

ROOMS = (0, 1, 2, 4, 8, 16, 32, 64)
"""Tokens that a cache may have room for."""
_STREAMS, _LOTS = 8, 8
_COMMON = 16


def choose(meeting: str, keep: str, room: int, *, inner_lr: float = 0.3, seed: int = 0) -> Trace:
    """A stream read by a delta memory with a few exact tokens beside it, and what every way to choose them recalls.

    meeting: one of MEETINGS. keep: "largest write", "newest" or "random"; room: tokens that are kept.
    Of the first of 8 streams: "write" [tokens, 1], θ‖∇ℓ‖ of each token; "kept" [tokens, 1, tokens], 1 for every token
    that the cache holds after each; "kind" [1, 1, tokens], by number, named by the note "kinds", the last those that
    one would keep. Of all streams: "by_room" [rooms, 1, keeps], the share of items recalled, times the ROOMS; dice are
    the mean of eight. Notes "keep" and "room".
    Raises ValueError for a meeting or a way to keep that is none, or too large a room.

        >>> trace = experiments.budget.choose("rare among common", "newest", 16)
        >>> trace["kept"].values[-1, 0].nonzero()[0].tolist() == list(range(128, 144)), trace.noted("kinds")
        (True, ('eight times', 'once'))
    """
    words.known("meeting", meeting, MEETINGS)
    words.choice("keep", keep, KEEPS)
    room = words.count("room", room, least=0, most=ROOMS[-1], of="tokens")
    read = _read(meeting, words.number("inner_lr", inner_lr), words.count("seed", seed, least=0))
    tokens, (names, kinds) = len(read.stream.item), _kinds(meeting, read.stream)
    worth = read.worth(keep, seed)[0]
    held = np.stack([_held(to_numpy(worth[: end + 1]), room, tokens) for end in range(tokens)])
    signals = {
        "write": Signal(to_numpy(read.write[:1]).T, np.arange(tokens), "θ‖∇ℓ‖"),
        "kept": Signal(held[:, None].astype(float), np.arange(tokens)),
        "kind": Signal(kinds[None, None].astype(float), np.arange(1)),
        "by_room": Signal(read.by_room[:, None], np.array(ROOMS), "share of items", KEEPS),
    }
    return Trace(signals, notes={"keep": keep, "room": str(room), "kinds": names})


class _Read(NamedTuple):
    """Streams, what a memory alone makes of them, θ‖∇ℓ‖ [streams, tokens], and recall by room, [rooms, keeps]."""

    stream: Stream
    state: Any
    write: Tensor
    by_room: np.ndarray

    def worth(self, keep: str, lots: int) -> Tensor:
        """What each token would be kept for, [streams, tokens], as `memory.Cached` has it."""
        if keep == "largest write":
            return self.write
        tokens = self.write.shape[1]
        told = np.arange(tokens) if keep == "newest" else [lot(lots, token) for token in range(tokens)]
        return torch.tensor(np.array(told, dtype=float)).expand(self.write.shape)

    def recall(self, keep: str, room: int, lots: int) -> float:
        """The share of items recalled with this cache: what it holds is known without it being written token by token,
        for a memory writes as ever."""
        if not room:
            answers = Delta(WIDTH, WIDTH).read(self.state, self.stream.keys)
            return float(accuracy(answers, self.stream.values).mean())
        worth, best = self.worth(keep, lots).sort(dim=1, descending=True, stable=True)
        places = best[:, :room, None]
        keys, values = (part.gather(1, places.expand(-1, -1, part.shape[2])) for part in self.stream.pairs)
        state = CachedState(self.state, keys, values, worth[:, :room].to(keys), len(self.stream.item))
        made = Cached(Delta(WIDTH, WIDTH), room, "newest", SHARPNESS, LEVEL)
        return float(accuracy(made.read(state, self.stream.keys), self.stream.values).mean())


@lru_cache(maxsize=4)
def _read(meeting: str, inner_lr: float, seed: int) -> _Read:
    stream = MEETINGS[meeting](Generator().manual_seed(seed), _STREAMS)
    gates = Gates.constant(stream.pairs, inner_lr)
    run = unroll(Delta(WIDTH, WIDTH), stream.pairs, gates, probes=[probes.surprise])
    write = inner_lr * torch.tensor(run.trace["surprise"].values.T.copy())
    alone = _Read(stream, run.state, write, np.zeros(0))
    lots = {keep: range(seed, seed + _LOTS) if keep == "random" else (seed,) for keep in KEEPS}
    found = [[np.mean([alone.recall(keep, room, lot) for lot in lots[keep]]) for keep in KEEPS] for room in ROOMS]
    return alone._replace(by_room=np.array(found))


def _held(worth: np.ndarray, room: int, tokens: int) -> np.ndarray:
    """Which of all tokens a cache holds that has read so many, [tokens]."""
    held = np.zeros(tokens)
    held[np.argsort(-worth, kind="stable")[:room]] = 1.0
    return held


def _kinds(meeting: str, stream: Stream) -> tuple[tuple[str, ...], np.ndarray]:
    """What the kinds of token are called, and of which each one is, [tokens]."""
    item = to_numpy(stream.item)
    if meeting == "rare among common":
        return ("eight times", "once"), item >= _COMMON
    if meeting == "overwritten":
        return ("old value", "newest value"), np.isin(np.arange(len(item)), to_numpy(stream.last_shown))
    if meeting == "half noise":
        return ("noise", "item"), item != NOISE
    return ("all",), np.zeros(len(item))
