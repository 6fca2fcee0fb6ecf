"""How old what a momentum carries is: past gradients, each with what is left of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.inner.probes import Probe

__all__ = ["AgeSpectrum", "Past", "age_spectrum", "gradients_in"]

MOST = 10_000
"""More gradients than anybody can wish to keep apart."""


@dataclass(frozen=True)
class AgeSpectrum(Probe):
    """A probe that has to follow the last `ages` gradients from step to step."""

    ages: int = 50


def age_spectrum(ages: int = 50, every: int = 1) -> AgeSpectrum:
    """How much of the gradient of every age is still carried: ‖what is left of it‖/‖it‖, age 0 first.

    For momentum β that is 1, β, β², …, of which 7 make half at β = .9, and 44 make 99 % (`gradients_in`); in a delta
    momentum a gradient also fades when others like it come. Signal: [steps, weights, ages], 0 for what never was.
    For optimizers whose momentum is a sum of past gradients. It keeps `ages` gradients of every weight.

        >>> optim.age_spectrum(10).name
        'age_spectrum'
    """
    ages = words.count("ages", ages, of="gradients", most=MOST)
    return AgeSpectrum("age_spectrum", lambda seen: seen.ages(ages), "share of the gradient", every, ages=ages)


def gradients_in(momentum: float, share: float) -> int:
    """How many of the last gradients carry this share of momentum β: the least n with 1 − βⁿ ≥ share.

    Raises ValueError for a momentum or a share outside 0 ≤ x < 1.

        >>> optim.gradients_in(0.9, 0.5), optim.gradients_in(0.9, 0.99)
        (7, 44)
    """
    momentum = words.number("momentum", momentum, least=0, below=1)
    share = words.number("share", share, least=0, below=1)
    if not momentum or not share:
        return int(share > 0)
    # a share that n gradients carry exactly may come out a hair above n
    return max(1, math.ceil(math.log1p(-share) / math.log(momentum) - 1e-9))


class Past:
    """The last gradients of one weight, [ages, rows, columns], newest first: as they were, and what is left of them.

    like: the weight, whose dtype and device all numbers have, from before the first gradient on.
    """

    def __init__(self, count: int, like: Tensor) -> None:
        self.count, self._like = count, like
        self.sizes: Tensor | None = None
        self.left: Tensor | None = None

    def see(self, kept: Any, taken: Tensor, size: Tensor) -> None:
        """One more write: `kept` says what it leaves of the past ones, `taken` what it adds, `size` of which length."""
        if self.left is None or self.sizes is None:
            self.left, self.sizes = taken[None], size[None]
            return
        room = self.count - 1
        self.left = torch.cat([taken[None], kept(self.left[:room])])
        self.sizes = torch.cat([size[None], self.sizes[:room]])

    def spectrum(self, ages: int) -> Tensor:
        """‖what is left‖/‖what it was‖, by age: [ages]; nothing is left of a gradient that was zero."""
        if self.left is None or self.sizes is None:
            return self._like.new_zeros(ages)
        left = self.left[:ages].flatten(1).norm(dim=1)
        shares = torch.where(self.sizes[:ages] > 0, left / self.sizes[:ages], 0.0)
        return torch.cat([shares, shares.new_zeros(ages - len(shares))])
