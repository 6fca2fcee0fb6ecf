"""An ablation after Titans' Table 5: the neural memory with one part taken out, and the three wirings, on source code.

    python -m tests.benchmarks.ablation                                     two seeds
    python -m tests.benchmarks.ablation --seeds 5 --notes FILE --write      five, and the tables go to ablation.md
    python -m tests.benchmarks.ablation --quick                             its smallest corner

Every row is a byte model of one block, a mixer and an MLP, width 48, of 60,000 parameters (the MLP's width makes up
the difference), trained for 900 steps of 4 × 512 bytes of the Python standard library (AdamW, lr 8e-3, clip 1), and
read on three packages it never saw, in stretches of 512. A seed decides the initial weights and the order of the text,
which is the same for every row. Lower is better.

An ablation of a memory says something only where the memory is in use, and drawn at random it is not: queries and keys
are unrelated, θ = ½ writes too much, α = 0.018 halves what is known in 38 bytes. So every row begins where a memory
comes into use (`BEGINNING`): W_q = W_k, the convolution of k one token behind that of q, so that what followed is found
by what came before; θ at σ(−2), η at ½, α at σ(−6). The memory is a matrix, written at every byte, from a learned M_0.
"nothing written" is trained so, with θ = 0, and is the control: what the memory is worth is the distance to it.
"writes off" is the whole model with θ put to zero when it is read. "deep memory" is a net of two layers, written in
chunks of 4 at a rate of 0.1. Persistent vectors 4, kernel 4, window and segment 32.
The paper's column is the perplexity of far larger models on other data (Behrouz et al. 2024, arXiv 2501.00663,
Table 5); its whole memory is deep, so for "deep memory" its step from linear to deep stands here with the other sign.
A run takes about a minute of one core, MAC three and the deep memory eight. FILE keeps one line per run; with it a
stopped benchmark goes on, and `--noted` shows what is done by then.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Generator

from nlviz.outer import LMM, TokenModel, architecture, deep_memory
from nlviz.outer.layers.lmm import Beginning

from .code_stream import Code, bits_by_place, texts
from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

WIDTH, SIZE, WINDOW, TIME, BATCH, STEPS, LR = 48, 60_000, 32, 512, 4, 900, 8e-3
PAGE = Path(__file__).with_suffix(".md")


class Row(NamedTuple):
    """What is measured, the paper's change in perplexity if it has it, the mixer, and what is different about it."""

    name: str
    paper: float | None
    mixer: str
    options: dict[str, Any]


BEGINNING = Beginning((-2.0, 0.0, -6.0), (1.0, 0.5, 0.25, 0.0), (0.0, 1.0, 0.5, 0.25), alike=True, learned=True)
WHOLE: dict[str, Any] = {"persistent": 4, "beginning": BEGINNING}
DEEP: dict[str, Any] = {
    "memory": deep_memory,
    "period": 4,
    "rate": 0.1,
    "beginning": BEGINNING._replace(learned=False),
}
BARE = BEGINNING._replace(queries=None, keys=None)
ROWS = (
    Row("LMM", None, "LMM", {}),
    Row("nothing written", None, "LMM", {"rate": 0.0}),
    Row("no convolution", 1.72, "LMM", {"convolution": 0, "beginning": BARE}),
    Row("no momentum", 1.97, "LMM", {"without": ("momentum",)}),
    Row("no forgetting", 2.03, "LMM", {"without": ("forget",)}),
    Row("no persistent memory", 0.62, "LMM", {"persistent": 0}),
    Row("deep memory", -1.48, "LMM", DEEP),
    Row("MAC", -0.34, "MAC", {}),
    Row("MAG", -1.31, "MAG", {}),
    Row("MAL", -1.10, "MAL", {}),
)
OFF = "writes off"


class Read(NamedTuple):
    """Bits per byte of held-out text, by quarter of a stretch: as trained, and with θ put to zero for the reading."""

    whole: list[float]
    off: list[float]


NONE = Read([math.nan] * 4, [math.nan] * 4)


