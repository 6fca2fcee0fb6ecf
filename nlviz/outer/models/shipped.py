"""Weights that are kept: written as float16 with the note of how they were made, and read again, looked at before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from nlviz.door.words import refuse
from nlviz.outer.tensor_files import note_in, plain, tensors_in, write_tensors

__all__ = ["kept_model", "kept_note", "kept_weights", "save_weights"]

Model = TypeVar("Model", bound=nn.Module)


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
        # What is drawn here is replaced at once, and the global generator does not notice. Nothing would be drawn on
        # "meta", but an embedding made there has torch import its compiler: seconds before a lab opens.
        with torch.device("cpu"), torch.random.fork_rng(devices=[]):
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
