"""Does it retrieve, or only predict better? Recall of names near by and far away, at equal bits per byte.

    python -m tests.benchmarks.equal_prediction --seeds 5 --notes FILE --write

Byte models of one block, width 48, 60,000 parameters, read source code with made-up names in it, each written twice
(`experiments.budget.names`): near by, within a window of 32 bytes, or far away. 900 steps of 4 × 512 bytes; every 75
steps the bits per byte of held-out code without names are measured, and the share of letters that a name before tells.
Arms: a window, a memory, both; the memory also with nothing written (θ = 0), trained so. Each is trained with names,
and, but for the window, on the text alone. Whatever has a memory is read twice, the second time with writes off.
The rate is chosen for each arm by bits per byte on seed 1000, with names. --text: arrays a (to train on) and b (held
out), bytes; else the standard library of this Python.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.experiments import budget
from nlviz.outer import TokenModel, train

from .code_stream import bits_per_byte, texts
from .sweeping import Sweep, asks, shown, started
from .training import mean_and_spread

PAGE = Path(__file__).with_suffix(".md")
SEARCHED_ON, TIME, BATCH, STEPS, EVERY, STRETCHES = 1000, 512, 4, 900, 75, 48
RATES = (8e-3, 1.6e-2)
WITH, WITHOUT = "names in the text", "text alone"
ARMS = ("both", "memory", "window", "nothing written")
CELLS = tuple(cell for cell in itertools.product(ARMS, (WITH, WITHOUT)) if cell != ("window", WITHOUT))
MEMORIES = ("both", "memory")


class Text(NamedTuple):
    """What is trained on, what is held out, and the latter with names."""

    train: Tensor
    held_out: np.ndarray
    names: budget.Named


class Point(NamedTuple):
    """One look during training: bits per byte of code, share of letters known near by and far; the same, writes off."""

    step: int
    bits: float
    near: float
    far: float
    bits_off: float
    near_off: float
    far_off: float


def read_texts(path: Path | None, stretches: int) -> Text:
    """From a file, or from this Python."""
    if path is None:
        known, held_out = texts(3_000_000 if stretches == STRETCHES else 50_000)
    else:
        with np.load(path) as held:
            known, held_out = held["a"], held["b"]
    held_out = held_out[: stretches * TIME].astype(np.int64)
    cut = torch.tensor(held_out).unflatten(0, (-1, TIME))
    return Text(torch.tensor(known.astype(np.int64)), held_out, budget.named(cut, generator=Generator().manual_seed(0)))


def looked(model: TokenModel, step: int, text: Text, memory: bool) -> Point:
    """How well it predicts and retrieves now."""

    def now() -> tuple[float, float, float]:
        near, far = budget.completed(model, text.names)
        return bits_per_byte(model, text.held_out, TIME), near, far

    whole = now()
    if not memory:
        return Point(step, *whole, *whole)
    with budget.silenced(model):
        return Point(step, *whole, *now())


def run(arm: str, taught: str, lr: float, seed: int, text: Text, steps: int = STEPS) -> list[Point]:
    """One model trained, and looked at on the way; up to where it diverged, if it did."""
    model = budget.reader(arm, generator=Generator().manual_seed(seed))
    task = budget.NamesTask(text.train, time=TIME, names=taught == WITH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20) * (1 - step / steps))
    points: list[Point] = []
    try:
        for report in train(model, task, steps=steps, optimizer=optimizer, batch=BATCH, seed=seed, clip=1.0):
            schedule.step()
            if report.step % min(EVERY, steps) == 0:
                points.append(looked(model, report.step, text, arm in MEMORIES))
    except FloatingPointError as problem:
        print(f"{arm}, {taught}, {lr:g}, seed {seed}: {problem}", flush=True)
    return points


def at_bits(points: Sequence[Point], bits: float) -> tuple[float, float] | None:
    """Recall near by and far away where its bits per byte first fall to `bits`, between two looks; None: never."""
    for before, after in itertools.pairwise(points):
        if after.bits <= bits <= before.bits:
            share = (before.bits - bits) / max(before.bits - after.bits, 1e-12)
            near, far = (getattr(before, one) * (1 - share) + getattr(after, one) * share for one in ("near", "far"))
            return near, far
    return None


def searched(arm: str, rate: float) -> str:
    return f"search, {arm}, {rate:g}"


def seeded(arm: str, taught: str, seed: int) -> str:
    return f"{arm}, {taught}, seed {seed}"


def best(arm: str, sweep: Sweep, rates: Sequence[float]) -> float:
    """The rate with the fewest bits per byte at the end."""

    def bits(rate: float) -> float:
        points = sweep.known.get(searched(arm, rate))
        return Point(*points[-1]).bits if points else float("inf")

    return min(rates, key=bits)


Courses = dict[tuple[str, str], list[list[Point]]]


def at_the_end(courses: Courses, rates: dict[str, float]) -> Iterator[str]:
    """Every arm after all steps, and the same model read with writes off."""
    yield "| arm | trained on | rate | bits per byte | near by | far away | writes off: bits | near by | far away |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for (arm, taught), runs in courses.items():
        ends = [points[-1] for points in runs if points]
        if not ends:
            continue
        shown = [mean_and_spread([end[1] for end in ends], 3), *_shares(ends, (2, 3))]
        off = [mean_and_spread([end[4] for end in ends], 3), *_shares(ends, (5, 6))]
        cells = (arm, taught, f"{rates[arm]:g}", *shown, *(off if arm in MEMORIES else [""] * 3))
        yield f"| {' | '.join(cells)} |"


def _shares(points: Sequence[Sequence[float]], places: Sequence[int]) -> list[str]:
    return [mean_and_spread([point[place] for point in points]) for place in places]


def at_equal_bits(courses: Courses) -> Iterator[str]:
    """For each pair of arms, seed by seed: recall at the bits where the worse of the two ended."""
    yield "| trained on | arms | bits per byte | near by: first | second | far away: first | second | difference |"
    yield "|---|---|---|---|---|---|---|---|"
    for taught, (first, second) in itertools.product(
        (WITH, WITHOUT), (("memory", "window"), ("both", "window"), ("both", "memory"), ("memory", "nothing written"))
    ):
        found = [
            (bits, *mine, *other)
            for one, two in zip(courses.get((first, taught), []), courses.get((second, taught), []), strict=False)
            if one and two
            for bits in [max(one[-1].bits, two[-1].bits)]
            if (mine := at_bits(one, bits)) and (other := at_bits(two, bits))
        ]
        if found:
            shown = _shares(found, (1, 3, 2, 4))
            apart = mean_and_spread([one[2] - one[4] for one in found], sign="+")
            bits = mean_and_spread([one[0] for one in found], 3)
            yield f"| {taught} | {first}, {second} | {bits} | {' | '.join(shown)} | {apart} |"


def on_the_way(courses: Courses) -> Iterator[str]:
    """The pair of curves: recall near by and far away against bits per byte, mean over seeds at every other look."""
    steps = sorted({point.step for runs in courses.values() for points in runs for point in points})[1::2]
    yield "| arm | trained on | " + " | ".join(f"{step} steps" for step in steps) + " |"
    yield "|---" * (2 + len(steps)) + "|"
    for (arm, taught), runs in courses.items():
        cells = []
        for step in steps:
            here = [point for points in runs for point in points if point.step == step]
            means = [statistics.mean(point[place] for point in here) for place in (1, 2, 3)] if here else []
            cells.append("{:.2f}: {:.2f}, {:.2f}".format(*means) if means else "")
        if any(cells):
            yield f"| {arm} | {taught} | {' | '.join(cells)} |"


def main() -> None:
    parser = asks(__doc__, seeds=5, quick="the smallest corner", noted=True)
    parser.add_argument("--text", type=Path, help="arrays a and b of bytes, .npz (default: the standard library)")
    chosen = parser.parse_args()
    seeds, rates, steps = range(chosen.seeds), RATES, STEPS
    if chosen.quick:
        seeds, rates, steps = range(1), RATES[:1], 2
    sweep, text = Sweep.of(chosen), read_texts(chosen.text, 2 if chosen.quick else STRETCHES)
    every = itertools.product(ARMS, rates)
    sweep({searched(arm, rate): partial(run, arm, WITH, rate, SEARCHED_ON, text, steps) for arm, rate in every})
    chosen_rates = {arm: best(arm, sweep, rates) for arm in ARMS}
    sweep(
        {
            seeded(*cell, seed): partial(run, *cell, chosen_rates[cell[0]], seed, text, steps)
            for cell in CELLS
            for seed in seeds
        }
    )
    courses: Courses = {
        cell: [[Point(*one) for one in sweep.known.get(seeded(*cell, seed), [])] for seed in seeds] for cell in CELLS
    }
    parts = {
        "At the end": at_the_end(courses, chosen_rates),
        "At equal bits per byte": at_equal_bits(courses),
        "On the way, as bits: near by, far away": on_the_way(courses),
    }
    shown(chosen, PAGE, "\n\n".join(f"{heading}:\n\n" + "\n".join(part) for heading, part in parts.items()))


if __name__ == "__main__":
    started()
