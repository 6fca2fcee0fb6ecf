"""An ablation after Titans' Table 5: the neural memory with one part taken out, and the three wirings, on source code.

    python -m tests.benchmarks.ablation                                     two seeds
    python -m tests.benchmarks.ablation --seeds 5 --notes FILE --write      five, and the table goes to ablation.md
    python -m tests.benchmarks.ablation --quick                             its smallest corner

Every row is a byte model of one block, a mixer and an MLP, width 48, of 60,000 parameters (the MLP's width makes up
the difference), trained for 200 steps of 8 × 96 bytes of the Python standard library (AdamW, lr 8e-3, clip 1), and
read on three packages it never saw, in stretches of 96. The memory is a net of two layers, written in chunks of 16 at
a rate of 0.03; kernel 4, four persistent vectors, window and segment 16. A seed decides the initial weights and the
order of the text, which is the same for every row. Lower is better. The paper's column is the perplexity of far larger
models on other data (Behrouz et al. 2024, arXiv 2501.00663, Table 5), so only the order is compared.
FILE keeps one line per run; with it a stopped benchmark goes on.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator

from nlviz.outer import TokenModel, architecture, deep_memory

from .code_stream import Code, bits_per_byte, texts
from .training import learn, mean_and_spread, noted, put_table

WIDTH, SIZE, WINDOW, TIME, BATCH, STEPS = 48, 60_000, 16, 96, 8, 200
PAGE = Path(__file__).with_suffix(".md")


class Row(NamedTuple):
    """What is measured, the paper's perplexity if it has it, the mixer, and what is different about it."""

    name: str
    paper: float | None
    mixer: str
    options: dict[str, Any]


WHOLE: dict[str, Any] = {"memory": deep_memory, "period": 16, "rate": 0.03, "persistent": 4}
ROWS = (
    Row("LMM", 27.01, "LMM", {}),
    Row("linear memory", 28.49, "LMM", {"memory": partial(deep_memory, layers=1)}),
    Row("no convolution", 28.73, "LMM", {"convolution": 0}),
    Row("no momentum", 28.98, "LMM", {"without": ("momentum",)}),
    Row("no forgetting", 29.04, "LMM", {"without": ("forget",)}),
    Row("no persistent memory", 27.63, "LMM", {"persistent": 0}),
    Row("nothing written", None, "LMM", {"rate": 0.0}),
    Row("MAC", 26.67, "MAC", {}),
    Row("MAG", 25.70, "MAG", {}),
    Row("MAL", 25.91, "MAL", {}),
)


def made(row: Row, seed: int) -> TokenModel:
    """The model of one row, untrained."""
    chance, options = Generator().manual_seed(seed), WHOLE | row.options
    return architecture(row.mixer, WIDTH, blocks=1, window=WINDOW, size=SIZE, generator=chance, **options)


def measured(row: Row, seed: int, text: np.ndarray, held_out: np.ndarray, steps: int = STEPS) -> float:
    """Held-out bits per byte of one row, trained from one seed; nan if its memory diverged on the way."""
    model = made(row, seed)
    try:
        learn(model, Code(text, TIME), steps=steps, batch=BATCH, lr=8e-3, seed=seed)
    except FloatingPointError as problem:
        print(f"{row.name}, seed {seed}: {problem}", flush=True)
        return math.nan
    return bits_per_byte(model, held_out, TIME)


def table(bits: dict[str, list[float]]) -> Iterator[str]:
    """The results as Markdown: mean and deviation over the seeds, and the difference from the whole, seed by seed."""
    first, whole = ROWS[0], bits[ROWS[0].name]
    yield f"| row | bits per byte, {len(whole)} seeds | change from LMM | worse in | paper, perplexity | its change |"
    yield "|---|---|---|---|---|---|"
    for row in ROWS:
        now = bits[row.name]
        change = [one - other for one, other in zip(now, whole, strict=True) if math.isfinite(one)]
        lost = len(now) - len(change)
        cells = [f"{statistics.mean(change):+.3f}", f"{sum(c > 0 for c in change)} of {len(change)}", "", ""]
        if row.paper is not None and first.paper is not None:
            cells[2:] = f"{row.paper:.2f}", f"{row.paper - first.paper:+.2f}"
        if row == first:
            cells = ["", "", cells[2], ""]
        read = mean_and_spread([one for one in now if math.isfinite(one)], 3) + f", {lost} diverged" * bool(lost)
        yield f"| {row.name} | {read} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="how many (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="two steps of one seed: only whether it runs")
    parser.add_argument("--notes", type=Path, help="where to keep what is done, line by line")
    parser.add_argument(
        "--write", action="store_true", help="put the table into ablation.md, in place of the one there"
    )
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    seeds, steps = (1, 2) if chosen.quick else (chosen.seeds, STEPS)
    text, held_out = texts(50_000 if chosen.quick else 3_000_000)
    held_out = held_out[:4096] if chosen.quick else held_out
    bits: dict[str, list[float]] = {row.name: [] for row in ROWS}
    for seed in range(seeds):
        for row in ROWS:
            run = partial(measured, row, seed, text, held_out, steps)
            bits[row.name].append(noted(chosen.notes, f"{row.name}, seed {seed}", run))
    lines = "\n".join(table(bits))
    print(lines)
    if chosen.write:
        put_table(PAGE, lines)


if __name__ == "__main__":
    main()
