"""What is typed, looked at before any work begins: a refusal is one line and exit status 2, whatever was wrong."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from nlviz.door import words

__all__ = ["Parser", "force", "new_file", "port", "seed", "settings", "whole"]

_AGAIN = "that file exists; choose another name, or add --force to replace it"


class Parser(argparse.ArgumentParser):
    """An argparse parser that answers a slip in one line and names the nearest word there is."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2 and the message; the door's own sentences stand alone."""
        said = re.sub(r"^argument [^:]+: (?=--)", "", message)
        self.exit(2, f"nlviz: {one_line(said)}; `{self.prog} --help` says more\n")

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] (typeshed has overloads)
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse's, but each parser answers for what is typed behind its own name."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"{' '.join(rest)} is not understood{self._near(rest[0])}")
        return found, rest

    def _near(self, typed: str) -> str:
        near = get_close_matches(typed.partition("=")[0], self._option_string_actions, 1)
        return f"; did you mean {near[0]}?" if near else ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """A word that is one of several, a command's name among them."""
        if action.choices is not None:
            try:
                words.choice(action.metavar if isinstance(action.metavar, str) else action.dest, value, action.choices)
            except ValueError as problem:
                self.error(str(problem))


def one_line(message: object) -> str:
    """A message without its line breaks."""
    return " ".join(str(message).split())


def whole(name: str, *, least: int = 1, most: int = words.MOST) -> Callable[[str], int]:
    """A reader of whole numbers in a range, for argparse's `type`."""
    return _reader(lambda value: words.count(name, value, least=least, most=most))


def settings(parser: argparse.ArgumentParser) -> None:
    """Add --settings: what the runs of one lab may take on a page."""

    def megabytes(typed: str) -> float:
        plain = re.fullmatch(r"\d{1,9}(\.\d*)?|\.\d+", typed.strip())
        try:
            return words.number("--settings", float(typed) if plain else typed, least=0.0)
        except ValueError as problem:
            raise argparse.ArgumentTypeError(str(problem)) from None

    parser.add_argument(
        "--settings",
        type=megabytes,
        default=2.0,
        metavar="MB",
        help="megabytes for the runs of one lab, from which its knobs answer; 0 for none, and no knobs (default: 2)",
    )


def seed(name: str) -> Callable[[str], int]:
    """A reader of seeds, for argparse's `type`."""
    return _reader(lambda value: words.seed(name, value))


def _reader(check: Callable[[Any], int]) -> Callable[[str], int]:
    def read(typed: str) -> int:
        try:
            return check(int(typed) if re.fullmatch(r"[+-]?\d{1,30}", typed.strip()) else typed)
        except ValueError as problem:
            raise argparse.ArgumentTypeError(str(problem)) from None

    return read


port = whole("--port", least=0, most=65_535)
"""A reader of port numbers; 0 stands for a free one."""


def force(parser: argparse.ArgumentParser) -> None:
    """The switch without which no file is replaced."""
    parser.add_argument("--force", action="store_true", help="replace the file that is there")


def new_file(path: Path, *, over: bool, never: Sequence[Path] = ()) -> Path:
    """Where the result goes, looked at before the work. Raises ValueError.

    over: whether --force was given. never: what must not be replaced all the same, the command's own input.
    """
    for source in never:
        if path.exists() and source.exists() and path.samefile(source):
            words.refuse("--out", str(path), "another file than what is read", "choose another name")
    if path.is_file() and not over:
        words.refuse("--out", str(path), "a new file", _AGAIN)
    return words.folder_for("--out", path, over=True)
