"""Effective context with trained keys, at equal bytes and at equal operations; beside `budget`, whose keys are random.

    python -m tests.benchmarks.trained_budget --seeds 5 --notes FILE --write

The rate is chosen for every cell by the same search on seed 1000, which nothing else uses. `--noted` prints what
is known by then. `--crossover` measures bytes and times of a cache beside a memory, with nothing trained.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator

from nlviz import measure, outer
from nlviz.experiments import budget
from nlviz.measure import Forgetting

from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

PAGE = Path(__file__).with_suffix(".md")
SEARCHED_ON, STEPS, BATCH = 1000, 1000, 16
RATES = (8e-3, 1.6e-2)
TOO_SLOW = {("two levels", 64)}
"""Levels have no form in blocks or duals: a step of training goes through every symbol, which takes seconds here."""


class Cell(NamedTuple):
    """A store and its width."""

    width: int
    name: str

    @property
    def pairs(self) -> int:
        """How many are told when it is asked, and at most when it is trained."""
        return 4 * self.width


# what takes longest comes first, so that a process knows early how long a run may be
CELLS = tuple(
    sorted(
        (Cell(*one) for one in itertools.product((64, 32, 16), budget.STORES) if one[::-1] not in TOO_SLOW),
        key=lambda cell: (cell != (32, "two levels"), -cell.width),
    )
)


def run(cell: Cell, lr: float, seed: int, steps: int = STEPS, samples: int = 256) -> list[float]:
    """Recall by age, of a store trained on 1, 2, 4, … pairs; as many answers for each point at every width."""
    model = budget.store_model(cell.name, cell.width, generator=Generator().manual_seed(seed))
    counts = [2**power for power in range(cell.pairs.bit_length())]
    learn(model, outer.Recalls(counts), steps=steps, batch=BATCH, lr=lr, seed=seed)
    together = cell.width // 16
    asked = Generator().manual_seed(10_000 + seed)
    streams = max(1, samples // together)
    curve = budget.told_recall(model, cell.pairs, generator=asked, streams=streams, together=together)
    return curve.recall.tolist()


def reach(cell: Cell, recall: Sequence[float], threshold: float = 0.9) -> float:
    """The effective context in pairs; as long as the stream where it never falls below."""
    return min(measure.effective_context(curve(cell, recall), threshold), float(cell.pairs))


def curve(cell: Cell, recall: Sequence[float]) -> Forgetting:
    together = cell.width // 16
    ages = torch.arange(len(recall), dtype=torch.float64) * together + (together - 1) / 2
    return Forgetting(ages.numpy(), torch.tensor(recall, dtype=torch.float64).numpy())


def searched(cell: Cell, rate: float) -> str:
    return f"search, {cell.width}, {cell.name}, {rate:g}"


def seeded(cell: Cell, seed: int) -> str:
    return f"{cell.width}, {cell.name}, seed {seed}"


def best(cell: Cell, sweep: Sweep, rates: Sequence[float]) -> float:
    """The rate whose search reached farthest; of equals that which recalled more."""

    def worth(rate: float) -> tuple[float, float]:
        found = sweep.known[searched(cell, rate)]
        return reach(cell, found), statistics.mean(found)

    return max(rates, key=worth)


def table(sweep: Sweep, cells: Sequence[Cell], seeds: Sequence[int], rates: Sequence[float]) -> Iterator[str]:
    """As `budget.contexts`, and windows in pairs, each of them two symbols."""
    heads = ("width", "memory", "rate", "numbers", "products", "effective context", "at .5", "recall of all", "window")
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for cell in sorted(cells):
        found = [sweep.known[name] for seed in seeds if (name := seeded(cell, seed)) in sweep.known]
        if not found:
            continue
        numbers, products = costs(cell)
        reaches = (mean_and_spread([reach(cell, one, share) for one in found], 1) for share in (0.9, 0.5))
        recalled = mean_and_spread([statistics.mean(one) for one in found])
        windows = ", ".join(f"{cost / (2 * cell.width) / 2:.0f}" for cost in (numbers, products))
        shown = [f"{numbers:,}", f"{products:,}", *reaches, recalled, windows if cell.name in budget.CONTENDERS else ""]
        rate = f"{best(cell, sweep, rates):g}"
        yield f"| {cell.width} | {cell.name} | {rate} | {' | '.join(shown)} |"


def costs(cell: Cell) -> budget.Costs:
    """Numbers kept and products for one token, at the end of the stream for attention."""
    if cell.name in budget.CONTENDERS:
        return budget.costs(cell.name, cell.width, 0)
    window = {"attention": 2 * cell.pairs, "window of as many bytes": cell.width // 2}.get(cell.name, 2 * cell.width)
    return budget.costs("attention", cell.width, window)


def overtaken(sweep: Sweep, cells: Sequence[Cell], seeds: Sequence[int]) -> Iterator[str]:
    """From which age a memory recalls more than the window of as many bytes, or of as much work, seed by seed."""
    yield "| width | memory | more than a window of as many bytes from age | of as much work from age |"
    yield "|---|---|---|---|"
    measured = [one for one in sorted(cells) if any(seeded(one, seed) in sweep.known for seed in seeds)]
    for cell in (one for one in measured if one.name in budget.CONTENDERS):
        shown = []
        for kind in ("window of as many bytes", "window of as much work"):
            names = [(seeded(cell, seed), seeded(Cell(cell.width, kind), seed)) for seed in seeds]
            pairs = [(sweep.known[a], sweep.known[b]) for a, b in names if {a, b} <= set(sweep.known)]
            ages = curve(cell, pairs[0][0]).ages if pairs else []
            firsts = [
                next((age for age, mine, other in zip(ages, *pair, strict=True) if mine > other + 0.05), float("inf"))
                for pair in pairs
            ]
            shown.append(mean_and_spread(firsts, 1) if firsts and max(firsts) < float("inf") else "never in some")
        yield f"| {cell.width} | {cell.name} | {' | '.join(shown)} |"


def crossover(width: int) -> tuple[int, int]:
    """The tokens from which a cache carries more numbers than a gated delta memory; and takes longer for one more."""
    chance = Generator().manual_seed(0)
    made = {name: budget.STORES[name](width, chance) for name in ("attention", "gated delta")}
    x = torch.randn(1, 4 * width, 64, generator=chance)

    def kept(state: Any) -> int:
        # a gated delta memory never reads its last write, and the convolutions' tails are the same
        return outer.carried(state.memory._replace(past_surprise=torch.empty(0)))

    fixed = kept(made["gated delta"](x)[1])
    grown = next(t for t in range(1, 4 * width) if outer.carried(made["attention"](x[:, :t])[1].memory) > fixed)
    return grown, _slower(made["attention"], _seconds(made["gated delta"], made["gated delta"](x)[1]))


@torch.no_grad()
def _slower(attention: Any, limit: float) -> int:
    """The length of a cache from which one more token takes longer than `limit`, to within one part in eight."""
    state, length = attention(torch.zeros(1, 8, 64))[1], 64
    while length < 1 << 22:
        cache = state.memory._replace(
            **{
                name: one[:, :1].expand(-1, length, *one.shape[2:]).clone()
                for name, one in state.memory._asdict().items()
            }
        )
        if _seconds(attention, state._replace(memory=cache)) > limit:
            break
        length += length // 8
    return length


@torch.no_grad()
def _seconds(layer: Any, state: Any) -> float:
    """The median time of one more token."""
    token, took = torch.zeros(1, 1, 64), []
    for _ in range(41):
        began = time.perf_counter()
        layer(token, state)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def crossovers(widths: Sequence[int]) -> Iterator[str]:
    """Bytes computed and carried, products computed and their time measured, on one core."""
    yield "| width | larger than a gated delta memory from | carried from | more work from | slower from |"
    yield "|---|---|---|---|---|"
    for width in widths:
        carried, slower = crossover(width)
        bytes_, work = measure.cache_outgrows(width), budget.costs("gated delta", width, 0).operations / (2 * width)
        yield f"| {width} | {bytes_:.0f} tokens | {carried} | {work:.0f} | {slower:,} |"


def main() -> None:
    parser = asks(__doc__, seeds=5, quick="the smallest corner", noted=True)
    parser.add_argument("--crossover", action="store_true", help="the lengths alone, nothing trained")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.crossover:
        return shown(chosen, PAGE, "\n".join(crossovers((16, 32, 64))))
    cells, seeds, rates, how = CELLS, range(chosen.seeds), RATES, {}
    if chosen.quick:
        cells, seeds, rates = (Cell(16, "attention"), Cell(16, "Titans")), range(1), RATES[:1]
        how = {"steps": 2, "samples": 2}
    sweep = Sweep.of(chosen)
    sweep({searched(cell, rate): partial(run, cell, rate, SEARCHED_ON, **how) for cell in cells for rate in rates})
    known = [cell for cell in cells if all(searched(cell, rate) in sweep.known for rate in rates)]
    sweep(
        {
            seeded(cell, seed): partial(run, cell, best(cell, sweep, rates), seed, **how)
            for cell in known
            for seed in seeds
        }
    )
    parts = table(sweep, known, seeds, rates), overtaken(sweep, known, seeds)
    shown(chosen, PAGE, "\n\n".join("\n".join(one) for one in parts))


if __name__ == "__main__":
    started()
