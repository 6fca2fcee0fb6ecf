"""Optimizers side by side, tuned alike: loss and accuracy per step and per second.

    python -m tests.benchmarks.optimizers --seeds 5 --notes FILE --write
    python -m tests.benchmarks.optimizers --notes FILE --only M3 --task bytes    # one of 27 parts; all may run at once
    python -m tests.benchmarks.optimizers --notes FILE --noted --write           # the tables, from what stands there

Tasks: `nlviz.experiments.optimizers`. The search: for every optimizer and task the same seventeen rates, from 1e-5 to
1000 in steps of √10, on two seeds that nothing else uses, by the loss in the end on what was kept for asking; all else
stays as `contender` makes it. Then five seeds at the best rate. Seconds are those of the process, of training alone.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nlviz.experiments.optimizers import CONTENDERS, TASKS, Moment, race

from .sweeping import Sweep, asks, shown, started
from .training import mean_and_spread

PAGE = Path(__file__).with_suffix(".md")
STEPS = {"valley": 200, "digits": 300, "bytes": 600}
EARLY = 30
"""Steps after which the table looks for the first time; a tenth of what is trained, or near it."""
EVERY = 10
RATES = tuple(float(f"{10 ** (half / 2):.2g}") for half in range(-10, 7))
SEARCHED_ON = (100, 101)

Curve = list[list[float]]
"""Moments as plain numbers."""


class Size(NamedTuple):
    """How much of it all is run."""

    rates: Sequence[float]
    searched_on: Sequence[int]
    seeds: int
    steps: dict[str, int]


def run(task: str, name: str, rate: float, seed: int, steps: int) -> Curve:
    """Every moment of one run, to five digits."""
    moments = race(name, task, rate, steps=steps, every=EVERY, seed=seed)
    return [[float(f"{number:.5g}") for number in moment] for moment in moments]


def ended(task: str, name: str, rate: float, seed: int, steps: int) -> float:
    """The loss in the end; inf for a run that diverged."""
    return run(task, name, rate, seed, steps)[-1][Moment._fields.index("loss")]


Curves = dict[tuple[str, str], tuple[float, list[list[Moment]]]]
"""By task and optimizer the best rate, and the runs at it."""


def curves(every: Sequence[tuple[str, str]], size: Size, sweep: Sweep) -> Curves:
    """The rate with the least mean loss in the end, and the runs at it, of what was run or noted."""
    tried = {(*one, rate): [_called(*one, rate, s) for s in size.searched_on] for one in every for rate in size.rates}
    found = sweep(
        {
            f"search, {name}": partial(ended, task, arm, rate, seed, size.steps[task])
            for (task, arm, rate), names in tried.items()
            for seed, name in zip(size.searched_on, names, strict=True)
        }
    )
    losses = {at: [found.get(f"search, {name}", math.nan) for name in names] for at, names in tried.items()}
    rates: dict[tuple[str, str], float] = {}
    for one in every:
        means = [statistics.mean(losses[(*one, rate)]) for rate in size.rates]
        if not any(map(math.isnan, means)):
            rates[one] = size.rates[means.index(min(means))]
    seeds = range(size.seeds)
    runs = sweep(
        {
            _called(task, arm, rate, seed): partial(run, task, arm, rate, seed, size.steps[task])
            for (task, arm), rate in rates.items()
            for seed in seeds
        }
    )
    return {
        one: (rate, [[Moment(int(at), *rest) for at, *rest in runs[_called(*one, rate, seed)]] for seed in seeds])
        for one, rate in rates.items()
        if all(_called(*one, rate, seed) in runs for seed in seeds)
    }


def _called(task: str, name: str, rate: float, seed: int) -> str:
    return f"{task}, {name}, lr {rate:g}, seed {seed}"


def at_step(curve: Sequence[Moment], step: int) -> Moment:
    """Where a run stood after so many steps, or where it ended."""
    return [moment for moment in curve if moment.step <= step][-1]


def at_second(curve: Sequence[Moment], seconds: float) -> Moment:
    """Where a run stood after so many seconds, or where it ended."""
    return [moment for moment in curve if moment.seconds <= seconds][-1]


def table(task: str, found: dict[str, tuple[float, list[list[Moment]]]], size: Size) -> Iterator[str]:
    """One task as Markdown: mean and deviation over the seeds."""
    steps, asks = size.steps[task], ("loss",) if task == "valley" else ("loss", "accuracy")
    budget, words = _budget(found, steps)
    places = (f"step {min(EARLY, steps)}", f"step {steps}", words)
    yield "| optimizer | lr | ms a step | " + " | ".join(f"{ask}, {place}" for place in places for ask in asks) + " |"
    yield "|---" * (3 + len(places) * len(asks)) + "|"
    for name, (rate, runs) in found.items():
        rows = (
            [at_step(one, EARLY) for one in runs],
            [at_step(one, steps) for one in runs],
            [at_second(one, budget) for one in runs],
        )
        cells = [_cell([getattr(moment, ask) for moment in row]) for row in rows for ask in asks]
        edge = ", edge" if rate in (size.rates[0], size.rates[-1]) else ""
        pace = statistics.mean(1000 * one[-1].seconds / max(one[-1].step, 1) for one in runs)
        yield f"| {name} | {rate:g}{edge} | {pace:.2f} | {' | '.join(cells)} |"


def _budget(found: dict[str, tuple[float, list[list[Moment]]]], steps: int) -> tuple[float, str]:
    """The seconds that plain SGD, or the first there is, takes for a third of the steps; and how that is called."""
    name = "SGD" if "SGD" in found else next(iter(found))
    third = max(steps // 3, 1)
    seconds = statistics.mean(at_step(one, third).seconds for one in found[name][1])
    return seconds, f"in the time of {third} steps of {name}"


def _cell(values: Sequence[float]) -> str:
    """Mean and deviation of the runs that did not diverge, and how many did."""
    held = [value for value in values if math.isfinite(value)]
    lost = f"{len(values) - len(held)} diverged"
    if not held:
        return lost
    # a valley may be left a million deep
    digits = 3 if statistics.mean(held) < 100 else 0
    return mean_and_spread(held, digits) + (f", {lost}" if len(held) < len(values) else "")


def main() -> None:
    parser = asks(__doc__, seeds=5, quick="two steps of one seed", noted=True)
    parser.add_argument("--only", choices=CONTENDERS, help="this optimizer alone")
    parser.add_argument("--task", choices=sorted(TASKS), help="this task alone")
    chosen = parser.parse_args()
    size = Size(RATES, SEARCHED_ON, chosen.seeds, STEPS)
    if chosen.quick:
        size = Size(RATES[4:5], SEARCHED_ON[:1], 1, dict.fromkeys(STEPS, 2))
    names = (chosen.only,) if chosen.only else tuple(CONTENDERS)
    tasks = (chosen.task,) if chosen.task else tuple(TASKS)
    found = curves([(task, name) for task in tasks for name in names], size, Sweep.of(chosen))
    names = [name for name in names if all((task, name) in found for task in tasks)]
    if not names:
        parser.error(f"no optimizer stands whole in {chosen.notes}; run it without --noted first")
    pages = (
        f"{task}:\n\n" + "\n".join(table(task, {name: found[task, name] for name in names}, size)) for task in tasks
    )
    shown(chosen, PAGE, "\n\n".join(pages))


if __name__ == "__main__":
    started()
