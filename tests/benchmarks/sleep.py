"""Five ways to live through two days and nights, and what tells the parts of sleep apart: `sleep.md`.

    python -m tests.benchmarks.sleep --seeds 5 --notes FILE --write     about six minutes on one core
    python -m tests.benchmarks.sleep --seeds 1                          one pair of texts

A seed is a pair of texts, the batches and the dreams. Rates are searched on other texts.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlviz import measure
from nlviz.experiments.sleep import ARMS, CONTROLS, Days, Look, Night, course, days_of, matrix
from nlviz.streams import code

from .sweeping import Sweep, asks, shown, started

PAGE = Path(__file__).with_suffix(".md")
TEXTS = ("email", "json", "http", "plotly", "encodings")
SEARCHED = ("logging", "numpy")
RATES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3)
"""Of the slow weights, searched for every arm that is taught."""
THETAS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Of the fast weights, searched once, for all arms that have them."""
EVERY = ARMS | CONTROLS


class Size(NamedTuple):
    """How long a text is, a quarter of it kept for asking, and how a night goes."""

    length: int
    night: Night


SIZES = {
    "short": Size(4096, Night(updates=16, batch=8)),
    "long": Size(8192, Night(updates=32, batch=8)),
}
"""The short ones are the lab's."""
AS_IN_THE_LAB = 1e-3
COLUMNS = ("gained on the day just read", "day 1: lost on day 2", "before: lost", "all three at the end", "s")
Run = dict[str, list[list[float]]]


def met(pair: Sequence[str], length: int, seed: int) -> Days:
    """Two days of reading."""
    return days_of([(name, code(name, limit=length)) for name in pair], seed=seed)


def lived(arm: str, days: Days, night: Night, seed: int, theta: float) -> tuple[list[Look], float]:
    """All looks, and the processor seconds that it took."""
    began = time.process_time()
    _, looks = deque(course(arm, days, night, inner_lr=theta, seed=seed), maxlen=1).pop()
    return list(looks), time.process_time() - began


def evenings(looks: Sequence[Look]) -> list[Look]:
    """The last look of every day."""
    return [look for look in looks if look.day and not look.night and look.share == 1.0]


def strengths(size: Size) -> list[float]:
    """For each of THETAS, what a day's own text costs in its evening, on the texts of the search."""
    pairs = [met(pair, size.length, 100) for pair in (SEARCHED, SEARCHED[::-1])]

    def cost(theta: float) -> float:
        found = [evenings(lived("no sleep", days, size.night, 100, theta)[0]) for days in pairs]
        return float(np.mean([look.bits[look.day] for both in found for look in both]))

    return [cost(theta) for theta in THETAS]


def searched(size: Size, theta: float) -> dict[str, list[float]]:
    """For every arm that is taught at night: bits per byte in the end, of all three texts, for each rate."""
    pairs = [met(pair, size.length, 100) for pair in (SEARCHED, SEARCHED[::-1])]

    def ends(arm: str, rate: float) -> float:
        night = size.night._replace(rate=rate)
        return float(np.mean([matrix(lived(arm, days, night, 100, theta)[0])[-1] for days in pairs]))

    return {arm: [ends(arm, rate) for rate in RATES] for arm, one in EVERY.items() if one.replays}


def best(search: dict[str, list[float]]) -> dict[str, float]:
    """The rate of each arm at which all three texts cost least."""
    return {arm: RATES[int(np.argmin(found))] for arm, found in search.items()}


def of_arm(arm: str, seed: int, rate: float, size: Size, theta: float) -> list[list[float]]:
    """R row by row, then the evenings' bits, then the seconds."""
    days = met((TEXTS[seed], TEXTS[(seed + 1) % len(TEXTS)]), size.length, seed)
    looks, seconds = lived(arm, days, size.night._replace(rate=rate), seed, theta)
    return [*matrix(looks).tolist(), *(list(look.bits) for look in evenings(looks)), [seconds]]


def of_pairs(called: str, pairs: int, rates: dict[str, float], theta: float, sweep: Sweep) -> list[Run]:
    """Every arm on every pair of texts; what is not taught has no rate."""
    used = {arm: rates.get(arm, AS_IN_THE_LAB) if held.replays else 0.0 for arm, held in EVERY.items()}
    seeds = range(min(pairs, len(TEXTS)))
    found = sweep(
        {
            f"{called}, {arm}, rate {rate:g}, pair {seed}": partial(of_arm, arm, seed, rate, SIZES[called], theta)
            for arm, rate in used.items()
            for seed in seeds
        }
    )
    return [{arm: found[f"{called}, {arm}, rate {used[arm]:g}, pair {seed}"] for arm in EVERY} for seed in seeds]


