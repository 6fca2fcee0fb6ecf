"""An ablation after Nested Learning's Table 6: Hope with one part taken out, on source code.

    python -m tests.benchmarks.hope                                     two seeds
    python -m tests.benchmarks.hope --seeds 8 --notes FILE --write      eight, and the tables go to hope.md
    python -m tests.benchmarks.hope --quick                             two steps of each: only whether it runs

Every row is a byte model of one block, Hope and an MLP, width 48, of `SIZE` parameters (the MLP's width makes up the
difference), trained on the Python standard library (AdamW, clip 1), and read on three packages it never saw, in
stretches of `TIME` bytes. A seed decides the initial weights and the order of the text, the same for every row.

Every row begins where a memory comes into use, as in `ablation`: W_q as the memory of keys, the convolution of k one
token behind that of q, η at σ(−1), α at σ(−6); all starts are learned. Memories are rewritten every `PERIOD` bytes.
Period, η's start and the learning rate were chosen for the whole model on seed 100. "writes off" is the whole model
with η put to zero when it is read, "nothing written" one trained so. "no DGD" has no erasing term, "no weight decay" α
= 0, "no inner k" and "no inner v" keep the memory of keys or values at its learned start; q is static in all but one.
"no CMS" leaves the continuum out. Its blocks are trained by the task loss, as printed; in "blocks written" they are
rewritten in the reading, too, by a loss of their own. "with momentum" and "with inner q" add to the whole what the
paper's Hope has and our whole has not (μ begins at σ(−2), M_queries where W_q does): the paper's rows without them,
read backwards.
The paper's column is the perplexity of far larger models on other data (Behrouz et al. 2025, arXiv 2512.24695, Table
6).
What "whole" means was settled after seeds below `SEEN` were seen. Later seeds are fresh: they have a table of their own
and only the rows of `CONFIRM`. A change is always between two runs of one seed.
FILE keeps one line per run; with it a stopped benchmark goes on, and `--noted` shows what is done by then; `sweeping`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator

from nlviz.outer import ContinuumBlocks, Hope, SelfModifying, TokenModel, parameters

from .code_stream import Code, bits_by_place, texts
from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

WIDTH, SIZE, TIME, BATCH, STEPS, LR, PERIOD = 48, 60_000, 512, 4, 900, 1e-2, 16
PLACES = 4
SEEN = 5
CONFIRM = ("whole", "blocks written", "no CMS")
PAGE = Path(__file__).with_suffix(".md")


class Row(NamedTuple):
    """What is measured, the paper's perplexity if it has it, and what is different: of the memories, and of the model.

    periods: of the blocks; () leaves them out. decay: whether anything is forgotten.
    """

    name: str
    paper: str = ""
    memories: Mapping[str, Any] = MappingProxyType({})
    periods: tuple[int, ...] = (32, 128)
    block_rate: float = 0.0
    decay: bool = True


OFF = "writes off"
ROWS = (
    Row("whole", "12.24"),
    Row("nothing written", memories={"rate": 0.0}),
    Row("no DGD", "13.41", {"order": "no erasing"}),
    Row("no weight decay", "13.71", decay=False),
    Row("no CMS", "13.04", periods=()),
    Row("blocks written", block_rate=1.0),
    Row("no inner k", "13.77", {"frozen": ("keys",)}),
    Row("no inner v", "13.90", {"frozen": ("values",)}),
    Row("with momentum", "13.58 without", {"momentum": True}),
    Row("with inner q", "12.19 without", {"own_queries": True}),
)


def mixer(row: Row, chance: Generator) -> Hope | SelfModifying:
    """Hope where a memory comes into use."""
    how: dict[str, Any] = {"period": PERIOD, "unit_values": True, "convolution": 4, **row.memories}
    made = SelfModifying(WIDTH, generator=chance, **how)
    with torch.no_grad():
        made.biases["rates"].fill_(-1.0)
        made.biases["forgets"].fill_(-6.0 if row.decay else -30.0)
        queries = made.starts[made.names.index("queries")] if made.own_queries else made.queries
        next(queries.parameters()).copy_(next(made.starts[0].parameters()))
        for one, kernel in zip(made.convolutions, ((1, 0.5, 0.25, 0), (0, 1, 0.5, 0.25)), strict=False):
            one.begin_at(kernel)  # pyright: ignore[reportCallIssue]
    if not row.periods:
        return made
    return Hope(WIDTH, row.periods, memories=made, block_rate=row.block_rate, generator=chance)


def made(row: Row, seed: int) -> TokenModel:
    """The model of one row, untrained, of SIZE parameters to within half a hidden unit."""

    def built(expand: float) -> TokenModel:
        chance = Generator().manual_seed(seed)
        return TokenModel([mixer(row, chance)], WIDTH, expand=expand, generator=chance)

    return built(max(1, round((SIZE - parameters(built(0)) - WIDTH) / (2 * WIDTH))) / WIDTH)


def silence(model: TokenModel) -> None:
    """Put every inner rate of the model to zero: it reads from its learned start, and writes nothing."""
    for part in model.modules():
        if isinstance(part, SelfModifying | ContinuumBlocks):
            part.rate = 0.0


class Read(NamedTuple):
    """Bits per byte of held-out text, by quarter of a stretch: as trained, and with nothing written in the reading."""

    whole: list[float]
    off: list[float]


def measured(row: Row, seed: int, text: np.ndarray, held_out: np.ndarray, steps: int) -> Read:
    """One row trained from one seed and read twice; nan if its memory diverged on the way."""
    model = made(row, seed)
    try:
        learn(model, Code(text, TIME), steps=steps, batch=BATCH, lr=LR, seed=seed)
    except FloatingPointError as problem:
        print(f"{row.name}, seed {seed}: {problem}", flush=True)
        return Read([math.nan] * PLACES, [math.nan] * PLACES)
    whole = bits_by_place(model, held_out, TIME, PLACES)
    silence(model)
    return Read(whole, bits_by_place(model, held_out, TIME, PLACES))


def tables(read: dict[str, dict[int, Read]]) -> Iterator[str]:
    """A table of the seeds that were seen when "whole" was settled, and one of those that came after."""
    for said, here in (
        (f"Seeds 0 to {SEEN - 1}:", range(SEEN)),
        (f"Fresh seeds, from {SEEN} on:", range(SEEN, SEEN + 100)),
    ):
        some = {name: {seed: one for seed, one in seeds.items() if seed in here} for name, seeds in read.items()}
        if any(some.values()):
            yield from (said, "", *table(some), "")


def table(read: dict[str, dict[int, Read]]) -> Iterator[str]:
    """Mean and deviation over the seeds, and the difference from the whole, seed by seed, with its standard error."""
    every = {name: {seed: one.whole for seed, one in seeds.items()} for name, seeds in read.items() if seeds}
    first, *others = every
    off = {seed: one.off for seed, one in read[first].items()}
    rows = {first: every[first], OFF: off, **{name: every[name] for name in others}}
    yield "| row | seeds | bits per byte | change | standard error | in the last quarter | paper, perplexity |"
    yield "|---|---|---|---|---|---|---|"
    paper = {row.name: row.paper for row in ROWS}
    for name, seeds in rows.items():
        whole = {seed: rows[first][seed] for seed in seeds if seed in rows[first]}
        cells = compared({seed: seeds[seed] for seed in whole}, whole)
        shown = [*cells[:2], *([""] * 3 if name == first else cells[2:]), paper.get(name, "")]
        yield f"| {name} | {' | '.join(shown)} |"


def compared(row: dict[int, list[float]], whole: dict[int, list[float]]) -> list[str]:
    """Five cells of a row: how many seeds, bits per byte, change, its standard error, change in the last quarter."""
    lasted = [seed for seed in row if math.isfinite(sum(row[seed] + whole[seed]))]
    lost = f", {len(row) - len(lasted)} diverged" * (len(lasted) < len(row))
    if not lasted:
        return [str(len(row)), lost.removeprefix(", "), "", "", ""]
    change = [statistics.mean(row[seed]) - statistics.mean(whole[seed]) for seed in lasted]
    late = statistics.mean(row[seed][-1] - whole[seed][-1] for seed in lasted)
    error = f"{statistics.stdev(change) / math.sqrt(len(change)):.3f}" if len(change) > 1 else ""
    bits = mean_and_spread([statistics.mean(row[seed]) for seed in lasted], 3)
    return [str(len(row)), bits + lost, f"{statistics.mean(change):+.3f}", error, f"{late:+.3f}"]


def main() -> None:
    chosen = asks(__doc__, seeds=2, quick="two steps of one seed", noted=True).parse_args()
    seeds, steps = (1, 2) if chosen.quick else (chosen.seeds, STEPS)
    text, held_out = texts(50_000 if chosen.quick else 3_000_000)
    held_out = held_out[:2048] if chosen.quick else held_out
    # whether anything is earned by writing comes first, for all seeds: without that the other rows say nothing
    every = [
        (row, seed)
        for rows in (ROWS[:2], ROWS[2:])
        for seed, row in product(range(seeds), rows)
        if seed < SEEN or row.name in CONFIRM
    ]
    found = Sweep.of(chosen)(
        {f"{row.name}, seed {seed}": partial(measured, row, seed, text, held_out, steps) for row, seed in every}
    )
    read: dict[str, dict[int, Read]] = {row.name: {} for row in ROWS}
    for row, seed in every:
        if (called := f"{row.name}, seed {seed}") in found:
            read[row.name][seed] = Read(*found[called])
    shown(chosen, PAGE, "\n".join(tables(read)).rstrip())


if __name__ == "__main__":
    started()
