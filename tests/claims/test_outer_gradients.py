"""What notebook 07 says of learned rules: who earns most, what a shortcut costs, and what holds off the distribution.

A seed decides the family's maps, the streams of the search by hand, those of training and those of the test. What is
trained to be asked is trained as in the notebook: 60 outer steps, Adam with .1 (the pages of tests/benchmarks take 200
with .03); what is watched, as `watch` does it: ten of .03.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
import torch

from nlviz.experiments.learning_to_learn import Family, HandSet, arm, error_of, hand_set, learn, recall_error, watch
from nlviz.experiments.learning_to_learn.arms import least, tried
from nlviz.outer import OUTER_GRADIENTS, Learner

from .holding import Claims
from .learners import at_once
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

STEPS, LR = 60, 0.1


@cache
def by_hand(seed: int, *, gated: bool) -> HandSet:
    return hand_set(Family(seed=seed), gated=gated, seed=100 + seed)


@cache
def trained(name: str, seed: int, algorithm: str = "second order") -> Learner:
    family = Family(seed=seed)
    made = at_once(arm(name, family, by_hand(seed, gated=False).rates, seed=seed))
    for _ in learn(made, family, steps=STEPS, lr=LR, seed=seed, algorithm=algorithm):
        pass
    return made


@pytest.mark.parametrize("algorithm", OUTER_GRADIENTS)
def test_read_at_once_a_learner_has_the_slopes_it_has_token_by_token(algorithm: str) -> None:
    """Of everything that may move, from a start, gates and a context that are not at rest."""
    family, slopes = Family(), []
    for how in (at_once, lambda made: made):
        made = how(arm("gates", family, (0.3, 0.4, 0.05), seed=3))
        made.free("start", "rates", "gates", "generated", "readout")
        free = [one for one in made.parameters() if one.requires_grad]
        with torch.no_grad():
            for one in free:
                one.add_(0.2 * torch.randn(one.shape, generator=chance(one.numel())))
        loss = error_of(made, family.draw(8, chance(4)), algorithm=algorithm)
        found = torch.autograd.grad(loss, free, allow_unused=True, materialize_grads=True)
        slopes.append((loss.detach(), *found))
    torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-5)


def error(made: Learner, seed: int, **streams: float) -> float:
    return recall_error(made, Family(seed=seed).but(**streams), seed=1000 + seed)


def errors(name: str, *how: str, **streams: float) -> np.ndarray:
    """Of every seed, on streams it was not trained on."""
    return np.array([error(trained(name, seed, *how), seed, **streams) for seed in SEEDS])


def test_what_is_learned_beside_what_is_set_by_hand(claims: Claims) -> None:
    """Constants are best as searched by hand; a gate, a start and all of it together gain, in this order."""
    constant, gated = (
        np.array([error(by_hand(seed, gated=one).learner(Family(seed=seed)), seed) for seed in SEEDS])
        for one in (False, True)
    )
    claims.says(".441", constant, "constant rates by hand")
    claims.says(".385", gated, "a gate by hand")
    found = {name: errors(name) for name in ("rates", "start", "gates", "all")}
    for name, said in zip(found, (".433", ".400", ".376", ".27"), strict=True):
        claims.says(said, found[name], f"{name} learned")
    claims.more(gated, found["gates"], "a learned gate beats one of a coarse search by hand", share=1)
    claims.more(found["rates"] + 0.02, constant, "learned constants gain less than .02", share=1)
    claims.more(found["gates"], found["all"] + 0.08, "all of it gains most", share=1)


def searched(seed: int) -> Learner:
    """A gate by a finer search by hand: θ, η, α and how steeply θ follows the cue, all together, 72 settings."""
    family = Family(seed=seed)
    grid = product((0.2, 0.3, 0.4), (0.1, 0.3, 0.5), (1e-4, 1e-3), (0.25, 0.5, 0.75, 1.0))
    settings = [((theta, eta, alpha), steep) for theta, eta, alpha, steep in grid]
    return least(tried(family, family.draw(256, chance(100 + seed)), settings)).learner(family)


def test_a_finer_search_by_hand_comes_as_far_as_the_learned_gate(claims: Claims) -> None:
    found = np.array([error(searched(seed), seed) for seed in SEEDS])
    print("\na finer search by hand:", found.round(3), "learned:", errors("gates").round(3))
    claims.more(errors("gates") + 0.01, found, "no worse than .01 above the learned one")
    claims.more(found + 0.02, errors("gates"), "nor far below it")


def test_first_order_teaches_the_start_to_be_worse_than_none(claims: Claims) -> None:
    none = np.array([error(by_hand(seed, gated=False).learner(Family(seed=seed)), seed) for seed in SEEDS])
    exact, first, cut = (errors("start", one) for one in ("second order", "first order", "truncated"))
    claims.says(".44", none, "no start")
    claims.says(".73", first, "a start learned by first order")
    claims.says(".56", cut, "a start learned by truncation")
    claims.more(none, exact, "the exact slope: better than no start", share=1)
    claims.more(first, none + 0.15, "first order: worse than no start", share=1)
    claims.more(cut, none, "truncated: worse than no start", share=1)
    claims.more(first, cut, "first order is the worst", share=1)


def test_a_net_learned_on_24_writes_runs_away_on_96(claims: Claims) -> None:
    """Worse than an empty memory in every seed; a learned gate is not (nor a net learned on 48: exercise 07.4)."""
    short, long = errors("net"), errors("net", writes=96)
    claims.says(".39", short, "as trained")
    claims.says("2.8", long, "four times as long")
    claims.more(long, 1.2, "worse than an empty memory", share=1)
    gate = errors("gates", writes=96)
    claims.says(".33", gate, "a learned gate, four times as long")


def earned(seed: int, rates: tuple[float, float, float] | None = None) -> list[float]:
    """What start, rates and gates have taken off the error of unseen streams in ten steps, all of them free.

    rates: where they begin; at the best of the search if None.
    """
    family, names = Family(seed=seed), ("start", "rates", "gates")
    made = at_once(arm("gates", family, by_hand(seed, gated=False).rates if rates is None else rates, seed=seed))
    made.free(*names)
    *_, (_, looks) = watch(made, family, family.draw(256, chance(1000 + seed)), steps=10, seed=seed)
    return [looks[-1].credit[name] for name in names]


def test_the_gate_earns_most_in_the_first_ten_steps(claims: Claims) -> None:
    start, rates, gates = np.array([earned(seed) for seed in SEEDS]).T
    for said, found, name in ((".046", gates, "gate"), (".029", start, "start"), (".005", rates, "rates")):
        claims.says(said, found, f"earned by the {name}")
    claims.more(gates, start, "the gate before the start", share=1)
    claims.more(start, rates, "the start before the rates", share=1)


def test_from_a_rate_far_off_the_rates_earn_most(claims: Claims) -> None:
    """θ = .5 in place of the best, η and α as there: who earns most hangs on where one begins."""
    start, rates, gates = np.array([earned(seed, (0.5, 0.3, 0.001)) for seed in SEEDS]).T
    claims.more(rates, start, "the rates before the start", share=1)
    claims.more(rates, gates, "the rates before the gate", share=1)
