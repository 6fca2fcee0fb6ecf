"""Digits, task after task, by arms that were all tuned alike: ACC and BWT over five seeds.

    python -m tests.benchmarks.digits --search --notes found.jsonl      # half an hour: the search behind `arms`
    python -m tests.benchmarks.digits --seeds 5 --write                 # ten minutes: the table in digits.md

The search: for each arm and scenario every value below, on two seeds that nothing else uses, by ACC in the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
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

from .training import mean_and_spread, noted, put_table

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


def search(notes: Path | None) -> None:
    """Print every candidate's mean ACC, and in the end the best of each arm."""
    best: dict[tuple[str, str], tuple[float, dict[str, float]]] = {}
    for scenario, (name, gates, learner) in product(SCENARIOS, candidates()):

        def run(learner: Any = learner, scenario: Scenario = scenario) -> float:
            try:
                return float(
                    np.mean([measure.average_accuracy(ended(learner, scenario, seed)) for seed in SEARCHED_ON])
                )
            except FloatingPointError:
                return 0.0  # it diverged

        found = noted(notes, f"{scenario}, {name}, {gates}", run)
        best[scenario, name] = max(best.get((scenario, name), (0.0, {})), (found, gates), key=lambda one: one[0])
    for (scenario, name), (found, gates) in best.items():
        print(f"{scenario}, {name}: {gates} ({found:.3f})")


def told(name: str, scenario: Scenario, scale: float, seed: int) -> list[float]:
    """ACC and BWT of one arm of `arms`."""
    matrix = ended(arms(scale, scenario)[name], scenario, seed)
    return [float(measure.average_accuracy(matrix)), float(measure.backward_transfer(matrix))]


def table(seeds: int, notes: Path | None) -> Iterator[str]:
    """The arms as Markdown: mean and deviation over the seeds."""
    worlds: list[tuple[Scenario, float]] = [(SCENARIOS[0], 2.0), (SCENARIOS[0], 1.0), (SCENARIOS[1], 2.0)]
    heads = [f"{part}, {scenario}, scale {scale:g}" for scenario, scale in worlds for part in ("ACC", "BWT")]
    yield f"| arm | {' | '.join(heads)} |"
    yield "|---" * (1 + len(heads)) + "|"
    for name in arms():
        cells = []
        for scenario, scale in worlds:
            called = [f"{name}, {scenario}, {scale}, seed {seed}" for seed in range(seeds)]
            runs = [noted(notes, one, partial(told, name, scenario, scale, at)) for at, one in enumerate(called)]
            cells += [mean_and_spread(part) for part in zip(*runs, strict=True)]
        yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="how many (default: %(default)s)")
    parser.add_argument("--search", action="store_true", help="look for the numbers that `arms` holds, and stop")
    parser.add_argument("--notes", type=Path, help="where to keep what is done, line by line")
    parser.add_argument("--write", action="store_true", help="put the table into digits.md, in place of the one there")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.search:
        return search(chosen.notes)
    lines = "\n".join(table(chosen.seeds, chosen.notes))
    print(lines)
    if chosen.write:
        put_table(PAGE, lines)


if __name__ == "__main__":
    main()
