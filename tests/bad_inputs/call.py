"""What the calls of all rooms are made of."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator

from nlviz import memory, streams

from .kinds import small

__all__ = ["DELTA", "FOLDER", "GATES", "KEYS", "PAIRS", "TITANS", "VALUES", "Call", "arguments", "chance", "source"]


class Call(NamedTuple):
    """One call: what is called, and per argument the good value and its kind."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, tuple[Any, str]]


PAIRS, GATES = small()
KEYS, VALUES = PAIRS
DELTA, TITANS = memory.Delta(4, 3), memory.Titans(4, 3)
FOLDER = Path(tempfile.mkdtemp())


def chance(seed: int = 0) -> Generator:
    """A new generator: every call is to draw the same."""
    return Generator().manual_seed(seed)


def arguments(**given: tuple[Any, str]) -> dict[str, tuple[Any, str]]:
    """The good value and the kind of every argument, as in items=(3, "count")."""
    return given


@cache
def source() -> streams.Source:
    """A little real code."""
    return streams.code("email", limit=600)
