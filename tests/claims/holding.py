"""What holds a sentence to its seeds: the value in prose against the mean, or an order that most seeds show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from .seeds import PROSE

__all__ = ["Claim", "Claims", "tolerance"]

ERRORS = 4.0
"""Standard errors that the mean over the seeds may lie from the value in prose, rounding aside."""


class Claim(NamedTuple):
    """One statement, measured: what it is about, what the prose says, what was found, and whether that will do."""

    what: str
    prose: str
    found: float
    spread: float
    holds: bool

    def __str__(self) -> str:
        return f"{self.what}: said {self.prose}, found {self.found:.4g} ± {self.spread:.2g}"


class Claims:
    """The statements of one test; all are measured before any fails."""

    def __init__(self) -> None:
        self.made: list[Claim] = []

    def says(self, prose: str, measured: Sequence[Any] | np.ndarray, what: str = "") -> None:
        """The prose gives this number, as written; measured holds one value per seed.

        It holds if their mean is within `tolerance` of it. A percentage is written as such: "97%".
        """
        values = _numbers(measured)
        said, step = _read(prose)
        spread = float(values.std(ddof=1))
        near = abs(values.mean() - said) <= tolerance(spread, len(values), step)
        self.made.append(Claim(what, prose, float(values.mean()), spread, bool(near)))

    def more(self, larger: Any, smaller: Any, what: str, *, by: float = 0.0, share: float = 0.8) -> None:
        """One is larger than the other (by so much) in the mean, and in at least this share of the seeds.

        Each is one value per seed, or one number for all.
        """
        ahead = np.atleast_1d(_numbers(larger) - _numbers(smaller)) - by
        won = float((ahead > 0).mean())
        prose = f"ahead{f' by {by:g}' if by else ''} in {share:.0%} of the seeds"
        spread = float(ahead.std(ddof=1)) if len(ahead) > 1 else 0.0
        self.made.append(Claim(f"{what} ({won:.0%})", prose, float(ahead.mean()) + by, spread, _won(ahead, share)))

    def check(self) -> None:
        """Raises AssertionError that names every statement which does not hold."""
        fallen = [claim for claim in self.made if not claim.holds]
        assert not fallen, "\n".join(map(str, fallen))


def tolerance(spread: float, seeds: int, step: float) -> float:
    """ERRORS · s · √(1/n + 1/5) + half a step of the last digit: the prose is itself a mean, of five seeds."""
    return ERRORS * spread * (1 / seeds + 1 / len(PROSE)) ** 0.5 + step / 2 + 1e-9


def _won(ahead: np.ndarray, share: float) -> bool:
    return bool(ahead.mean() > 0 and (ahead > 0).mean() >= share)


def _read(prose: str) -> tuple[float, float]:
    """The value, and the size of its last digit."""
    value = Decimal(prose.rstrip("%").replace(",", "").replace("−", "-"))
    scale = 0.01 if prose.endswith("%") else 1.0
    return float(value) * scale, 10.0 ** int(value.as_tuple().exponent) * scale


def _numbers(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=float)
