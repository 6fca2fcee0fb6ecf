"""Seven ways to live with a codebase on one stream of keys: what is written, when, and what is left of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.agents.architect.pages import Strips

__all__ = ["PERIOD", "RATE", "Arm", "Clocks", "Continuum", "Frozen", "Head", "Paid", "Window"]

RATE, PERIOD, THRESHOLD = 1.0, 16, 2.0
"""θ, bytes that see the same fast weights, and the bits above which the gated memory writes."""


class Paid(NamedTuple):
    """What a day came to, [time] each: bits before the write, ‖∇ℓ‖ of it, and whether it was one (0 to 1)."""

    bits: Tensor
    surprise: Tensor
    written: Tensor


class Arm(Protocol):
    """A way to live with a codebase."""

    def day(self, pages: Strips) -> Paid:
        """Read a day: score every byte, then write it."""
        ...

    def costs(self, strips: Strips) -> Tensor:
        """Bits of every byte [rows, length] under what is known now, nothing written; 0 where it is not counted."""
        ...

    @property
    def moved(self) -> float:
        """‖W − W_0‖: how far what is known has moved from the slow weights."""
        ...

    @property
    def held(self) -> int:
        """Bytes kept besides the slow weights."""
        ...

    def kept(self) -> dict[str, Tensor]:
        """All that it must have to go on from here."""
        ...

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        ...


def bits_of(logits: Tensor, given: Tensor) -> Tensor:
    """−log₂ softmax(logits)[given]."""
    return F.cross_entropy(logits, given, reduction="none") / math.log(2)


class Frozen:
    """Slow weights alone: nothing is ever written."""

    def __init__(self, head: Tensor) -> None:
        self.start = head

    def day(self, pages: Strips) -> Paid:
        bits = bits_of(pages.asked @ self.weights.mT, pages.given)
        return Paid(bits, torch.full_like(bits, math.nan), torch.full_like(bits, math.nan))

    def costs(self, strips: Strips) -> Tensor:
        bits = bits_of((strips.keys @ self.weights.mT).flatten(0, 1), strips.text.long().flatten())
        return bits.view(strips.text.shape) * strips.counted

    @property
    def weights(self) -> Tensor:
        """W as it answers now."""
        return self.start

    @property
    def moved(self) -> float:
        return float((self.weights - self.start).norm())

    @property
    def held(self) -> int:
        return 0

    def kept(self) -> dict[str, Tensor]:
        return {}

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        pass


class Head(Frozen):
    """One memory, one rate: every PERIOD bytes W ← W − θ Σ (softmax(W k) − onehot) kᵀ.

    threshold: in bits; only bytes more surprising are written, all if None.
    """

    def __init__(self, head: Tensor, *, threshold: float | None = None, rate: float = RATE) -> None:
        super().__init__(head)
        self.now, self.threshold, self.rate = head.clone(), threshold, rate

    @property
    def weights(self) -> Tensor:
        return self.now

    def day(self, pages: Strips) -> Paid:
        return self.read(pages.asked, pages.given)

    def read(self, keys: Tensor, given: Tensor) -> Paid:
        """Score and write bytes [time] by their keys [time, d_key]."""
        found = [self._write(*chunk) for chunk in zip(keys.split(PERIOD), given.split(PERIOD), strict=True)]
        return Paid(*(torch.cat(part) for part in zip(*found, strict=True)))

    def _write(self, keys: Tensor, given: Tensor) -> Paid:
        bits, error = scored(self.now, keys, given)
        written = torch.ones_like(bits) if self.threshold is None else (bits > self.threshold).to(bits)
        surprise = error.norm(dim=-1)
        self._step(error * written[:, None], keys)
        return Paid(bits, surprise, written)

    def _step(self, error: Tensor, keys: Tensor) -> None:
        self.now.addmm_(error.mT, keys, alpha=-self.rate)

    @property
    def held(self) -> int:
        return self.now.nbytes

    def kept(self) -> dict[str, Tensor]:
        return {"now": self.now}

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        self.now = kept["now"].clone()


def scored(weights: Tensor, keys: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
    """Bits [time] of bytes, and what is wrong with each answer: softmax(W k) − onehot, [time, 256]."""
    logs = (keys @ weights.mT).log_softmax(-1)
    bits = -logs.gather(-1, given[:, None])[:, 0] / math.log(2)
    error = logs.exp()
    error.scatter_add_(-1, given[:, None], -torch.ones_like(bits)[:, None])
    return bits, error


class Window(Head):
    """Only what fits into a window: every morning an empty memory re-reads the last bytes, then reads the day."""

    def __init__(self, head: Tensor, *, length: int = 4096) -> None:
        super().__init__(head)
        self.length = length
        self.keys, self.given = head.new_zeros(0, head.shape[1]), torch.zeros(0, dtype=torch.long)

    def day(self, pages: Strips) -> Paid:
        self.now = self.start.clone()
        if len(self.given):
            self.read(self.keys, self.given)
        paid = self.read(pages.asked, pages.given)
        self.keys = torch.cat([self.keys, pages.asked])[-self.length :]
        self.given = torch.cat([self.given, pages.given])[-self.length :]
        return paid

    @property
    def held(self) -> int:
        # the window itself: its keys are made anew from it
        return len(self.given) + self.now.nbytes

    def kept(self) -> dict[str, Tensor]:
        return {"now": self.now, "keys": self.keys, "given": self.given}

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        self.now, self.keys, self.given = (kept[name].clone() for name in ("now", "keys", "given"))


class Clocks(NamedTuple):
    """How the levels of a continuum go. week, month: days between two ticks of the slower levels. rates: what θ is
    multiplied with in day, week and month level."""

    week: int = 5
    month: int = 20
    rates: tuple[float, float, float] = (1.0, 0.2, 0.05)


class Continuum(Head):
    """Three levels with clocks of their own, whose answers add up: W = W_0 + day + week + month.

    every 16 bytes   day ← day − θ ρ_day Σ g kᵀ          the gradient g of what all levels say
    every evening    day ← 0
    week's end       week ← week − θ ρ_week Σ of the week g kᵀ / …
    month's end      month likewise
    """

    def __init__(self, head: Tensor, *, clocks: Clocks | None = None) -> None:
        super().__init__(head)
        self.clocks, self.days = Clocks() if clocks is None else clocks, 0
        self.levels = [torch.zeros_like(head) for _ in range(3)]
        self.coming = [torch.zeros_like(head) for _ in range(2)]

    def day(self, pages: Strips) -> Paid:
        paid = self.read(pages.asked, pages.given)
        self.days += 1
        # the day level hands over to the slower ones, and starts anew
        for place, (rate, period) in enumerate(zip(self.clocks.rates[1:], self.clocks[:2], strict=True)):
            self.coming[place] += rate * self.levels[0]
            if self.days % period == 0:
                self.levels[place + 1] += self.coming[place]
                self.coming[place].zero_()
        self.levels[0].zero_()
        self.now = self.start + self.levels[0] + self.levels[1] + self.levels[2]
        return paid

    def _step(self, error: Tensor, keys: Tensor) -> None:
        change = error.mT @ keys
        self.levels[0] -= self.rate * self.clocks.rates[0] * change
        self.now -= self.rate * self.clocks.rates[0] * change

    @property
    def held(self) -> int:
        return sum(one.nbytes for one in (*self.levels, *self.coming))

    def kept(self) -> dict[str, Tensor]:
        names = ("day", "week", "month", "coming week", "coming month")
        return {"now": self.now, "days": torch.tensor(self.days)} | dict(
            zip(names, (*self.levels, *self.coming), strict=True)
        )

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        self.now, self.days = kept["now"].clone(), int(kept["days"])
        self.levels = [kept[name].clone() for name in ("day", "week", "month")]
        self.coming = [kept[name].clone() for name in ("coming week", "coming month")]
