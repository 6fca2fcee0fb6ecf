"""The commands that make shipped weights again: one for each model, with the same arguments."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from nlviz.commands._arguments import force, new_file, seed, whole
from nlviz.commands._command import Command

__all__ = ["commands"]


class Shipped(NamedTuple):
    """What is trained, in words, how long by default, and the function that does it: its module and its name."""

    words: str
    steps: int
    threads: int
    module: str
    function: str


MODELS = {
    "reader": Shipped(
        "Train the byte model that reads source code (about five minutes).", 4500, 2, "reader", "train_reader"
    ),
    "window": Shipped(
        "Train the small byte transformer that reads through a window (a few minutes).",
        *(1300, 1, "window_and_memory", "train_window"),
    ),
    "memory": Shipped(
        "Train the byte model that keeps what it read in fast weights (a few minutes).",
        *(1300, 1, "window_and_memory", "train_memory"),
    ),
}


def _command(name: str, shipped: Shipped) -> Command:
    words = f"{shipped.words}\n\nExample: nlviz train-{name} --steps 100 --out {name}.safetensors"
    return Command(words, partial(_arguments, shipped), partial(_run, shipped))


def _arguments(shipped: Shipped, parser: argparse.ArgumentParser) -> None:
    """How long, from which seed, with how much of the processor, and where to."""
    says = "(default: %(default)s)"
    cores = whole("--threads", most=1_024)
    parser.add_argument("--steps", type=whole("--steps"), default=shipped.steps, help=f"updates of the weights {says}")
    parser.add_argument("--seed", type=seed("--seed"), default=0, help=f"of all chance in it {says}")
    parser.add_argument("--threads", type=cores, default=shipped.threads, help=f"of the processor to use {says}")
    parser.add_argument("--out", type=Path, help="where the weights go (default: over the shipped ones, with --force)")
    force(parser)


def _run(shipped: Shipped, chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them. Where they go is looked at before."""
    module = import_module(f"nlviz.outer.training.{shipped.module}")
    training: Callable[..., dict[str, str]] = getattr(module, shipped.function)
    out = chosen.out or Path(inspect.signature(training).parameters["out"].default)
    new_file(out, over=chosen.force)
    note = training(out=out, steps=chosen.steps, seed=chosen.seed, threads=chosen.threads)
    for name, value in note.items():
        print(f"{name}: {value}")


COMMANDS = {f"train-{name}": _command(name, shipped) for name, shipped in MODELS.items()}


def commands() -> dict[str, Command]:
    """`train-reader`, `train-window` and `train-memory`."""
    return COMMANDS
