"""Optimizers side by side, tuned alike: loss and accuracy per step and per second.

    python -m tests.benchmarks.optimizers --seeds 5 --notes FILE --write
    python -m tests.benchmarks.optimizers --notes FILE --only M3 --task bytes    # one of 27 parts; all may run at once
    python -m tests.benchmarks.optimizers --notes FILE --noted --write           # the tables, from what stands there

Tasks: `nlviz.experiments.optimizers`. The search: for every optimizer and task the same seventeen rates, from 1e-5 to
1000 in steps of √10, on two seeds that nothing else uses, by the loss in the end on what was kept for asking; all else
stays as `contender` makes it. Then five seeds at the best rate. Seconds are those of the process, of training alone.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from nlviz.experiments.optimizers import CONTENDERS, TASKS, Moment, race

from .training import mean_and_spread, noted, put_table, standing

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


def best_rate(task: str, name: str, size: Size, notes: Path | None) -> float:
    """The rate with the least mean loss in the end."""
    steps = size.steps[task]
    means = {}
    for rate in size.rates:
        found = [
            noted(
                notes,
                f"search, {task}, {name}, lr {rate:g}, seed {seed}",
                partial(ended, task, name, rate, seed, steps),
            )
            for seed in size.searched_on
        ]
        means[rate] = statistics.mean(found)
    return min(means, key=means.__getitem__)


def curves(task: str, name: str, size: Size, notes: Path | None) -> tuple[float, list[list[Moment]]]:
    """The best rate, and the runs at it."""
    rate, steps = best_rate(task, name, size, notes), size.steps[task]
    called = [f"{task}, {name}, lr {rate:g}, seed {seed}" for seed in range(size.seeds)]
    runs = [noted(notes, one, partial(run, task, name, rate, seed, steps)) for seed, one in enumerate(called)]
    return rate, [[Moment(int(step), *rest) for step, *rest in one] for one in runs]


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how many (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="two steps of one seed: only whether it runs")
    parser.add_argument("--only", choices=CONTENDERS, help="this optimizer alone")
    parser.add_argument("--task", choices=sorted(TASKS), help="this task alone")
    parser.add_argument("--notes", type=Path, help="where to keep what is done, line by line")
    parser.add_argument("--noted", action="store_true", help="only what stands in FILE: nothing is trained")
    parser.add_argument(
        "--write", action="store_true", help="put the tables into optimizers.md, in place of those there"
    )
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    size = Size(RATES, SEARCHED_ON, chosen.seeds, STEPS)
    if chosen.quick:
        size = Size(RATES[4:5], SEARCHED_ON[:1], 1, dict.fromkeys(STEPS, 2))
    names = (chosen.only,) if chosen.only else CONTENDERS
    tasks = (chosen.task,) if chosen.task else tuple(TASKS)
    if chosen.noted:
        names = tuple(name for name in names if all(_stands(task, name, size, chosen.notes) for task in tasks))
    if not names:
        parser.error(f"no optimizer stands whole in {chosen.notes}; run it without --noted first")
    pages = []
    for task in tasks:
        found = {name: curves(task, name, size, chosen.notes) for name in names}
        pages.append(f"{task}:\n\n" + "\n".join(table(task, found, size)))
    lines = "\n\n".join(pages)
    print(lines)
    if chosen.write:
        put_table(PAGE, lines)


def _stands(task: str, name: str, size: Size, notes: Path | None) -> bool:
    """Whether all runs of an optimizer on a task are in the notes."""
    done = standing(notes)
    searched = all(f"search, {task}, {name}, lr {r:g}, seed {s}" in done for r in size.rates for s in size.searched_on)
    if not searched:
        return False
    rate = best_rate(task, name, size, notes)
    return all(f"{task}, {name}, lr {rate:g}, seed {seed}" in done for seed in range(size.seeds))


if __name__ == "__main__":
    main()
