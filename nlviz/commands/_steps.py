"""How far a long command is: one line that is written over, for whoever watches a terminal; nothing of it in a file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["steps"]

_CLEAR = "\r\033[K"


@contextmanager
def steps() -> Iterator[tuple[Callable[[str], None], Callable[[str], None]]]:
    """`step(line)`, which the next one replaces, and `tell(line)`, which stays; afterwards no step is left in sight."""
    watched = sys.stderr.isatty()

    def step(line: str) -> None:
        if watched:
            room = shutil.get_terminal_size().columns - 1
            print(f"{_CLEAR}{line[:room]}", end="", file=sys.stderr, flush=True)

    def tell(line: str) -> None:
        step("")
        print(line, flush=True)

    try:
        yield step, tell
    finally:
        step("")
