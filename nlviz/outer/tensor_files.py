"""Tensors in .safetensors files: numbers, names and a note; nothing in them can run. Written beside, then renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nlviz.door.files import written
from nlviz.door.words import refuse

__all__ = ["note_in", "plain", "tensors_in", "write_tensors"]

File = str | os.PathLike[str]


def write_tensors(path: File, tensors: Mapping[str, Tensor], note: Mapping[str, str] | None = None) -> None:
    """Write them; what stood at `path` stays until all is. Raises ValueError for what such a file cannot hold, and
    OSError where the system does not take it: the disk is full, say."""
    words = _words(note)
    for name, one in tensors.items():
        if one.is_meta or one.is_sparse or one.is_complex() or one.is_quantized:
            kind = "one without numbers (meta)" if one.is_meta else f"{one.layout} of {one.dtype}"
            refuse(name, kind, "a plain tensor of real numbers", "turn it into one first: .to_dense(), .real, to_empty")
    # one entry, because the format keeps several in no particular order: the same run gives the same file
    # written by Python, because a full disk is then an OSError, as with any other file
    with written(path) as beside:
        beside.write_bytes(save(dict(tensors), {"note": json.dumps(words)}))


def tensors_in(path: File, remedy: str) -> dict[str, Tensor]:
    """All tensors at `path`. Raises FileNotFoundError if there is none, ValueError for what is no such file."""
    with _opened(path, remedy) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)


def note_in(path: File, remedy: str) -> dict[str, str]:
    """The note beside them; empty if there is none. Raises as `tensors_in` does."""
    with _opened(path, remedy) as file:
        try:
            return _words(json.loads((file.metadata() or {}).get("note", "{}")))
        except ValueError:
            raise ValueError(f"the note in {os.fspath(path)} cannot be read; {remedy}") from None


@contextmanager
def _opened(path: File, remedy: str) -> Iterator[Any]:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        refuse("path", path, "the path of a file")
    # also for a name too long for the system
    if not os.path.isfile(path):
        raise FileNotFoundError(f"no file at {os.fspath(path)}; {remedy}")
    try:
        with safe_open(path, "pt") as file:
            yield file
    except (SafetensorError, OSError) as problem:
        what = str(problem).removeprefix("Error while deserializing header: ")
        raise ValueError(f"{os.fspath(path)} is damaged or no .safetensors file ({what}); {remedy}") from None


def _words(note: Any) -> dict[str, str]:
    if note is None:
        return {}
    if not isinstance(note, Mapping) or not all(isinstance(one, str) for pair in note.items() for one in pair):
        refuse("note", note, "names and words: a dict of strings")
    return dict(note)


def plain(tensor: Tensor) -> Tensor:
    """Its numbers alone: no graph, no memory shared with another, in order."""
    return tensor.detach().clone().contiguous() if tensor.layout == torch.strided else tensor.detach()
