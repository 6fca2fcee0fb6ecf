"""Titans' rule with its two steps the other way round: first forget, then take the error of what is left."""

from __future__ import annotations

from torch import Tensor

from nlviz.memory import Choices, Gates, Pairs, Titans

__all__ = ["ForgetFirst"]


class ForgetFirst(Titans):
    """S ← η S − θ ((1 − α) M k − v) kᵀ;  M ← (1 − α) M + S: the error sees what has just been forgotten.

    At η = 0 it is the gated delta rule. Stable for one repeated key while θ‖k‖² < (2 − α)(1 + η)/(1 − α): it is Titans'
    own rule at θ (1 − α), but for the value, which is written with all of θ.
    """

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        return super().choices(pairs, gates)._replace(recalled=1 - gates.forget)

    def stable_below(self, gates: Gates) -> Tensor:
        return super().stable_below(gates) / (1 - gates.forget)
