"""Exercises of notebook 12: a gate, clocks, transfer over checkpoints, a stale fact; the reader is in `readers`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise
from nlviz.lessons.course.lesson_12.readers import READER

__all__ = ["EXERCISES"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _uniform(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=generator, dtype=torch.float64).to(dtype)


# ---- 12.1


def _gate(bits: Tensor) -> Tensor:
    """Byte by byte, with what is known by then."""
    opened, total = torch.ones_like(bits), 0.0
    for t in range(1, len(bits)):
        total += float(bits[t - 1])
        opened[t] = float(float(bits[t]) > total / t)
    return opened


def _above(level: Callable[[Tensor], Tensor], first: float = 1.0) -> Callable[[Tensor], Tensor]:
    """Open where a byte is above `level` of all of them; the first is opened or not."""

    def gate(bits: Tensor) -> Tensor:
        opened = (bits > level(bits)).to(bits)
        opened[0] = first
        return opened

    return gate


def _earlier(bits: Tensor) -> Tensor:
    """The mean of the bytes before each; of the first its own."""
    before = bits.cumsum(0) - bits
    return before / torch.arange(len(bits)).clamp(min=1).to(bits)


def _inverted(bits: Tensor) -> Tensor:
    opened = (bits < _earlier(bits)).to(bits)
    opened[0] = 1.0
    return opened


GATE = Exercise(
    "12.1",
    "gate",
    truth=_gate,
    cases=cases([{"bits": _t(2, 3, 1, 2.2, 6, 2)}], lambda g, dtype: {"bits": 8 * _uniform(g, dtype, 12)}),
    slips={
        "all": torch.ones_like,
        "peeks": [lambda bits: (bits > bits.mean()).to(bits), _above(lambda bits: bits.mean())],
        "closed": _above(_earlier, 0.0),
        "inverted": _inverted,
        "last": _above(lambda bits: torch.cat([bits[:1], bits[:-1]])),
        "median": _above(lambda bits: bits.median()),
        "bits": lambda bits: bits * _gate(bits),
    },
)


# ---- 12.2


def _clocks(days: int, periods: Tensor) -> Tensor:
    """Counted day by day."""
    updates, waiting = torch.zeros(len(periods)), torch.zeros(len(periods))
    for _ in range(days):
        waiting += 1
        due = waiting == periods
        updates += due
        waiting[due] = 0
    return torch.stack([updates, waiting])


def _counted(
    updates: Callable[[int, Tensor], Tensor], waiting: Callable[[int, Tensor], Tensor]
) -> Callable[[int, Tensor], Tensor]:
    return lambda days, periods: torch.stack([updates(days, periods).float(), waiting(days, periods).float()])


def _whole(days: int, periods: Tensor) -> Tensor:
    return days // periods


def _left(days: int, periods: Tensor) -> Tensor:
    return days % periods


def _clock_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    days = int(torch.randint(23, 60, (), generator=generator))
    return {"days": days, "periods": torch.tensor([1, 3 + generator.initial_seed(), 20]).to(dtype)}


CLOCKS = Exercise(
    "12.2",
    "clocks",
    truth=_clocks,
    cases=cases([{"days": 47, "periods": _t(1, 5, 20)}], _clock_case),
    slips={
        "never": _counted(lambda days, periods: 0 * periods, lambda days, periods: 0 * periods),
        "rounded": [
            _counted(lambda days, periods: days / periods, _left),
            _counted(lambda days, periods: torch.ceil(days / periods), _left),
            _counted(lambda days, periods: torch.round(days / periods), _left),
        ],
        "to_go": [
            _counted(_whole, lambda days, periods: periods - days % periods),
            _counted(_whole, lambda days, periods: (-days) % periods),
        ],
        "from_0": _counted(lambda days, periods: (days - 1) // periods, lambda days, periods: (days - 1) % periods),
        "multiplied": _counted(
            lambda days, periods: days // periods.cumprod(0), lambda days, periods: days % periods.cumprod(0)
        ),
        "swapped": _counted(_left, _whole),
        "days": _counted(_whole, lambda days, periods: 0 * periods + days),
    },
)


# ---- 12.3


def _transfer(known: Tensor) -> Tensor:
    """What each text costs at the end less what it cost when it had just been read, turned: higher is better."""
    earlier = range(len(known) - 1)
    return torch.stack([known[text, text] - known[-1, text] for text in earlier]).mean()


_KNOWN = _t([1.5, 2.5, 2.4], [1.7, 1.2, 2.3], [2.1, 1.6, 1.1])

TRANSFER = Exercise(
    "12.3",
    "transfer",
    truth=_transfer,
    cases=cases([{"known": _KNOWN}], lambda g, dtype: {"known": 1 + 2 * _uniform(g, dtype, 3, 3)}),
    slips={
        "nothing": lambda known: torch.zeros((), dtype=known.dtype),
        "sign": lambda known: -_transfer(known),
        "all": lambda known: (known.diagonal() - known[-1]).mean(),
        "first": lambda known: (known[0, :-1] - known[-1, :-1]).mean(),
        "summed": lambda known: (known.diagonal() - known[-1])[:-1].sum(),
        "week_1": lambda known: known[0, 0] - known[-1, 0],
        "turned": lambda known: _transfer(known.mT),
        "before": lambda known: (known[-2, :-1] - known[-1, :-1]).mean(),
    },
)


# ---- 12.4


def _stale(bits: Tensor, old: Tensor) -> Tensor:
    """Question by question: is the cheapest candidate the old name?"""
    cheapest = [min(range(len(row)), key=lambda place: float(row[place])) for row in bits]
    return torch.tensor([float(one == int(then)) for one, then in zip(cheapest, old, strict=True)])


def _stale_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    bits = 9 * _uniform(generator, dtype, 8, 4)
    old = bits.argmin(1)
    # half of the answers are the old names; the others are others
    old[::2] = (old[::2] + 1 + torch.randint(3, (4,), generator=generator)) % 4
    return {"bits": bits, "old": old, "new": (old + 1 + torch.randint(3, (8,), generator=generator)) % 4}


def _of(bits: Tensor, at: Tensor) -> Tensor:
    return bits.gather(1, at[:, None])[:, 0]


_STALE_SMALL = {
    "bits": _t([1, 3, 5], [4, 2, 6], [5, 7, 3], [5, 1, 2]),
    "old": torch.tensor([0, 0, 0, 0]),
    "new": torch.tensor([1, 1, 1, 2]),
}

STALE = Exercise(
    "12.4",
    "stale",
    truth=lambda bits, old, new: _stale(bits, old),
    cases=cases([_STALE_SMALL], _stale_case),
    slips={
        "wrong": lambda bits, old, new: (bits.argmin(1) != new).float(),
        "two": lambda bits, old, new: (_of(bits, old) < _of(bits, new)).float(),
        "by_now": lambda bits, old, new: (bits.argmin(1) == new).float(),
        "dearest": lambda bits, old, new: (bits.argmax(1) == old).float(),
        "never": lambda bits, old, new: torch.zeros(len(bits)),
        "not_old": lambda bits, old, new: (bits.argmin(1) != old).float(),
        "share": lambda bits, old, new: _stale(bits, old).mean(),
    },
)

EXERCISES = (GATE, CLOCKS, TRANSFER, STALE, READER)
