"""The words of the lessons: one TOML file per language, English where a translation has no word yet."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["ENGLISH", "catalog", "language", "say", "table", "template"]

ENGLISH = "en"
_VARIABLE = "NLVIZ_LANGUAGE"
_FOLDER = Path(__file__).parent / "catalog"


def language(code: str | None = None) -> str:
    """The language of the lessons, after choosing `code` if one is given.

    code: the name of a file in `nlviz/lessons/catalog/` without its ending ("en"), or the path of a .toml file. The
    environment variable NLVIZ_LANGUAGE holds the choice, so it can be made before the first cell too.
    Raises ValueError if there is no such file.
    """
    if code is not None:
        _read(_file(code))
        os.environ[_VARIABLE] = code
    return os.environ.get(_VARIABLE) or ENGLISH


def catalog(code: str | None = None) -> Mapping[str, Any]:
    """All words, as nested tables, in `code` (the chosen language if None)."""
    english, chosen = _file(ENGLISH), _file(code or language())
    return _read(english) if chosen == english else _merged(_read(english), _read(chosen))


def say(key: str, **values: object) -> str:
    """One sentence of the machinery, its {braces} filled in: say("check.right", name="write")."""
    return template(key).format(**values)


def template(key: str) -> str:
    """The same sentence with its {braces} left open."""
    room, name = key.split(".")
    return str(catalog()[room][name])


def table(kind: str, key: str, code: str | None = None) -> Mapping[str, Any]:
    """The words of one question, exercise or term. Raises ValueError, naming those there are."""
    known = catalog(code)[kind]
    if key not in known:
        raise ValueError(f"there is no {key!r} among the {kind} of the lessons; there are {', '.join(known)}")
    return known[key]


def _file(code: str) -> Path:
    path = Path(code) if code.endswith(".toml") else _FOLDER / f"{code}.toml"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.toml")))
        raise ValueError(f"no words in language {code!r}; there are {there}, or give the path of a .toml file")
    return path


@cache
def _read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below`, with what `above` says instead; a translation may leave out whatever it likes."""
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = _merged(below[key], value) if nested else value
    return merged
