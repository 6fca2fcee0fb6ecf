"""A benchmark in parts: several processes, each with notes of its own, and a time after which none begins a run."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from .training import noted, standing

__all__ = ["Notes", "arguments", "divided"]

T = TypeVar("T")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What a benchmark in parts may be asked for."""
    parser.add_argument("--seeds", type=int, default=5, help="how many (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="the smallest corner: only whether it runs")
    parser.add_argument("--search", action="store_true", help="only what is searched on seed 1000")
    parser.add_argument("--part", default="0/1", help="I/N: every N-th run from the I-th on (default: all)")
    parser.add_argument("--notes", type=Path, help="where to keep what is done, line by line")
    parser.add_argument("--known", type=Path, help="more notes, only read")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run that would end later")
    parser.add_argument("--noted", action="store_true", help="only what is known by now: nothing is run")
    parser.add_argument("--write", action="store_true", help="put the tables into the page, in place of those there")


def divided(jobs: Sequence[T], part: str) -> Sequence[T]:
    """Every N-th of them from the I-th on, for "I/N"."""
    first, _, every = part.partition("/")
    return jobs[int(first) :: int(every)]


class Notes:
    """What is known, from all notes; new lines go to the process's own."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.own: Path | None = chosen.notes
        self.standing: dict[str, Any] = standing(chosen.known) | standing(chosen.notes)
        self.until, self.longest = time.monotonic() + 60 * chosen.minutes, 0.0

    def run(self, jobs: Iterable[tuple[str, Callable[[], Any]]]) -> None:
        """Do what is not known yet, as long as there is time for a run as long as the longest so far."""
        for name, job in jobs:
            began = time.monotonic()
            if name in self.standing:
                continue
            if began + self.longest > self.until:
                print(f"no time for: {name}", flush=True)
                continue
            self.standing[name] = noted(self.own, name, job)
            self.longest = max(self.longest, time.monotonic() - began)
