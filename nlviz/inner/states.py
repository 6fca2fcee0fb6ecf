"""The state a run is given to start from: the same kind, shapes and streams that the memory's own `init` makes.

A state that is not finite is taken: a run that diverged may be carried on, its marks say what happened.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.look import no_state
from nlviz.memory.protocol import gates_of, pairs_of
from nlviz.memory.state import ungated
from nlviz.trace import Trace

__all__ = ["Pending", "state_of"]


class Pending(NamedTuple):
    """The state at the last whole write, and the tokens since that wait for their chunk to fill up.

    `unroll(period=…)` returns it when the stream ends inside a chunk, and takes it back as `state`.
    """

    state: Any
    pairs: Pairs
    gates: Gates


def state_of(memory: Memory[Any], state: Any, pairs: Pairs) -> Any:
    """The state as the memory takes it for these keys; None stays None. A plain tuple of the right parts is taken."""
    if state is None:
        return None
    if not isinstance(state, Pending):
        return _of_memory(memory, state, pairs.keys)
    if state.state is None:
        no_state(memory, None)
    waiting = pairs_of(state.pairs)
    for name, old, new in zip(Pairs._fields, waiting, pairs, strict=True):
        fits = isinstance(old, Tensor) and old.dim() == 3 and old.shape[::2] == new.shape[::2]
        if not fits:
            _other_streams(f"{name} that wait in the state", old, f"[{len(new)}, time, {new.shape[2]}], as the {name}")
    return Pending(_of_memory(memory, state.state, pairs.keys), waiting, gates_of(state.gates, waiting.keys))


def _of_memory(memory: Memory[Any], state: Any, keys: Tensor) -> Any:
    # known by what they carry: a state of one's own may have a `trace` of another kind, one of eligibility
    if isinstance(state, Pending) or isinstance(getattr(state, "trace", None), Trace):
        no_state(memory, state)
    if isinstance(state, type | str | int | float | dict):
        no_state(memory, state)
    inner, _ = ungated(memory, None)
    if not hasattr(inner, "forms"):
        # another kind of memory may let its state grow; only its streams are known
        _check_streams(state, keys)
        return state
    with torch.no_grad():
        return _matched(memory, memory.init(len(keys), like=keys), state, "state", keys)


def _matched(memory: Any, expected: Any, given: Any, name: str, keys: Tensor) -> Any:
    """`given`, part for part of the kind and shape of `expected`."""
    if isinstance(expected, Tensor):
        return _tensor(memory, expected, given, name)
    if not isinstance(expected, tuple):
        return given
    named = hasattr(given, "_fields")
    if (
        not isinstance(given, tuple | list)
        or len(given) != len(expected)
        or (named and type(given) is not type(expected))
    ):
        _other_kind(memory, expected, given, name)
    names = getattr(expected, "_fields", range(len(expected)))
    parts = [
        _matched(memory, one, other, f"{name}.{part}" if isinstance(part, str) else f"{name}[{part}]", keys)
        for part, one, other in zip(names, expected, given, strict=True)
    ]
    same = type(given) is type(expected) and all(a is b for a, b in zip(parts, given, strict=True))
    return given if same else type(expected)(*parts) if hasattr(expected, "_fields") else tuple(parts)


def _tensor(memory: Any, expected: Tensor, given: Any, name: str) -> Tensor:
    if isinstance(given, tuple) and hasattr(given, "_fields"):
        _other_kind(memory, expected, given, name)
    found = tensors.floating(name, tensors.tensor(name, given, like=expected))
    if found.shape[1:] != expected.shape[1:] or found.dim() != expected.dim():
        words.refuse(name, found, f"{list(expected.shape)}, as this {type(memory).__name__} makes by init")
    if len(found) != len(expected):
        _other_streams(name, found, f"{len(expected)} streams, as the keys")
    if found.device != expected.device:
        words.refuse(f"device of {name}", str(found.device), f"{expected.device}, as the keys")
    return found


def _check_streams(state: Any, keys: Tensor) -> None:
    for part in state if isinstance(state, tuple | list) else (state,):
        if isinstance(part, tuple | list):
            _check_streams(part, keys)
        elif isinstance(part, Tensor) and part.shape[:1] != (len(keys),):
            _other_streams("state", part, f"{len(keys)} streams, as the keys")


def _other_streams(name: str, given: Any, expected: str) -> NoReturn:
    words.refuse(name, given, expected, "start with state=None, or carry on with as many streams as before")


def _other_kind(memory: Any, expected: Any, given: Any, name: str) -> NoReturn:
    kind = "a tensor" if isinstance(expected, Tensor) else words.shown(expected)
    if name == "state" and not isinstance(given, tuple):
        no_state(memory, given)
    words.refuse(name, given, f"{kind}, as this {type(memory).__name__} makes by init", "carry on with the same memory")
