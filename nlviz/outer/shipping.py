"""How shipped weights come about: what they may be trained on, how a run goes, what is kept, and the note beside it."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from nlviz.door.files import written
from nlviz.door.words import count, folder_for, refuse
from nlviz.outer.tensor_files import note_in, plain, tensors_in, write_tensors
from nlviz.streams.code import code, standard_library

__all__ = [
    "HELD_OUT",
    "NOT_TRAINED_ON",
    "READ",
    "follow",
    "held_out_digest",
    "held_out_texts",
    "kept",
    "kept_model",
    "kept_note",
    "kept_weights",
    "noted",
    "save_weights",
    "training",
    "training_text",
    "warm_then_cosine",
]

Model = TypeVar("Model", bound=nn.Module)

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


def save_weights(model: nn.Module, path: str | Path, note: dict[str, str]) -> None:
    """Write the weights as float16 .safetensors, with a note of how they were made.

    Raises ValueError, before anything is written, for weights that are no numbers in float16 (beyond 65504, or NaN).
    """
    weights = {name: plain(tensor.detach().half()) for name, tensor in model.state_dict().items()}
    for name, tensor in weights.items():
        if not bool(torch.isfinite(tensor).all()):
            most = float(model.state_dict()[name].detach().abs().max())
            refuse(f"the largest of {name}", most, "at most 65504, all that float16 holds", "train with a smaller lr")
    write_tensors(path, weights, note)


def kept_weights(path: str | Path, command: str) -> dict[str, Tensor]:
    """The weights at `path`, in float32. Raises FileNotFoundError, which names the command, if there are none, and
    ValueError for a file that is damaged or holds no numbers."""
    weights = tensors_in(path, _remedy(path, command))
    for name, tensor in weights.items():
        if not tensor.is_floating_point():
            raise ValueError(f"{name} in {path} is of {tensor.dtype}, no weights; {_remedy(path, command)}")
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} in {path} holds what is no number; {_remedy(path, command)}")
    return {name: tensor.float() for name, tensor in weights.items()}


def kept_note(path: str | Path, command: str) -> dict[str, str]:
    """The note beside the weights at `path`. Raises as `kept_weights` does."""
    return note_in(path, _remedy(path, command))


def kept_model(
    made: Callable[[Mapping[str, Tensor], Mapping[str, str]], Model], path: str | Path, command: str, device: str
) -> Model:
    """The model that `made` builds for these weights and this note, filled with them, frozen and ready to read.

    Raises as `kept_weights` does, and ValueError for weights of another model.
    """
    where = _device(device)
    weights, note = kept_weights(path, command), kept_note(path, command)
    try:
        with torch.device("meta"):  # no random number is drawn for weights that are replaced at once
            model = made(weights, note)
        model.load_state_dict(weights, assign=True)
    except (KeyError, IndexError, ValueError, RuntimeError) as problem:
        reason = " ".join(str(problem).split())[:120]
        raise ValueError(f"{path} holds other weights than this model's ({reason}); {_remedy(path, command)}") from None
    return model.to(where).requires_grad_(False).eval()


def _device(device: Any) -> torch.device:
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, TypeError):
        refuse("device", device, "a device that torch finds here", "use 'cpu'")


def _remedy(path: str | Path, command: str) -> str:
    return f"make them by `nlviz {command} --out {path}`"
