"""Train the byte model that reads source code (about five minutes).

Example: nlviz train-reader --steps 200 --out reader.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """How long, from which seed, and where to."""
    parser.add_argument("--steps", type=int, default=4500, help="updates of the slow weights (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the initial weights (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of the processor to use (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="where the weights go (default: over the shipped ones)")


def run(chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them."""
    from nlviz.outer import language

    note = language.train_reader(
        chosen.out or language.SHIPPED, steps=chosen.steps, seed=chosen.seed, threads=chosen.threads
    )
    for name, value in note.items():
        print(f"{name}: {value}")
