"""What the commands that train shipped weights share: their arguments, and how they end."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from pathlib import Path

from nlviz.commands._arguments import force, new_file, seed, whole

__all__ = ["add_arguments", "train"]


def add_arguments(parser: argparse.ArgumentParser, *, steps: int, threads: int) -> None:
    """How long, from which seed, with how much of the processor, and where to."""
    parser.add_argument(
        "--steps", type=whole("--steps"), default=steps, help="updates of the weights (default: %(default)s)"
    )
    parser.add_argument("--seed", type=seed("--seed"), default=0, help="of all chance in it (default: %(default)s)")
    cores = whole("--threads", most=1_024)
    parser.add_argument("--threads", type=cores, default=threads, help="of the processor to use (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="where the weights go (default: over the shipped ones, with --force)")
    force(parser)


def train(training: Callable[..., dict[str, str]], chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them. Where they go is looked at before."""
    out = chosen.out or Path(inspect.signature(training).parameters["out"].default)
    new_file(out, over=chosen.force)
    note = training(out=out, steps=chosen.steps, seed=chosen.seed, threads=chosen.threads)
    for name, value in note.items():
        print(f"{name}: {value}")
