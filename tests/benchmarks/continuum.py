"""Where several periods pay, and where one level does as well: rows 1, 2 and 5 of continuum.md.

    python -m tests.benchmarks.continuum --notes FILE --write
    python -m tests.benchmarks.continuum --notes FILE --only "new facts"      # one of five tables

Bursts (row 1): facts A, then a burst of B; recall (cosine) of both, their mean. Arms: one, two or three levels of one
and the same net, its hidden units dealt out to the levels, so that only their clocks differ. Every arm is tuned by 96
settings (eight rates, twelve kinds each) on streams of seeds 100 and 101; the best is told on seeds 0 to 4.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.experiments.continuum import Facts, burst
from nlviz.inner import unroll
from nlviz.memory import MLP, Continuum, DeepMemory, Gates, Level, Pairs
from nlviz.streams import needle

from . import continuum_ages, continuum_digits
from .sweeping import Sweep, asks, shown, started
from .training import mean_and_spread

PAGE = Path(__file__).with_suffix(".md")
WIDTH, HIDDEN, ITEMS, PASSES = 32, 96, 12, 8
BURSTS, PERIODS = (8, 24, 72, 216), (4, 12, 32, 96)
RATES = tuple(0.005 * 2**step for step in range(8))
LOWER = (0.00125, 0.0025)
"""Tried too where the best rate is the lowest."""
SEARCHED_ON, SEEDS = (100, 101), range(5)
STREAMS = 2
ARMS = ("one", "half", "two", "three")
"""half: one level that is updated at every second token or less, so that no arm updates a weight less often."""
SINGLE = ("one", "half")


class Course(NamedTuple):
    """What is read, and what is asked after how many tokens: the score is the mean of those recalls."""

    pairs: Pairs
    asked: tuple[tuple[int, Facts], ...]


class Setting(NamedTuple):
    """One kind of an arm. forget: of the fastest level; anew: whether it begins again when the slowest ticks."""

    periods: tuple[int, ...]
    ratios: tuple[float, ...]
    forget: float
    anew: bool


def new_facts(length: int, chance: Generator) -> Course:
    """A, a burst of B that has keys of its own; both are asked for in the end."""
    drawn = burst(length, generator=chance, items=ITEMS, passes=PASSES, batch=STREAMS)
    end = ITEMS * PASSES + length
    return Course(drawn.pairs, ((end, drawn.a), (end, drawn.b)))


def noisy(length: int, chance: Generator) -> Course:
    """The same, but each time A's values come with as much noise as they are long."""
    drawn = burst(length, generator=chance, items=ITEMS, passes=PASSES, batch=STREAMS)
    keys, values = drawn.pairs
    noise = F.normalize(torch.randn(values.shape, generator=chance), dim=-1)
    noise[:, ITEMS * PASSES :] = 0
    end = keys.shape[1]
    return Course(Pairs(keys, values + noise), ((end, drawn.a), (end, drawn.b)))


def there_and_back(length: int, chance: Generator) -> Course:
    """B gives A's keys other values for a while, then 64 tokens of other things: B after the burst, A in the end."""
    drawn = burst(length, generator=chance, items=ITEMS, passes=PASSES, contradicts=True, batch=STREAMS)
    hay = needle(64, WIDTH, generator=chance, batch=STREAMS).pairs
    pairs = Pairs(*(torch.cat([told, other[:, 1:]], 1) for told, other in zip(drawn.pairs, hay, strict=True)))
    end = ITEMS * PASSES + length
    # of A what the burst contradicted
    touched = Facts(*(part[:, : drawn.b.keys.shape[1]] for part in drawn.a))
    return Course(pairs, ((end, drawn.b), (end + 64, touched)))


COURSES: dict[str, Callable[[int, Generator], Course]] = {
    "new facts": new_facts,
    "noisy facts": noisy,
    "there and back": there_and_back,
}

LONGEST = {"noisy facts": 72, "there and back": 72}
"""The map that the criterion asks for is that of new facts; the others are shown as far as they are cheap."""


