"""Train the byte model that reads source code (about five minutes).

Example: nlviz train-reader --steps 200 --out reader.safetensors
"""

from __future__ import annotations

import argparse

from nlviz.commands._training import add_arguments, train

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """How long, from which seed, and where to."""
    add_arguments(parser, steps=4500, threads=2)


def run(chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them."""
    from nlviz.outer.language import train_reader

    train(train_reader, chosen)
