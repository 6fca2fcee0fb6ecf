"""The words of the lessons, TOML, English where a translation has no word yet.

What the machinery says and the glossary stand in `catalog/`, the words of a lesson in its folder of `course/`: in each
one file per language.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, reduce
from pathlib import Path
from string import Formatter
from typing import Any

from nlviz.door.words import known, shown, text

__all__ = ["ENGLISH", "catalog", "language", "say", "table", "template"]

ENGLISH = "en"
_VARIABLE = "NLVIZ_LANGUAGE"
_ROOM = Path(__file__).parent


def language(code: str | None = None) -> str:
    """The language of the lessons, after choosing `code` if one is given.

    code: the name of a file in `nlviz/lessons/catalog/` without its ending ("en"), or the path of one .toml file with
    all that is translated. The environment variable NLVIZ_LANGUAGE holds the choice, so it can be made before the first
    cell too.
    Raises ValueError if there is no such file, or if it is no catalog of these words.
    """
    if code is not None:
        _check(code)
        os.environ[_VARIABLE] = code
    return os.environ.get(_VARIABLE) or ENGLISH


def catalog(code: str | None = None) -> Mapping[str, Any]:
    """All words, as nested tables, in `code` (the chosen language if None)."""
    english, chosen = _files(ENGLISH), _files(code or language())
    return _joined(english) if chosen == english else _joined((*english, *chosen))


def say(key: str, **values: object) -> str:
    """One sentence of the machinery, its {braces} filled in: say("check.right", name="write")."""
    return template(key).format(**values)


def template(key: str) -> str:
    """The same sentence with its {braces} left open."""
    room, name = key.split(".")
    return str(catalog()[room][name])


def table(kind: str, key: str, code: str | None = None) -> Mapping[str, Any]:
    """The words of one question, exercise or term. Raises ValueError, naming those there are and the nearest."""
    return known(kind.removesuffix("s"), key, catalog(code)[kind])


def _files(code: str) -> tuple[Path, ...]:
    """All that is written in a language: one file given by its path, or the files of its name."""
    return _found(text("language", code))


@cache
def _found(code: str) -> tuple[Path, ...]:
    """The same, looked for once: every sentence asks for it. What was not there may come, so an error is not kept."""
    if code.endswith(".toml"):
        files = [Path(code)] if Path(code).is_file() else []
    else:
        files = [*_ROOM.glob(f"catalog/{code}.toml"), *sorted(_ROOM.glob(f"course/*/{code}.toml"))]
    if not files:
        there = ", ".join(sorted({file.stem for file in _ROOM.glob("catalog/*.toml")}))
        raise ValueError(f"no words in language {code!r}; there are {there}, or give the path of a .toml file")
    return tuple(files)


@cache
def _joined(files: tuple[Path, ...]) -> Mapping[str, Any]:
    """The words of all these files; a later one wins."""
    return reduce(_merged, map(_read, files), {})


@cache
def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:  # no TOML, or no UTF-8
        raise ValueError(f"{path} is no catalog of words: {problem}; write it as {ENGLISH}.toml is") from None


def _check(code: str) -> None:
    """A translation may leave words out; what it has must take the same {values}. Raises ValueError."""
    for path in _files(code):
        _check_file(path)


def _check_file(path: Path) -> None:
    for where, mine, english in _beside(_read(path), _joined(_files(ENGLISH)), ""):
        if type(mine) is not type(english):
            raise ValueError(f"{path}: {where} is {shown(mine)}; expected a {type(english).__name__}, as in English")
        if isinstance(mine, str) and not _values(mine, path, where) <= _values(english, path, where):
            raise ValueError(f"{path}: {where} is {shown(mine)}; it has {{values}} that the English words have not")


def _beside(mine: Mapping[str, Any], english: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any, Any]]:
    """What both have, leaf by leaf, with the path to it."""
    for key in mine.keys() & english.keys():
        both, path = (mine[key], english[key]), f"{where}.{key}".lstrip(".")
        if isinstance(both[0], dict) and isinstance(both[1], dict):
            yield from _beside(*both, path)
        else:
            yield path, *both


def _values(words: str, path: Path, where: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(words) if name is not None}
    except ValueError as problem:
        raise ValueError(f"{path}: {where} has a brace too many or too few: {problem}") from None


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Mapping[str, Any]:
    """`below`, with what `above` says instead; a translation may leave out whatever it likes."""
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = _merged(below[key], value) if nested else value
    return merged
