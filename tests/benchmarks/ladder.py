"""A ladder after Table 1 of the TTT paper: from linear attention to a TTT layer, one change per rung, on source code.

    python -m tests.benchmarks.ladder                                     two seeds
    python -m tests.benchmarks.ladder --seeds 5 --notes FILE --write      five, and the table goes to ladder.md
    python -m tests.benchmarks.ladder --quick                             its smallest corner

Every rung is the same byte model: two blocks, each a TTT layer and an MLP, width 48, trained for 200 steps of 8 × 256
bytes of the Python standard library (AdamW, lr 4e-3, clip 1), and read on three packages it never saw. What a seed
decides is the initial weights and the order of the text, the same for every rung. Bits per byte of the held-out text
in stretches of 256; lower is better. "No TTT" is the control: the blocks keep their MLPs and nothing else, so a byte is
predicted from the one before. A rung that is not better than that has not learned to use its layer.
The first rung is linear attention written as a TTT layer, the paper's "TTT equivalence": a linear f from zero, one
batch of gradient descent (its Theorem 1). The paper's column is the perplexity of models of 125 M parameters (Sun et
al. 2024, arXiv 2407.04620, Table 1): other data and a thousand times the size, so only the order is compared.
Not in ours: rotary positions, convolutions, the Mamba backbone of its last rung.
FILE keeps one line per run; with it a stopped benchmark goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor, nn

from nlviz.outer import TokenModel, TTTLayer

from .code_stream import Code, bits_per_byte, texts
from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

WIDTH, TIME, BATCH, STEPS = 48, 256, 8, 200
TABLE = Path(__file__).with_suffix(".md")


class Rung(NamedTuple):
    """One row: what was added, the paper's perplexity if it has one, and what the layer is; None is no layer."""

    name: str
    paper: float | None
    options: dict[str, Any] | None


class Nothing(nn.Module):
    """A mixer that mixes nothing and adds nothing."""

    def forward(self, x: Tensor, state: None = None) -> tuple[Tensor, None]:
        return torch.zeros_like(x), state


PLAIN: dict[str, Any] = {"start": "zero", "norm": False, "bias": False, "period": None, "rate": 0.5}
START: dict[str, Any] = PLAIN | {"start": "learned"}
NORM: dict[str, Any] = START | {"norm": True}
BATCHED: dict[str, Any] = NORM | {"period": 16}
RUNGS = (
    Rung("no TTT", None, None),
    Rung("TTT equivalence (linear attention)", 15.23, PLAIN),
    Rung("+ learned W₀", 15.27, START),
    Rung("+ layer norm and residual", 14.05, NORM),
    Rung("+ mini-batch of 16", 12.35, BATCHED),
    Rung("+ learned η", 11.99, BATCHED | {"rate": "learned"}),
)


def climb(rung: Rung, seed: int, text: np.ndarray, held_out: np.ndarray, steps: int = STEPS) -> float:
    """Held-out bits per byte of one rung, trained from one seed."""
    chance = Generator().manual_seed(seed)
    mixers = [
        Nothing() if rung.options is None else TTTLayer(WIDTH, generator=chance, **rung.options) for _ in range(2)
    ]
    model = TokenModel(mixers, WIDTH, expand=2, generator=chance)
    learn(model, Code(text, TIME), steps=steps, batch=BATCH, lr=4e-3, seed=seed)
    return bits_per_byte(model, held_out, TIME)


def table(bits: dict[str, list[float]]) -> Iterator[str]:
    """The results as Markdown: mean and spread over the seeds, and how the step from the row before compares."""
    seeds = len(next(iter(bits.values())))
    yield f"| rung | bits per byte, {seeds} seeds | change on the row before | better in | paper, perplexity |"
    yield "|---|---|---|---|---|"
    before: Sequence[float] = ()
    for rung in RUNGS:
        now = bits[rung.name]
        steps = [b - a for a, b in zip(before, now, strict=True)] if before else []
        change = _change(steps) if steps else ("", "")
        paper = f"{rung.paper:.2f}" if rung.paper else ""
        cells = (rung.name, mean_and_spread(now, 3), *change, paper)
        yield f"| {' | '.join(cells)} |"
        before = now


def _change(steps: Sequence[float]) -> tuple[str, str]:
    return mean_and_spread(steps, 3, sign="+"), f"{sum(step < 0 for step in steps)} of {len(steps)}"


def main() -> None:
    chosen = asks(__doc__, seeds=2, quick="three steps of one seed").parse_args()
    seeds, steps = (1, 3) if chosen.quick else (chosen.seeds, STEPS)
    text, held_out = texts(50_000 if chosen.quick else 3_000_000)
    found = Sweep.of(chosen)(
        {
            f"{rung.name}, seed {seed}": partial(climb, rung, seed, text, held_out, steps)
            for seed in range(seeds)
            for rung in RUNGS
        }
    )
    bits = {rung.name: [found[f"{rung.name}, seed {seed}"] for seed in range(seeds)] for rung in RUNGS}
    shown(chosen, TABLE, "\n".join(table(bits)))


if __name__ == "__main__":
    started()
