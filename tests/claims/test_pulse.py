"""When one pulse of forgetting beats any constant one: two contexts in turn, d = 32, over several θ, η and lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz import measure
from nlviz.inner import unroll_blocks
from nlviz.memory import Gates, Pairs, Titans

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

D = 32


def context(generator: Generator, pairs: int, passes: int, *, same: bool) -> tuple[Pairs, Tensor, Tensor]:
    """Some pairs, then as many others: the same keys with new values, or new ones."""
    first, other, old, new = (F.normalize(torch.randn(100, pairs, D, generator=generator), dim=-1) for _ in range(4))
    second = first if same else other
    halves = [(first, old), (second, new)]
    keys, values = (torch.cat([half[part].repeat(1, passes, 1) for half in halves], 1) for part in range(2))
    return Pairs(keys, values), second, new


def learned(told: tuple[Pairs, Tensor, Tensor], inner_lr: float, momentum: float | Tensor, forget: Any) -> float:
    """Mean cosine with the second context's values at its end."""
    pairs, keys, values = told
    state = unroll_blocks(Titans(D, D), pairs, Gates.constant(pairs, inner_lr, momentum, forget)).state
    return measure.cosine(keys @ state.memory.mT, values).mean().item()


CONSTANT = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def over_seeds(inner_lr: float, momentum: float, pairs: int, passes: int, *, same: bool) -> tuple[np.ndarray, ...]:
    """What a pulse leaves known, and the best constant of each seed: [seeds] each, and all constants [seeds, 8]."""
    pulsed, every = [], []
    for seed in SEEDS:
        told = context(chance(seed), pairs, passes, same=same)
        pulse = torch.zeros(told[0].keys.shape[1])
        pulse[len(pulse) // 2] = 1.0
        pulsed.append(learned(told, inner_lr, momentum, pulse))
        every.append([learned(told, inner_lr, momentum, forget) for forget in CONSTANT])
    constants = np.array(every)
    return np.array(pulsed), constants[:, constants.mean(0).argmax()], constants


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("pairs", [8, 16, 24])
@pytest.mark.parametrize(("inner_lr", "momentum"), [(1.0, 0.0), (0.3, 0.0), (0.5, 0.3)])
def test_a_pulse_beats_constant_forgetting_where_little_is_carried(
    claims: Claims, same: bool, passes: int, pairs: int, inner_lr: float, momentum: float
) -> None:
    """α = 1 at the switch and 0 elsewhere, against eight constants, momentum 0 or .3: none is better by .002.

    With 8 pairs under new keys at θ = 1 there is room for all sixteen, and it is a tie.
    """
    pulse, constant, _ = over_seeds(inner_lr, momentum, pairs, passes, same=same)
    claims.more(
        pulse, constant, f"pulse, θ = {inner_lr}, η = {momentum}, {pairs} pairs, {passes} passes, {same=}", by=-0.002
    )


def test_at_sixteen_pairs_and_momentum_six_tenths_the_pulse_is_best(claims: Claims) -> None:
    """θ = .3, η = .6, 16 pairs: .85; the best constant .83, none .81."""
    pulse, constant, every = over_seeds(0.3, 0.6, 16, 1, same=True)
    for said, found, what in ((".85", pulse, "pulse"), (".83", constant, "constant"), (".81", every[:, 0], "none")):
        claims.says(said, found, what)
    claims.more(pulse, constant, "pulse at 16 pairs", share=1)


def test_where_momentum_outlasts_the_context_a_constant_is_better(claims: Claims) -> None:
    """The pulse empties M and not S, so the old comes back. 8 pairs, η = .6: .88 against .90; 16, η = .9: .72, .81."""
    for inner_lr, momentum, pairs, said in ((0.3, 0.6, 8, (".88", ".90")), (0.1, 0.9, 16, (".72", ".81"))):
        pulse, constant, _ = over_seeds(inner_lr, momentum, pairs, 1, same=True)
        claims.says(said[0], pulse, f"pulse, {pairs} pairs, η = {momentum}")
        claims.says(said[1], constant, f"constant, {pairs} pairs, η = {momentum}")
        claims.more(constant, pulse, f"constant, {pairs} pairs, η = {momentum}", share=1)


def test_emptying_the_past_surprise_as_well_repairs_most_of_it(claims: Claims) -> None:
    alone, both = [], []
    for seed in SEEDS:
        told, pulse = context(chance(seed), 16, 1, same=True), torch.eye(32)[16]
        alone.append(learned(told, 0.1, 0.9, pulse))
        both.append(learned(told, 0.1, 0.9 * (1 - pulse), pulse))
    claims.more(both, alone, "S emptied too", by=0.04, share=1)
