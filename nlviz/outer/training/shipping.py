"""How shipped weights come about: how a run goes, what it may take, and the note that goes with them."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from nlviz.door.files import written
from nlviz.door.words import count, folder_for
from nlviz.outer.tasks.source_code import HELD_OUT, NOT_TRAINED_ON, held_out_digest

__all__ = ["follow", "kept", "noted", "training", "warm_then_cosine"]


@contextmanager
def training(steps: int, threads: int, *, shipped: int) -> Iterator[tqdm[Any]]:
    """A bar over the steps, and as many threads as asked for until it is over.

    The budget is in steps, so that the result does not depend on how fast the machine is; the bar shows the time left.
    shipped: the steps that made the shipped weights. Raises ValueError for less than one.
    """
    steps = count("steps", steps, of=f"updates ({shipped} make the shipped weights)")
    threads, before = count("threads", threads), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with tqdm(total=steps, unit="step", desc="reading the standard library") as bar:
            yield bar
    finally:
        torch.set_num_threads(before)


def follow(bar: tqdm[Any], losses: Iterable[float], unit: str) -> None:
    """Go through the losses, one per step, and let the bar show them in their unit."""
    bar.set_description("training")
    for loss in losses:
        bar.set_postfix_str(f"{loss:.2f} {unit}", refresh=False)
        bar.update()


def warm_then_cosine(share: float, rise: float) -> float:
    """The learning rate's factor after a share of the steps: up in the first 1/rise, then down to one fiftieth."""
    return min(1.0, rise * share + 0.02) * (0.51 + 0.49 * math.cos(math.pi * share))


def noted(command: str, trained_on: str, *, steps: int, seed: int, threads: int) -> dict[str, str]:
    """The beginning of a note: how to make these weights again, and from what."""
    return {
        "command": f"nlviz {command} --steps {steps} --seed {seed} --threads {threads}",
        "python": platform.python_version(),
        "trained_on": trained_on,
        "not_trained_on": " ".join(NOT_TRAINED_ON),
        "held_out": " ".join(HELD_OUT),
        "held_out_sha256": held_out_digest(),
    }


@contextmanager
def kept(out: str | Path) -> Iterator[Path]:
    """Where to write while a training goes on, looked at before it begins: it takes the place of `out` at the end.

    Raises ValueError for a folder that is not there or takes no files, and for another ending than .safetensors.
    """
    with written(folder_for("out", out, over=True, suffix=".safetensors")) as beside:
        yield beside
