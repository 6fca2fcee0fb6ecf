"""A systematic rename: from a day on, the names that are used most are written with other words, everywhere."""

from __future__ import annotations

import builtins
import keyword
from collections import Counter
from typing import NamedTuple

import numpy as np
from torch import Generator, randperm

from nlviz.streams.code import File, Source
from nlviz.trace import Token

__all__ = ["FIXED", "Renamed", "current", "renamed_from"]

WORDS = (
    *("anchor", "basket", "candle", "dragon", "ember", "falcon", "garden", "hammer", "island", "jacket", "kettle"),
    *("ladder", "meadow", "needle", "orchard", "pebble", "quarry", "ribbon", "saddle", "timber", "umbrella", "velvet"),
    *("walnut", "yonder"),
)
"""Words for new names; those that a text has already are left out."""
# Names that are no project's own to change: a rename of `self` or `append` would be another language.
FIXED = (
    frozenset({"self", "cls"})
    | frozenset(dir(builtins))
    | frozenset(keyword.kwlist)
    | frozenset(name for kind in (str, bytes, list, dict, set, tuple, int) for name in dir(kind))
)
_SHORTEST, _OFTEN = 4, 3


class Renamed(NamedTuple):
    """The text with new names from a place on, and the new names by old."""

    source: Source
    names: dict[str, str]


def renamed_from(source: Source, start: int, stop: int, count: int, seed: int) -> Renamed:
    """The source with at most `count` names renamed in all tokens from byte `start` on.

    Renamed are names of four letters or more that the code itself defines, that occur at least three times before
    `start` and at least three times after it (up to `stop`), those used most often first. A new name is a
    word that occurs nowhere in the text; leading underscores, capitals and the case of constants are kept.
    """
    before, after = Counter[str](), Counter[str]()
    for token in source.tokens:
        if token.kind == "NAME" and token.start < stop:
            (before if token.start < start else after)[token.text] += 1
    defined = _defined(source)
    fit = [name for name in before if name in defined and min(before[name], after[name]) >= _OFTEN]
    chosen = sorted(fit, key=lambda name: (-min(before[name], after[name]), name))[:count]
    text = source.text.lower()
    free = [word for word in WORDS if word not in text]
    order = randperm(len(free), generator=Generator().manual_seed(seed)).tolist()
    names = {old: _like(old, free[place]) for old, place in zip(chosen, order, strict=False)}
    return Renamed(current(source, names, start), names)


def current(source: Source, names: dict[str, str], start: int = 0) -> Source:
    """The source with new names in all tokens from byte `start` on; lines stay as many."""
    pieces, tokens, at, moved = list[np.ndarray](), list[Token](), 0, 0
    edges = [0] * len(source.files)
    place = 0
    raw = source.bytes
    for token in source.tokens:
        while place < len(source.files) and token.start >= source.files[place].start:
            edges[place] = moved
            place += 1
        new = names.get(token.text) if token.kind == "NAME" and token.start >= start else None
        said = token if new is None else token._replace(text=new)
        length = token.stop - token.start if new is None else len(new.encode())
        tokens.append(said._replace(start=token.start + moved, stop=token.start + moved + length))
        if new is not None:
            pieces.extend((raw[at : token.start], np.frombuffer(new.encode(), np.uint8)))
            at, moved = token.stop, moved + length - (token.stop - token.start)
    edges[place:] = [moved] * (len(edges) - place)
    text = np.concatenate([*pieces, raw[at:]])
    starts = [file.start + edge for file, edge in zip(source.files, edges, strict=True)]
    stops = [*starts[1:], len(text)]
    files = (File(file.name, *ends) for file, *ends in zip(source.files, starts, stops, strict=True))
    return Source(text, tuple(tokens), tuple(files), source.skipped)


def _defined(source: Source) -> set[str]:
    """Names that the code gives itself: after def and class, before an `=`, and attributes that it sets."""
    found, last = set[str](), Token("", 0, 0)
    for token in source.tokens:
        if token.kind == "NAME" and last.text in ("def", "class"):
            found.add(token.text)
        elif token.text == "=" and last.kind == "NAME":
            found.add(last.text)
        last = token
    return {
        name for name in found if len(name.strip("_")) >= _SHORTEST and name not in FIXED and not name.startswith("__")
    }


def _like(old: str, word: str) -> str:
    """The word, written as the old name was."""
    bare = old.lstrip("_")
    said = word.upper() if bare.isupper() else word.capitalize() if bare[0].isupper() else word
    return old[: len(old) - len(bare)] + said
