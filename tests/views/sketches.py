"""Golden sketches: every view, as drawn from a known trace, in a few numbers per array, kept and compared.

    python -m tests.views.sketches            writes tests/views/golden/*.json anew; look at every difference first
    python -m tests.views.sketches writing    only those whose name holds this word

An array becomes its shape, mean, spread, ends, its tilt along each axis (where does the weight lie?) and one sum with
uneven weights (in which order?), so that axes exchanged, rows upside down, columns reversed, signs turned, before put
for after, each change a number by far more than the tolerance. Words are kept as they are, but for the numbers in
sentences, which are kept as numbers. What moves is sketched as a whole and at several frames: every track, link, span,
label and alternative text.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import plotly.graph_objects as go

sys.path.insert(0, str(Path(__file__).parent))

from nlviz.views.drawing.frames import alt_text, frames, handles

__all__ = ["GOLDEN", "differences", "kept", "sketch", "write"]

GOLDEN = Path(__file__).parent / "golden"
TOLERANCE = 0.01
# how a figure looks on a theme is the theme's own test; meta holds what moves, which is looked at frame by frame
_LEFT_OUT = {"template", "meta"}
_NUMBER = re.compile(r"[-−+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")
_UNEVEN = (1 + 5**0.5) / 2


def sketch(figure: go.Figure) -> dict[str, Any]:
    """The figure's traces, layout and all that moves: path -> numbers or words."""
    layout = {key: value for key, value in figure.layout.to_plotly_json().items() if key not in _LEFT_OUT}
    drawn = {"data": [trace.to_plotly_json() for trace in figure.data], "layout": layout}
    said = {"alt": alt_text(figure), "handles": handles(figure), "frames": _moving(frames(figure))}
    return {path: _reduced(leaf) for path, leaf in _leaves(drawn | said, "")}


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
    """The golden sketch of a picture, {} if there is none."""
    path = GOLDEN / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write(name: str, figure: go.Figure) -> None:
    """Keep this sketch as the golden one, a line for each path."""
    lines = [f"{_json(path)}: {_json(found)}" for path, found in sorted(sketch(figure).items())]
    (GOLDEN / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False)


def _moving(moving: dict[str, Any] | None) -> dict[str, Any]:
    """What `animate` stored: as a whole, and what is shown at several frames."""
    if moving is None:
        return {}
    count = len(moving["labels"])
    chosen = _chosen(count, len(moving["parts"]) or 1, moving["start"])
    shown: dict[str, Any] = {name: moving[name] for name in ("noun", "start", "parts")} | {"count": count}
    for name in ("labels", "alts"):
        shown[name] = {"all": moving[name], **{f"@{at}": moving[name][at] for at in chosen if moving[name]}}
    for place, track in enumerate(moving["tracks"]):
        name = f"track {place}: {track['trace']} {track['path']}"
        shown[name] = _over(track["values"], track["index"], count, chosen)
    for place, link in enumerate(moving["links"]):
        values, of = (link["times"], link["axis"]) if "axis" in link else (link["frames"], link["trace"])
        shown[f"link {place}: {of}"] = _over(values, link.get("index"), count, chosen)
    return shown


def _over(values: Any, index: np.ndarray | None, count: int, chosen: list[int]) -> dict[str, Any]:
    """One attribute: all of it, and its state at the chosen frames."""
    states = index if index is not None else np.arange(count) % len(values)
    whole = _whole(values)
    return {"all": whole, "index": index, **{f"@{at}": _whole(values[int(states[at])]) for at in chosen}}


def _whole(values: Any) -> Any:
    """Words on a page, [rows, …], as one list."""
    return values if not isinstance(values, list) or _is_flat(values) else [*map(str, _flat(values))]


def _flat(node: Any) -> Iterator[Any]:
    for one in node:
        yield from _flat(one) if isinstance(one, list | tuple) else [one]


def _chosen(count: int, parts: int, start: int) -> list[int]:
    """The first two frames, one a third on, all parts of a step in the middle, the last, and where it opens."""
    middle = count // parts // 2 * parts
    return sorted({0, min(1, count - 1), count // 3, *range(middle, middle + parts), count - 1, start})


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Everything at the ends of a tree, by its path."""
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
        return [len(leaf), *_sentence(" | ".join(map(str, leaf)))]
    array = np.asarray(leaf)
    return _numbers(array) if array.dtype.kind in "biuf" else _sentence(repr(array.tolist()))


def _words(text: str) -> Any:
    """A name, a colour, a word as it is; of sentences the words and the numbers."""
    return text if len(text) < 40 and not re.search(r"\s", text) else _sentence(text)


def _sentence(text: str) -> list[Any]:
    """The words, a sum over those too long to keep, and the numbers among them."""
    plain, numbers = _NUMBER.sub("#", text), [_number(found) for found in _NUMBER.findall(text)]
    long = [] if len(plain) <= 100 else [f"{crc32(plain.encode()):08x}"]
    return [plain[:100], *long, *([_numbers(np.array(numbers))] if numbers else [])]


def _number(word: str) -> float:
    return float(word.replace("−", "-").replace(",", ""))


def _numbers(array: np.ndarray) -> Any:
    """A few numbers as they are, of more the moments."""
    if array.ndim == 0:
        return array.item()
    few = array.ndim == 1 and array.size <= 6 and np.isfinite(array).all()
    return array.astype(float).tolist() if few else _moments(array.astype(float))


def _moments(array: np.ndarray) -> list[Any]:
    """Shape; how many are not finite, mean, spread, first and last; the order; and the tilt along every axis."""
    lost, flat = ~np.isfinite(array), np.where(np.isfinite(array), array, 0.0)
    if not array.size:
        return [list(array.shape)]
    tilts = []
    for axis, length in enumerate(array.shape):
        places = np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
        tilts.append(float((np.moveaxis(flat, axis, -1) @ places).mean() / length))
    uneven = np.arange(1, array.size + 1) * _UNEVEN % 1 - 0.5
    ends = [float(flat.ravel()[0]), float(flat.ravel()[-1]), float(flat.ravel() @ uneven / array.size)]
    numbers = [float(flat.mean()), float(flat.std()), *ends, *tilts]
    return [list(array.shape), int(lost.sum()), *(float(f"{number:.5g}") for number in numbers)]


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return False
        # what is small beside the rest of a sketch is rounding
        size = max((abs(x) for x in one if isinstance(x, float)), default=0.0)
        return all(_close(a, b) or _near(a, b, size) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float | int) and not isinstance(other, bool):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-9)
    return one == other


def _near(one: Any, other: Any, size: float) -> bool:
    return isinstance(one, float) and isinstance(other, float) and abs(one - other) <= 1e-4 * size


def main(asked: list[str]) -> None:
    """Write the sketches whose name holds one of these words, all if there is none; say what changed."""
    from variants import PICTURES

    GOLDEN.mkdir(exist_ok=True)
    for name in [name for name in PICTURES if not asked or any(word in name for word in asked)]:
        figure = PICTURES[name]()
        changed = differences(kept(name), sketch(figure)) if kept(name) else ["new"]
        print(f"{name}: {len(changed)} differences", *changed[:5], sep="\n    ")
        write(name, figure)


if __name__ == "__main__":
    main(sys.argv[1:])
