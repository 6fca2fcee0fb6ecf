"""Train the small byte transformer that reads through a window (a few minutes).

Example: nlviz train-window --steps 100 --out window.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """How long, from which seed, and where to."""
    parser.add_argument("--steps", type=int, default=800, help="updates of the slow weights (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and facts (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="of the processor to use (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="where the weights go (default: over the shipped ones)")


def run(chosen: argparse.Namespace) -> None:
    """Train, keep the weights, print the note that goes with them."""
    from nlviz.outer import window, window_training

    note = window_training.train_window(
        chosen.out or window.SHIPPED, steps=chosen.steps, seed=chosen.seed, threads=chosen.threads
    )
    for name, value in note.items():
        print(f"{name}: {value}")
