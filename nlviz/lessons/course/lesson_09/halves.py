"""09.5: what each of two halves is worth to a whole, by leaving it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Generator

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise

__all__ = ["WORTH"]


class _Scores(NamedTuple):
    """What four models answer right: the whole, two with one half alone, and one with neither."""

    whole: float
    fast: float
    slow: float
    neither: float

    def __call__(self, fast: bool, slow: bool) -> float:
        if fast and slow:
            return self.whole
        return self.fast if fast else self.slow if slow else self.neither

    def __repr__(self) -> str:
        with_them = zip(("both", "fast alone", "slow alone", "neither"), self, strict=True)
        return f"a score of {', '.join(f'{value:.3g} with {name}' for name, value in with_them)}"


def _case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return {"score": _Scores(*torch.rand(4, generator=generator, dtype=torch.float64).tolist())}


def _pair(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], list[float]]:
    return lambda score: [first(score), second(score)]


WORTH = Exercise(
    "09.5",
    "worth",
    truth=_pair(lambda s: s.whole - s.slow, lambda s: s.whole - s.fast),
    cases=cases(
        [{"score": _Scores(0.9, 0.8, 0.5, 0.45)}, {"score": _Scores(0.9, 0.5, 0.5, 0.5)}], _case
    ),
    slips={
        "itself": _pair(lambda s: s.fast, lambda s: s.slow),
        "whole": _pair(lambda s: s.whole, lambda s: s.whole),
        "added": _pair(lambda s: s.fast - s.neither, lambda s: s.slow - s.neither),
        "swapped": _pair(lambda s: s.whole - s.fast, lambda s: s.whole - s.slow),
        "harm": _pair(lambda s: s.slow - s.whole, lambda s: s.fast - s.whole),
        "from_nothing": _pair(lambda s: s.whole - s.neither, lambda s: s.whole - s.neither),
        "beside": _pair(lambda s: s.fast - s.slow, lambda s: s.slow - s.fast),
        "share": _pair(lambda s: 1 - s.slow / s.whole, lambda s: 1 - s.fast / s.whole),
        "both_orders": _pair(
            lambda s: (s.whole - s.slow + s.fast - s.neither) / 2,
            lambda s: (s.whole - s.fast + s.slow - s.neither) / 2,
        ),
    },
)  # fmt: skip
