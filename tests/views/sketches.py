"""Golden sketches: every view, as drawn from a known trace, in a few numbers per array, kept and compared.

    python -m tests.views.sketches            writes tests/views/golden/*.json anew; look at every difference first

An array becomes its shape, mean, spread, ends, and its tilt along each axis (where does the weight lie?), so that axes
exchanged, rows upside down, columns reversed, signs turned, before put for after, each change a number by far more than
the tolerance. Words are kept as they are, but for the numbers in them, which are kept as numbers.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

sys.path.insert(0, str(Path(__file__).parent))

__all__ = ["GOLDEN", "differences", "kept", "sketch", "write"]

GOLDEN = Path(__file__).parent / "golden"
TOLERANCE = 0.01
# how a figure looks on a theme is the theme's own test
_LEFT_OUT = {"template"}
_NUMBER = re.compile(r"[-−+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")


def sketch(figure: go.Figure) -> dict[str, Any]:
    """The figure's traces, layout and frames: path -> numbers or words."""
    found: dict[str, Any] = {}
    layout = {key: value for key, value in figure.layout.to_plotly_json().items() if key not in _LEFT_OUT}
    for path, leaf in _leaves({"data": [trace.to_plotly_json() for trace in figure.data], "layout": layout}, ""):
        found[path] = _reduced(leaf)
    return found


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What has changed, one line each."""
    lines = [f"{path} is gone (was {before[path]})" for path in sorted(before.keys() - now.keys())]
    lines += [f"{path} is new: {now[path]}" for path in sorted(now.keys() - before.keys())]
    return lines + [
        f"{path} was {before[path]}, is {now[path]}"
        for path in sorted(before.keys() & now.keys())
        if not _close(before[path], now[path])
    ]


def kept(name: str) -> dict[str, Any]:
    """The golden sketch of a view."""
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


def write(name: str, figure: go.Figure) -> None:
    """Keep this sketch as the golden one."""
    lines = json.dumps(sketch(figure), ensure_ascii=False, indent=0, sort_keys=True)
    (GOLDEN / f"{name}.json").write_text(lines + "\n", "utf-8")


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Everything at the ends of a tree, by its path; tracks, links and handles of `layout.meta` included."""
    if hasattr(node, "__dataclass_fields__"):
        node = {name: getattr(node, name) for name in node.__dataclass_fields__}
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple) and not _is_flat(node):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{path}[{index}]")
    else:
        yield path, node


def _is_flat(node: Any) -> bool:
    """A list of numbers or words, which is one leaf."""
    return all(isinstance(one, str | int | float | None) for one in node)


def _reduced(leaf: Any) -> Any:
    if isinstance(leaf, str):
        return _words(leaf)
    if isinstance(leaf, bool) or leaf is None:
        return leaf
    if isinstance(leaf, list | tuple) and any(isinstance(one, str) for one in leaf):
        return [len(leaf), *_words(" | ".join(map(str, leaf)))]
    array = np.asarray(leaf)
    return _moments(array.astype(float)) if array.dtype.kind in "biuf" else _words(repr(array.tolist()))


def _words(text: str) -> list[Any]:
    """The words and, where there are any, the moments of the numbers among them."""
    plain, numbers = _NUMBER.sub("#", text), [_number(found) for found in _NUMBER.findall(text)]
    return [plain[:400], len(plain), *([_moments(np.array(numbers))] if numbers else [])]


def _number(word: str) -> float:
    return float(word.replace("−", "-").replace(",", ""))


def _moments(array: np.ndarray) -> list[Any]:
    """Shape; how many are finite, their mean, spread, first and last; and the tilt along every axis."""
    lost, flat = ~np.isfinite(array), np.where(np.isfinite(array), array, 0.0)
    if not array.size:
        return [list(array.shape)]
    tilts = []
    for axis, length in enumerate(array.shape):
        places = np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
        tilts.append(float((np.moveaxis(flat, axis, -1) @ places).mean() / length))
    ends = [float(flat.ravel()[0]), float(flat.ravel()[-1])]
    numbers = [float(lost.sum()), float(flat.mean()), float(flat.std()), *ends, *tilts]
    return [list(array.shape), *(float(f"{number:.6g}") for number in numbers)]


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return False
        # what is small beside the rest of a sketch is rounding
        size = max((abs(x) for x in one if isinstance(x, float)), default=0.0)
        return all(_close(a, b) or _near(a, b, size) for a, b in zip(one, other, strict=True))
    if isinstance(one, float | int) and isinstance(other, float | int) and not isinstance(one, bool):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-9)
    return one == other


def _near(one: Any, other: Any, size: float) -> bool:
    return isinstance(one, float) and isinstance(other, float) and abs(one - other) <= 1e-4 * size


def main() -> None:
    from test_contract import DRAWN

    GOLDEN.mkdir(exist_ok=True)
    for name, draw in DRAWN.items():
        figure = draw()
        changed = differences(kept(name), sketch(figure)) if (GOLDEN / f"{name}.json").exists() else ["new"]
        print(f"{name}: {len(changed)} differences", *changed[:5], sep="\n    ")
        write(name, figure)


if __name__ == "__main__":
    main()
