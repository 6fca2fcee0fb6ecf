"""Digits, task after task, by arms that were all tuned alike: ACC and BWT over five seeds.

    python -m tests.benchmarks.digits --search --notes found.jsonl      # half an hour: the search behind `arms`
    python -m tests.benchmarks.digits --seeds 5 --write                 # ten minutes: the table in digits.md

The search: for each arm and scenario every value below, on two seeds that nothing else uses, by ACC in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
from torch import Generator

from nlviz import measure, streams
from nlviz.experiments.continual import (
    EWC,
    FastHead,
    FineTuning,
    LearnedGates,
    Replay,
    SetGates,
    arms,
    course,
    learn_gates,
)
from nlviz.memory import Delta, GatedDelta, Hebbian, Titans
from nlviz.streams.digits import Scenario

from .sweeping import Sweep, asks, shown, started
from .training import mean_and_spread

PAGE = Path(__file__).with_name("digits.md")
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)
SEARCHED_ON = (100, 101)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
FORGETS, PULSES = (1e-5, 1e-4, 1e-3), (0.05, 0.5)
LRS, STRENGTHS = (0.01, 0.03, 0.1, 0.3), (1.0, 10.0, 100.0, 1000.0)


def candidates() -> Iterator[tuple[str, dict[str, float], Any]]:
    """Each arm with every value it is tried with. Half of θ is written at once where momentum ½ writes it twice."""
    for lr in LRS:
        yield "fine-tuning", {"lr": lr}, FineTuning(lr=lr)
        yield "replay", {"lr": lr}, Replay(lr=lr)
    for lr, strength in product(LRS[1:3], STRENGTHS):
        yield "EWC", {"lr": lr, "strength": strength}, EWC(lr=lr, strength=strength)
    for rule, gates in rules():
        yield rule[0], gates, FastHead(rule[1], SetGates(**gates), scale=2.0)


def rules() -> Iterator[tuple[tuple[str, Any], dict[str, float]]]:
    """The arms with fast weights, and the gates they are tried with."""
    yield ("Hebbian", Hebbian), {"inner_lr": 1.0}
    for rate in RATES:
        half = {"inner_lr": rate / 2, "momentum": 0.5}
        yield ("delta", Delta), {"inner_lr": rate}
        for forget in FORGETS:
            yield ("gated delta", GatedDelta), {"inner_lr": rate, "forget": forget}
            yield ("Titans, constant", Titans), {**half, "forget": forget}
        for pulse in PULSES:
            yield ("Titans, pulsed", Titans), {**half, "pulse": pulse}


def ended(learner: Any, scenario: Scenario, seed: int) -> np.ndarray:
    """R after the last task; gates that are learned are learned first, on rehearsals."""
    source = Generator().manual_seed(seed)
    tasks = streams.digits(scenario, generator=source)
    if isinstance(getattr(learner, "gates", None), LearnedGates):
        *_, last = learn_gates(learner, tasks, scenario, generator=source)
        learner = replace(learner, gates=last.gates)
    *_, moment = course(learner, tasks, generator=source)
    return moment.matrix


def search(sweep: Sweep) -> None:
    """Print every candidate's mean ACC, and in the end the best of each arm."""
    every = list(product(SCENARIOS, candidates()))
    found = sweep.each(
        {f"{scenario}, {name}, {gates}": partial(mean_acc, one, scenario) for scenario, (name, gates, one) in every}
    )
    best: dict[tuple[str, str], tuple[float, dict[str, float]]] = {}
    for (scenario, (name, gates, _)), acc in zip(every, found, strict=True):
        best[scenario, name] = max(best.get((scenario, name), (0.0, {})), (acc, gates), key=lambda one: one[0])
    for (scenario, name), (acc, gates) in best.items():
        print(f"{scenario}, {name}: {gates} ({acc:.3f})")


def mean_acc(learner: Any, scenario: Scenario) -> float:
    """ACC in the end, over the seeds of the search."""
    try:
        return float(np.mean([measure.average_accuracy(ended(learner, scenario, seed)) for seed in SEARCHED_ON]))
    except FloatingPointError:
        return 0.0  # it diverged


def told(name: str, scenario: Scenario, scale: float, seed: int) -> list[float]:
    """ACC and BWT of one arm of `arms`."""
    matrix = ended(arms(scale, scenario)[name], scenario, seed)
    return [float(measure.average_accuracy(matrix)), float(measure.backward_transfer(matrix))]


def table(seeds: int, sweep: Sweep) -> Iterator[str]:
    """The arms as Markdown: mean and deviation over the seeds."""
    worlds: list[tuple[Scenario, float]] = [(SCENARIOS[0], 2.0), (SCENARIOS[0], 1.0), (SCENARIOS[1], 2.0)]
    every = [(arm, *world, seed) for arm, world, seed in product(arms(), worlds, range(seeds))]
    found = sweep({"{}, {}, {}, seed {}".format(*one): partial(told, *one) for one in every})
    heads = [f"{part}, {scenario}, scale {scale:g}" for scenario, scale in worlds for part in ("ACC", "BWT")]
    yield f"| arm | {' | '.join(heads)} |"
    yield "|---" * (1 + len(heads)) + "|"
    for name in arms():
        cells = []
        for scenario, scale in worlds:
            runs = [found[f"{name}, {scenario}, {scale}, seed {seed}"] for seed in range(seeds)]
            cells += [mean_and_spread(part) for part in zip(*runs, strict=True)]
        yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = asks(__doc__, seeds=2)
    parser.add_argument("--search", action="store_true", help="look for the numbers that `arms` holds, and stop")
    chosen = parser.parse_args()
    sweep = Sweep.of(chosen)
    if chosen.search:
        return search(sweep)
    shown(chosen, PAGE, "\n".join(table(chosen.seeds, sweep)))


if __name__ == "__main__":
    started()
