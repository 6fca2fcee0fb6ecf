"""Seven ways to live with a codebase on one stream of keys: what is written, when, and what is left of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.agents.architect.pages import Strips

__all__ = ["PERIOD", "RATE", "THRESHOLD", "Arm", "Clocks", "Continuum", "Frozen", "Head", "Paid", "Window"]

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
        found = torch.zeros(strips.text.shape)
        found[strips.counted] = bits_of(strips.asked @ self.weights.mT, strips.given).to(found)
        return found

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

    threshold: in bits; only bytes more surprising are written, all if None. writes: a list to which the errors of all
    that is written are added, [time, 256], for whoever wants to follow them; None for nobody.
    """

    def __init__(self, head: Tensor, *, threshold: float | None = None, rate: float = RATE) -> None:
        super().__init__(head)
        self.now, self.threshold, self.rate = head.clone(), threshold, rate
        self.writes: list[Tensor] | None = None

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
        error = error * written[:, None]
        if self.writes is not None:
            self.writes.append(error)
        self._step(error, keys)
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

    def __init__(self, head: Tensor, *, length: int = 2048) -> None:
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
    """How often the levels of a continuum hand over. day, week: days of work between two of their ticks. shares: how
    much of what the level before it has learned since its last tick the week and the month level take."""

    day: int = 1
    week: int = 5
    shares: tuple[float, float] = (0.5, 0.5)


class Continuum(Head):
    """Three levels with clocks of their own, whose answers add up: W = W_0 + day + week + month.

        every 16 bytes      day ← day − θ Σ (softmax(W k) − onehot) kᵀ
        every evening       week ← week + ½ day;      day ← 0
        every week's end    month ← month + ½ week;   week ← 0

    It is `memory.Continuum(levels, "nested")` with periods of 16 bytes, a day and a week and the rates θ, θ/2 and θ/4:
    a slower level learns from the gradients that the faster one met, and where it ticks the faster one starts from it.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 70–74; the shares were chosen on the package `logging`.
    """

    def __init__(self, head: Tensor, *, clocks: Clocks | None = None, rate: float = RATE) -> None:
        super().__init__(head, rate=rate)
        self.clocks, self.days = Clocks() if clocks is None else clocks, 0
        self.week, self.month = torch.zeros_like(head), torch.zeros_like(head)
        self.levels = (0.0, 0.0, 0.0)

    def day(self, pages: Strips) -> Paid:
        paid = super().day(pages)
        self.days += 1
        today = self.now - self.start - self.week - self.month
        if self.days % self.clocks.day == 0:
            self.week += self.clocks.shares[0] * today
            if self.days % self.clocks.week == 0:
                self._week_ends()
            self.now = self.start + self.week + self.month
        self.levels = (float(today.norm()), float(self.week.norm()), float(self.month.norm()))
        return paid

    def _week_ends(self) -> None:
        self.month += self.clocks.shares[1] * self.week
        self.week.zero_()

    @property
    def held(self) -> int:
        return 3 * self.now.nbytes

    def kept(self) -> dict[str, Tensor]:
        return {"now": self.now, "week": self.week, "month": self.month, "days": torch.tensor(self.days)}

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        self.now, self.week, self.month = (kept[name].clone() for name in ("now", "week", "month"))
        self.days = int(kept["days"])