def kinds(arm: str, period: int) -> list[Setting]:
    """Twelve of each arm."""
    if arm == "one":
        return [Setting((own,), (1.0,), forget, False) for own, forget in product((1, 2, 4), (0.0, 0.003, 0.01, 0.03))]
    if arm == "half":
        forgets = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)
        return [Setting((own,), (1.0,), forget, False) for own, forget in product((2, 4), forgets)]
    handed = ((0.0, False), (0.01, False), (0.05, False), (0.0, True))
    between = (round(period**0.5),) if arm == "three" else ()
    return [
        Setting((1, *between, period), (1.0, *(ratio**0.5 for _ in between), ratio), forget, anew)
        for ratio, (forget, anew) in product((1.0, 4.0, 16.0), handed)
    ]


@cache
def start() -> tuple[Tensor, Tensor]:
    """One net for all arms: what it answers at first is zero."""
    first = torch.randn(HIDDEN, WIDTH, generator=Generator().manual_seed(7))
    return first, torch.zeros(WIDTH, HIDDEN)


def memory(setting: Setting) -> Continuum:
    """The net, its hidden units dealt out to as many levels as there are periods."""
    first, second = start()
    many = len(setting.periods)
    size = HIDDEN // many
    levels = []
    for place, (period, ratio) in enumerate(zip(setting.periods, setting.ratios, strict=True)):
        own = slice(place * size, (place + 1) * size)
        net = DeepMemory(WIDTH, WIDTH, initial=(first[own], second[:, own].contiguous()), net=MLP((size,)))
        handed = {"forget": setting.forget, "reset": setting.periods[-1] * setting.anew} if not place else {}
        levels.append(Level(net, period, ratio, **handed))
    return Continuum(levels, "independent")


def recalls(setting: Setting, courses: Sequence[Course], rates: Sequence[float]) -> Tensor:
    """Every recall asked for, the mean over its facts and streams: [rates, courses, asked]; −1 where it diverged."""
    pairs = [torch.cat([one.pairs[part] for one in courses]) for part in range(2)]
    whole = Pairs(*(part.repeat(len(rates), 1, 1) for part in pairs))
    each = torch.tensor(rates).repeat_interleave(len(pairs[0]))[:, None].expand(whole.keys.shape[:2])
    gates = Gates(each, torch.zeros_like(each), torch.zeros_like(each))
    built, at, found = memory(setting), 0, []
    state = built.init(len(whole.keys), whole.keys)
    for place, (end, _) in enumerate(courses[0].asked):
        piece, how = Pairs(*(part[:, at:end] for part in whole)), Gates(*(gate[:, at:end] for gate in gates))
        if end > at:
            state, at = unroll(built, piece, how, state=state).state, end
        facts = Facts(*(torch.cat([one.asked[place][1][part] for one in courses]) for part in range(2)))
        asked = Facts(*(part.repeat(len(rates), 1, 1) for part in facts))
        cosine = F.cosine_similarity(built.read(state, asked.keys), asked.values, dim=-1)
        found.append(cosine.nan_to_num(-1.0).mean(-1).reshape(len(rates), len(courses), -1).mean(-1))
    return torch.stack(found, -1)


def drawn(name: str, length: int, seeds: Sequence[int]) -> list[Course]:
    return [COURSES[name](length, Generator().manual_seed(seed)) for seed in seeds]


def best(name: str, arm: str, length: int, period: int) -> list[float]:
    """Of 96 settings the one with the best score on the seeds that are searched on: (kind, rate, score)."""
    courses, settings = drawn(name, length, SEARCHED_ON), kinds(arm, period)
    found = _best(settings, courses, RATES)
    return found if found[1] > RATES[0] else max(found, _best(settings, courses, LOWER), key=lambda one: one[2])


def _best(settings: Sequence[Setting], courses: Sequence[Course], rates: Sequence[float]) -> list[float]:
    tried = []
    for number, setting in enumerate(settings):
        scores = recalls(setting, courses, rates).mean((1, 2))
        place = int(scores.argmax())
        tried.append([number, rates[place], float(scores[place])])
    return max(tried, key=lambda one: one[2])


