"""The axes that Pairs, Gates, State and Signal promise, looked at whenever one is made in a test.

The library looks once, at its doors; between them it trusts itself. Here every one that is made on the way is looked at
too. jaxtyping would say the same in annotations, but it checks functions and dataclasses, not the NamedTuples that
these are, and annotations that need it at run time would make it a dependency of those who only read.

A test that hands in wrong shapes on purpose is marked `any_shape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from torch import Tensor

from nlviz.memory import Gates, Pairs, State
from nlviz.memory.protocol import BY_CHANNEL
from nlviz.trace import Signal

__all__ = ["looked_at"]


def _pairs(keys: Any, values: Any) -> str:
    """keys [batch, time, d_key], values [batch, time, d_value]."""
    if not isinstance(keys, Tensor) or not isinstance(values, Tensor):
        return ""
    if keys.dim() == values.dim() == 3 and keys.shape[:2] == values.shape[:2]:
        return ""
    return f"keys {list(keys.shape)} and values {list(values.shape)}; promised [batch, time, d_key], [batch, time, …]"


def _gates(*gates: Any) -> str:
    """Each [batch, time]; inner_lr and forget may be [batch, time, d_key]."""
    shapes = [tuple(gate.shape) for gate in gates if isinstance(gate, Tensor)]
    wide = {shape[2:] for shape, name in zip(shapes, Gates._fields, strict=False) if name in BY_CHANNEL} - {()}
    one = len({shape[:2] for shape in shapes}) < 2 and all(len(shape) > 1 for shape in shapes)
    right = one and len(wide) < 2 and all(len(shape) == 2 for shape in shapes[1:2]) and all(len(x) < 2 for x in wide)
    return "" if right else f"gates {shapes}; promised [batch, time] for each, [batch, time, d_key] by channel"


def _state(memory: Any, past_surprise: Any) -> str:
    """Every tensor has the streams first: a matrix [batch, rows, columns], or what a net or a rule keeps of each."""
    shapes = [tuple(leaf.shape) for leaf in _leaves((memory, past_surprise))]
    if isinstance(memory, Tensor) and memory.dim() < 3:
        return f"memory {list(memory.shape)}; promised [batch, rows, columns]"
    right = all(shapes) and len({shape[0] for shape in shapes}) < 2
    return "" if right else f"tensors {shapes}; promised [batch, …] for each"


def _signal(values: Any, times: Any, unit: str = "", names: Any = ()) -> str:
    """values [time, batch, …], times [time]."""
    if not isinstance(values, np.ndarray) or not isinstance(times, np.ndarray):
        return ""
    right = values.ndim >= 2 and times.shape == values.shape[:1]
    return "" if right else f"values {list(values.shape)}, times {list(times.shape)}; promised [time, batch, …], [time]"


def _leaves(parts: Any) -> Iterator[Tensor]:
    """All tensors in nested tuples."""
    if isinstance(parts, Tensor):
        yield parts
    elif isinstance(parts, tuple):
        for part in parts:
            yield from _leaves(part)


LOOKS: dict[Any, Callable[..., str]] = {Pairs: _pairs, Gates: _gates, State: _state, Signal: _signal}


@contextmanager
def looked_at() -> Iterator[None]:
    """Within, making one of the four with other axes than promised is an AssertionError."""
    # as they stand in the class: what is got from it is bound to it, also for a class below
    before = {kind: (vars(kind)["__new__"], vars(kind)["_make"]) for kind in LOOKS}
    for kind, look in LOOKS.items():
        _look(kind, look)
    try:
        yield
    finally:
        for kind, (new, make) in before.items():
            kind.__new__, kind._make = new, make


def _look(kind: Any, look: Callable[..., str]) -> None:
    plain = kind.__new__

    def new(cls: Any, *given: Any, **named: Any) -> Any:
        made = plain(cls, *given, **named)
        said = look(*made)
        assert not said, f"{kind.__name__}: {said}"
        return made

    kind.__new__ = new
    # `_replace` makes its copy by this one
    kind._make = classmethod(lambda cls, parts: new(cls, *parts))
