"""States as values: cut from their past, written to a file, read back. Any nest of tensors and whole numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

__all__ = ["detach", "load", "note", "save"]


def detach(state: Any) -> Any:
    """The same state with no memory of how it came about: outer gradients end here (truncated back-propagation).

    Carrying a state on as it is lets the outer loss reach back through every write so far; cutting it is another
    algorithm, so it has a name and never happens by itself.
    """
    return _rebuild(state, lambda _, part: part.detach() if isinstance(part, Tensor) else part)


def save(path: str | Path, state: Any, note: Mapping[str, str] | None = None) -> None:
    """Write a state, a model's `state_dict()`, or a nest of both, as .safetensors: numbers and names, nothing to run.

        save("reader.safetensors", {"model": model.state_dict(), "state": state}, {"seed": "0"})

    note: words kept beside the numbers. Raises TypeError for what is neither a tensor, a whole number, None nor a nest.
    """
    tensors = {name: _as_tensor(name, part) for name, part in _leaves("", state) if part is not None}
    save_file(tensors, path, {"note": json.dumps(dict(note or {}))})


def load(path: str | Path, like: Any) -> Any:
    """What `save` wrote, in the form of `like`: the same nest, whose tensors may have other lengths.

    Raises ValueError if the names in the file are not those of `like`, FileNotFoundError if there is no file.
    """
    _check_there(path)
    with safe_open(path, "pt") as file:
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    expected = {name for name, part in _leaves("", like) if part is not None}
    if expected != found.keys():
        missing, other = (", ".join(sorted(names)[:3]) for names in (expected - found.keys(), found.keys() - expected))
        raise ValueError(
            f"{Path(path).name} lacks {missing or 'nothing'} and has {other or 'nothing'} "
            "besides; give as `like` a state made by the same model"
        )

    def fill(name: str, part: Any) -> Any:
        if isinstance(part, Tensor):
            return found[name].to(part.device)
        return None if part is None else int(found[name])

    return _rebuild(like, fill)


def note(path: str | Path) -> dict[str, str]:
    """The words saved beside the numbers at `path`."""
    _check_there(path)
    with safe_open(path, "pt") as file:
        return json.loads((file.metadata() or {}).get("note", "{}"))


def _check_there(path: str | Path) -> None:
    if not Path(path).is_file():
        raise FileNotFoundError(f"no file at {path}; `outer.save(path, state)` makes one")


def _as_tensor(name: str, part: Any) -> Tensor:
    if isinstance(part, Tensor):
        # cloned: two names of one tensor are two entries
        return part.detach().clone().contiguous()
    if isinstance(part, int) and not isinstance(part, bool):
        return torch.tensor(part)
    raise TypeError(f"{name} is a {type(part).__name__}; a state holds tensors, whole numbers, None and nests of these")


def _children(nest: Any) -> Iterator[tuple[str, Any]] | None:
    """The named parts of a nest, None for what is no nest."""
    if isinstance(nest, Mapping):
        return iter(nest.items())
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