def told(name: str, arm: str, length: int, period: int, found: Sequence[float]) -> list[list[float]]:
    """What the best setting recalls on each of the five seeds: [[A, B], …] in the order in which they are asked."""
    setting = kinds(arm, period)[int(found[0])]
    return recalls(setting, drawn(name, length, SEEDS), [found[1]])[0].tolist()


class Cell(NamedTuple):
    """A cell of the map. scores: of each arm, one for each seed. recalls: the same apart."""

    scores: dict[str, list[float]]
    recalls: dict[str, list[list[float]]]


def cells(name: str, bursts: Sequence[int], sweep: Sweep) -> dict[tuple[int, int], Cell]:
    """All arms on every burst and slow period; a single level knows of no slow period, and is tuned once for all."""
    of_arms = {
        at: {arm: (arm, at[0], 0 if arm in SINGLE else at[1]) for arm in ARMS} for at in product(bursts, PERIODS)
    }
    called = {
        (arm, length, clock): f"{name}, {arm}, burst {length}, period {clock}"
        for of_arm in of_arms.values()
        for arm, length, clock in of_arm.values()
    }
    chosen = sweep({f"search, {one}": partial(best, name, *at) for at, one in called.items()})
    found = sweep({one: partial(told, name, *at, chosen[f"search, {one}"]) for at, one in called.items()})
    made = {}
    for at, of_arm in of_arms.items():
        apart = {arm: found[called[own]] for arm, own in of_arm.items()}
        made[at] = Cell({arm: [statistics.mean(one) for one in runs] for arm, runs in apart.items()}, apart)
    return made


def lead(found: Cell) -> float:
    """How far the better of two and three levels is ahead of the better single one, in the mean over the seeds."""
    means = {arm: statistics.mean(found.scores[arm]) for arm in ARMS}
    return max(means["two"], means["three"]) - max(means[arm] for arm in SINGLE)


def table(name: str, sweep: Sweep) -> Iterator[str]:
    """One course as Markdown: a row for each burst, a column for each slow period."""
    yield (
        "| burst | one level: both recalls | half the updates | "
        + " | ".join(f"period {period}: two, three" for period in PERIODS)
        + " |"
    )
    yield "|---" * (3 + len(PERIODS)) + "|"
    bursts = [length for length in BURSTS if length <= LONGEST.get(name, length)]
    found = cells(name, bursts, sweep)
    for length in bursts:
        row = [found[length, period] for period in PERIODS]
        one = row[0]
        apart = ", ".join(mean_and_spread([pair[at] for pair in one.recalls["one"]]) for at in range(2))
        told = [f"{_ahead(each, 'two')}, {_ahead(each, 'three')}" for each in row]
        half = mean_and_spread(one.scores["half"])
        yield f"| {length} | {mean_and_spread(one.scores['one'])}: {apart} | {half} | {' | '.join(told)} |"
    leads = [lead(one) for one in found.values()]
    ahead, behind = sum(one >= 0.05 for one in leads), sum(one < -0.02 for one in leads)
    yield ""
    yield (
        f"{name}: the better of two and three levels is ahead by .05 or more in {ahead} of {len(leads)} cells, behind "
        f"by more than .02 in {behind}; from {min(leads):+.2f} to {max(leads):+.2f}."
    )


def _ahead(found: Cell, arm: str) -> str:
    """By how much an arm is ahead of one level, seed for seed."""
    return mean_and_spread(
        [ours - one for ours, one in zip(found.scores[arm], found.scores["one"], strict=True)], sign="+"
    )


def main() -> None:
    parser = asks(__doc__)
    parser.add_argument("--only", choices=(*COURSES, "ages", "digits"), help="this table alone")
    chosen = parser.parse_args()
    sweep, tables = Sweep.of(chosen), {name: partial(table, name) for name in COURSES}
    tables |= {"ages": continuum_ages.table, "digits": continuum_digits.table}
    names = (chosen.only,) if chosen.only else tuple(tables)
    shown(chosen, PAGE, "\n\n".join(f"{name}:\n\n" + "\n".join(tables[name](sweep)) for name in names))


if __name__ == "__main__":
    started()