def told(rows: list[list[float]]) -> list[float]:
    """One number for each of COLUMNS."""
    known = np.array(rows[:3])
    gained = np.mean([known[day - 1, day] - known[day, day] for day in (1, 2)])
    lost = measure.forgetting(-known[1:, 1:])
    return [float(gained), lost, float(known[2, 0] - known[0, 0]), float(known[2].mean()), rows[-1][0]]


def table(runs: Sequence[Run]) -> str:
    """Means, and the least and the greatest of all pairs."""
    lines = [f"| bits per byte | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    for arm in EVERY:
        columns = list(zip(*(told(run[arm]) for run in runs), strict=True))
        cells = [f"{statistics.mean(one):.3f} ({min(one):.2f}…{max(one):.2f})" for one in columns[:-1]]
        lines.append(f"| {arm} | {' | '.join(cells)} | {statistics.mean(columns[-1]):.1f} |")
    return "\n".join(lines).replace("-0.", "−0.")


def courses(runs: Sequence[Run]) -> str:
    """Mean bits per byte of each text, from the start to the second morning."""
    names = ("start", "evening 1", "night 1", "evening 2", "night 2")
    lines = [f"| text, arm | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for text, name in enumerate(("before", "day 1", "day 2")):
        for arm in EVERY:
            mean = np.mean([run[arm][:5] for run in runs], 0)[[0, 3, 1, 4, 2], text]
            lines.append(f"| {name}, {arm} | {' | '.join(f'{one:.3f}' for one in mean)} |")
    return "\n".join(lines)


def holds(runs: Sequence[Run]) -> str:
    """The three parts of the criterion, on means over the pairs, and in how many pairs."""
    replay, dreams, tuned = (
        np.array([told(run[arm]) for run in runs]) for arm in ("sleep: replay", "sleep: dreams", "fine-tuning")
    )
    parts = {
        "sleep with replay loses at most half of what fine-tuning loses on day 1's text": (replay[:, 1], tuned[:, 1]),
        "it gains at least half of what fine-tuning gains on the day just read": (replay[:, 0], tuned[:, 0]),
        "dreams gain at least half of what replay gains": (dreams[:, 0], replay[:, 0]),
    }
    lines = []
    for words, (one, other) in parts.items():
        least = "at least" in words
        each = one >= other / 2 if least else one <= other / 2
        whole = one.mean() >= other.mean() / 2 if least else one.mean() <= other.mean() / 2
        said = (
            f"{one.mean():.3f} against {other.mean():.3f}, {'yes' if whole else 'no'}, in {each.sum()} of {len(each)}"
        )
        lines.append(f"- {words}: {said}".replace("-0.", "−0."))
    return "\n".join(lines)


def search_table(search: dict[str, list[float]]) -> str:
    """What the search saw."""
    lines = [f"| rate | {' | '.join(search)} |", "|---" * (1 + len(search)) + "|"]
    for rate, row in zip(RATES, zip(*search.values(), strict=True), strict=True):
        lines.append(f"| {rate:g} | {' | '.join(f'{one:.3f}' for one in row)} |")
    return "\n".join(lines)


def of_size(called: str, seeds: int, sweep: Sweep) -> list[str]:
    """Search and result for days and nights of one size: at the rates found, then at one rate for all."""
    size = SIZES[called]
    (costs,) = sweep.each({f"{called}, strengths": partial(strengths, size)})
    theta = THETAS[int(np.argmin(costs))]
    (search,) = sweep.each({f"{called}, search": partial(searched, size, theta)})
    said = ", ".join(f"{one:g}: {cost:.3f}" for one, cost in zip(THETAS, costs, strict=True))
    read, (updates, batch, *_) = size.length * 3 // 4, size.night
    parts = [f"## Days of {read:,} bytes read, nights of {updates} updates on {batch} pieces"]
    parts += [f"In the evening, by θ: {said}.", search_table(search)]
    for words, rates in (
        ("Each arm at its own best rate", best(search)),
        (f"All at {AS_IN_THE_LAB:g}, as in the lab", {}),
    ):
        runs = of_pairs(called, seeds, rates, theta, sweep)
        parts += [f"{words}:", table(runs), holds(runs), courses(runs)]
    return parts


def main() -> None:
    parser = asks(__doc__, seeds=5)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES), help="which (default: all)")
    chosen = parser.parse_args()
    sweep = Sweep.of(chosen)
    shown(chosen, PAGE, "\n\n".join(part for called in chosen.sizes for part in of_size(called, chosen.seeds, sweep)))


if __name__ == "__main__":
    started()
