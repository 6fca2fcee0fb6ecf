"""A training step of the lessons' models, beside a GRU and attention with as many parameters: one thread, float32.

    python -m tests.benchmarks.training_step            lessons 05 and 09, three shapes
    python -m tests.benchmarks.training_step --quick    the smallest corner

A step is forward, backward and AdamW on random bytes; every model has two blocks of width 48 and 100,000 parameters, as
`outer.architecture` makes them. All take turns in one run and the best round of processor time counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.outer import TokenModel, architecture
from nlviz.outer.models.architectures import parameters

WIDTH, SIZE, BLOCKS = 48, 100_000, 2
SHAPES = ((1, 256), (1, 1024), (8, 256))
COMPARED = ("LMM", "MAC", "MAG", "MAL", "Hope", "linear attention", "windowed attention", "full attention")
GRU = "nn.GRU"


class Recurrent(nn.Module):
    """`nn.GRU` in attention's place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gru = nn.GRU(width, width, batch_first=True)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        return self.gru(x, state)


def models() -> dict[str, TokenModel]:
    """Every model, as many parameters each, to within half a hidden unit a block."""
    made = {name: architecture(name, WIDTH, size=SIZE, generator=Generator().manual_seed(0)) for name in COMPARED}
    bare = parameters(_recurrent(0)) + BLOCKS * WIDTH
    return made | {GRU: _recurrent(round((SIZE - bare) / (2 * WIDTH * BLOCKS)) / WIDTH)}


def _recurrent(expand: float) -> TokenModel:
    chance = Generator().manual_seed(0)
    return TokenModel([Recurrent(WIDTH) for _ in range(BLOCKS)], WIDTH, expand=expand, generator=chance)


def stepper(model: TokenModel, text: Tensor) -> Callable[[], None]:
    """One training step of this model on this text."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step() -> None:
        keys, _ = model(text)
        loss = F.cross_entropy((keys @ model.head_weights().mT).flatten(0, 1), text.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def measure(shape: tuple[int, int], rounds: int) -> dict[str, float]:
    """{name: seconds of processor time a step}, the best of several rounds, taken in turns."""
    text = torch.randint(256, shape, generator=Generator().manual_seed(1))
    steps = {name: stepper(model, text) for name, model in models().items()}
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(rounds + 1):
        for name, step in steps.items():
            begun = time.process_time()
            step()
            best[name] = min(best[name], time.process_time() - begun)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    shapes = ((1, 32),) if chosen.quick else SHAPES
    found = [measure(shape, 1 if chosen.quick else chosen.rounds) for shape in shapes]
    sizes = {name: parameters(model) for name, model in models().items()}
    heads = [f"{batch} × {length:,}, ms (× as fast as {GRU})" for batch, length in shapes]
    print("| model | parameters | " + " | ".join(heads) + " |\n|---|--:" + "|--:" * len(heads) + "|")
    for name, size in sizes.items():
        cells = [f"{1e3 * best[name]:.1f} ({best[GRU] / best[name]:.2g})" for best in found]
        print(f"| {name} | {size:,} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
