"""Exercises of notebook 11: what to write, how long it lasts; what a deletion takes and who lies is in `deletions`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise
from nlviz.lessons.course.lesson_11.deletions import SUSPECTS, TAKEN

__all__ = ["EXERCISES"]


# ---- 11.1


def _rates_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    surprise = 2 * torch.rand(12, generator=generator, dtype=torch.float64).to(dtype)
    told, consent = (torch.rand(12, generator=generator) < 0.6 for _ in range(2))
    return {"surprise": surprise, "told": told, "consent": consent, "theta": 0.4, "gate": 0.7}


def _rates(surprise: Tensor, told: Tensor, consent: Tensor, theta: float, gate: float) -> Tensor:
    """Interaction by interaction, by cases."""
    every = zip(surprise.tolist(), told.tolist(), consent.tolist(), strict=True)
    return torch.tensor([theta if by_user and may and loud >= gate else 0.0 for loud, by_user, may in every])


def _writing(which: Callable[[Tensor, Tensor, Tensor, float], Tensor]) -> Callable[..., Tensor]:
    """θ where `which(surprise, told, consent, gate)` says so."""

    def rates(surprise: Tensor, told: Tensor, consent: Tensor, theta: float, gate: float) -> Tensor:
        return theta * which(surprise, told, consent, gate).to(surprise)

    return rates


# the last stands at the gate
_RATES_SMALL = {
    "surprise": torch.tensor([0.9, 0.9, 0.9, 0.2, 0.5]),
    "told": torch.tensor([True, False, True, True, True]),
    "consent": torch.tensor([True, True, False, True, True]),
    "theta": 0.4,
    "gate": 0.5,
}

RATES = Exercise(
    "11.1",
    "rates",
    truth=_rates,
    cases=cases([_RATES_SMALL], _rates_case),
    slips={
        "all": _writing(lambda surprise, told, consent, gate: torch.ones_like(surprise)),
        "no_gate": _writing(lambda surprise, told, consent, gate: told & consent),
        "own_words": _writing(lambda surprise, told, consent, gate: consent & (surprise >= gate)),
        "no_consent": _writing(lambda surprise, told, consent, gate: told & (surprise >= gate)),
        "gate_alone": _writing(lambda surprise, told, consent, gate: surprise >= gate),
        "ceiling": _writing(lambda surprise, told, consent, gate: told & consent & (surprise < gate)),
        "either": _writing(lambda surprise, told, consent, gate: (told | consent) & (surprise >= gate)),
        "strict": _writing(lambda surprise, told, consent, gate: told & consent & (surprise > gate)),
        "scaled": _writing(lambda surprise, told, consent, gate: surprise * (told & consent & (surprise >= gate))),
        "no_theta": lambda surprise, told, consent, theta, gate: (told & consent & (surprise >= gate)).to(surprise),
    },
)


# ---- 11.2


def _life_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    theta, alpha = (torch.rand(2, generator=generator, dtype=torch.float64) * torch.tensor([0.8, 0.1])).tolist()
    return {"theta": 0.1 + theta, "alpha": 0.005 + alpha, "width": 8 * 2 ** generator.initial_seed()}


def _half_life(theta: float, alpha: float, width: int) -> float:
    """By series: rates of decay add up."""
    return math.log(2) / -(math.log1p(-alpha) + math.log1p(-theta / width))


HALF_LIFE = Exercise(
    "11.2",
    "half_life",
    truth=_half_life,
    cases=cases([{"theta": 0.5, "alpha": 0.01, "width": 16}], _life_case),
    slips={
        "width": lambda theta, alpha, width: width,
        "no_forget": lambda theta, alpha, width: math.log(0.5) / math.log(1 - theta / width),
        "gate_alone": lambda theta, alpha, width: math.log(0.5) / math.log(1 - alpha),
        "same_topic": lambda theta, alpha, width: math.log(0.5) / math.log((1 - alpha) * (1 - theta)),
        "time_constant": lambda theta, alpha, width: -1 / math.log((1 - alpha) * (1 - theta / width)),
        "nearly": lambda theta, alpha, width: math.log(2) / (alpha + theta / width),
        "added": [
            lambda theta, alpha, width: math.log(0.5) / math.log(1 - alpha - theta / width),
            lambda theta, alpha, width: math.log(0.5) / math.log(1 - (alpha + theta / width)),
        ],
        "two": lambda theta, alpha, width: (
            math.log(0.5) / math.log(1 - alpha) + math.log(0.5) / math.log(1 - theta / width)
        ),
        "sign": lambda theta, alpha, width: -_half_life(theta, alpha, width),
        "kept": lambda theta, alpha, width: (1 - alpha) * (1 - theta / width),
        "linear": lambda theta, alpha, width: 0.5 / (1 - (1 - alpha) * (1 - theta / width)),
    },
)

EXERCISES = (RATES, HALF_LIFE, TAKEN, SUSPECTS)
