"""States as values: cut from their past, written to a file, read back. Any nest of tensors and whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door.tensors import tensor
from nlviz.door.words import count, refuse, text
from nlviz.outer.tensor_files import note_in, plain, tensors_in, write_tensors

__all__ = ["detach", "load", "note", "save"]

RESERVED = "__metadata__"
MAKE = "`outer.save(path, state)` makes one"


def detach(state: Any) -> Any:
    """The same state with no memory of how it came about: outer gradients end here (truncated back-propagation).

    Carrying a state on as it is lets the outer loss reach back through every write so far; cutting it is another
    algorithm, so it has a name and never happens by itself.
    """
    return _rebuild(state, lambda _, part: part.detach() if isinstance(part, Tensor) else part)


def save(path: str | Path, state: Any, note: Mapping[str, str] | None = None) -> None:
    """Write a state, a model's `state_dict()`, or a nest of both, as .safetensors: numbers and names, nothing to run.

        save("reader.safetensors", {"model": model.state_dict(), "state": state}, {"seed": "0"})

    What stood at `path` is replaced once all is written; a save that fails leaves it. note: words kept beside the
    numbers. Raises ValueError for a folder that is not there, and for what is neither a tensor, a whole number, None
    nor a nest of these.
    """
    if state is None:
        refuse("state", state, "a state", "there is nothing to save before the first call")
    tensors: dict[str, Tensor] = {}
    for name, part in _leaves("", state):
        if name == RESERVED:
            raise ValueError(f"a part of the state is called {name!r}, which such files keep for the note; rename it")
        if name in tensors:
            raise ValueError(f"two parts of the state are called {name!r}; a file holds one of a name, rename one")
        if part is not None:
            tensors[name] = _as_tensor(name, part)
    write_tensors(path, tensors, note)


def load(path: str | Path, like: Any) -> Any:
    """What `save` wrote, in the form of `like`: the same nest, whose tensors may have other lengths.

    Raises FileNotFoundError if there is no file, ValueError for a damaged or foreign one, and if names or axes in it
    are not those of `like`.
    """
    found = tensors_in(path, MAKE)
    expected = {name: part for name, part in _leaves("", like) if part is not None}
    if expected.keys() != found.keys():
        lacks, has = (sorted(names)[:3] for names in (expected.keys() - found.keys(), found.keys() - expected.keys()))
        raise ValueError(
            f"{path} lacks {', '.join(lacks) or 'nothing'} and has {', '.join(has) or 'nothing'} "
            "besides; give as `like` a state made by the same model"
        )

    def fill(name: str, part: Any) -> Any:
        return None if part is None else _like(part, found[name], f"{name} in {path}")

    return _rebuild(like, fill)


def note(path: str | Path) -> dict[str, str]:
    """The words saved beside the numbers at `path`. Raises as `load` does."""
    return note_in(path, MAKE)


def _like(part: Any, found: Tensor, name: str) -> Any:
    """A saved tensor as the thing it was: a tensor, an array or a whole number."""
    if isinstance(part, Tensor | np.ndarray):
        if found.dim() != part.ndim or found.is_floating_point() != _has_fractions(part):
            kind = "fractions" if _has_fractions(part) else "whole numbers"
            refuse(name, found, f"{part.ndim} axes of {kind}", "give as `like` a state made by the same model")
        return found.to(part.device) if isinstance(part, Tensor) else found.numpy()
    whole(part, name)
    if found.dim() or found.is_floating_point():
        refuse(name, found, "a whole number", "give as `like` a state made by the same model")
    return int(found)


def _has_fractions(part: Tensor | np.ndarray) -> bool:
    return part.dtype.is_floating_point if isinstance(part, Tensor) else part.dtype.kind == "f"


def whole(part: Any, name: str) -> int:
    """A whole number, Python's or NumPy's; a switch is none."""
    if not isinstance(part, Integral) or isinstance(part, bool):
        refuse(name, part, "a tensor, a whole number, None or a nest of these", "leave it out of the state")
    return int(part)


def _as_tensor(name: str, part: Any) -> Tensor:
    if isinstance(part, Tensor):
        # a copy: two names of one tensor are two entries
        return plain(part)
    if isinstance(part, np.ndarray) and part.dtype.kind in "biuf":
        return plain(tensor(name, part))
    return torch.tensor(count(name, whole(part, name), least=-(2**63), most=2**63 - 1))


def _children(nest: Any) -> Iterator[tuple[str, Any]] | None:
    """The named parts of a nest, None for what is no nest."""
    if isinstance(nest, Mapping):
        return ((text("the name of a part of the state", name), part) for name, part in nest.items())
    if isinstance(nest, tuple | list):
        return zip(getattr(nest, "_fields", map(str, range(len(nest)))), nest, strict=True)
    return None


def _leaves(name: str, nest: Any) -> Iterator[tuple[str, Any]]:
    children = _children(nest)
    if children is None:
        yield name or "state", nest
        return
    for part, child in children:
        yield from _leaves(f"{name}.{part}" if name else part, child)


def _rebuild(nest: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    children = _children(nest)
    if children is None:
        return change(name or "state", nest)
    made = {part: _rebuild(child, change, f"{name}.{part}" if name else part) for part, child in children}
    if isinstance(nest, Mapping):
        return made
    return type(nest)(*made.values()) if hasattr(nest, "_fields") else type(nest)(made.values())
