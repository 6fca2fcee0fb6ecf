"""What a still was drawn from, in a few numbers that are kept beside it: so a test can say when it has become old.

A hash of the data would change with the last bit of a float, and those differ from one machine to the next. So each
array of the figure is kept as how many numbers, their mean, their spread and their tilt (do the large ones come late?);
all words, with the numbers taken out, are hashed. Two sketches of one figure agree; those of another knob, rule or view
do not.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Sketch = dict[str, Any]

TOLERANCE = 0.01
_NUMBER = re.compile(r"[+−-]?[\d.,]+(e[+-]?\d+)?%?")


def sketch(figure: dict[str, Any]) -> Sketch:
    """The sketch of a figure in plotly's JSON, for the metadata of its still."""
    arrays: dict[str, list[float]] = {}
    words = []
    for path, value in _leaves({part: figure[part] for part in ("data", "layout")}, ""):
        if isinstance(value, np.ndarray):
            arrays.setdefault(path, []).extend(value.ravel().tolist())
        elif not path.startswith("layout.meta"):
            words.append(f"{path} {_NUMBER.sub('#', value)}")
    rows = {path: _moments(values) for path, values in arrays.items() if not path.startswith("layout.meta")}
    return {"words": _hash("\n".join(words)), "numbers": rows, "read": source()}


def differences(kept: Sketch, made: Sketch) -> list[str]:
    """What has changed between the figure of a still and today's, in words; empty if nothing has."""
    found = [] if kept["words"] == made["words"] else ["its words or colours are others"]
    before, now = kept["numbers"], made["numbers"]
    found += [f"{path} is new" for path in now.keys() - before.keys()]
    found += [f"{path} is gone" for path in before.keys() - now.keys()]
    for path in sorted(before.keys() & now.keys()):
        if not _close(before[path], now[path]):
            found.append(f"{path} (count, mean, spread, tilt) was {before[path]} and is {now[path]}")
    return found


@cache
def source() -> str:
    """A hash of the code that the labs read: another patch version of Python ships another text of it."""
    spec = importlib.util.find_spec("email")
    assert spec is not None
    assert spec.submodule_search_locations
    files = sorted(Path(spec.submodule_search_locations[0]).rglob("*.py"))
    return _hash("".join(file.read_text(encoding="utf-8") for file in files))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every number (as an array) and every word of a figure with its path; a list of numbers is one leaf."""
    if isinstance(value, dict) and "bdata" in value:
        yield path, np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _leaves(value[key], f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            # the parts of one array share a path, those of the traces do not
            yield from _leaves(part, f"{path}.{place}" if path == "data" else path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, np.array([value], dtype=float)
    elif value is not None:
        yield path, str(value)


def _moments(values: list[float]) -> list[float]:
    finite = np.array([value for value in values if math.isfinite(value)] or [0.0])
    late = np.linspace(-1, 1, len(finite))
    return [len(values), *(float(f"{x:.4g}") for x in (finite.mean(), finite.std(), (finite * late).mean()))]


def _close(before: list[float], now: list[float]) -> bool:
    # what is smaller than this in a figure is the rounding of a zero, which is another on every machine
    scale = max(1e-6, *map(abs, before[1:]))
    return before[0] == now[0] and all(abs(a - b) <= TOLERANCE * scale for a, b in zip(before, now, strict=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
