"""One home for every slow weight of a memory: the layer around it. The memory is made anew whenever it is used.

A memory is a frozen value, and so is all in it. A weight that stood both in it and in a module would be two weights as
soon as one of them is replaced: by `load_state_dict(…, assign=True)`, a parametrization, `functional_call`. So what the
layer keeps is the memory's form, with an empty `Place` where a slow weight goes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["Head", "Home", "Housed"]

Change = Callable[[tuple[str, ...], Any], Any]
CLOSED = (Tensor, nn.Module, torch.Generator, type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)
"""What is taken as it is: nothing is looked for inside."""


class Home(nn.ParameterList):
    """Slow weights in order. Called, it gives them as they are now: hooks run, so pruning and weight norm work too."""

    def __call__(self) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        # a ParameterList refuses to be called
        return nn.Module.__call__(self)

    def forward(self) -> tuple[Tensor, ...]:
        return tuple(self)


class Head(nn.Linear):
    """W without bias; called with nothing it gives W itself, hooks run first as they do for every call."""

    def forward(self, input: Tensor | None = None) -> Tensor:
        return self.weight if input is None else super().forward(input)


class Place(NamedTuple):
    """Where a slow weight is: the name of its home, its number there, its shape (None for a module)."""

    home: str
    number: int
    shape: tuple[int, ...] | None


class Housed(nn.Module):
    """A module that keeps the slow weights of a memory: W_0 in `initial`, the others in `others`, modules in `nested`.

    memory: as it is now, made of these. A weight that stands in it twice is kept once.
    homes: fields of a memory whose weights have a list of their own, of the same name.
    """

    homes: ClassVar[tuple[str, ...]] = ("initial",)
    form: Any
    initial: Home
    others: Home
    nested: nn.ModuleList

    @property
    def memory(self) -> Any:
        """The memory, with the layer's slow weights as they are now."""
        module = self._modules.get("memory")
        return _mapped(self.form, self._filled()) if module is None else module

    @memory.setter
    def memory(self, memory: Any) -> None:
        lists: dict[str, list[Any]] = {name: [] for name in (*self.homes, "others", "nested")}
        places: dict[int, Place] = {}

        def emptied(path: tuple[str, ...], part: Any) -> Any:
            if not isinstance(part, nn.Parameter | nn.Module):
                return part
            if id(part) not in places:
                name = next((name for name in self.homes if name in path), "others")
                name, shape = ("nested", None) if isinstance(part, nn.Module) else (name, tuple(part.shape))
                places[id(part)] = Place(name, len(lists[name]), shape)
                lists[name].append(part)
            return places[id(part)]

        self.form = _mapped(memory, emptied)
        for name, held in lists.items():
            setattr(self, name, nn.ModuleList(held) if name == "nested" else Home(held))

    def _filled(self) -> Change:
        """Puts what is at home now into its places; each home is asked once."""
        asked: dict[str, Sequence[Any]] = {}

        def filled(_: tuple[str, ...], part: Any) -> Any:
            if not isinstance(part, Place):
                return part
            if part.home not in asked:
                home = getattr(self, part.home)
                asked[part.home] = home() if isinstance(home, Home) else tuple(home)
            return _fitting(part, asked[part.home])

        return filled


def _fitting(place: Place, held: Sequence[Any]) -> Any:
    if place.number >= len(held):
        raise ValueError(f"{place.home} holds {len(held)} slow weights, the memory needs {place.number + 1}; give all")
    found = held[place.number]
    if place.shape is not None and tuple(found.shape) != place.shape:
        raise ValueError(
            f"{place.home}[{place.number}] has shape {list(found.shape)}; expected {list(place.shape)}, "
            "as the memory was made; put in one of that shape"
        )
    return found


def _mapped(thing: Any, change: Change, path: tuple[str, ...] = (), above: frozenset[int] = frozenset()) -> Any:
    """`thing` with `change` done to all in it, however deep; itself, and no copy, where nothing changed."""
    changed = change(path, thing)
    if changed is not thing or id(thing) in above or isinstance(thing, Place):
        return changed
    parts = dict(_parts(thing))
    made = {name: _mapped(part, change, (*path, name), above | {id(thing)}) for name, part in parts.items()}
    different = {name: part for name, part in made.items() if part is not parts[name]}
    return _with(thing, made, different) if different else thing


def _parts(thing: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(thing, tuple | list):
        return zip(getattr(thing, "_fields", map(str, range(len(thing)))), thing, strict=True)
    if isinstance(thing, dict):
        return thing.items()
    if isinstance(thing, CLOSED):
        return ()
    slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()) if name[:2] != "__")
    held = [(name, getattr(thing, name)) for name in slots if hasattr(thing, name)]
    return [*getattr(thing, "__dict__", {}).items(), *held]


def _with(thing: Any, made: dict[str, Any], different: dict[str, Any]) -> Any:
    """A copy of `thing` with other parts. Made without its constructor: what it checks was checked once."""
    if isinstance(thing, tuple | list):
        return type(thing)(*made.values()) if hasattr(thing, "_fields") else type(thing)(made.values())
    other = copy.copy(thing)
    for name, part in different.items():
        if isinstance(other, dict):
            other[name] = part
        else:
            # the dataclasses are frozen for their users
            object.__setattr__(other, name, part)
    return other
