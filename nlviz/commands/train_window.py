"""Train the small byte transformer that reads through a window (a few minutes).

Example: nlviz train-window --steps 100 --out window.safetensors
"""

from __future__ import annotations

import argparse

from nlviz.commands._training import add_arguments, train

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """How long, from which seed, and where to."""
    add_arguments(parser, steps=1300, threads=1)


def run(chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them."""
    from nlviz.outer.window_training import train_window

    train(train_window, chosen)
