"""What a page holds, beside the live lab: are its numbers those, and how far is what is drawn from them?"""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlviz.views.drawing.frames import frames
from nlviz.widgets import Lab
from nlviz.widgets.pages.messages import traits_of
from nlviz.widgets.pages.settings import settings_of

__all__ = ["Beside", "Held", "beside", "held_by"]

_TEXT = '<script type="application/gzip" id="{}">([^<]+)</script>'


class Held(NamedTuple):
    """A lab of a page: what it is called, its knobs, its runs as trees whose buffers are bytes, and their bytes."""

    number: int
    name: str
    controls: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    size: int


class Beside(NamedTuple):
    """Some runs of a page beside the live lab: how many are worth having, how many were looked at and how many equal
    it bit by bit, how far apart the others are, and how far what is drawn is from the run's own float64, both as a
    share of each array's range."""

    wanted: int
    looked: int
    equal: int
    apart: float
    drawn: float


def held_by(page: Path) -> list[Held]:
    """The labs of a page that have knobs. A run counts with what it alone brings, packed as the page packs it."""
    text = page.read_text(encoding="utf-8")
    (shown, first), (runs, more) = _unzipped(_text(text, "players")), _unzipped(_beside(page))
    return [
        _held(number, player["state"], held, [*first, *more], len(first))
        for number, (player, held) in enumerate(zip(shown.get("players", []), runs.get("runs", []), strict=bool(runs)))
        if player["state"].get("form", {}).get("controls")
    ]


def _text(html: str, id: str) -> str:
    packed = re.search(_TEXT.format(id), html)
    return packed[1] if packed else ""


def _beside(page: Path) -> str:
    """The runs, which lie beside the page as a script with one long string."""
    script = page.with_suffix(".runs.js")
    return script.read_text(encoding="utf-8").split('"')[-2] if script.is_file() else ""


def _unzipped(packed: str) -> tuple[dict[str, Any], list[bytes]]:
    if not packed:
        return {}, []
    message = gzip.decompress(base64.b64decode(packed))
    (length,) = struct.unpack("<I", message[:4])
    head = json.loads(message[4 : 4 + length])
    ends = [4 + length + int(size) for size in np.cumsum([0, *head["sizes"]])]
    return head, [message[start:end] for start, end in pairwise(ends)]


def _held(number: int, state: dict[str, Any], held: list[dict[str, Any]], buffers: list[bytes], shown: int) -> Held:
    own = sorted({index for run in held for index in run["buffers"] if index >= shown})
    whole = json.dumps(held).encode() + b"".join(buffers[index] for index in own)
    runs = [_with_buffers(run, buffers) for run in held]
    name = state["share"].split("?")[0] or state["form"]["title"]
    return Held(number, name, state["form"]["controls"], runs, len(gzip.compress(whole)) * 4 // 3)


def _with_buffers(traits: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    state = json.loads(json.dumps(traits["state"]))
    for path, index in zip(traits["paths"], traits["buffers"], strict=True):
        node = state
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = buffers[index]
    return state


def beside(held: Held, count: int) -> Beside | None:
    """So many runs, evenly chosen, beside the lab that their state strings make; None if no string can make it."""
    from nlviz import labs  # models and all; a page's bytes are read without them

    chosen = [held.runs[at] for at in np.unique(np.linspace(0, len(held.runs) - 1, count).round().astype(int))]
    found, wanted = list[tuple[bool, float, float]](), 0
    for run in chosen:
        try:
            live = labs.from_state(run["share"])
        except ValueError:
            return None
        wanted = wanted or len(settings_of(live))
        found.append(_apart(run, live))
        live.close()
    return Beside(
        wanted, len(found), sum(one[0] for one in found), max(one[1] for one in found), max(one[2] for one in found)
    )


def _apart(run: dict[str, Any], live: Lab) -> tuple[bool, float, float]:
    traits = traits_of(live)
    there = _with_buffers({**traits._asdict(), "buffers": range(len(traits.buffers))}, list(map(bytes, traits.buffers)))
    same = all(run.get(name) == there[name] for name in ("knobs", "summary", "error", "picture"))
    if "picture" not in run:
        return same, 0.0, 0.0
    ours, theirs = (list(_arrays(one["picture"])) for one in (run, there))
    apart = max((_share(a, b) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    return same, apart, max((_share(a, b) for a, b in _drawn(run["picture"], live)), default=0.0)


def _arrays(node: Any) -> Iterator[np.ndarray]:
    """Every array of a picture, as the page opens it."""
    if isinstance(node, dict) and "packed" in node:
        if node["dtype"] != "json":
            yield _opened(node)
    elif isinstance(node, dict | list):
        for value in node.values() if isinstance(node, dict) else node:
            yield from _arrays(value)


def _opened(node: dict[str, Any]) -> np.ndarray:
    codes = np.frombuffer(node["packed"], node["dtype"])
    if "step" not in node:
        return codes.astype(float).reshape(node["shape"])
    numbers = np.where(codes == node["gap"], np.nan, node["low"] + codes.astype(float) * node["step"])
    return numbers.astype(np.float32).astype(float).reshape(node["shape"])


def _drawn(picture: dict[str, Any], live: Lab) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frames as the page has them, and as the run gave them."""
    moving = frames(live.figure) if live.figure is not None else None
    for sent, track in zip((picture["frames"] or {}).get("tracks", []), (moving or {}).get("tracks", []), strict=True):
        values = track["values"]
        if isinstance(values, np.ndarray) and values.dtype.kind == "f" and isinstance(sent["values"], dict):
            yield _opened(sent["values"]), np.asarray(values, float)


def _share(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference as a share of the other's range."""
    if one.shape != other.shape or not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return np.inf
    known = np.isfinite(other)
    spread = float(np.ptp(other[known])) if known.any() else 0.0
    apart = float(np.abs(one - other)[known].max(initial=0.0))
    return apart / spread if spread else apart