def made(row: Row, seed: int) -> TokenModel:
    """The model of one row, untrained."""
    chance, options = Generator().manual_seed(seed), WHOLE | row.options
    return architecture(row.mixer, WIDTH, blocks=1, window=WINDOW, size=SIZE, generator=chance, **options)


def silence(model: TokenModel) -> None:
    """Put θ to zero in every memory of the model: it reads from its learned start, and writes nothing."""
    for part in model.modules():
        if isinstance(part, LMM):
            part.rate = 0.0


def measured(row: Row, seed: int, text: np.ndarray, held_out: np.ndarray, steps: int = STEPS) -> Read:
    """One row trained from one seed and read twice; nan if its memory diverged on the way."""
    model = made(row, seed)
    try:
        learn(model, Code(text, TIME), steps=steps, batch=BATCH, lr=LR, seed=seed)
    except FloatingPointError as problem:
        print(f"{row.name}, seed {seed}: {problem}", flush=True)
        return NONE
    whole = bits_by_place(model, held_out, TIME)
    silence(model)
    return Read(whole, bits_by_place(model, held_out, TIME))


Bits = dict[str, list[list[float]]]


def with_off(read: dict[str, list[Read]]) -> Bits:
    """By row and seed the bits of each quarter; "writes off" is the whole model's second reading."""
    bits = {name: [one.whole for one in seeds] for name, seeds in read.items() if seeds}
    (first, whole), *others = bits.items()
    return {first: whole, OFF: [one.off for one in read[first]], **dict(others)}


def table(bits: Bits) -> Iterator[str]:
    """The results as Markdown: mean and deviation over the seeds, and the difference from the whole, seed by seed."""
    paper = {row.name: row.paper for row in ROWS}
    whole = [statistics.mean(one) for one in bits[ROWS[0].name]]
    yield "| row | bits per byte | change from LMM | worse in | paper, change in perplexity |"
    yield "|---|---|---|---|---|"
    for name, seeds in bits.items():
        now = [statistics.mean(one) for one in seeds]
        # fewer seeds are the first of them
        change = [one - other for one, other in zip(now, whole, strict=False) if math.isfinite(one)]
        lost = len(now) - len(change)
        figures = "" if paper.get(name) is None else f"{paper[name]:+.2f}"
        worse = f"{sum(one > 0 for one in change)} of {len(change)}"
        cells = ["", ""] if now == whole else [mean_and_spread(change, 3, sign="+"), worse]
        read = mean_and_spread([one for one in now if math.isfinite(one)], 3) + f", {lost} diverged" * bool(lost)
        yield f"| {name} | {read} | {' | '.join(cells)} | {figures} |"


def quarters(bits: Bits) -> Iterator[str]:
    """How much worse than the whole each row is, by quarter of a stretch: what is written has to add up first."""
    yield "| change from LMM | first quarter | second | third | last |"
    yield "|---|---|---|---|---|"
    whole = bits[ROWS[0].name]
    for name, seeds in list(bits.items())[1:]:
        pairs = [(one, other) for one, other in zip(seeds, whole, strict=False) if math.isfinite(one[0])]
        change = zip(*([a - b for a, b in zip(*both, strict=True)] for both in pairs), strict=True)
        yield f"| {name} | " + " | ".join(mean_and_spread(at, 3, sign="+") for at in change) + " |"


def main() -> None:
    chosen = asks(__doc__, seeds=2, quick="two steps of one seed", noted=True).parse_args()
    seeds, steps = (1, 2) if chosen.quick else (chosen.seeds, STEPS)
    text, held_out = texts(50_000 if chosen.quick else 3_000_000)
    held_out = held_out[:4096] if chosen.quick else held_out
    called = {(row.name, seed): f"{row.name}, seed {seed}" for seed in range(seeds) for row in ROWS}
    rows = {row.name: row for row in ROWS}
    found = Sweep.of(chosen)(
        {one: partial(measured, rows[name], seed, text, held_out, steps) for (name, seed), one in called.items()}
    )
    read = {row.name: [Read(*found[o]) for s in range(seeds) if (o := called[row.name, s]) in found] for row in ROWS}
    bits = with_off(read)
    shown(chosen, PAGE, "\n".join([*table(bits), "", *quarters(bits)]))


if __name__ == "__main__":
    started()
