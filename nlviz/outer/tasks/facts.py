"""Facts told once in the middle of source code, and asked for later: what a frozen model can and cannot remember.

    …code… KEY=4821⏎ …code… KEY=       and now 4821?

The distance is counted from the first byte of the fact to the first byte asked for: the whole fact is in the window, or
it is not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door.arrays import array
from nlviz.door.words import count, flag, instance, refuse
from nlviz.outer import entrance
from nlviz.outer.layers.initial import given

__all__ = ["NEAREST", "Facts", "ManyFacts", "Told", "answer_probability", "asked_at", "fact"]

NAME, DIGITS = 3, 4
LINE = NAME + 1 + DIGITS + 1
QUESTION = NAME + 1 + DIGITS
NEAREST = LINE + NAME + 1
"""The shortest distance: the question follows the fact at once."""


class Told(NamedTuple):
    """text [batch, time] uint8, and which of its bytes are the answer asked for [batch, time]."""

    text: Tensor
    asked: Tensor


class Facts:
    """A task for `train`: read code in which facts are told and asked for again, at distances up to `farthest`.

    filler: the code, [bytes] uint8. time: bytes of a stretch. Half of the stretches hold a second fact that nobody asks
    for, so the name counts. The loss is the mean over the code plus the mean over the answers, in nats per byte.
    """

    def __init__(self, filler: np.ndarray, *, time: int = 128, farthest: int = 68) -> None:
        time, farthest = count("time", time, of="bytes"), count("farthest", farthest, of="bytes")
        if not NEAREST <= farthest <= time - DIGITS:
            raise ValueError(
                f"farthest is {farthest} in a stretch of {time} bytes; use {NEAREST} to {time - DIGITS}, "
                "so that the answer still fits"
            )
        self.filler: Tensor = _filler(filler, time)
        self.time: int = time
        self.farthest: int = farthest

    def draw(self, batch: int, generator: Generator) -> Told:
        """Stretches of code, a fact written into each, and its question later on."""
        batch, generator = count("batch", batch, least=0), given(generator)
        text = _stretches(self.filler, batch, self.time, generator)
        asked = torch.zeros_like(text, dtype=torch.bool)
        for row in range(batch):
            distance = _whole(NEAREST, self.farthest, generator)
            start = _whole(0, self.time - DIGITS - distance, generator)
            if row % 2:
                _put(text[row], _whole(0, self.time - LINE, generator), fact(generator))
            _tell(text[row], asked[row], fact(generator), start, distance)
        return Told(text, asked)

    def loss(self, model: Any, given: Told, state: Any) -> tuple[Tensor, Any]:
        """Mean −ln p of the code, plus that of the answers."""
        return _loss(model, given, state)


class ManyFacts:
    """A task for `train`: up to `most` facts a stretch, each told and asked for again, in any order, in code between.

    filler: the code, [bytes] uint8. time: bytes of a stretch. Where Facts shows one question a stretch, this shows
    several: a memory that starts knowing nothing of writing learns it from this, and not from that. Loss as in Facts.
    """

    def __init__(self, filler: np.ndarray, *, time: int, most: int = 6) -> None:
        time, most = count("time", time, of="bytes"), count("most", most, of="facts")
        if time < 2 * (LINE + 1):
            raise ValueError(
                f"{most} facts in a stretch of {time} bytes; use 1 fact or more in at least {2 * (LINE + 1)} bytes, "
                "which hold one and its question"
            )
        self.filler: Tensor = _filler(filler, time)
        self.time: int = time
        self.most: int = most

    def draw(self, batch: int, generator: Generator) -> Told:
        """Stretches of code, with lines of a fact or a question in places drawn from a grid of lines."""
        batch, generator = count("batch", batch, least=0), given(generator)
        text = _stretches(self.filler, batch, self.time, generator)
        asked = torch.zeros_like(text, dtype=torch.bool)
        places = self.time // (LINE + 1)
        for row in range(batch):
            facts = [fact(generator) for _ in range(_whole(1, min(self.most, places // 2), generator))]
            first = _whole(0, self.time - places * (LINE + 1), generator)
            starts = torch.randperm(places, generator=generator)[: 2 * len(facts)].sort().values.tolist()
            told: set[int] = set()
            for place, turn in zip(starts, torch.randperm(2 * len(facts), generator=generator).tolist(), strict=True):
                number, start = turn // 2, first + place * (LINE + 1) + 1
                _put(text[row], start - 1, torch.cat([text.new_tensor([ord("\n")]), facts[number]]))
                asked[row, start + NAME + 1 : start + LINE - 1] = number in told
                told.add(number)
        return Told(text, asked)

    def loss(self, model: Any, given: Told, state: Any) -> tuple[Tensor, Any]:
        """Mean −ln p of the code, plus that of the answers."""
        return _loss(model, given, state)


def asked_at(
    distance: int, filler: np.ndarray, *, streams: int, generator: Generator, before: int = 64, others: int = 0
) -> Told:
    """One fact for each stream, asked for at `distance`, in code; the fact follows `before` bytes of code.

    others: facts told in between that nobody asks for, spread evenly over the code between.
    Raises ValueError for a distance below NEAREST, where the question would begin before the fact has ended, or below
    what fact, others and question take.
    """
    streams, generator = count("streams", streams, least=0), given(generator)
    before, others = count("before", before, least=0, of="bytes"), count("others", others, least=0, of="facts")
    distance = count("distance", distance, least=0, of="bytes")
    if distance < NEAREST:
        raise ValueError(f"distance is {distance}; fact and question take {NEAREST} bytes, use that or more")
    if distance < NEAREST + others * (LINE + 1):
        least = NEAREST + others * (LINE + 1)
        raise ValueError(f"distance is {distance}; with {others} facts between use {least} or more")
    time = before + distance + DIGITS
    text = _stretches(_filler(filler, time), streams, time, generator)
    asked = torch.zeros_like(text, dtype=torch.bool)
    for row in range(streams):
        _tell(text[row], asked[row], fact(generator), before, distance)
        for other in range(others):
            start = before + LINE + round((other + 0.5) * (distance - NEAREST) / others - LINE / 2)
            _put(text[row], start, fact(generator))
    return Told(text, asked)


@torch.no_grad()
def answer_probability(
    model: Any, told: Told, *, window: int | None = None, restart: bool = False, carry: bool = False
) -> Tensor:
    """P(the whole answer) [streams]: the product over its bytes, each given those before it. Guessing is 0.0001.

    restart: the question is put to the model after it was switched off and on again, with nothing read before it.
    carry: then with its fast weights kept (`MemoryModel`; a model of another kind has none).
    """
    text, asked = instance("told", told, Told, "make it by outer.asked_at(…)")
    model = entrance.reader(model)
    restart, carry = flag("restart", restart), flag("carry", carry)
    if carry and not hasattr(model, "wake"):
        refuse("carry", carry, "False for a model without fast weights", "use a MemoryModel")
    how, state = {} if window is None else {"window": window}, None
    if restart:
        # asked in the same words, on an empty cache
        before, text = text[:, :-QUESTION], text[:, -QUESTION:]
        asked = asked[:, -QUESTION:]
        state = model.wake(model(before)[1].blocks[1]) if carry else None
    keys, _ = model(text, state, **how)
    nats = F.cross_entropy((keys @ model.head_weights().mT).mT, text.long(), reduction="none")
    return (-(nats * asked).sum(-1)).exp()


def fact(generator: Generator) -> Tensor:
    """KEY=4821⏎ with a name and digits by chance, [bytes] uint8."""
    generator = given(generator)
    name = torch.randint(ord("A"), ord("Z") + 1, (NAME,), generator=generator)
    digits = torch.randint(ord("0"), ord("9") + 1, (DIGITS,), generator=generator)
    return torch.cat([name, torch.tensor([ord("=")]), digits, torch.tensor([ord("\n")])]).to(torch.uint8)


def _loss(model: Any, given: Told, state: Any) -> tuple[Tensor, Any]:
    nats, state = model.loss(given.text, state)
    return nats[~given.asked].mean() + nats[given.asked].mean(), state


def _filler(code: Any, time: int) -> Tensor:
    """Code to hide facts in, as [bytes] uint8, at least `time` of them."""
    found = array("filler", np.frombuffer(code, np.uint8) if isinstance(code, bytes) else code, "bytes", finite=True)
    if (found % 1 != 0).any() or (found.size and (found.min() < 0 or found.max() > 255)):
        refuse("filler", found, "bytes, whole numbers 0 to 255", "use streams.code(…).bytes")
    if len(found) < time:
        refuse("the length of filler", len(found), f"at least {time} bytes, one stretch", "give more code")
    return torch.tensor(found.astype(np.uint8))


def _stretches(filler: Tensor, count: int, time: int, generator: Generator) -> Tensor:
    starts = torch.randint(len(filler) - time + 1, (count, 1), generator=generator)
    return filler[starts + torch.arange(time)]


def _tell(text: Tensor, asked: Tensor, line: Tensor, start: int, distance: int) -> None:
    """Write the fact at `start` and its question, with the answer, so that this begins `distance` later; in place."""
    answer = start + distance
    _put(text, start, line)
    _put(text, answer - NAME - 2, torch.cat([text.new_tensor([ord("\n")]), line[:-1]]))
    asked[answer : answer + DIGITS] = True


def _put(text: Tensor, at: int, line: Tensor) -> None:
    text[at : at + len(line)] = line


def _whole(low: int, high: int, generator: Generator) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator))
