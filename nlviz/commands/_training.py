"""What the commands that train shipped weights share: their arguments, and how they end."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_arguments", "train"]


def add_arguments(parser: argparse.ArgumentParser, *, steps: int, threads: int) -> None:
    """How long, from which seed, with how much of the processor, and where to."""
    parser.add_argument("--steps", type=int, default=steps, help="updates of the slow weights (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of all chance in it (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=threads, help="of the processor to use (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="where the weights go (default: over the shipped ones)")


def train(training: Callable[..., dict[str, str]], chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them."""
    where = {} if chosen.out is None else {"out": chosen.out}
    note = training(**where, steps=chosen.steps, seed=chosen.seed, threads=chosen.threads)
    for name, value in note.items():
        print(f"{name}: {value}")
