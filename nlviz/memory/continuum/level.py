"""Level: one net of a continuum, and how often it shows what it has learned."""

from __future__ import annotations

from dataclasses import dataclass

from nlviz.door import words
from nlviz.memory.deep import DeepMemory

__all__ = ["Level"]


@dataclass(frozen=True, eq=False)
class Level:
    """Fast weights that are updated once every `period` tokens: at tokens period, 2·period, …

        off its tick:  M stays as it is, to the bit; what its gradients at M would write gathers
        at its tick:   M ← M + rate · (mean of what gathered) − forget · (M − M_0)

    memory: the net, its rule, its start M_0 and where forgetting leads. period C: its frequency is 1/C (an ordinal, as
    in the paper, not a learning rate). rate: what θ is multiplied with here; mean: whether what gathered is divided by
    C, or the plain sum of the equations, which at a fixed θ diverges where C is large.
    forget: the share let go at every tick, beside the gate α, which acts on every token. reset: every so many tokens
    (a multiple of C) it goes back to M_0 and carries nothing on; 0 for never.
    Raises ValueError for a memory that is no DeepMemory, and for numbers that do not fit.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 71; rate, mean, forget and reset are ours.

        >>> level = memory.Level(memory.DeepMemory(4, 4), period=16)
        >>> level.scale, level.ticks(15, 16), level.ticks(16, 31)
        (0.0625, True, False)
    """

    memory: DeepMemory
    period: int = 1
    rate: float = 1.0
    mean: bool = True
    forget: float = 0.0
    reset: int = 0

    def __post_init__(self) -> None:
        words.instance("the level's memory", self.memory, DeepMemory, "give DeepMemory(d_key, d_value)")
        object.__setattr__(self, "period", words.count("period", self.period, of="tokens"))
        object.__setattr__(self, "rate", words.number("rate", self.rate))
        object.__setattr__(self, "mean", words.flag("mean", self.mean))
        object.__setattr__(self, "forget", words.share("forget", self.forget))
        object.__setattr__(self, "reset", words.count("reset", self.reset, least=0, of="tokens"))
        if self.reset % self.period:
            many = f"use {self.period}, {2 * self.period}, …, or 0 for never"
            words.refuse("reset", self.reset, f"a multiple of the level's period, {self.period}", many)

    @property
    def scale(self) -> float:
        """What θ is multiplied with here, for every token."""
        return self.rate / self.period if self.mean else self.rate

    def ticks(self, before: int, after: int) -> bool:
        """Whether it is updated somewhere after token `before` and up to token `after` (tokens read so far)."""
        return after // self.period > before // self.period

    def starts_anew(self, before: int, after: int) -> bool:
        """The same of its reset."""
        return bool(self.reset) and after // self.reset > before // self.reset
