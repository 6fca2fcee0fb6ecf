"""How shipped weights come about: what they may be trained on, how a run goes, what is kept, and the note beside it."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from nlviz.streams.code import code, standard_library

__all__ = [
    "HELD_OUT",
    "NOT_TRAINED_ON",
    "READ",
    "follow",
    "held_out_digest",
    "held_out_texts",
    "kept_note",
    "kept_weights",
    "noted",
    "save_weights",
    "training",
    "training_text",
    "warm_then_cosine",
]

READ = ("email",)
"""Packages for the fast weights to read: never trained on."""
HELD_OUT = ("http", "json", "logging")
"""Packages the held-out bits per byte are measured on: never trained on either."""
# Code pages and help texts: hardly any code in two megabytes.
NOT_TRAINED_ON = (*READ, *HELD_OUT, "encodings", "pydoc_data")


def training_text(limit: int | None = None) -> np.ndarray:
    """The first bytes of the running interpreter's standard library, without tests and what is NOT_TRAINED_ON."""
    return code([name for name in standard_library() if name not in NOT_TRAINED_ON], limit=limit).bytes


def held_out_texts(limit: int = 40_000) -> list[np.ndarray]:
    """The first bytes of every package in HELD_OUT."""
    return [code(package, limit=limit).bytes for package in HELD_OUT]


def held_out_digest() -> str:
    """SHA-256 of the held-out text: whether this interpreter's version of it is the one a figure was measured on."""
    return hashlib.sha256(b"".join(text.tobytes() for text in held_out_texts())).hexdigest()


@contextmanager
def training(steps: int, threads: int, *, shipped: int) -> Iterator[tqdm[Any]]:
    """A bar over the steps, and as many threads as asked for until it is over.

    The budget is in steps, so that the result does not depend on how fast the machine is; the bar shows the time left.
    shipped: the steps that made the shipped weights. Raises ValueError for less than one.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; use at least 1 ({shipped} make the shipped weights)")
    before = torch.get_num_threads()
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


def save_weights(model: nn.Module, path: str | Path, note: dict[str, str]) -> None:
    """Write the weights as float16 .safetensors, with a note of how they were made."""
    weights = {name: tensor.detach().half().contiguous() for name, tensor in model.state_dict().items()}
    # one entry, because the format keeps several in no particular order: the same run gives the same file
    save_file(weights, path, {"note": json.dumps(note)})


def kept_weights(path: str | Path, command: str) -> dict[str, Tensor]:
    """The weights at `path`, in float32. Raises FileNotFoundError, which names the command, if there are none."""
    _check_there(path, command)
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (no mapping)


def kept_note(path: str | Path, command: str) -> dict[str, str]:
    """The note beside the weights at `path`. Raises FileNotFoundError if there are none."""
    _check_there(path, command)
    with safe_open(path, "pt") as file:
        return json.loads((file.metadata() or {}).get("note", "{}"))


def _check_there(path: str | Path, command: str) -> None:
    if not Path(path).is_file():
        raise FileNotFoundError(f"no weights at {path}; make them by `nlviz {command} --out {path}`")
