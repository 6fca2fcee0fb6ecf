"""What a fixed state is worth beside a cache, in four tables.

    python -m tests.benchmarks.budget --seeds 5 --notes FILE --write
    python -m tests.benchmarks.budget --notes FILE --only contexts       # one of contexts, segments, kept, prefixes

Gates, rates and β are chosen for each cell by the same search on seed 1000, which nothing else uses; then five seeds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator

from nlviz import measure, outer, streams
from nlviz.experiments import budget
from nlviz.memory.cached import KEEPS

from .sweeping import Sweep, asks, shown, started
from .training import mean_and_spread

PAGE = Path(__file__).with_suffix(".md")
SEARCHED_ON = 1000
GATES: dict[str, tuple[float, ...]] = {
    "inner_lr": (1.0, 0.7, 0.4, 0.2, 0.1, 0.05),
    "momentum": (0.0, 0.3, 0.6),
    "forget": (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
}
LENGTHS = (1, 4, 16, 64, 144)
ROOMS = (4, 16, 64)
PREFIXES = (2, 4, 8, 16, 32)


class Size(NamedTuple):
    """How much of it all is run. widths: with the tokens of a stream of each."""

    seeds: int
    widths: dict[int, int]
    gates: dict[str, tuple[float, ...]]
    lengths: Sequence[int]
    rooms: Sequence[int]
    steps: int


WHOLE = Size(5, {16: 256, 32: 512, 64: 1024}, GATES, LENGTHS, ROOMS, 600)
QUICK = Size(1, {8: 32}, {name: values[:1] for name, values in GATES.items()}, (16,), (4,), 2)


def chance(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def reach(name: str, width: int, tokens: int, gates: dict[str, float], seed: int, many: int) -> float:
    """The effective context of a memory; as long as the stream where it never falls below."""
    answers = budget.memorised(name, width, **gates)
    curve = budget.recall_by_age(answers, width, tokens, generator=chance(seed), streams=many)
    return min(measure.effective_context(curve), float(tokens))


def contexts(size: Size, sweep: Sweep) -> Iterator[str]:
    """Effective context at recall .9, beside the window that keeps as many numbers, or does as many products."""
    heads = ("width", "memory", "gates", "numbers", "products", "effective context", "window: bytes, work")
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|---|---|---|---|---|"
    for (width, tokens), name in itertools.product(size.widths.items(), budget.CONTENDERS):
        used = budget.CONTENDERS[name].gates
        grid = [dict(zip(used, each, strict=True)) for each in itertools.product(*(size.gates[gate] for gate in used))]
        place = f"{width}, {name}"
        found = sweep.each(
            {f"search, {place}, {gates}": partial(reach, name, width, tokens, gates, SEARCHED_ON, 16) for gates in grid}
        )
        best = grid[max(range(len(grid)), key=found.__getitem__)]
        values = sweep.each(
            {
                f"{place}, {best}, seed {seed}": partial(reach, name, width, tokens, best, seed, 32)
                for seed in range(size.seeds)
            }
        )
        numbers, products = budget.costs(name, width, 0)
        gates = ", ".join(f"{gate} {value:g}" for gate, value in best.items())
        windows = f"{numbers / (2 * width):.0f}, {products / (2 * width):.0f}"
        cells = (width, name, gates, f"{numbers:,}", f"{products:,}", mean_and_spread(values, 1), windows)
        yield f"| {' | '.join(map(str, cells))} |"


def segments(size: Size, sweep: Sweep) -> Iterator[str]:
    """Recall along the slider from one memory to attention."""
    yield "| met | " + " | ".join(f"segments of {length}" for length in size.lengths) + " |"
    yield "|---" * (1 + len(size.lengths)) + "|"
    grid = [("gated", beta) for beta in (0.0, 3.0, 10.0, 30.0, 100.0)] + [("sum", 0.0)]
    for meeting in budget.MEETINGS:
        cells = []
        for length in size.lengths:
            every = [(*how, rate) for how in grid for rate in (0.3, 0.6, 1.0)]
            place = f"segments, {meeting}, {length}"
            found = sweep.each(
                {f"search, {place}, {how}": partial(_joined, meeting, length, how, SEARCHED_ON) for how in every}
            )
            best = every[max(range(len(every)), key=found.__getitem__)]
            values = sweep.each(
                {f"{place}, {best}, seed {s}": partial(_joined, meeting, length, best, s) for s in range(size.seeds)}
            )
            cells.append(mean_and_spread(values))
        yield f"| {meeting} | {' | '.join(cells)} |"


def _joined(meeting: str, length: int, how: tuple[Any, ...], seed: int) -> float:
    given: dict[str, Any] = dict(zip(("joined", "sharpness", "inner_lr"), how, strict=True))
    return budget.segment_recall(meeting, length, generator=chance(seed), **given)


def kept(size: Size, sweep: Sweep) -> Iterator[str]:
    """Recall with a cache of a few tokens beside a delta memory."""
    yield "| met | memory alone | room | " + " | ".join(KEEPS) + " |"
    yield "|---" * (3 + len(KEEPS)) + "|"

    def recall(meeting: str, keep: str, room: int) -> str:
        place = f"kept, {meeting}, {keep}, {room}"
        return mean_and_spread(
            sweep.each({f"{place}, seed {s}": partial(_kept, meeting, keep, room, s) for s in range(size.seeds)})
        )

    for meeting in budget.MEETINGS:
        for nth, room in enumerate(size.rooms):
            first = (meeting, recall(meeting, KEEPS[0], 0)) if not nth else ("", "")
            yield f"| {' | '.join([*first, str(room), *(recall(meeting, keep, room) for keep in KEEPS)])} |"


def _kept(meeting: str, keep: str, room: int, seed: int) -> float:
    return budget.kept_recall(meeting, keep, room, generator=chance(seed), lots=seed)


def prefixes(size: Size, sweep: Sweep) -> Iterator[str]:
    """Of 359 digits the share whose nearest neighbour by so many numbers shows the same digit."""
    yield "| embedding | " + " | ".join(f"{length} numbers" for length in PREFIXES) + " |"
    yield "|---" * (1 + len(PREFIXES)) + "|"
    every = sweep.each({f"prefixes, seed {seed}": partial(_digits, seed, size.steps) for seed in range(size.seeds)})
    for name in every[0]:
        cells = [mean_and_spread([one[name][place] for one in every]) for place in range(len(PREFIXES))]
        yield f"| {name} | {' | '.join(cells)} |"


def _digits(seed: int, steps: int) -> dict[str, list[float]]:
    task = streams.digits("domain-incremental", generator=chance(seed))[0]

    def made(sizes: Sequence[int], tied: bool = False) -> budget.Embedded:
        heads = outer.Matryoshka(sizes, 10, tied=tied, generator=chance(seed))
        encoder = budget.train_encoder(heads, task.train, generator=chance(seed), steps=steps)
        return budget.embedded(encoder, task)

    def right(of: budget.Embedded) -> list[float]:
        return [budget.nearest_right(of, task, length) for length in PREFIXES]

    plain = made(PREFIXES[-1:])
    return {
        "plain, cut off": right(plain),
        "plain, turned by PCA, cut off": right(budget.principal(plain)),
        "Matryoshka": right(made(PREFIXES)),
        "Matryoshka, tied": right(made(PREFIXES, tied=True)),
        "one of its own for each length": [budget.nearest_right(made((one,)), task, one) for one in PREFIXES],
    }


TABLES = {"contexts": contexts, "segments": segments, "kept": kept, "prefixes": prefixes}


def main() -> None:
    parser = asks(__doc__, seeds=5, quick="the smallest corner")
    parser.add_argument("--only", choices=TABLES, help="this table alone")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else WHOLE._replace(seeds=chosen.seeds)
    named, sweep = {chosen.only: TABLES[chosen.only]} if chosen.only else TABLES, Sweep.of(chosen)
    lines = "\n\n".join(f"{name}:\n\n" + "\n".join(table(size, sweep)) for name, table in named.items())
    shown(chosen, PAGE, lines)


if __name__ == "__main__":
    started()
