"""A needle in a stream longer than attention's window: who still knows it, by distance.

    python -m tests.benchmarks.needle                                     two seeds
    python -m tests.benchmarks.needle --seeds 5 --notes FILE --write      five, and the table goes to needle.md
    python -m tests.benchmarks.needle --quick                             its smallest corner

Every model is one block, a mixer and an MLP, width 32, of 18,000 parameters to within a promille (the MLP's width makes
up the difference). It is trained for 300 steps on 16 streams of 64 symbols with four questions each
(`outer.Needles`; AdamW, lr 8e-3, clip 1), then asked once per stream at each distance, 128 streams, up to 960: sixteen
times as far as it was ever trained. Windows and MAC's segments are 16 tokens; four persistent vectors in Titans' four.
A seed decides the initial weights and the streams, which are the same for every model. Guessing is 1/16.
One run takes 5 to 25 seconds of one core. FILE keeps one line per run; with it a stopped benchmark goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Generator

from nlviz.outer import TokenModel
from nlviz.outer.architectures import ARCHITECTURES, architecture, deep_memory, parameters
from nlviz.outer.needles import VOCABULARY, Needles, asked_after, share_found

from .training import learn, mean_and_spread, noted, put_table

WIDTH, SIZE, WINDOW, STEPS, BATCH, STREAMS = 32, 18_000, 16, 300, 16, 128
DISTANCES = (4, 15, 16, 32, 60, 240, 960)
PAGE = Path(__file__).with_suffix(".md")

DEEP: dict[str, Any] = {"memory": deep_memory, "period": 16, "rate": 0.1}


MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "LMM": ("LMM", {}),
    "LMM, deep": ("LMM", DEEP),
    **{name: (name, {}) for name in ARCHITECTURES if name != "LMM"},
}


def made(name: str, seed: int) -> TokenModel:
    """One of MODELS, untrained."""
    mixer, options = MODELS[name]
    chance = Generator().manual_seed(seed)
    return architecture(
        mixer, WIDTH, blocks=1, vocabulary=VOCABULARY, window=WINDOW, size=SIZE, generator=chance, **options
    )


def found(model: TokenModel, streams: int = STREAMS) -> list[float]:
    """The share of needles found at each of DISTANCES."""
    return [share_found(model, asked_after(d, streams, generator=Generator().manual_seed(d))) for d in DISTANCES]


def run(name: str, seed: int, steps: int = STEPS, streams: int = STREAMS) -> list[float]:
    """Train one model from one seed, and ask it."""
    model = made(name, seed)
    learn(model, Needles(), steps=steps, batch=BATCH, lr=8e-3, seed=seed)
    return found(model, streams)


def table(shares: dict[str, list[list[float]]]) -> Iterator[str]:
    """The results as Markdown: mean and deviation over the seeds, for each distance."""
    yield "| model | parameters | " + " | ".join(f"distance {d}" for d in DISTANCES) + " |"
    yield "|---" * (2 + len(DISTANCES)) + "|"
    for name, seeds in shares.items():
        cells = [mean_and_spread(at) for at in zip(*seeds, strict=True)]
        yield f"| {name} | {parameters(made(name, 0)):,} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="how many (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="two steps of one seed: only whether it runs")
    parser.add_argument("--notes", type=Path, help="where to keep what is done, line by line")
    parser.add_argument("--write", action="store_true", help="put the table into needle.md, in place of the one there")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    seeds, steps, streams = (1, 2, 4) if chosen.quick else (chosen.seeds, STEPS, STREAMS)
    shares: dict[str, list[list[float]]] = {name: [] for name in MODELS}
    for seed in range(seeds):
        for name, done in shares.items():
            done.append(noted(chosen.notes, f"{name}, seed {seed}", partial(run, name, seed, steps, streams)))
    lines = "\n".join(table(shares))
    print(lines)
    if chosen.write:
        put_table(PAGE, lines)


if __name__ == "__main__":
    main()
