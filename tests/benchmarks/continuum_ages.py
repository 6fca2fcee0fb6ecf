"""Retention against age, row 2 of continuum.md: three levels beside single rates, and which law each follows.

Unrelated pairs, one a token; recall (cosine) of the pair that came so many tokens ago, the mean of many. Three levels
of periods 1, 10 and 100 let go of a share at every tick; a single map at every token. Each is tuned by 96 settings on
streams of seeds 100 and 101, by its mean recall over the logarithm of age, and told on seeds 0 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator

from nlviz.inner import unroll
from nlviz.memory import Continuum, DeepMemory, Gates, Level, Pairs

from .sweeping import Sweep
from .training import mean_and_spread

WIDTH, TOKENS, STREAMS = 64, 2000, 3
AGES = tuple(round(10 ** (step / 4)) for step in range(13))
"""1 to 1,000, four to a factor of ten."""
PERIODS = (1, 10, 100)
RATES = tuple(0.01 * 2**step for step in range(8))
SEARCHED_ON, SEEDS = (100, 101), range(5)
FORGETS = (0.0, 1e-4, 3e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
# below it a mean recall is chance, and its logarithm says nothing
FLOOR = 1e-3


class Kind(NamedTuple):
    """One kind of an arm. ratio: of each slower level's rate to the one before. forget: at every tick."""

    periods: tuple[int, ...]
    ratio: float
    forget: float


KINDS = {
    "one rate": [Kind((1,), 1.0, forget) for forget in FORGETS],
    "three periods": [Kind(PERIODS, *both) for both in product((1.0, 3.0, 10.0), (0.01, 0.03, 0.1, 0.3))],
}


def memory(kind: Kind) -> Continuum:
    levels = [
        Level(DeepMemory(WIDTH, WIDTH), period, kind.ratio**place, forget=kind.forget)
        for place, period in enumerate(kind.periods)
    ]
    return Continuum(levels, "independent")


def retention(kind: Kind, rates: Sequence[float], seeds: Sequence[int]) -> np.ndarray:
    """Recall by age, [rates, seeds, ages]: the mean over streams and over pairs of nearly that age."""
    drawn = [torch.randn(2, STREAMS, TOKENS, WIDTH, generator=Generator().manual_seed(seed)) for seed in seeds]
    keys, values = F.normalize(torch.cat(drawn, 1), dim=-1)
    pairs = Pairs(keys.repeat(len(rates), 1, 1), values.repeat(len(rates), 1, 1))
    each = torch.tensor(rates).repeat_interleave(len(keys))[:, None].expand(pairs.keys.shape[:2])
    built = memory(kind)
    state = unroll(built, pairs, Gates(each, torch.zeros_like(each), torch.zeros_like(each))).state
    found = F.cosine_similarity(built.read(state, pairs.keys), pairs.values, dim=-1).nan_to_num(0.0)
    by_age = found.flip(1).reshape(len(rates), len(seeds), STREAMS, TOKENS).mean(2).numpy()
    # the newest pair has age 1
    near = [slice(max(1, round(0.85 * age)) - 1, max(1, round(1.15 * age))) for age in AGES]
    return np.stack([by_age[..., one].mean(-1) for one in near], -1)


def best(arm: str) -> list[float]:
    """Of 96 settings the one that recalls most, the mean over log age: (kind, rate, score)."""
    tried = []
    for number, kind in enumerate(KINDS[arm]):
        scores = retention(kind, RATES, SEARCHED_ON).mean((1, 2))
        place = int(scores.argmax())
        tried.append([number, RATES[place], float(scores[place])])
    return max(tried, key=lambda one: one[2])


class Fits(NamedTuple):
    """Mean squared error of log retention: by a power of age, and by an exponential. slope: the power's."""

    power: float
    exponential: float
    slope: float


def fits(retained: np.ndarray) -> Fits:
    """Straight lines of log retention over log age, and over age, by least squares."""
    logs = np.log(np.maximum(retained, FLOOR))
    lines = [np.polyfit(by, logs, 1) for by in (np.log(AGES), np.asarray(AGES, float))]
    errors = [
        float(np.square(np.polyval(line, by) - logs).mean())
        for line, by in zip(lines, (np.log(AGES), np.asarray(AGES, float)), strict=True)
    ]
    return Fits(errors[0], errors[1], float(lines[0][0]))


def told(arm: str, found: Sequence[float]) -> list[list[float]]:
    return retention(KINDS[arm][int(found[0])], [found[1]], SEEDS)[0].tolist()


def curves(sweep: Sweep) -> dict[str, np.ndarray]:
    """Retention of every arm, [seeds, ages]: tuned, and single maps at four rates that forget nothing."""
    found = {}
    rates, tuned = (0.05, 0.2, 0.5, 1.0), sweep({f"search, ages, {arm}": partial(best, arm) for arm in KINDS})
    pieces = {f"ages, {arm}": partial(told, arm, tuned[f"search, ages, {arm}"]) for arm in KINDS}
    plain = {f"one rate, θ {rate:g}": partial(told, "one rate", [0, rate]) for rate in rates}
    made = sweep(pieces | {f"ages, {name}": piece for name, piece in plain.items()})
    for arm in KINDS:
        chosen = tuned[f"search, ages, {arm}"]
        kind = KINDS[arm][int(chosen[0])]
        ratio = f", ratio {kind.ratio:g}" if len(kind.periods) > 1 else ""
        name = f"{arm}, tuned (θ {chosen[1]:g}{ratio}, forget {kind.forget:g})"
        found[name] = np.array(made[f"ages, {arm}"])
    return found | {name: np.array(made[f"ages, {name}"]) for name in plain}


def table(sweep: Sweep) -> Iterator[str]:
    """Every curve as Markdown: retention at five ages, its mean over log age, and the error of both laws."""
    shown = [AGES.index(age) for age in (1, 10, 100, 316, 1000)]
    heads = " | ".join(f"age {AGES[at]:,}" for at in shown)
    yield f"| memory | {heads} | mean over log age | power: error, slope | exponential: error |"
    yield "|---" * (len(shown) + 4) + "|"
    for name, by_age in curves(sweep).items():
        law = fits(by_age.mean(0))
        cells = [mean_and_spread(by_age[:, at].tolist()) for at in shown]
        mean = mean_and_spread(by_age.mean(1).tolist(), 3)
        yield f"| {name} | {' | '.join(cells)} | {mean} | {law.power:.3f}, {law.slope:.2f} | {law.exponential:.3f} |"
